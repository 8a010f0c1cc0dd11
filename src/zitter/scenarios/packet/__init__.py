"""One wavefunction on a grid: quantum, classical, or with its own gravity; and its paths."""
