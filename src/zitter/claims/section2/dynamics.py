"""Claims on the stochastic and the guided motion: (9)-(11), (24)-(28), (42), quantization."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import (
    action,
    diffusion,
    mean_trajectories,
    quantization,
    velocities,
)

CLAIMS: tuple[Claim, ...] = (
    *quantization.CLAIMS,
    *diffusion.CLAIMS,
    *mean_trajectories.CLAIMS,
    *velocities.CLAIMS,
    *action.CLAIMS,
)
