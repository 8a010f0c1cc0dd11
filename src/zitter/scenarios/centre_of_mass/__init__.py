"""N particles of any statistics, their paths, and the centre of mass beside Newton's."""
