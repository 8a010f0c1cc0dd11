"""The keys of a scenario of kind "bath"."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from zitter.scenarios.model import (
    InUnits,
    Number,
    Part,
    PositiveMass,
    PositiveTime,
    Scenario,
)
from zitter.scenarios.own import Own
from zitter.scenarios.parts import Packet, require_one_number_of_axes

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False), InUnits("1/time")]
Temperature = Annotated[float, Field(ge=0, allow_inf_nan=False), InUnits("energy")]

NATURAL = {"damping": 0.1, "cutoff": 5.0}


class Environment(Part):
    """J(ω) = M γ ω_c (ω/ω_c)^s f(ω/ω_c), and the temperature."""

    damping: Rate | None = Field(None, description="γ of dP/dt = -γ P.")
    cutoff: Rate = Field(description="ω_c.")
    exponent: Number = Field(1.0, gt=0, le=6, description="s; 1 is Ohmic.")
    shape: Literal["exponential", "drude", "hard"] = Field("exponential", description="f.")
    source: Own | None = Field(
        None, description="J(ω) of one's own up to ω_c: a function, or samples from 0 to ω_c."
    )
    kT: Temperature = Field(0.0, description="Temperature as an energy; 0 is the vacuum.")
    pure_state: Literal["coherent", "position-squeezed", "momentum-squeezed"] = Field(
        "coherent", description="Packets of the bath that, displaced at random, are thermal."
    )
    num_modes: int = Field(60, ge=2, le=1000, description="Oscillators that stand for it.")
    tolerance: float = Field(0.02, gt=0, lt=1, description="Largest error of response and noise.")

    @model_validator(mode="after")
    def _one_density(self) -> "Environment":
        shaped = sorted({"damping", "exponent", "shape"} & self.model_fields_set)
        if self.source is not None and shaped:
            raise ValueError(f"has a J of its own and {', '.join(shaped)} too: give one of them.")
        if self.source is None and self.damping is None:
            raise ValueError("must give a damping, or a `source` of J.")
        return self


class Config(Scenario):
    """One body in a trap and a bath of oscillators; the configuration of both is followed."""

    kind: Literal["bath"]
    law: Literal["bohm", "nelson"] = Field("bohm", description="Guidance or diffusion.")
    mass: PositiveMass = Field(1.0, description="Mass of the body.")
    frequency: Rate | None = Field(None, description="Ω of the trap; 1 in natural units.")
    packets: list[Packet] = Field(
        default=[Packet(centre=[-3.0], width=[0.7071]), Packet(centre=[3.0], width=[0.7071])],
        min_length=1,
        max_length=20,
        description="ψ of the body at the start is the normalised sum of these.",
    )
    bath: Environment | None = Field(None, description="The environment.")
    num_runs: int = Field(200, ge=1, le=20_000, description="Configurations from |Ψ|².")
    num_samples: int = Field(121, ge=2, le=10_000, description="Times that are kept.")
    num_steps: int | None = Field(None, ge=1, le=100_000, description="Steps of the run.")
    end: PositiveTime | None = Field(None, description="Duration; by default one period.")

    @model_validator(mode="before")
    @classmethod
    def _with_default(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("units", "natural") != "natural":
            return values
        bath = values.get("bath", {})
        if isinstance(bath, dict):
            own = "source" in bath
            bath = {k: v for k, v in NATURAL.items() if k != "damping" or not own} | bath
        given = {"bath": bath}
        return {"frequency": 1.0} | values | given

    @model_validator(mode="after")
    def _fits(self) -> "Config":
        needed = ("mass", "frequency", "packets", "bath")
        missing = [key for key in needed if key not in self.model_fields_set]
        if self.units != "natural" and missing:
            raise ValueError(
                f"must give {' and '.join(missing)}: only natural units have a default there."
            )
        if require_one_number_of_axes(self.packets) != 1:
            raise ValueError("moves on a line: give each packet one number for each key.")
        if len({packet.width[0] for packet in self.packets}) > 1:
            raise ValueError("has packets of different widths: the bath needs one width for all.")
        if any(packet.weight == 0.0 for packet in self.packets):
            raise ValueError("has a packet of weight 0: leave it out.")
        if self.bath and self.bath.shape == "drude" and self.bath.exponent >= 2.0:
            raise ValueError("has a Drude cutoff, which needs an exponent below 2.")
        return self
