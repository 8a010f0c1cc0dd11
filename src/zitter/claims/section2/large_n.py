"""Claims on the large-N experiment: relative error of the centre of mass against Newton."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
