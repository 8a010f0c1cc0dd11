"""Claims of section 3: the classical limit of the centre of mass."""

from zitter.claims.gather import claims_of

CLAIMS = claims_of(
    __name__,
    "cat_gravity",
    "cat_solitons",
    "classical_ensemble",
    "classical_paths",
    "classical_vortex",
    "classicality",
    "conditional_diffusion",
    "conditional_terms",
    "decoupling",
    "large_n_equation",
    "mean_field_limit",
    "meeting_packets",
    "one_packet",
    "paper_runs",
    "relative_dependence",
    "relative_phases",
    "superpositions",
    "velocity_gradient",
)
