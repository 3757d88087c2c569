"""What `ldas retrieve` writes."""

from observation_ops.preset import Check, Preset
from retrieval.swi import CONSTANTS


def _ssm(
    method: str,
    meaning: str,
    source: str,
    doubts: bool = False,
    tried: str = "",
    resolution: float = 1.0,
    overpass: str = "of Sentinel-1",
) -> Preset:
    """A product of surface moisture; with `doubts` what is doubtful has a value, too."""
    return Preset(
        name=f"ldas_{method}",
        meaning=meaning,
        type="ssm",
        variable="ssm",
        error_variable="ssm_uncertainty",
        checks=(Check("quality", "in", (0,)),) if doubts else (),
        resolution=resolution,
        depth=0.05,
        overpass=overpass,
        source=source,
        tried=tried,
    )


def _swi(days: float) -> Preset:
    return Preset(
        name=f"ldas_swi_{days:03.0f}",
        meaning=f"soil water index of `ldas retrieve`, T = {days:g} d",
        type="ssm",
        variable=f"SWI_{days:03.0f}",
        error_variable=f"SWI_{days:03.0f}_error",
        resolution=1.0,
        depth=0.02 * days,
        overpass="daily, 18 UTC",
        source="Albergel et al. (2008), doi:10.5194/hess-12-1323-2008",
        tried="of CGLS SSM1km V1.1.1, and of H SAF H119" if days == 5.0 else "",
    )


PRESETS = (
    _ssm(
        "s2mp",
        "soil moisture of `ldas retrieve`, S2MP",
        "El Hajj et al. (2017), doi:10.3390/rs9121292",
        doubts=True,
        tried="the twin's product",
    ),
    _ssm(
        "change_detection",
        "relative moisture of `ldas retrieve`, change detection",
        "Bauer-Marschallinger et al. (2019), doi:10.1109/TGRS.2018.2858004",
        tried="the twin's product",
    ),
    _ssm(
        "change_detection_vegetation",
        "soil moisture of `ldas retrieve`, change detection under plants",
        "Gao et al. (2017), doi:10.3390/s17091966",
        tried="the twin's product",
    ),
    _ssm(
        "hybrid",
        "soil moisture of `ldas retrieve`, change detection and a network",
        "Nativel et al. (2022), doi:10.3390/rs14102434",
        doubts=True,
        tried="the twin's product",
    ),
    _ssm(
        "water_cloud",
        "soil moisture of `ldas retrieve`, a water cloud model of each place",
        "Attema and Ulaby (1978), doi:10.1029/RS013i002p00357",
        tried="the twin's product",
    ),
    _ssm(
        "smap_s1",
        "soil moisture of `ldas retrieve`, SMAP with Sentinel-1",
        "Das et al. (2019), doi:10.1016/j.rse.2019.111380",
    ),
    _ssm(
        "smen",
        "soil moisture of `ldas retrieve`, a coarse product made fine by a network",
        "the network of docs/smen.md",
        resolution=3.0,
        overpass="of the coarse product",
    ),
    *(_swi(days) for days in CONSTANTS),
)
