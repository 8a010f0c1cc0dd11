"""The keys of a scenario of kind "centre_of_mass"."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zitter.scenarios.model import Force, Part, PositiveMass, PositiveTime, Scenario, Stiffness
from zitter.scenarios.parts import Packet, require_one_number_of_axes

Statistics = Literal["condensate", "distinguishable", "bosons", "fermions", "superposition"]
NATURAL_DEFAULTS = ("mass", "orbital")


class Orbital(Part):
    """A superposition of packets."""

    packets: list[Packet] = Field(min_length=1)


class Free(Part):
    """No external potential."""

    kind: Literal["none"] = "none"


class UniformForce(Part):
    """The same force on every particle, along the first axis."""

    kind: Literal["uniform_force"]
    force: Force


class Harmonic(Part):
    """Trap U = k x²/2 of every particle, or hill if k < 0."""

    kind: Literal["harmonic"]
    stiffness: Stiffness


Potential = Annotated[Free | UniformForce | Harmonic, Field(discriminator="kind")]


class Config(Scenario):
    """N particles in packet orbitals under a potential of at most second degree."""

    kind: Literal["centre_of_mass"]
    num_particles: int = Field(20, ge=1, le=20_000, description="N.")
    statistics: Statistics = Field(
        "condensate",
        description="condensate: all in the first orbital; distinguishable, bosons, fermions: "
        "particle or mode k in orbital k; superposition: all here and all there.",
    )
    mass: PositiveMass = Field(1.0, description="Mass of one particle.")
    orbital: list[Orbital] = Field(
        default=[
            Orbital(
                packets=[
                    Packet(centre=[-6.0], momentum=[2.0]),
                    Packet(centre=[6.0], momentum=[-2.0]),
                ]
            )
        ],
        min_length=1,
        description="Orbitals, used in turn if there are fewer than needed.",
    )
    potential: Potential = Free()
    law: Literal["bohm", "nelson"] = Field("bohm", description="Guidance equation or diffusion.")
    start: Literal["born", "half_and_half"] = Field(
        "born", description="born: from |ψ|²; half_and_half: half of the particles in each packet."
    )
    num_runs: int = Field(100, ge=1, le=1_000_000, description="Runs of the experiment.")
    end: PositiveTime | None = Field(None, description="Duration; by default past the meeting.")
    num_samples: int = Field(61, ge=2, le=100_000, description="Times that are kept.")
    num_steps: int | None = Field(None, ge=1, description="Steps of a diffusion.")

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        require_one_number_of_axes([p for orbital in self.orbital for p in orbital.packets])
        missing = [k for k in NATURAL_DEFAULTS if k not in self.model_fields_set]
        if self.units != "natural" and missing:
            raise ValueError(
                f"must give {' and '.join(missing)}: only natural units have a default there."
            )
        if self.statistics == "fermions" and len(self.orbital) < self.num_particles:
            raise ValueError(
                f"has {len(self.orbital)} orbitals for {self.num_particles} fermions: each needs "
                "one of its own."
            )
        if self.statistics == "superposition" and len(self.orbital) < 2:
            raise ValueError("needs at least two orbitals for a superposition: one for each place.")
        if self.start == "half_and_half" and any(len(o.packets) != 2 for o in self.orbital):
            raise ValueError(
                'has start = "half_and_half", which needs two packets in each orbital: use "born".'
            )
        if self.num_steps is not None and self.law == "bohm":
            raise ValueError("has num_steps, which only a diffusion takes: remove it.")
        return self

    @property
    def num_space(self) -> int:
        """Axes of space."""
        return require_one_number_of_axes([p for o in self.orbital for p in o.packets])
