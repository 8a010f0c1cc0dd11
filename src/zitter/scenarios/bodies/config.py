"""The keys of a scenario of kind "bodies"."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from zitter.scenarios.model import (
    Length,
    Number,
    Part,
    PositiveLength,
    PositiveMass,
    PositiveTime,
    Scenario,
    Velocity,
)
from zitter.scenarios.parts import Lengths, Velocities


class Body(Part):
    """One body; values for each axis."""

    mass: PositiveMass
    position: Lengths
    velocity: Velocities
    charge: Number = Field(0.0, description="In elementary charges; plain in natural units.")
    width: PositiveLength | None = Field(None, description="Of the packet that rides on it.")


class Drawn(Part):
    """What every cloud has."""

    start: Literal["random", "quiet"] = Field(
        "random", description="Random numbers, or a Sobol sequence."
    )


class Plummer(Drawn):
    """A Plummer sphere in equilibrium."""

    kind: Literal["plummer"]
    num_bodies: int = Field(ge=2, le=1_000_000)
    mass: PositiveMass = Field(description="Of the whole sphere.")
    radius: PositiveLength = Field(description="a of ρ ∝ (1 + r²/a²)^(-5/2).")


class King(Drawn):
    """A King sphere in equilibrium, with an edge."""

    kind: Literal["king"]
    num_bodies: int = Field(ge=2, le=1_000_000)
    mass: PositiveMass = Field(description="Of the whole sphere.")
    radius: PositiveLength = Field(description="Core radius.")
    depth: Number = Field(gt=0, le=16, description="W₀, of the potential at the centre over σ².")


class Slab(Drawn):
    """An isothermal slab of sheets in equilibrium, on a line."""

    kind: Literal["slab"]
    num_bodies: int = Field(ge=2, le=20_000)
    mass: PositiveMass = Field(description="Of the whole slab.")
    dispersion: Velocity = Field(gt=0, description="Standard deviation of the velocities.")


class Medium(Drawn):
    """A homogeneous periodic plasma on its background, or masses without their mean."""

    kind: Literal["medium"]
    num_bodies: int = Field(ge=2, le=1_000_000)
    num_space: Literal[1, 2, 3] = Field(3, description="Axes.")
    period: PositiveLength = Field(description="Of every axis.")
    mass: PositiveMass = Field(description="Of one body.")
    charge: Number = Field(0.0, description="Of one body; the background has the opposite.")
    dispersion: Velocity = Field(gt=0, description="Standard deviation of each component.")
    wave: Number = Field(0.0, gt=-1, lt=1, description="a of a first shift (a/k) cos kx.")


Cloud = Annotated[Plummer | King | Slab | Medium, Field(discriminator="kind")]


DEFAULT = [
    {"mass": 1.0, "position": [-0.5, 0.0], "velocity": [0.0, -0.25], "width": 0.01},
    {"mass": 1.0, "position": [0.5, 0.0], "velocity": [0.0, 0.25], "width": 0.01},
]
"""Two equal masses on an eccentric orbit, in natural units."""


class Config(Scenario):
    """K bodies, each given or drawn from a cloud."""

    kind: Literal["bodies"]
    body: list[Body] = Field(default=[], description="The bodies, one by one.")
    cloud: Cloud | None = Field(None, description="Bodies drawn from an equilibrium.")
    softening: Length = Field(0.0, ge=0, description="ε of r² + ε² (Plummer).")
    gravity: bool = Field(True, description="Whether masses attract.")
    end: PositiveTime | None = Field(None, description="Duration; by default a few orbits.")
    num_samples: int = Field(201, ge=2, le=100_000, description="Times that are kept.")
    time_step: PositiveTime | None = Field(None, description="Of the leapfrog of a cloud.")
    forces: Literal["direct", "tree", "mesh"] | None = Field(
        None, description="Of a cloud: by all pairs, a tree or a mesh; by default as K asks for."
    )
    mesh_points: int = Field(128, ge=16, le=512, description="Of the mesh, per axis.")

    @model_validator(mode="before")
    @classmethod
    def _with_default(cls, values: Any) -> Any:
        silent = isinstance(values, dict) and not values.keys() & {"body", "cloud"}
        if silent and values.get("units", "natural") == "natural":
            return values | {"body": DEFAULT}
        return values

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        if self.cloud and self.body:
            raise ValueError("has both single bodies and a cloud: give one of them.")
        if not self.cloud and not self.body:
            raise ValueError("must give bodies or a cloud: only natural units have a default.")
        if not self.cloud and len(self.body) == 1:
            raise ValueError("has one body: nothing acts on it.")
        if len({len(b.position) for b in self.body} | {len(b.velocity) for b in self.body}) > 1:
            raise ValueError("mixes bodies of different numbers of axes.")
        if self.cloud and not isinstance(self.cloud, Medium) and not self.gravity:
            raise ValueError("has a cloud that only its gravity holds: remove gravity = false.")
        axes = max((len(b.position) for b in self.body), default=0)
        if axes == 1 and not self.softening and all(b.width is not None for b in self.body):
            raise ValueError(
                "has packets on sheets, whose force jumps where they cross: leave out `width`."
            )
        for key in ("time_step", "forces"):
            if getattr(self, key) and not isinstance(self.cloud, (Plummer, King, Medium)):
                raise ValueError(f"has {key}, which only a sphere or a medium takes: remove it.")
        if isinstance(self.cloud, Medium):
            self._fits_medium(self.cloud)
        return self

    def _fits_medium(self, medium: Medium) -> None:
        if self.softening:
            raise ValueError("has a softening, which a medium does not take: remove it.")
        if self.forces == "tree":
            raise ValueError("has forces by a tree, which knows no period: use direct or mesh.")
        if medium.num_space < 3 and self.units != "natural":
            raise ValueError("has num_space below 3, which only natural units have.")
        if not self.gravity and not medium.charge:
            raise ValueError("has a medium without gravity or charge: nothing acts.")
