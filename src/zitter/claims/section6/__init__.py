"""Claims of section 6: a bath, decoherence and effective collapse."""

from zitter.claims.gather import claims_of

CLAIMS = claims_of(
    __name__,
    "coupling",
    "master",
    "decoherence",
    "langevin",
    "full_of_particles",
    "precedence",
    "purifications",
    "large_baths",
    "num_modes",
    "crossing",
)
