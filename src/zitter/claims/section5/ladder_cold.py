"""Cold self-gravity: one wavefunction beside cold sheets, before and after their first caustic."""

from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from zitter.core.fft import inverse_transform_lines, transform_lines
from zitter.core.grid import Grid
from zitter.kbody.newton import newton_paths
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.mixed_states import evolve_mixed_state
from zitter.mean_field.wigner_functions import husimi_function, husimi_smoothed

LENGTH, COUPLING, WAVE = 2.0 * np.pi, np.pi, 0.1
"""Period, κ with ω_J² = 2κ/ML = 1, and A of ρ = (1 + A cos x)/L at the start."""
CAUSTIC = float(np.arccosh(1.0 + 1.0 / WAVE))
BEFORE, AFTER = 2.5, 4.0
PER_WAVE, PICTURE, LARGEST_SPEED = 40.0, 512, 4.0


class ColdFlow(NamedTuple):
    """Cold sheets of one mass each, as a curve in phase space along their labels."""

    x: np.ndarray
    """Unwrapped, rising with the label at first [length]"""
    v: np.ndarray

    def masses(self, edges: np.ndarray) -> np.ndarray:
        """Mass between `edges`, exact for the polygon through the sheets, on the ring."""
        low, high = np.minimum(self.x[:-1], self.x[1:]), np.maximum(self.x[:-1], self.x[1:])
        share = 1.0 / (len(low) * np.maximum(high - low, 1e-14))
        place = np.concatenate([low, np.maximum(high, low + 1e-14)])
        order = np.argsort(place)
        place, step = place[order], np.concatenate([share, -share])[order]
        below = np.append(0.0, np.cumsum(np.cumsum(step)[:-1] * np.diff(place)))
        turn = np.floor((edges - self.x[0]) / LENGTH)
        return np.diff(turn + np.interp(edges - turn * LENGTH, place, below))

    def cells(self, space: Grid, velocity: Grid) -> np.ndarray:
        """Density on a phase grid, to be smoothed over several of its cells."""
        x = (self.x - space.lower[0] + 0.5 * space.spacing[0]) % LENGTH
        v = self.v - velocity.lower[0] + 0.5 * velocity.spacing[0]
        edges = [np.arange(g.num[0] + 1) * g.spacing[0] for g in (space, velocity)]
        counts = np.histogram2d(x[:-1], v[:-1], edges)[0]
        # What counting in cells has blurred.
        sharpen = [1.0 / np.sinc(np.fft.fftfreq(g.num[0])) for g in (space, velocity)]
        spectrum = transform_lines(transform_lines(counts, axis=0)) * np.outer(*sharpen)
        values = inverse_transform_lines(inverse_transform_lines(spectrum), axis=0).real
        return values / ((len(x) - 1) * space.spacing[0] * velocity.spacing[0])


def zeldovich_flow(time: float, num: int) -> ColdFlow:
    """The flow before the caustic in closed form: x = q + A sin q (1 - cosh t)."""
    q = _labels(num)
    step = WAVE * np.sin(q)
    return ColdFlow(q + step * (1.0 - np.cosh(time)), -step * np.sinh(time))


def sheet_flow(times: tuple[float, ...], num_sheets: int, num: int) -> list[ColdFlow]:
    """The flow of sheets at `times`, with splines along the labels from `num_sheets` to `num`."""
    m, q = _masses(num_sheets)[:-1], _labels(num_sheets)[:-1]
    system = identical_bodies(num_sheets, gravitational_constant=0.5, num_space=1, period=LENGTH)
    motion = newton_paths(
        system, q[:, None], np.zeros((num_sheets, 1)), [0.0, *times], time_step=0.02
    )
    ring, fine = np.append(m, m[0] + LENGTH), _masses(num)
    flows = []
    for x, v in zip(motion.X[1:, :, 0], motion.V[1:, :, 0], strict=True):
        shift = CubicSpline(ring, np.append(x - m, x[0] - m[0]), bc_type="periodic")
        speed = CubicSpline(ring, np.append(v, v[0]), bc_type="periodic")
        flows.append(ColdFlow(fine + shift(fine), speed(fine)))
    return flows


class ColdErrors(NamedTuple):
    """Distances of the density of one wavefunction to that of the cold flow."""

    pointwise: float
    """∫| |ψ|² - ρ | dx"""
    wasserstein: float
    """Wasserstein-1 distance on the ring [length]"""


def cold_wave(hbar: float, time: float, per_wave: float = PER_WAVE) -> tuple[Grid, np.ndarray]:
    """Grid of per_wave/ħ points, and ψ of the cold start √ρ at `time`, (1, num)."""
    num = int(2 ** np.ceil(np.log2(per_wave / hbar)))
    grid = Grid((-np.pi,), (np.pi,), (num,))
    psi = np.sqrt((1.0 + WAVE * np.cos(grid.axes[0])) / LENGTH)[None]
    run = evolve_mixed_state(psi, [1.0], grid, [0.0, time], COUPLING, hbar=hbar, time_step=0.05)
    return grid, run.orbitals


def cold_errors(grid: Grid, psi: np.ndarray, flow: ColdFlow) -> ColdErrors:
    """Errors of |ψ|² (1, num) against the flow at the same time."""
    h, x = grid.spacing[0], grid.axes[0]
    edges = np.append(x - 0.5 * h, x[-1] + 0.5 * h)
    difference = h * np.abs(psi[0]) ** 2 - flow.masses(edges)
    excess = np.cumsum(difference)
    # On a ring mass may also go the other way round.
    excess -= np.median(excess)
    return ColdErrors(float(np.sum(np.abs(difference))), float(np.sum(np.abs(excess)) * h))


def husimi_error(grid: Grid, psi: np.ndarray, hbar: float, flow: ColdFlow) -> float:
    """L1 distance of the Husimi function of ψ to the flow that is smoothed alike."""
    velocity = Grid((-LARGEST_SPEED,), (LARGEST_SPEED,), (PICTURE,))
    space = Grid((-np.pi,), (np.pi,), (PICTURE,))
    width = np.sqrt(0.5 * hbar)
    H = husimi_function(psi, [1.0], grid, velocity.axes[0], width, hbar)
    smooth = husimi_smoothed(flow.cells(space, velocity), space, velocity, width, hbar=hbar)
    error = np.sum(np.abs(H[:: grid.num[0] // PICTURE] - smooth))
    return float(error * space.cell_volume * velocity.cell_volume)


def _masses(num: int) -> np.ndarray:
    return np.linspace(-np.pi, np.pi, num + 1)


def _labels(num: int) -> np.ndarray:
    """Places q + A sin q = m of sheets of one mass each."""
    m = _masses(num)
    q = m.copy()
    for _ in range(30):
        q -= (q + WAVE * np.sin(q) - m) / (1.0 + WAVE * np.cos(q))
    return q
