"""Claims of section 2: the centre of mass of N particles."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import (
    coordinates,
    different_packets,
    dynamics,
    force_scaling,
    large_n,
    moments,
    newton_limit,
    normal_law,
    osmotic_velocity,
    particles_full,
    quantum_potential,
    relative_motion,
    width,
)

_TOPICS = (
    coordinates,
    dynamics,
    particles_full,
    different_packets,
    moments,
    normal_law,
    width,
    force_scaling,
    quantum_potential,
    osmotic_velocity,
    relative_motion,
    newton_limit,
    large_n,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
