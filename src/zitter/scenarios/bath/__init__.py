"""A system and its bath, run and compared."""
