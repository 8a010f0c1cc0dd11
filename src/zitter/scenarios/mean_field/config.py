"""The keys of a scenario of kind "mean_field"."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from zitter.scenarios.model import (
    InUnits,
    Number,
    Part,
    PositiveLength,
    PositiveMass,
    PositiveTime,
    Scenario,
    Velocity,
)
from zitter.scenarios.own import Own

Density = Annotated[float, Field(gt=0, allow_inf_nan=False), InUnits("1/length^3")]
PositiveVelocity = Annotated[float, Field(gt=0, allow_inf_nan=False), InUnits("velocity")]
Interpolator = Literal["lagrange9", "lagrange5", "spline", "spectral", "positive"]

NATURAL = {"density": 0.07957747154594767, "spread": 1.0, "mass": 1.0, "charge": 1.0}
"""n = 1/4π, so that ω and the Debye or Jeans length over 2π are 1 in natural units."""


class Stream(Part):
    """Particles with a Maxwellian of velocities; those of equal mass and charge share one f."""

    density: Density = Field(description="Mean number in a volume.")
    spread: PositiveVelocity = Field(description="Standard deviation of the velocities.")
    drift: Velocity = Field(0.0, description="Mean velocity.")
    mass: PositiveMass = Field(description="Of one particle.")
    charge: Number = Field(0.0, description="In elementary charges; plain in natural units.")
    amplitude: Number = Field(0.01, gt=-1, lt=1, description="a of the density n(1 + a cos kx).")


class OwnDensity(Part):
    """f₀ of one's own: a function of z = (x, v), or samples, in the declared units."""

    source: Own = Field(description="file.py:f0, module:f0, or a file of samples.")
    mass: PositiveMass = Field(description="Of one particle.")
    charge: Number = Field(0.0, description="In elementary charges; plain in natural units.")


class Config(Scenario):
    """Streams of particles in their own mean field, in a periodic box on a line."""

    kind: Literal["mean_field"]
    force: Literal["electrostatic", "gravity"] = Field("electrostatic", description="The law.")
    stream: list[Stream] = Field(default=[], description="The streams, one by one.")
    f0: OwnDensity | None = Field(None, description="f₀(x, v) in the place of streams.")
    background: bool = Field(True, description="Uniform, at rest; takes away the mean source.")
    length: PositiveLength | None = Field(None, description="Of the box, one wave of mode 1.")
    mode: int = Field(1, ge=1, le=16, description="Waves of the perturbation in the box.")
    end: PositiveTime | None = Field(None, description="Duration.")
    num_samples: int = Field(81, ge=2, le=100_000, description="Times that are kept.")
    num_space: int | None = Field(None, ge=16, le=8192, description="Cells of the box.")
    num_velocity: int | None = Field(None, ge=32, le=8192, description="Cells of velocity.")
    reach: PositiveVelocity | None = Field(None, description="Largest velocity of the grids.")
    time_step: PositiveTime | None = Field(None, description="Longest step.")
    order: Literal[2, 4, 6] = Field(4, description="Of the splitting in time.")
    interpolator: Interpolator = Field("lagrange9", description="positive keeps f >= 0.")
    allow_recurrence: bool = Field(False, description="Go on where the grid shows mixed waves.")
    num_bodies: int = Field(0, ge=0, le=100_000, description="K bodies beside the mean field.")

    @model_validator(mode="before")
    @classmethod
    def _with_default(cls, values: Any) -> Any:
        silent = isinstance(values, dict) and not values.keys() & {"stream", "f0"}
        if silent and values.get("units", "natural") == "natural":
            return values | {"stream": [NATURAL]}
        return values

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        if self.f0:
            self._fits_own()
        elif not self.stream:
            raise ValueError("must give streams: only natural units have a default.")
        if self.force == "electrostatic" and not any(charge for _, charge in self.kinds):
            raise ValueError('has particles without charges: nothing acts. Use force = "gravity".')
        if self.force == "gravity" and not self.background:
            raise ValueError("is periodic: gravity needs its background.")
        if self.num_bodies and len(self.kinds) > 1:
            raise ValueError("has bodies beside several kinds of particles: give one kind.")
        return self

    def _fits_own(self) -> None:
        needed = ("length", "reach", "end", "time_step", "num_space", "num_velocity")
        missing = [name for name in needed if getattr(self, name) is None]
        if self.stream:
            raise ValueError("has both streams and an f0 of its own: give one of them.")
        if missing:
            raise ValueError(f"has an f0 of its own, which needs {', '.join(missing)}, too.")
        if self.num_bodies:
            raise ValueError("has an f0 of its own, from which no bodies are drawn: use streams.")

    @property
    def kinds(self) -> list[tuple[float, float]]:
        """(mass, charge) of each kind of particles."""
        if self.f0:
            return [(self.f0.mass, self.f0.charge)]
        return list(dict.fromkeys((s.mass, s.charge) for s in self.stream))
