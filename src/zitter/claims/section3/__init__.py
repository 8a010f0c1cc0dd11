"""Claims of section 3: the classical limit of the centre of mass."""

from types import ModuleType

from zitter.claims.claim import Claim

_TOPICS: tuple[ModuleType, ...] = ()

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
