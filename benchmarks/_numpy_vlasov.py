"""What a physicist would write: Vlasov-Poisson by Strang splitting, with numpy's FFT throughout.

Frozen: a peer to measure against, not part of the package. Electrons on a neutral background in
the units of ω_p and λ_D; the half drifts of neighbouring steps are one, and all phases of the
drift are made once.
"""

import numpy as np
import scipy.fft


class NumpyVlasov:
    """f (num_x, num_v) on [0, length) x [-vmax, vmax), stepped with one time step."""

    def __init__(self, num_x, num_v, length, vmax, dt, workers):
        self.num_x, self.num_v, self.dt, self.workers = num_x, num_v, dt, workers
        v = -vmax + 2.0 * vmax / num_v * np.arange(num_v)
        self.dv = 2.0 * vmax / num_v
        self.k = 2.0 * np.pi * np.fft.rfftfreq(num_x, length / num_x)
        self.eta = 2.0 * np.pi * np.fft.rfftfreq(num_v, self.dv)
        self.drift = np.exp(-1j * dt * np.outer(self.k, v))
        self.half_drift = np.exp(-0.5j * dt * np.outer(self.k, v))

    def transform(self, f, axis):
        if self.workers:
            return scipy.fft.rfft(f, axis=axis, workers=self.workers)
        return np.fft.rfft(f, axis=axis)

    def back(self, f_hat, n, axis):
        if self.workers:
            return scipy.fft.irfft(f_hat, n, axis=axis, overwrite_x=True, workers=self.workers)
        return np.fft.irfft(f_hat, n, axis=axis)

    def field(self, f):
        """E of dE/dx = 1 - n."""
        hat = np.fft.rfft(1.0 - f.sum(axis=1) * self.dv)
        hat[0], hat[1:] = 0.0, hat[1:] / (1j * self.k[1:])
        return np.fft.irfft(hat, self.num_x)

    def moved(self, f, phases):
        f_hat = self.transform(f, 0)
        f_hat *= phases
        return self.back(f_hat, self.num_x, 0)

    def kicked(self, f):
        """Acceleration of an electron is -E."""
        f_hat = self.transform(f, 1)
        f_hat *= np.exp(1j * self.dt * np.outer(self.field(f), self.eta))
        return self.back(f_hat, self.num_v, 1)

    def steps(self, f, num_steps):
        """f after so many steps."""
        f = self.kicked(self.moved(f, self.half_drift))
        for _ in range(num_steps - 1):
            f = self.kicked(self.moved(f, self.drift))
        return self.moved(f, self.half_drift)
