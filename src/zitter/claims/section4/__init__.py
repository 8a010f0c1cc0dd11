"""Claims of section 4: K macroscopic bodies under gravity and electrostatics."""

from types import ModuleType

from zitter.claims.claim import Claim
from zitter.claims.section4 import (
    crossing,
    electrostatics,
    far_bodies,
    newton_law,
    phases,
    product_form,
    superposition,
)

_TOPICS: tuple[ModuleType, ...] = (
    product_form,
    phases,
    newton_law,
    far_bodies,
    crossing,
    superposition,
    electrostatics,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
