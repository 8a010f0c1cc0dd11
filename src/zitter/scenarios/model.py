"""What all scenarios share: typed fields with units, no unknown keys."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from zitter.scenarios.units import UnitName, Units, number_in, units_of


@dataclass(frozen=True)
class InUnits:
    """Marks a field that takes a number or a text with a unit of `dimension`."""

    dimension: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        def read(value: Any, info: core_schema.ValidationInfo) -> float:
            units = (info.context or {}).get("units", units_of("natural"))
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


class Scenario(Part):
    """The keys that every kind of scenario has."""

    kind: str
    title: str = Field("", description="Title of the pictures.")
    units: UnitName = Field("natural", description="natural (ħ = m = L = 1), atomic, SI, galactic.")
    seed: int = Field(0, ge=0, description="Seed of all random numbers.")

    @property
    def unit_system(self) -> Units:
        """The declared unit system."""
        return units_of(self.units)
