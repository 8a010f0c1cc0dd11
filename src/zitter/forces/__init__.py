"""What moves the centre of mass."""
