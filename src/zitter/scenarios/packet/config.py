"""The keys of a scenario of kind "packet"."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zitter.scenarios.model import (
    Energy,
    Force,
    Length,
    Number,
    Part,
    PositiveLength,
    PositiveMass,
    PositiveTime,
    Scenario,
    Stiffness,
)
from zitter.scenarios.own import Own
from zitter.scenarios.parts import Counts, Lengths, Packet, require_one_number_of_axes


class Free(Part):
    """No external potential."""

    kind: Literal["none"] = "none"


class UniformForce(Part):
    """The same force everywhere, along the first axis."""

    kind: Literal["uniform_force"]
    force: Force


class Harmonic(Part):
    """U = k |x|²/2, a hill if k < 0."""

    kind: Literal["harmonic"]
    stiffness: Stiffness


class Quartic(Part):
    """U = g Σ x⁴; the coefficient is a plain number in the declared units."""

    kind: Literal["quartic"]
    coefficient: Number


class GaussianBarrier(Part):
    """U = V₀ exp(-|x - c|²/2w²) across the first axis, a well if V₀ < 0."""

    kind: Literal["gaussian"]
    height: Energy
    width: PositiveLength
    centre: Length = 0.0


class DoubleSlit(Part):
    """A wall across the first axis at x = 0 with two Gaussian openings at y = ±separation/2."""

    kind: Literal["double_slit"]
    height: Energy
    thickness: PositiveLength
    separation: PositiveLength
    opening: PositiveLength


class OwnPotential(Part):
    """U(x, t) by a function "my.py:U" (with --allow-code) or a file of samples, declared units."""

    kind: Literal["own"]
    source: Own


Potential = Annotated[
    Free | UniformForce | Harmonic | Quartic | GaussianBarrier | DoubleSlit | OwnPotential,
    Field(discriminator="kind"),
]


class Sphere(Part):
    """A homogeneous sphere, in the gravity of its own |ψ|²."""

    kind: Literal["sphere"]
    radius: PositiveLength


class Crystal(Part):
    """A crystal of nuclei, each a Gaussian, in the gravity of its own |ψ|²."""

    kind: Literal["crystal"]
    atom_mass: PositiveMass
    nucleus_width: PositiveLength = Field(description="Zero-point width σ along each axis.")


Body = Annotated[Sphere | Crystal, Field(discriminator="kind")]


class Box(Part):
    """A grid of one's own choice."""

    lower: Lengths
    upper: Lengths
    num: Counts


class Config(Scenario):
    """One body on a grid in one to three dimensions."""

    kind: Literal["packet"]
    dynamics: Literal["quantum", "classical"] = Field(
        "quantum",
        description="quantum: the Schroedinger equation; classical: the classical nonlinear "
        "Schroedinger equation (72), by its rays.",
    )
    mass: PositiveMass = Field(1.0, description="Mass of the body.")
    packets: list[Packet] = Field(
        default=[Packet(centre=[-6.0], momentum=[2.0]), Packet(centre=[6.0], momentum=[-2.0])],
        min_length=1,
        description="ψ at the start is the normalised sum of these.",
    )
    psi: Own | None = Field(
        None, description="ψ(x) at the start instead of packets: a function, or samples."
    )
    potential: Potential = Free()
    self_coupling: Number = Field(
        0.0, description="κ of the body's own mean field; G m² in three dimensions; < 0 repels."
    )
    body: Body | None = Field(
        None, description="On a line: the extended body whose gravity acts on its own ψ."
    )
    contact: Number = Field(0.0, description="g of g|ψ|² (Gross-Pitaevskii).")
    end: PositiveTime | None = Field(None, description="Duration; by default past the meeting.")
    num_samples: int = Field(61, ge=2, le=10_000, description="Times that are kept.")
    num_paths: int | None = Field(None, ge=0, le=100_000, description="Paths from |ψ|².")
    tolerance: float = Field(1e-6, gt=0, lt=1, description="Largest L2 error of ψ by the steps.")
    box: Box | None = Field(None, description="Grid; by default from the classical motion.")

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        if self.psi:
            self._fits_own_psi()
        axes = self.num_space
        needed = ("mass",) if self.psi else ("mass", "packets")
        missing = [k for k in needed if k not in self.model_fields_set]
        if self.units != "natural" and missing:
            raise ValueError(
                f"must give {' and '.join(missing)}: only natural units have a default there."
            )
        if self.potential.kind == "double_slit" and axes != 2:
            raise ValueError(
                f"has a double slit, which needs two axes, but its packets have {axes}."
            )
        if self.body:
            self._fits_body()
        if self.dynamics == "classical" and (self.self_coupling or self.contact):
            raise ValueError("is classical: self_coupling and contact belong to the quantum one.")
        if self.box and not len(self.box.lower) == len(self.box.upper) == len(self.box.num) == axes:
            raise ValueError(f"must give lower, upper and num of its box for each of {axes} axes.")
        return self

    def _fits_body(self) -> None:
        if self.num_space > 1:
            raise ValueError("has a body, whose packet must be given along one axis only.")
        if self.self_coupling or self.contact or self.dynamics == "classical":
            raise ValueError(
                "has a body: self_coupling, contact and classical dynamics go without."
            )
        if isinstance(self.body, Crystal) and self.body.atom_mass > self.mass:
            raise ValueError("has nuclei heavier than the whole body: lower body.atom_mass.")

    def _fits_own_psi(self) -> None:
        if "packets" in self.model_fields_set:
            raise ValueError("has both psi and packets: give one of them.")
        if self.box is None or self.end is None:
            raise ValueError("has a psi of its own, which needs `box` and `end`: give both.")
        if self.dynamics == "classical":
            raise ValueError("has a psi of its own, but classical dynamics starts from packets.")

    @property
    def num_space(self) -> int:
        """Axes of space."""
        if self.psi and self.box:
            return len(self.box.num)
        return require_one_number_of_axes(self.packets)
