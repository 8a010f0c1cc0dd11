import numpy as np
import pytest
from scipy import stats

from zitter.core.statistics import (
    bootstrap_interval,
    combined_p_value,
    convergence_order,
    hill_exponent,
    ks_distance,
    ks_test,
    ks_two_sample,
    median_interval,
    power_law_fit,
    power_law_of_median,
    wasserstein_1,
    z_score,
)

X = np.array([2.0, 4.0, 8.0, 16.0, 32.0, 64.0])


def test_an_exact_power_law_is_found_without_error():
    law = power_law_fit(X, 3.0 * X**-0.5)
    assert law.exponent == pytest.approx(-0.5, abs=1e-13)
    assert law.prefactor == pytest.approx(3.0, rel=1e-13)
    assert law.exponent_error < 1e-12


@pytest.mark.parametrize("weighted", [True, False])
def test_the_interval_of_the_exponent_covers_the_truth_in_95_percent(weighted):
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        y = 2.0 * X**0.7 * np.exp(0.01 * rng.standard_normal(X.size))
        low, high = power_law_fit(X, y, 0.01 * y if weighted else None).interval
        inside += low < 0.7 < high
    assert abs(z_score(inside / 400, 0.95, np.sqrt(0.95 * 0.05 / 400))) < 3.5


def test_the_weighted_fit_ignores_a_point_with_a_large_error():
    y = X**2
    y[-1] *= 5.0
    error = 0.01 * y
    error[-1] = 1e3 * y[-1]
    assert power_law_fit(X, y, error).exponent == pytest.approx(2.0, abs=1e-3)
    assert abs(power_law_fit(X, y).exponent - 2.0) > 0.1


def test_the_exponent_of_the_median_is_found_in_heavy_tailed_samples():
    rng = np.random.default_rng(2)
    samples = [n**0.5 * np.abs(rng.standard_cauchy(1500)) for n in X]
    law = power_law_of_median(X, samples, rng)
    assert abs(z_score(law.exponent, 0.5, law.exponent_error)) < 3.0
    assert law.interval[0] < law.exponent < law.interval[1]
    assert law.exponent_error < 0.03


def test_order_statistics_drawn_directly_equal_the_bootstrap_done_by_resampling():
    rng = np.random.default_rng(3)
    samples = [n * np.exp(rng.standard_normal(40)) for n in X]
    law = power_law_of_median(X, samples, rng, quantile=0.3, num_resamples=4000)
    slopes = []
    for _ in range(4000):
        y = [np.quantile(rng.choice(sample, sample.size), 0.3) for sample in samples]
        slopes.append(convergence_order(X, y))
    assert law.exponent_error == pytest.approx(np.std(slopes), rel=0.06)


def test_the_bootstrap_error_of_the_median_falls_as_the_root_of_the_sample_size():
    rng = np.random.default_rng(4)
    errors = [
        power_law_of_median(X, [np.exp(rng.standard_normal(n)) for _ in X], rng).exponent_error
        for n in (100, 10000)
    ]
    assert errors[0] / errors[1] == pytest.approx(10.0, rel=0.25)


def test_convergence_order_is_the_slope():
    steps = 0.1 / 2.0 ** np.arange(4)
    assert convergence_order(steps, 7.0 * steps**4) == pytest.approx(4.0, abs=1e-12)


def test_ks_distance_agrees_with_scipy():
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal(300), rng.standard_normal(170) + 0.3
    assert ks_distance(a, stats.norm.cdf) == pytest.approx(stats.kstest(a, "norm").statistic)
    assert ks_test(a, stats.norm.cdf).p_value == pytest.approx(stats.kstest(a, "norm").pvalue)
    reference = stats.ks_2samp(a, b, method="asymp")
    assert ks_two_sample(a, b).distance == pytest.approx(reference.statistic)
    assert ks_two_sample(a, b).p_value == pytest.approx(reference.pvalue)


def test_p_values_are_uniform_when_the_law_is_right_and_tiny_when_it_is_wrong():
    rng = np.random.default_rng(6)
    p = [ks_test(rng.standard_normal(500), stats.norm.cdf).p_value for _ in range(40)]
    wrong = [ks_test(1.2 * rng.standard_normal(500), stats.norm.cdf).p_value for _ in range(40)]
    assert 0.001 < combined_p_value(p) < 0.999
    assert combined_p_value(wrong) < 1e-12


def test_fishers_p_value_agrees_with_scipy():
    p = [0.3, 0.04, 0.7]
    assert combined_p_value(p) == pytest.approx(stats.combine_pvalues(p, "fisher").pvalue)
    assert combined_p_value([0.0, 0.5]) == 0.0


def test_wasserstein_distance_of_a_shifted_sample_is_the_shift():
    a = np.random.default_rng(7).standard_normal(200)
    assert wasserstein_1(a, a[::-1] + 0.25) == pytest.approx(0.25)
    assert wasserstein_1(a, np.repeat(a, 2) + 0.25) == pytest.approx(0.25)


@pytest.mark.parametrize("alpha", [0.8, 4.0 / 3.0, 3.0])
def test_hills_estimator_finds_the_tail_of_a_pareto_law(alpha):
    sample = np.random.default_rng(8).pareto(alpha, 20000) + 1.0
    tail = hill_exponent(sample, 0.1)
    assert abs(z_score(tail.value, alpha, tail.error)) < 3.0
    assert tail.error == pytest.approx(tail.value / np.sqrt(2000))


def test_the_bootstrap_interval_of_a_mean_is_two_standard_errors():
    rng = np.random.default_rng(9)
    sample = rng.standard_normal(400)
    interval = bootstrap_interval(np.mean, sample, rng)
    assert interval.high - interval.low == pytest.approx(3.92 * sample.std() / 20.0, rel=0.1)
    assert interval.low < interval.value < interval.high


def test_the_median_interval_of_a_normal_sample_is_one_standard_deviation():
    interval = median_interval(np.random.default_rng(10).standard_normal(40000))
    assert interval == pytest.approx((0.0, -0.9945, 0.9945), abs=0.03)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: power_law_fit([1.0, 2.0], [1.0, 2.0]), "at least 3 points"),
        (lambda: power_law_fit([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), "different x"),
        (lambda: power_law_fit([1.0, 2.0, 3.0], [1.0, -2.0, 3.0]), "`y` must be positive"),
        (lambda: power_law_fit([1.0, 2.0, 3.0], [1.0, 2.0]), "`y` must have shape"),
        (lambda: power_law_fit([1.0, 2.0], [1.0, 2.0], [0.1, 0.0]), "`y_error` must be positive"),
        (lambda: power_law_of_median([1.0], [[1.0], [2.0]], None), "one sample for each"),
        (lambda: power_law_of_median([1.0], [[1.0]], None, 1.5), "`quantile` must lie"),
        (lambda: convergence_order([0.1], [0.1]), "at least 2 points"),
        (lambda: convergence_order([], []), "needs points"),
        (lambda: ks_distance([], stats.norm.cdf), "at least 1 values"),
        (lambda: ks_distance([1.0, 2.0], lambda x: 2.0 + x), "between 0 and 1"),
        (lambda: ks_distance([np.nan], stats.norm.cdf), "must be finite"),
        (lambda: ks_two_sample([1.0], [[1.0]]), "`sample_b` must have shape"),
        (lambda: combined_p_value([1.5]), "between 0 and 1"),
        (lambda: wasserstein_1([], [1.0]), "`sample_a` must have at least"),
        (lambda: hill_exponent(np.ones(20), 0.1), "needs 10"),
        (lambda: hill_exponent(np.ones(20), 2.0), "`fraction` must lie"),
        (lambda: hill_exponent(-np.ones(20)), "must be positive"),
        (lambda: bootstrap_interval(np.mean, [1.0], None), "at least 2 values"),
        (lambda: bootstrap_interval(np.mean, [1.0, 2.0], None, 1.0), "`level` must lie"),
        (lambda: median_interval([]), "at least 1 values"),
        (lambda: z_score(1.0, 0.0, 0.0), "`standard_error` must be positive"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
