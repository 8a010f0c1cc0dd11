"""Claims on the width and the law of the centre of mass: (50)-(53)."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
