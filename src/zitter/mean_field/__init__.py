"""Self-gravity and self-repulsion of a wavefunction: the mean field, and what it costs."""
