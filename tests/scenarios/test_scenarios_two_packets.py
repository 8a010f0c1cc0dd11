"""The large-N experiment: its states, its starts, and the force that drops out."""

import numpy as np
import pytest
from large_n_reference import scores
from scipy import constants as si

from zitter.scenarios.two_packets.ensemble import (
    Preparation,
    equilibrium_start,
    identical_deviation,
    macroscopic_deviations,
    prepare,
    product_deviations,
)
from zitter.scenarios.two_packets.parameters import ELECTRON, PROTON
from zitter.scenarios.two_packets.table import Case, deviation_table, relative_error
from zitter.trajectories.bohm import bohm_paths, quantile_map
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product

TIMES = np.array([0.0, 0.5, 1.0]) * ELECTRON.duration


def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("ranges", [ELECTRON, PROTON])
def test_the_duration_is_two_picoseconds(ranges):
    assert ranges.duration * ranges.time_unit == pytest.approx(2e-12, rel=1e-12)
    assert ranges.time_unit == pytest.approx(ranges.mass * ranges.length**2 / si.hbar)


def test_the_quoted_electron_packets_spread_beyond_their_potential():
    """σ(t) = ħt/2mσ₀ for σ₀ = 1e-10 m and t = 2 ps exceeds the 1e-7 m of the potential."""
    spread = si.hbar * 2e-12 / (2.0 * si.m_e * 1e-10)
    assert spread == pytest.approx(1.16e-6, rel=0.01)
    assert spread > 1e-7


def left_counts(start: str) -> set[int]:
    generator = rng()
    runs = [prepare("superpositions", 20, start, ELECTRON, generator) for _ in range(20)]
    return {int(np.count_nonzero(run.start < 0)) for run in runs}


def test_half_of_the_particles_start_in_each_packet_only_if_stratified():
    assert left_counts("stratified") == {10}
    assert len(left_counts("random")) > 3


def test_one_particle_has_nothing_to_stratify():
    generator = rng()
    sides = [
        prepare("one orbital", 1, "stratified", ELECTRON, generator).start[0] < 0 for _ in range(40)
    ]
    assert 5 < sum(sides) < 35


def test_product_paths_agree_with_the_quantile_map():
    run = prepare("one orbital", 6, "random", ELECTRON, rng())
    x = quantile_map(run.orbitals.orbital(0), run.start, TIMES)
    psi = Product(run.orbitals, num_particles=6)
    fine = dict(masses=np.ones(6), rtol=1e-10, atol=1e-12)
    paths = np.asarray(bohm_paths(psi, run.start[None], TIMES, **fine).Q)[:, 0]
    assert np.max(np.abs(paths - x)) < 1e-6


def test_a_uniform_force_adds_the_same_fall_to_every_path():
    run = prepare("one orbital", 4, "random", ELECTRON, rng())
    packets = run.orbitals.packets
    force = 0.8
    falling = GaussianPacket(packets.width, packets.centre, packets.momentum, force=force)
    states = [Superposition(p, run.orbitals.coefficients) for p in (packets, falling)]
    free, fallen = (quantile_map(s.orbital(0), run.start, TIMES) for s in states)
    fall = 0.5 * force * TIMES[:, None] ** 2
    assert np.max(np.abs(fallen - free - fall)) < 1e-8
    assert np.max(np.abs(fallen - free - 2.0 * fall)) > 0.1


def test_distinguishable_particles_agree_on_both_roads():
    run = prepare("superpositions", 3, "stratified", ELECTRON, rng())
    by_particle = product_deviations([run], TIMES)[:, 0]
    together = identical_deviation(run, "distinguishable", TIMES)
    assert np.max(np.abs(by_particle - together)) < 1e-4


def test_identical_bosons_in_one_orbital_are_a_product():
    one = prepare("one orbital", 2, "random", ELECTRON, rng())
    both = Superposition(
        GaussianPacket(
            *(np.repeat(np.asarray(getattr(one.orbitals.packets, name)), 2, axis=0)
              for name in ("width", "centre", "momentum"))
        ),
        np.repeat(np.asarray(one.orbitals.coefficients), 2, axis=0),
    )  # fmt: skip
    permanent = identical_deviation(Preparation(both, one.start), "bosons", TIMES)
    product = product_deviations([one], TIMES)[:, 0]
    assert np.max(np.abs(permanent - product)) < 1e-4


def test_fermions_keep_away_from_each_other_and_bosons_do_not():
    """Pair density of two particles in two overlapping packets, against the exact exchange term."""
    packets = GaussianPacket(
        np.ones((2, 2, 1)), [[[-0.5], [-0.5]], [[0.5], [0.5]]], np.zeros((2, 2, 1))
    )
    orbitals = Superposition(packets, np.full((2, 2), 0.5))
    generator = rng()
    run = Preparation(orbitals, np.array([-0.5, 0.5]))
    squares = {
        statistics: np.array(
            [
                np.diff(equilibrium_start(run, statistics, generator, 40).start)[0] ** 2
                for _ in range(400)
            ]
        )
        for statistics in ("bosons", "fermions")
    }
    # ⟨(x₁ - x₂)²⟩ = 2σ² + [a² ∓ ..] with overlap S = exp(-a²/8), a = 1, σ = 1.
    overlap2 = np.exp(-0.25)
    for statistics, sign in (("bosons", 1.0), ("fermions", -1.0)):
        expected = (2.0 + 1.0 + sign * overlap2 * 2.0) / (1.0 + sign * overlap2)
        sample = squares[statistics]
        error = sample.std() / np.sqrt(sample.size)
        assert abs(sample.mean() - expected) < 4.0 * error


def test_a_macroscopic_superposition_errs_alike_at_every_number():
    medians = [
        np.median(np.abs(macroscopic_deviations(n, 60, ELECTRON, TIMES, rng())[-1]))
        for n in (1, 100)
    ]
    assert medians[1] == pytest.approx(medians[0], rel=0.3)


def test_the_table_is_labelled_and_empty_where_nothing_ran():
    cases = [
        Case("product", "one orbital", "distinguishable", "random", (2, 4), 5),
        Case("bosons", "superpositions", "bosons", "random", (2,), 3),
    ]
    data = deviation_table(cases, ["electron"], seed=1, num_times=3)
    errors = relative_error(data)
    assert errors.dims == ("parameters", "case", "num_particles", "run")
    assert np.isfinite(errors.sel(case="product")).all()
    assert np.isnan(errors.sel(case="bosons", num_particles=4)).all()
    assert np.isfinite(errors.sel(case="bosons", num_particles=2)).sum() == 3
    again = deviation_table(cases, ["electron"], seed=1, num_times=3)
    assert data.identical(again)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("heaps", 2, "random"), "Did you mean|must be one of"),
        (("pairs", 3, "random"), "must be even for pairs"),
        (("one orbital", 0, "random"), "at least 1"),
        (("one orbital", 2, "stratifed"), "Did you mean 'stratified'"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare(*arguments, ELECTRON, rng())


def test_fermions_in_one_orbital_are_refused():
    case = Case("fermions", "one orbital", "fermions", "random", (2,), 1)
    with pytest.raises(ValueError, match="cannot share one orbital"):
        deviation_table([case], ["electron"], seed=0, num_times=2)


@pytest.mark.parametrize("statistics", ["bosons", "fermions"])
def test_medians_of_identical_particles_are_those_of_another_program(statistics):
    column = ("proton", "superpositions", statistics)
    assert max(map(abs, scores(column, (2, 4), num_runs=100))) < 2.0
