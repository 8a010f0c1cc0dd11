"""Sample arguments of the functions of `bath.on_grid`."""

from unit_cases_bath import BATH, PACKETS_OF_BATH
from unit_reading import InUnits, made
from unit_samples import PLANE, TRAP, Case, M, at, build, on_grid
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.on_grid import wave_in_bath


def _one_mode(u):
    w, c = build(BATH, u)
    return OscillatorBath(w[4:5], c[4:5])


MODE = InUnits(_one_mode)
WAVE = made(wave_in_bath, packets=PACKETS_OF_BATH, bath=MODE, mass=M)
PUSHED = dict(
    WAVE.arguments,
    displacement=InUnits(lambda u: [0.3 * u.mass**0.5 * u.length]),
    kick=InUnits(lambda u: [-0.2 * u.mass**0.5 * u.length / u.time]),
)

SAMPLES = {
    "bath": {
        "on_grid": {
            "PotentialInBath": Case(
                dict(potential=TRAP, bath=MODE, mass=M), at([0.4, -0.7]), unit="energy"
            ),
            "wave_in_bath": Case(PUSHED, at([0.4, -0.7], 0.0), unit="ln(1/length)"),
            "reduced_state_on_grid": Case(dict(psi=on_grid(WAVE, PLANE), grid=PLANE)),
        },
    }
}
