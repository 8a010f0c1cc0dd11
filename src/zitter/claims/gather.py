"""The claims of a section, gathered from its topics."""

from importlib import import_module

from zitter.claims.claim import Claim


def claims_of(section: str, *topics: str) -> tuple[Claim, ...]:
    """The claims of the modules `section.topic`, in the order of the ledger."""
    modules = (import_module(f"{section}.{topic}") for topic in topics)
    claims = [claim for module in modules for claim in module.CLAIMS]
    return tuple(sorted(claims, key=lambda claim: int(claim.ledger[1:])))
