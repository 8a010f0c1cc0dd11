"""Cases of the large-N experiment that its claims run, and the same with other starts."""

import xarray as xr

from zitter.claims.claim import Preset
from zitter.scenarios.two_packets.table import Case, deviation_table

_FEW = (2, 4, 8, 20)
_PRODUCT_COUNTS = {
    "quick": (2, 20),
    "default": (*_FEW, 100, 1000),
    "full": (*_FEW, 100, 1000, 4000),
}
_FEWER_COUNTS = {"quick": (4, 20), "default": (*_FEW, 100), "full": (*_FEW, 100, 1000)}
_FEWER_RUNS = {"quick": 140, "default": 240, "full": 2000}
_PRODUCT_RUNS = {"quick": 100, "default": 240, "full": 2000}
_IDENTICAL_COUNTS = {"quick": (2, 4), "default": (2, 4, 6, 8, 10), "full": (2, 4, 6, 8, 10, 12)}
_IDENTICAL_RUNS = {"quick": 16, "default": 60, "full": 200}
_SETS = {
    "quick": ("proton",),
    "default": ("electron", "proton"),
    "full": ("electron", "proton"),
}


def _product_cases(
    preset: Preset,
    reading: str,
    label: str,
    starts: tuple[str, str],
    *,
    far: bool = False,
) -> list[Case]:
    """Products started in both ways; `far` for more N with fewer runs each."""
    counts = (_PRODUCT_COUNTS if far else _FEWER_COUNTS)[preset]
    runs = (_PRODUCT_RUNS if far else _FEWER_RUNS)[preset]
    return [
        Case(f"{label}, {start}", reading, "distinguishable", actual, counts, runs)
        for start, actual in zip(("stratified", "random"), starts, strict=True)
    ]


def _identical_cases(preset: Preset, stratified: str) -> list[Case]:
    counts, runs = _IDENTICAL_COUNTS[preset], _IDENTICAL_RUNS[preset]
    few = tuple(n for n in counts if n <= 8)
    if preset == "quick":
        return [
            Case("bosons, stratified", "superpositions", "bosons", stratified, counts, runs),
            Case("fermions, stratified", "superpositions", "fermions", stratified, counts, runs),
            Case("bosons, random", "superpositions", "bosons", "random", (4,), 40),
            Case("fermions, random", "superpositions", "fermions", "random", (4,), 40),
        ]
    return [
        Case("bosons, stratified", "superpositions", "bosons", stratified, counts, runs),
        Case("fermions, stratified", "superpositions", "fermions", stratified, counts, runs),
        Case("bosons, random", "superpositions", "bosons", "random", few, runs),
        Case("fermions, random", "superpositions", "fermions", "random", few, runs),
        Case("pairs of bosons", "pairs", "bosons", "stratified", counts, runs),
    ]


def _cat_case(preset: Preset) -> Case:
    counts, runs = _PRODUCT_COUNTS[preset], _PRODUCT_RUNS[preset]
    name = "macroscopic superposition"
    return Case(name, None, "distinguishable", "random", counts, runs)


_TRUE_STARTS = ("stratified", "random")


def identical_experiment(preset: Preset, seed: int) -> xr.Dataset:
    label = "one orbital"
    cases = _product_cases(preset, label, label, _TRUE_STARTS, far=True)
    cases += [*_identical_cases(preset, "stratified"), _cat_case(preset)]
    return deviation_table(cases, _SETS[preset], seed)


def identical_defect(preset: Preset, seed: int) -> xr.Dataset:
    """|φ|² draws where half of the particles should be put into each packet."""
    label = "one orbital"
    cases = _product_cases(preset, label, label, ("random", "random"), far=True)
    cases += [*_identical_cases(preset, "random"), _cat_case(preset)]
    return deviation_table(cases, _SETS[preset], seed)


def distinguishable_experiment(preset: Preset, seed: int) -> xr.Dataset:
    cases = _product_cases(preset, "superpositions", "N orbitals", _TRUE_STARTS)
    return deviation_table(cases, _SETS[preset], seed)


def distinguishable_defect(preset: Preset, seed: int) -> xr.Dataset:
    """|φ|² draws where half of the particles should be put into each packet."""
    cases = _product_cases(preset, "superpositions", "N orbitals", ("random", "random"))
    return deviation_table(cases, _SETS[preset], seed)


def few_experiment(preset: Preset, seed: int) -> xr.Dataset:
    cases = _product_cases(preset, "superpositions", "N orbitals", _TRUE_STARTS)
    cases += _product_cases(preset, "one orbital", "one orbital", _TRUE_STARTS)
    return deviation_table(cases, _SETS[preset], seed)


def few_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Half of the particles in each packet where |φ|² draws should be."""
    starts = ("stratified", "stratified")
    cases = _product_cases(preset, "superpositions", "N orbitals", starts)
    cases += _product_cases(preset, "one orbital", "one orbital", starts)
    return deviation_table(cases, _SETS[preset], seed)
