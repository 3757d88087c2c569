"""Every output variable, declared once."""

from collections.abc import Mapping, Sequence

from ldas.core.variable import Variable
from observation_ops.quality import REASONS

MEAN = "time: mean"
POINT = "time: point"
MAP = ("time", "lat", "lon")
PROFILE = ("time", "layer", "lat", "lon")
WATER = "kg m-2 s-1"


def _state(name: str, units: str, text: str, dims=MAP, standard: str | None = None) -> Variable:  # noqa: ANN001
    return Variable(name, dims, units, text, standard, cell_methods=POINT)


def _flux(name: str, units: str, text: str, standard: str | None = None) -> Variable:
    return Variable(name, MAP, units, text, standard, cell_methods=MEAN)


STATE_VARIABLES = (
    _state("wg", "m3 m-3", "volume fraction of liquid water in soil", PROFILE),
    _state("wgi", "m3 m-3", "volume fraction of ice in soil, liquid equivalent", PROFILE),
    _state("tg", "K", "soil temperature", PROFILE, "soil_temperature"),
    _state("lai", "m2 m-2", "leaf area index", MAP, "leaf_area_index"),
    _state("swe", "kg m-2", "snow water equivalent", MAP, "surface_snow_amount"),
    _state("snow_depth", "m", "snow depth", MAP, "surface_snow_thickness"),
    _state("wr", "kg m-2", "water on the canopy", MAP, "canopy_water_amount"),
    _state("ts", "K", "surface temperature", MAP, "surface_temperature"),
)
FLUX_VARIABLES = (
    _flux("rn", "W m-2", "net radiation", "surface_net_downward_radiative_flux"),
    _flux("h", "W m-2", "sensible heat flux, up", "surface_upward_sensible_heat_flux"),
    _flux("le", "W m-2", "latent heat flux, up", "surface_upward_latent_heat_flux"),
    _flux("g", "W m-2", "ground heat flux, down", "downward_heat_flux_at_ground_level_in_soil"),
    _flux("evap", WATER, "evapotranspiration", "water_evapotranspiration_flux"),
    _flux("transpiration", WATER, "transpiration", "transpiration_flux"),
    _flux(
        "bare_soil_evap",
        WATER,
        "evaporation of the bare soil, its ice included",
        "water_evaporation_flux_from_soil",
    ),
    _flux(
        "interception_evap",
        WATER,
        "evaporation of intercepted water",
        "water_evaporation_flux_from_canopy",
    ),
    _flux("runoff", WATER, "surface runoff", "surface_runoff_flux"),
    _flux("drainage", WATER, "drainage at the bottom of the soil", "subsurface_runoff_flux"),
    _flux("rainf", WATER, "rainfall", "rainfall_flux"),
    _flux("snowf", WATER, "snowfall", "snowfall_flux"),
    _flux("snow_melt", WATER, "snow melt", "surface_snow_melt_flux"),
    _flux("irrigation", WATER, "irrigation"),
    _flux("gpp", WATER, "gross primary production (CO2)"),
    _flux("reco", WATER, "ecosystem respiration (CO2)"),
)


def analysis_variables(
    sets: Mapping[str, Mapping[str, str]], controls: Sequence[str]
) -> list[Variable]:
    """What an analysis writes for observation sets (units by name) and control variables."""
    by_patch = ("time", "patch", "lat", "lon")
    flags = ", ".join(f"{code} {name}" for code, name in enumerate(REASONS))
    found = []
    for name, units in sets.items():
        found += [
            Variable(f"{prefix}_{name}", MAP, unit, text.format(name), cell_methods=POINT)
            for prefix, text, unit in (
                ("obs", "{} as observed", units["observed"]),
                ("obs_rescaled", "{} in the model's climate", units["modelled"]),
                ("flag", "why {} was used or not: " + flags, "1"),
                ("background", "model equivalent of {} before the analysis", units["modelled"]),
                ("innovation", "{} less background", units["modelled"]),
                ("innovation_sd", "size expected of the innovation", units["modelled"]),
                ("residual", "{} less analysis", units["modelled"]),
                ("rank", "members of the ensemble below {}, its error added to each", "1"),
                ("error_scale", "error variances of {} over those given, as innovations say", "1"),
            )
        ]
    for control in controls:
        unit = "m2 m-2" if control == "lai" else "m3 m-3"
        found.append(Variable(f"increment_{control}", by_patch, unit, f"change of {control}", None))
        text = f"bias correction of {control} in the window, before its analysis"
        found.append(Variable(f"correction_{control}", by_patch, unit, text))
        for name in sets:
            found.append(
                Variable(
                    f"jacobian_{name}_{control}",
                    by_patch,
                    "1",
                    f"derivative of {name} at its time with respect to {control} at the start",
                )
            )
    return found


STATE_BY_NAME = {variable.name: variable for variable in STATE_VARIABLES}
FLUX_BY_NAME = {variable.name: variable for variable in FLUX_VARIABLES}
OUTPUT_BY_NAME = {**STATE_BY_NAME, **FLUX_BY_NAME}


def stream_of(name: str) -> str:
    """Which of the monthly files holds an output variable: 'state' or 'flux'."""
    return "state" if name in STATE_BY_NAME else "flux"
