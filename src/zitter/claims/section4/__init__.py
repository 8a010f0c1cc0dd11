"""Claims of section 4: K macroscopic bodies under gravity and electrostatics."""

from zitter.claims.gather import claims_of

CLAIMS = claims_of(
    __name__,
    "product_form",
    "phases",
    "newton_law",
    "far_bodies",
    "crossing",
    "superposition",
    "electrostatics",
)
