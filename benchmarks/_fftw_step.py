"""A tuned split step of the periodic Schroedinger-Poisson equation: pyfftw and numexpr, frozen.

What a physicist would write who knows both packages: planned transforms in place, one Poisson
solution by real transforms a step, neighbouring half kicks merged, tables made once.
"""

import numexpr
import numpy as np
import pyfftw


class FftwStep:
    """iħ ψ' = -ħ²/(2m)∇²ψ + Φψ with ∇²Φ = 4πκ(|ψ|² - mean), on n³ points of a cube."""

    def __init__(self, psi, length, mass, hbar, coupling, dt, threads):
        numexpr.set_num_threads(threads)
        self.threads, self.turn = threads, np.empty_like(psi)
        n, complex_type = psi.shape[0], psi.dtype
        self.real = np.float32 if complex_type == np.complex64 else np.float64
        self.psi = pyfftw.empty_aligned(psi.shape, complex_type)
        self.phi = pyfftw.empty_aligned(psi.shape, self.real)
        self.hat = pyfftw.empty_aligned((n, n, n // 2 + 1), complex_type)
        options = dict(axes=(0, 1, 2), threads=threads, flags=("FFTW_MEASURE",))
        self.forward = pyfftw.FFTW(self.psi, self.psi, **options)
        self.backward = pyfftw.FFTW(self.psi, self.psi, direction="FFTW_BACKWARD", **options)
        self.real_forward = pyfftw.FFTW(self.phi, self.hat, **options)
        options["flags"] = ("FFTW_MEASURE", "FFTW_DESTROY_INPUT")
        self.real_backward = pyfftw.FFTW(self.hat, self.phi, direction="FFTW_BACKWARD", **options)
        self.psi[...] = psi
        k = 2.0 * np.pi * np.fft.fftfreq(n, length / n)
        half = k[: n // 2 + 1]
        k_squared = k[:, None, None] ** 2 + k[:, None] ** 2 + half**2
        k_squared[0, 0, 0] = np.inf
        self.kernel = (-4.0 * np.pi * coupling / n**3 / k_squared).astype(self.real)
        k_squared = k[:, None, None] ** 2 + k[:, None] ** 2 + k**2
        self.phase = (np.exp(-0.5j * dt * hbar / mass * k_squared) / n**3).astype(complex_type)
        self.per_energy = self.real(dt / hbar)

    def advance(self, num_steps):
        """ψ after so many steps; the first and the last kick are halves."""
        self._kick(0.5)
        for i in range(num_steps):
            self.forward.execute()
            np.multiply(self.psi, self.phase, out=self.psi)
            self.backward.execute()
            self._kick(1.0 if i < num_steps - 1 else 0.5)
        return self.psi

    def _kick(self, share):
        phi, parts = self.phi, {"x": self.psi.real, "y": self.psi.imag}
        numexpr.evaluate("x*x + y*y", parts, out=phi)
        self.real_forward.execute()
        np.multiply(self.hat, self.kernel, out=self.hat)
        self.real_backward.execute()
        angle = self.real(share * self.per_energy)
        # Each the fastest measured of numpy and numexpr, of exp and of cos and sin.
        if self.real is np.float32:
            np.multiply(phi, -angle, out=phi)
            np.cos(phi, out=self.turn.real)
            np.sin(phi, out=self.turn.imag)
            np.multiply(self.psi, self.turn, out=self.psi)
        elif self.threads == 1:
            np.multiply(phi, -1j * angle, out=self.turn)
            np.multiply(self.psi, np.exp(self.turn, out=self.turn), out=self.psi)
        else:
            names = {"psi": self.psi, "phi": phi, "a": np.complex128(-1j * angle)}
            numexpr.evaluate("psi * exp(a * phi)", names, out=self.psi)
