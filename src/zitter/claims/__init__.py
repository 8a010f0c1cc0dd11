"""The paper's statements, each with an experiment and a judge."""

from zitter.claims.claim import Claim
from zitter.claims.section2 import CLAIMS as SECTION_2

ALL: tuple[Claim, ...] = SECTION_2
