"""Claims on the approach to Newton's law for the centre of mass."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import newton_coupling, newton_diffusion, newton_runs, newton_space

CLAIMS: tuple[Claim, ...] = (
    newton_runs.CLAIMS + newton_diffusion.CLAIMS + newton_space.CLAIMS + newton_coupling.CLAIMS
)
