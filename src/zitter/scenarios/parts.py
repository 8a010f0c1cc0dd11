"""Tables that several kinds of scenarios have: Gaussian packets."""

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from zitter.scenarios.model import Length, Momentum, Number, Part, PositiveLength, Velocity
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.overlaps import normalised, orbital_norms

CANCELLED = 1e-6
"""Norm of a sum of packets, over that of its parts, that is nothing but round-off."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_PER_AXIS = (BeforeValidator(_as_list), Field(min_length=1, max_length=3))

Lengths = Annotated[list[Length], *_PER_AXIS]
PositiveLengths = Annotated[list[PositiveLength], *_PER_AXIS]
Momenta = Annotated[list[Momentum], *_PER_AXIS]
Velocities = Annotated[list[Velocity], *_PER_AXIS]
Counts = Annotated[list[int], *_PER_AXIS]


class Packet(Part):
    """One Gaussian packet."""

    centre: Lengths = Field([0.0], description="Where it starts, per axis.")
    momentum: Momenta = Field([0.0], description="Its momentum, per axis.")
    width: PositiveLengths = Field([1.0], description="Standard deviation of |ψ|².")
    weight: Number = Field(1.0, description="Amplitude, before normalisation.")
    phase: Number = Field(0.0, description="Phase [rad].")

    @model_validator(mode="after")
    def _one_number_of_axes(self) -> "Packet":
        axes = {len(self.centre), len(self.momentum), len(self.width)} - {1}
        if len(axes) > 1:
            raise ValueError(
                "must give centre, momentum and width one number, or one for each axis, but has "
                f"{' and '.join(map(str, sorted(axes)))} of them."
            )
        return self

    @property
    def num_space(self) -> int:
        """Number of axes that the packet names."""
        return max(len(self.centre), len(self.momentum), len(self.width))


def per_packet(packets: list[Packet], name: str, num_space: int) -> np.ndarray:
    """A field of all packets, (num_packets, num_space)."""
    return np.array([np.broadcast_to(getattr(p, name), num_space) for p in packets])


def amplitudes(packets: list[Packet]) -> np.ndarray:
    """Complex amplitudes of packets before normalisation, (num_packets,)."""
    return np.array([p.weight * np.exp(1j * p.phase) for p in packets])


def of_unit_norm(orbitals: Superposition) -> Superposition:
    """Orbitals of a scenario, normalised.

    Raises:
        ValueError: packets that cancel each other.
    """
    parts = np.linalg.norm(np.asarray(orbitals.coefficients), axis=-1)
    if np.any(np.asarray(orbital_norms(orbitals)) <= CANCELLED * parts):
        raise ValueError(
            "The packets of an orbital cancel each other: give them other weights, phases or "
            "places."
        )
    return normalised(orbitals)


def require_one_number_of_axes(packets: list[Packet]) -> int:
    """Axes of space that packets name.

    Raises:
        ValueError: packets of two and of three axes.
    """
    axes = {packet.num_space for packet in packets}
    if len(axes - {1}) > 1:
        raise ValueError("mixes packets of two and of three axes: give all the same number.")
    return max(axes)
