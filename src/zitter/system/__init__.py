"""What there is: constants, coordinates, potentials."""
