"""Claims on the approach to Newton's law for the centre of mass."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import newton_diffusion, newton_space

CLAIMS: tuple[Claim, ...] = newton_diffusion.CLAIMS + newton_space.CLAIMS
