"""Claims on the way to Newton's law: (59)-(62)."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
