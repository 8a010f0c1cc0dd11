"""Numerics that know no physics."""
