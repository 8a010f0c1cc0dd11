"""Particles guided by ψ: de Broglie-Bohm paths, Nelson diffusions, samples of |ψ|²."""
