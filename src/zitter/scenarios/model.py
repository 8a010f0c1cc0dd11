"""What all scenarios share: typed fields with units, no unknown keys."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from zitter.scenarios.units import UnitName, Units, number_in, plasma_units, units_of


@dataclass(frozen=True)
class InUnits:
    """Marks a field that takes a number or a text with a unit of `dimension`.

    The number is in the declared units, or in those named by `system`.
    """

    dimension: str
    system: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        def read(value: Any, info: core_schema.ValidationInfo) -> float:
            units = (info.context or {}).get("units", units_of("natural"))
            units = units_of(self.system) if self.system else units
            return number_in(units, value, self.dimension)

        return core_schema.with_info_before_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler):
        number = handler(schema)
        return {"anyOf": [number, {"type": "string"}], "dimension": self.dimension}


_FINITE, _POSITIVE = Field(allow_inf_nan=False), Field(gt=0, allow_inf_nan=False)

Length = Annotated[float, _FINITE, InUnits("length")]
PositiveLength = Annotated[float, _POSITIVE, InUnits("length")]
PositiveTime = Annotated[float, _POSITIVE, InUnits("time")]
PositiveMass = Annotated[float, _POSITIVE, InUnits("mass")]
Momentum = Annotated[float, _FINITE, InUnits("momentum")]
Force = Annotated[float, _FINITE, InUnits("force")]
Stiffness = Annotated[float, _FINITE, InUnits("force/length")]
Velocity = Annotated[float, _FINITE, InUnits("velocity")]
Energy = Annotated[float, _FINITE, InUnits("energy")]
Number = Annotated[float, _FINITE, InUnits("1")]


class Part(BaseModel):
    """A table of a scenario's file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Plasma(Part):
    """What plasma units are made of."""

    density: Annotated[float, _POSITIVE, InUnits("1/length^3", "SI")] = Field(
        description="Electrons in a volume, in 1/m³ or with a unit."
    )
    temperature: Annotated[float, _POSITIVE, InUnits("energy", "SI")] = Field(
        description="k_B T, in J or with a unit such as eV or K."
    )


class Scenario(Part):
    """The keys that every kind of scenario has."""

    kind: str
    title: str = Field("", description="Title of the pictures.")
    units: UnitName = Field(
        "natural", description="natural (ħ = m = L = 1), atomic, SI, galactic, plasma."
    )
    plasma: Plasma | None = Field(None, description="Density and temperature of plasma units.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of all random numbers.")

    @model_validator(mode="after")
    def _units_fit(self) -> "Scenario":
        if self.units == "plasma" and self.plasma is None:
            raise ValueError(
                "has plasma units, which a density and a temperature define: add `plasma`."
            )
        if self.units != "plasma" and self.plasma is not None:
            raise ValueError('has a table `plasma`, which only units = "plasma" takes: remove it.')
        return self

    @property
    def unit_system(self) -> Units:
        """The declared unit system."""
        if self.plasma is not None:
            return plasma_units(self.plasma.density, self.plasma.temperature)
        return units_of(self.units)
