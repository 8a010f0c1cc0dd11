"""The paper's statements, each with an experiment and a judge; `ALL` holds them in order."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zitter.claims.claim import Claim

    ALL: tuple[Claim, ...]


def __getattr__(name: str) -> Any:
    """`ALL`, gathered when first asked for: one claim can be imported without all others."""
    if name != "ALL":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zitter.claims import section2, section3, section4, section5, section6

    sections = (section2, section3, section4, section5, section6)
    return tuple(claim for section in sections for claim in section.CLAIMS)
