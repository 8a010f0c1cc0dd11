"""Claims of section 3: the classical limit of the centre of mass."""

from types import ModuleType

from zitter.claims.claim import Claim
from zitter.claims.section3 import (
    cat_gravity,
    cat_solitons,
    classical_paths,
    classical_vortex,
    classicality,
    conditional_diffusion,
    conditional_terms,
    mean_field_limit,
    meeting_packets,
    paper_runs,
    relative_dependence,
    relative_phases,
    velocity_gradient,
)

_TOPICS: tuple[ModuleType, ...] = (
    cat_gravity,
    cat_solitons,
    classical_paths,
    classical_vortex,
    classicality,
    conditional_diffusion,
    conditional_terms,
    mean_field_limit,
    meeting_packets,
    paper_runs,
    relative_dependence,
    relative_phases,
    velocity_gradient,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
