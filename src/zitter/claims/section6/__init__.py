"""Claims of section 6: a bath, decoherence and effective collapse."""

from zitter.claims.claim import Claim
from zitter.claims.section6 import coupling, decoherence, langevin, master

_TOPICS = (coupling, master, decoherence, langevin)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((c for topic in _TOPICS for c in topic.CLAIMS), key=lambda c: int(c.ledger[1:]))
)
