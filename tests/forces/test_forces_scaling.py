import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.forces.centre_of_mass import centre_of_mass_force, relative_force
from zitter.forces.moments import fisher_information
from zitter.forces.scaling import (
    FORCE_EXPONENTS,
    deterministic_limit_errors,
    gaussian_centre_of_mass_force,
    gaussian_osmotic_velocity,
    gaussian_quantum_potential,
    relative_force_integral,
    rms_centre_of_mass_force,
    rms_osmotic_velocity,
)
from zitter.wavefunctions.derivatives import Derivatives

MASS, HBAR = 1.7, 0.6


def test_the_force_is_minus_the_slope_of_the_potential():
    d, M, width, h = 0.4, 3.0, 0.7, 1e-5
    Q = [gaussian_quantum_potential(d + s * h, M, width, HBAR) for s in (1, -1)]
    expected = -(Q[0] - Q[1]) / (2 * h)
    force = gaussian_centre_of_mass_force(d, M, width, HBAR)
    assert force == pytest.approx(expected, rel=1e-9)
    assert force > 0.0


def test_the_gaussian_potential_solves_its_definition():
    M, width, d = 3.0, 0.7, np.linspace(-2.0, 2.0, 9)
    curvature = (d**2 / (4 * width**4)) - 1 / (2 * width**2)
    expected = -(HBAR**2) / (2 * M) * curvature
    np.testing.assert_allclose(gaussian_quantum_potential(d, M, width, HBAR), expected)


def test_at_one_width_the_gaussian_sizes_are_those_of_the_general_law():
    num_particles, width = 50, 0.8
    M, width_cm = num_particles * MASS, width / np.sqrt(num_particles)
    force = gaussian_centre_of_mass_force(width_cm, M, width_cm, HBAR)
    velocity = gaussian_osmotic_velocity(-width_cm, M, width_cm, HBAR)
    information = 1.0 / width**2
    assert rms_centre_of_mass_force(num_particles, information, MASS, HBAR) == pytest.approx(force)
    assert force == pytest.approx(HBAR**2 * np.sqrt(num_particles) / (4 * MASS * width**3))
    assert rms_osmotic_velocity(num_particles, information, MASS, HBAR) == pytest.approx(velocity)
    assert velocity == pytest.approx(HBAR / (2 * MASS * width * np.sqrt(num_particles)))


def sech_products(num_particles, num_samples, rng):
    """Derivatives of ln ψ = Σ ln √(sech²(x)/2) at samples of its square, in closed form."""
    x = np.arctanh(2.0 * rng.uniform(size=(num_samples, num_particles)) - 1.0)
    T = np.tanh(x)
    first, second, third = -T, -(1 - T**2), 2 * T * (1 - T**2)
    total = third.sum(axis=1)[:, None, None]
    return Derivatives(
        first.sum(axis=1),
        jnp.asarray(first),
        jnp.asarray(second),
        jnp.asarray(second[:, None]),
        jnp.asarray(third[:, None]),
        jnp.asarray(total),
    )


def test_sampled_forces_of_a_smooth_product_have_the_predicted_size_and_powers_of_n():
    rng, counts = np.random.default_rng(0), [64, 256, 1024]
    information = 4.0 / 3.0
    rms_cm, rms_rel = [], []
    for num_particles in counts:
        d = sech_products(num_particles, 3000, rng)
        F_cm = centre_of_mass_force(d, mass=MASS, hbar=HBAR)
        F_rel = relative_force(d, mass=MASS, hbar=HBAR)
        u_cm = HBAR / (num_particles * MASS) * np.real(d.gradient).sum(axis=1)
        rms_cm.append(float(jnp.sqrt(jnp.mean(F_cm**2))))
        rms_rel.append(float(jnp.sqrt(jnp.mean(F_rel**2))))
        predicted = rms_osmotic_velocity(num_particles, information, MASS, HBAR)
        assert np.sqrt(np.mean(u_cm**2)) == pytest.approx(predicted, rel=0.05)
        assert abs(float(jnp.mean(F_rel))) < 4.0 * rms_rel[-1] / np.sqrt(3000)
    predicted = rms_centre_of_mass_force(counts[-1], information, MASS, HBAR)
    assert rms_cm[-1] == pytest.approx(predicted, rel=0.06)
    exponents = FORCE_EXPONENTS["smooth"]
    assert convergence_order(counts, rms_cm) == pytest.approx(exponents.F_cm, abs=0.04)
    assert convergence_order(counts, rms_rel) == pytest.approx(exponents.F_rel, abs=0.04)


def test_the_information_of_the_sech_density_is_four_thirds():
    grid = Grid((-25.0,), (25.0,), (512,))
    R = jnp.asarray(np.sqrt(0.5) / np.cosh(grid.axes[0]))
    assert float(fisher_information(R, grid)) == pytest.approx(4.0 / 3.0, rel=1e-10)


def joint(grid, function):
    x, y = np.meshgrid(*grid.axes, indexing="ij")
    return jnp.asarray(function(x, y))


AMPLITUDES = {
    "correlated": lambda x, y: np.exp(-(x**2) - y**2 - 0.8 * x * y - 0.1 * x**2 * y**2),
    "with a node": lambda x, y: (
        (x + 0.4 * y**2 - 0.3 * x * y) * np.exp(-(x**2) - y**2 - 0.5 * x * y)
    ),
}


BOX = Grid((-8.0, -8.0), (8.0, 8.0), (128, 128))


@pytest.mark.parametrize("name", AMPLITUDES)
def test_the_integral_for_the_relative_force_is_zero_at_every_n(name):
    R = joint(BOX, AMPLITUDES[name])
    integral = relative_force_integral(R, BOX, 7, MASS, HBAR)
    assert jnp.max(jnp.abs(integral.value)) < 1e-11 * jnp.max(jnp.abs(integral.first_term))


def test_the_first_of_the_two_terms_alone_is_that_of_a_correlated_gaussian():
    a, b, c = 1.1, 0.9, 0.8

    def density(x, y):
        return np.exp(-2.0 * (a * x**2 + b * y**2 + c * x * y))

    def term(y, x):
        slope = 2.0 * b * y + c * x
        pull = (2.0 * a * x + c * y) * (slope**2 - 2.0 * b)
        return (2.0 * c * slope - pull) * density(x, y)

    R = joint(BOX, lambda x, y: np.sqrt(density(x, y)))
    first = relative_force_integral(R, BOX, 7, MASS, HBAR).first_term
    for i in (56, 64, 69):
        expected = quad(term, -8.0, 8.0, args=(BOX.axes[0][i],), epsabs=1e-13)[0]
        np.testing.assert_allclose(
            first[i], 7 * HBAR**2 / (2.0 * MASS) * expected, rtol=1e-9, atol=1e-11
        )


def test_all_errors_of_the_deterministic_limit_fall_as_one_over_root_n():
    counts = [4, 16, 64]
    errors = [deterministic_limit_errors(2.0, N, 0.8, MASS, HBAR) for N in counts]
    for name in errors[0]._fields:
        sizes = [float(getattr(e, name)) for e in errors]
        assert convergence_order(counts, sizes) == pytest.approx(-0.5, abs=1e-12)


def test_the_spreading_is_that_of_a_free_packet():
    tau = 2.0 * MASS * 0.8**2 / HBAR
    errors = deterministic_limit_errors(tau, 1, 0.8, MASS, HBAR)
    assert float(errors.spreading) == pytest.approx(0.8 * (np.sqrt(2.0) - 1.0))
    assert float(errors.osmotic) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gaussian_quantum_potential(0.0, 0.0, 1.0), "`total_mass` must be positive"),
        (lambda: gaussian_centre_of_mass_force(0.0, 1.0, -1.0), "`width` must be positive"),
        (lambda: gaussian_osmotic_velocity(0.0, 1.0, 1.0, 0.0), "`hbar` must be positive"),
        (lambda: rms_centre_of_mass_force(0, 1.0, 1.0), "`num_particles` must be a whole number"),
        (lambda: rms_osmotic_velocity(2, np.inf, 1.0), "`information` must be finite"),
        (lambda: deterministic_limit_errors(1.0, 2, 1.0, 0.0), "`mass` must be positive"),
        (lambda: deterministic_limit_errors(-1.0, 2, 1.0, 1.0), "`time` must not be negative"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_an_amplitude_that_leaves_the_box_is_refused():
    grid = Grid((-1.0, -8.0), (1.0, 8.0), (32, 64))
    R = joint(grid, AMPLITUDES["correlated"])
    with pytest.raises(ValidityError, match="Use a larger box"):
        relative_force_integral(R, grid, 2, MASS)
