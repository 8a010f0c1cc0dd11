"""Claims of section 5: infinitely many bodies and the Vlasov-Poisson mean field."""

from zitter.claims.gather import claims_of

CLAIMS = claims_of(
    __name__,
    "internal_energy",
    "common_phase",
    "narrow_packets",
    "vlasov_equation",
    "ladder",
    "mean_field_limit",
    "vlasov_response",
)
