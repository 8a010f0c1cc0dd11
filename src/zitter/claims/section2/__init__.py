"""Claims of section 2: the centre of mass of N particles."""

from zitter.claims.gather import claims_of

CLAIMS = claims_of(
    __name__,
    "coordinates",
    "dynamics",
    "particles_full",
    "different_packets",
    "moments",
    "normal_law",
    "width",
    "force_scaling",
    "quantum_potential",
    "quantum_force",
    "relative_quantum_force",
    "force_ratio",
    "relative_motion",
    "osmotic_velocity",
    "newton_limit",
    "large_n",
)
