"""Claims on one run filling the marginal density: (44)-(46)."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
