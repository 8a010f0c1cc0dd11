"""Estimates of decoherence times are refused where they would be wrong."""

import re

import numpy as np
import pytest

from zitter.bath.continuum import continuum_motion
from zitter.bath.decoherence import (
    decoherence_exponent,
    decoherence_time,
    early_decoherence_time,
    zurek_time,
)
from zitter.bath.discretisation import discretised
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import (
    bath_modes,
    bath_variances,
    exact_noise,
    exact_response,
    propagator,
)
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError

EXPONENTIAL = SpectralDensity(0.1, 5.0, shape="exponential")


@pytest.mark.parametrize("kT", [0.0, 5.0])
def test_the_exponent_is_the_fidelity_of_the_states_of_a_pure_bath_only(kT):
    """Two Gaussian states of one covariance V at a distance δ: fidelity exp(-δᵀV⁻¹δ/8)."""
    bath = discretised(EXPONENTIAL, 6)
    modes, packets, t = bath_modes(bath, 1.0, 1.0), Packets([-1.0, 1.0], 0.7), 1.3
    S = propagator(modes, t)
    flow = np.block([[S.qq, S.qp], [S.pq, S.qq]])
    q = bath_variances(bath, kT)
    p = q * bath.frequencies**2
    start = np.concatenate([[packets.width**2], q, [0.25 / packets.width**2], p])
    kept = np.r_[1:7, 8:14]
    delta = 2.0 * flow[kept, 0]
    V = ((flow * start) @ flow.T)[np.ix_(kept, kept)]
    of_the_bath = delta @ np.linalg.solve(V, delta) / 8.0
    noise = exact_noise(modes, bath, 1.0, [t], kT)
    exponent = decoherence_exponent(packets, exact_response(modes, [t]), noise, 1.0)[0]
    if kT == 0.0:
        assert of_the_bath == pytest.approx(exponent, rel=1e-6)
    else:
        assert of_the_bath < 0.5 * exponent


def test_zureks_estimate_is_refused_for_packets_that_spread():
    """Packets this narrow spread so fast that they decohere 4.7 times later."""
    density = SpectralDensity(0.02, 300.0)
    half = 0.5 * np.sqrt(41.0 * 0.004)
    with pytest.raises(ValidityError, match=r"needs ħτ/Ms² <= 1 \(it is 50"):
        zurek_time(density, 1.0, 1530.0, Packets([-half, half], np.sqrt(0.004)))


@pytest.mark.parametrize(
    "packets",
    [
        Packets([-3.0, 3.0], 0.7, [30.0, -30.0]),
        Packets([0.0, 0.0], 0.7, [-3.0, 3.0]),
        Packets([-3.0, 3.0, 9.0], 0.7),
    ],
)
def test_the_estimates_are_of_two_packets_that_are_apart_in_x_only(packets):
    with pytest.raises(ValueError, match="different centres and equal momenta"):
        zurek_time(SpectralDensity(1e-4, 200.0), 1.0, 2000.0, packets)
    with pytest.raises(ValueError, match="different centres and equal momenta"):
        early_decoherence_time(EXPONENTIAL, 1.0, 1.0, 5.0, packets)


@pytest.mark.parametrize(
    ("damping", "cutoff", "kT", "frequency", "half", "condition"),
    [
        (5.0, 5.0, 50.0, 1.0, 0.5, "Δx²/8s² >= 5"),
        (0.1, 0.5, 1.0, 1.0, 3.0, "ω_c τ <= 0.3"),
        (0.1, 0.5, 5.0, 10.0, 3.0, "τ √(Ω² + K(0)/M) <= 0.3"),
        (5.0, 1.0, 0.0, 0.1, 3.0, "τ √(Ω² + K(0)/M) <= 0.3"),
    ],
)
def test_the_law_for_early_times_is_refused_outside_its_range(
    damping, cutoff, kT, frequency, half, condition
):
    density = SpectralDensity(damping, cutoff, shape="exponential")
    with pytest.raises(ValidityError, match=re.escape(condition)):
        early_decoherence_time(density, 1.0, frequency, kT, Packets([-half, half], np.sqrt(0.5)))


@pytest.mark.parametrize(
    ("damping", "cutoff", "kT", "half", "width"),
    [(0.6, 5.0, 20.0, 3.0, 0.7), (0.1, 5.0, 5.0, 9.0, 1.5), (1.0, 2.0, 1.0, 6.0, 1.0)],
)
def test_at_the_edge_of_its_range_the_law_for_early_times_is_right(
    damping, cutoff, kT, half, width
):
    density = SpectralDensity(damping, cutoff, shape="exponential")
    packets = Packets([-half, half], width)
    early = early_decoherence_time(density, 1.0, 1.0, kT, packets)
    response, noise = continuum_motion(density, 1.0, 1.0, 2.0 * early, kT, 101)
    exponent = decoherence_exponent(packets, response, noise, 1.0)
    assert early == pytest.approx(decoherence_time(response.times, exponent), rel=0.1)
