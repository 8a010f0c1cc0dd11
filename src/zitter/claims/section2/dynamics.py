"""Claims on the stochastic and the guided motion: (9)-(11), (24)-(27), (42), quantization."""

from zitter.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
