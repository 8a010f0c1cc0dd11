"""What a scenario is going to do, before it does it."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import xarray as xr
from matplotlib.figure import Figure

from zitter.scenarios.moving import Moving


class Plan(NamedTuple):
    """The work of a scenario in pieces.

    `chosen` names the defaults that the physics chose, each with its reason; `memory` is an upper
    estimate of what one piece needs, `disk` of the whole result [byte]; `work` is what the
    kind's own `piece` needs. A long piece calls `told` with the share of it that is done.
    """

    num_pieces: int
    chosen: dict[str, str]
    memory: int
    disk: int
    work: Any
    told: Callable[[float], None] = lambda share: None


class Piece(NamedTuple):
    """One piece of a result: for each group a dataset and the dimension along which it grows."""

    groups: dict[str, tuple[xr.Dataset, str]]
    state: dict[str, Any]


class Kind(Protocol):
    """The module `run` of a kind of scenario.

    `piece(plan, index, state)` is pure: the same index and state give the same bits.
    """

    def plan(self, config: Any) -> Plan: ...

    def piece(self, plan: Plan, index: int, state: dict[str, Any]) -> Piece: ...


class Pictures(Protocol):
    """The module `figures` of a kind of scenario."""

    def figures(self, data: xr.DataTree) -> dict[str, Figure]: ...

    def moving(self, data: xr.DataTree) -> Moving: ...
