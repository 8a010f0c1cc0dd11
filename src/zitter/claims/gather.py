"""The claims of a section, gathered from its topics."""

from importlib import import_module

from zitter.claims.claim import Claim


def claims_of(section: str, *topics: str) -> tuple[Claim, ...]:
    """The claims of the modules `section.topic`: those of the paper, then those beyond it."""
    modules = (import_module(f"{section}.{topic}") for topic in topics)
    claims = [claim for module in modules for claim in module.CLAIMS]
    return tuple(sorted(claims, key=_place))


def _place(claim: Claim) -> tuple[bool, int]:
    return claim.ledger[0] != "L", int(claim.ledger[1:])
