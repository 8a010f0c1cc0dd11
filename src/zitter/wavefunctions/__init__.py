"""ψ(q, t) of one and of many particles."""
