"""Vlasov-Poisson on a line, with K bodies from the same start beside it if wanted."""
