"""What is looked at in every kick of a Vlasov run: the ends of its grids."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov


def test_a_trap_may_be_steep_where_nobody_is():
    space, velocity = Grid((-12.0,), (12.0,), (128,)), Grid((-6.0,), (6.0,), (96,))
    kind = species(lambda x, v: np.exp(-2.0 * ((x - 1.0) ** 2 + v**2)), space, velocity)
    field = SelfField(space, "isolated", U_mass=lambda x, t: 0.5 * x[0] ** 2 + 0.02 * x[0] ** 4)
    run = evolve_vlasov(kind, field, [0.0, 3.0], time_step=0.05, keep="last")
    assert run.drift.energy < 1e-3 * run.energy[0]
    pushed = SelfField(space, "isolated", U_mass=lambda x, t: -100.0 * x[0])
    with pytest.raises(ValidityError, match="The velocities end too early"):
        evolve_vlasov(kind, pushed, [0.0, 0.1], time_step=0.05)


def test_a_tolerance_that_lets_all_pass_lets_all_pass():
    space, velocity = Grid((-6.0,), (6.0,), (64,)), Grid((-3.0,), (3.0,), (48,))
    kind = species(lambda x, v: np.exp(-2.0 * (x**2 + v**2)), space, velocity)
    pushed = SelfField(space, "isolated", U_mass=lambda x, t: -10.0 * x[0])
    run = evolve_vlasov(kind, pushed, [0.0, 0.3], time_step=0.05, edge_tolerance=1.0)
    assert np.all(np.isfinite(run.energy))
