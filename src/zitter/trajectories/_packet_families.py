"""Which wavefunctions are made of packets, and how the compiled paths see them."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from zitter.trajectories._packet_velocity import DETERMINANT, PERMANENT, PRODUCT, packet_table
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.permanent import Permanent


class PacketFamily(NamedTuple):
    """A packet state in plain numbers; one orbital in the table of a product: all share it."""

    kind: int
    packets: np.ndarray
    num_particles: int
    num_space: int


@singledispatch
def packet_family(psi: Any) -> PacketFamily | None:
    """PacketFamily of a wavefunction, None for all others."""
    return None


@packet_family.register
def _(psi: GaussianPacket) -> PacketFamily | None:
    if psi.width.ndim != 1:
        raise ValueError(
            "A stack of packets is no wavefunction: give one packet, or Superposition or Product."
        )
    packets = GaussianPacket(
        psi.width[None], psi.centre[None], psi.momentum[None], psi.chirp[None],
        psi.stiffness[None], psi.force[None], psi.mass, psi.hbar,
    )  # fmt: skip
    return packet_family(Superposition(packets, [1.0]))


@packet_family.register
def _(psi: Superposition) -> PacketFamily | None:
    if psi.coefficients.ndim != 1:
        raise ValueError(
            "A stack of orbitals is no wavefunction: give one orbital, or Product(orbitals)."
        )
    return PacketFamily(PRODUCT, packet_table(psi), 1, psi.num_space)


@packet_family.register
def _(psi: Product) -> PacketFamily | None:
    return _many_particles(psi, PRODUCT)


@packet_family.register
def _(psi: Determinant) -> PacketFamily | None:
    return _many_particles(psi, DETERMINANT)


@packet_family.register
def _(psi: Permanent) -> PacketFamily | None:
    return _many_particles(psi, PERMANENT)


def _many_particles(psi: Any, kind: int) -> PacketFamily | None:
    if not isinstance(psi.orbitals, Superposition):
        return None
    return PacketFamily(kind, packet_table(psi.orbitals), psi.num_particles, psi.num_space)
