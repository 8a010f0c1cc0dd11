"""What heat adds to the terms of the Langevin equation closes by itself."""

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from zitter.bath.quantum_langevin import LangevinTerms
from zitter.claims.section6 import langevin_terms
from zitter.claims.section6.langevin_terms import bath_of_body, heated_sizes


def test_the_motion_that_heat_adds_obeys_the_equation_of_the_bath(monkeypatch):
    """Of a body at rest: M X'' + U' + friction = ξ, without any quantum force."""
    times, bath, kept = np.linspace(0.0, 4.0, 401), bath_of_body(20, 9), []
    monkeypatch.setattr(langevin_terms, "rms", lambda part: kept.append(part) or 0.0)
    rest = LangevinTerms(*np.zeros((7, times.size, 5)))
    heated_sizes(rest, bath, 9.0, (3.0,), times, np.random.default_rng(2))
    spring, friction, noise, quantum, memory = kept
    inertia = make_interp_spline(times, spring, k=5).derivative(2)(times)
    left = inertia + spring + friction - noise
    assert np.max(np.abs(left)) < 2e-4 * np.max(np.abs(noise))
    assert np.max(np.abs(left - 2.0 * friction)) > 2e-2 * np.max(np.abs(noise))
    assert np.max(np.abs(quantum)) == np.max(np.abs(memory)) == pytest.approx(0.0)
