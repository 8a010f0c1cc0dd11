"""Claims of section 2: the centre of mass of N particles."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import (
    coordinates,
    different_packets,
    dynamics,
    force_ratio,
    force_scaling,
    large_n,
    moments,
    newton_limit,
    normal_law,
    osmotic_velocity,
    particles_full,
    quantum_force,
    quantum_potential,
    relative_motion,
    relative_quantum_force,
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
    quantum_force,
    relative_quantum_force,
    force_ratio,
    relative_motion,
    osmotic_velocity,
    newton_limit,
    large_n,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
