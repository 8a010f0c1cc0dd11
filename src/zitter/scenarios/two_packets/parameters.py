"""Consistent parameter sets of the large-N experiment.

The paper quotes Oriols et al. without mass, momenta and force, and an electron with packets of
1e-10 m spreads to 1.2e-6 m within the 2 ps of the run, beyond the 1e-7 m of its potential.
Each set below fits one of the two lengths. Inside a run lengths are in units of `length`, masses
of `mass`, and times of mass * length² / ħ.
"""

from dataclasses import dataclass

from scipy import constants as si


@dataclass(frozen=True)
class PacketRanges:
    """Ranges from which packets are drawn uniformly, in units of ħ = m = length = 1.

    `width` is σ₀, `centre` the distance of a packet from the origin, `momentum` its momentum
    towards the origin; `length` [m] and `mass` [kg] are the units; `duration` is that of the run.
    """

    name: str
    title: str
    length: float
    mass: float
    duration: float
    width: tuple[float, float]
    centre: tuple[float, float]
    momentum: tuple[float, float]

    @property
    def time_unit(self) -> float:
        """mass * length² / ħ [s]."""
        return self.mass * self.length**2 / si.hbar


def _units_of_time(picoseconds: float, length: float, mass: float) -> float:
    return picoseconds * 1e-12 * si.hbar / (mass * length**2)


ELECTRON = PacketRanges(
    name="electron",
    title="electron, packets of 10 nm",
    length=10e-9,
    mass=si.m_e,
    duration=_units_of_time(2.0, 10e-9, si.m_e),
    width=(0.7, 1.3),
    centre=(5.0, 8.0),
    momentum=(4.0, 8.0),
)
PROTON = PacketRanges(
    name="proton",
    title="proton, packets of 0.1 nm",
    length=1e-10,
    mass=si.m_p,
    duration=_units_of_time(2.0, 1e-10, si.m_p),
    width=(0.7, 1.3),
    centre=(6.0, 12.0),
    momentum=(1.0, 3.0),
)
PARAMETER_SETS = {ranges.name: ranges for ranges in (ELECTRON, PROTON)}
