"""Claims on forces, on the stochastic and the guided motion, and on their equations."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import (
    action,
    diffusion,
    equivariance,
    force_at_centre,
    interaction,
    mean_trajectories,
    quantization,
    relative_forces,
    velocities,
)

CLAIMS: tuple[Claim, ...] = (
    *interaction.CLAIMS,
    *relative_forces.CLAIMS,
    *quantization.CLAIMS,
    *diffusion.CLAIMS,
    *mean_trajectories.CLAIMS,
    *equivariance.CLAIMS,
    *force_at_centre.CLAIMS,
    *velocities.CLAIMS,
    *action.CLAIMS,
)
