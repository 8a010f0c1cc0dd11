"""Claims of section 3: the classical limit of the centre of mass."""

from types import ModuleType

from zitter.claims.claim import Claim
from zitter.claims.section3 import (
    cat_gravity,
    cat_solitons,
    classical_ensemble,
    classical_paths,
    classical_vortex,
    classicality,
    conditional_diffusion,
    conditional_terms,
    decoupling,
    large_n_equation,
    mean_field_limit,
    meeting_packets,
    one_packet,
    paper_runs,
    relative_dependence,
    relative_phases,
    superpositions,
    velocity_gradient,
)

_TOPICS: tuple[ModuleType, ...] = (
    cat_gravity,
    cat_solitons,
    classical_ensemble,
    classical_paths,
    classical_vortex,
    classicality,
    conditional_diffusion,
    conditional_terms,
    decoupling,
    large_n_equation,
    mean_field_limit,
    meeting_packets,
    one_packet,
    paper_runs,
    relative_dependence,
    relative_phases,
    superpositions,
    velocity_gradient,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
