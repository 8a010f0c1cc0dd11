"""A bath of oscillators: decoherence, collapse of the configuration, friction and noise."""
