"""Claims of section 2: the centre of mass of N particles."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import (
    coordinates,
    dynamics,
    force_scaling,
    large_n,
    newton_limit,
    particles_full,
    quantum_potential,
    width,
)

_TOPICS = (
    coordinates,
    dynamics,
    particles_full,
    width,
    force_scaling,
    quantum_potential,
    newton_limit,
    large_n,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
