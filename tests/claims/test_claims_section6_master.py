"""The judge of the master equation sees an error that its exact state and coefficients share."""

import zitter  # noqa: F401
from zitter.bath.response import NoiseCovariance
from zitter.claims.claim import Verdict
from zitter.claims.section6 import master


def test_noise_that_is_too_strong_in_state_and_coefficients_alike_is_seen(monkeypatch):
    right = master.drude_noise

    def stronger(*arguments):
        return NoiseCovariance(*(1.05 * part for part in right(*arguments)))

    monkeypatch.setattr(master, "drude_noise", stronger)
    monkeypatch.setattr(master, "decoherence_times", dict)
    data = master._run("quick", 1.0)
    assert float(data.distance.max()) < 1e-6
    judgement = master.CLAIMS[0].judge(data)
    assert judgement.verdict is Verdict.FAILS
