"""The hierarchy of QuTiP is handed Drude baths only."""

import numpy as np
import pytest

from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity
from zitter.scenarios.bath.qutip_bridge import heom_density_matrices


def test_the_bridge_refuses_a_density_of_ones_own():
    own = OwnSpectralDensity(SpectralDensity(0.1, 5.0), 100.0)
    with pytest.raises(ValueError, match="`density` must be Ohmic"):
        heom_density_matrices(own, 1.0, 1.0, np.eye(2) / 2.0, [0.0, 0.1])
