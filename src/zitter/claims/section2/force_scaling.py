"""Claims on the size of the forces on the centre of mass: (49), (54)-(58)."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
