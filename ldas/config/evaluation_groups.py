"""The namelist groups of `ldas evaluate`: what is judged, by what, and how."""

from typing import Literal

from ldas.core.settings import (
    Group,
    Instant,
    Integers,
    Numbers,
    Strings,
    entry,
)

from .product_entries import ProductEntries


class Evaluation(Group):
    """What `ldas evaluate` judges by, and how; results go to <output_dir>/<name>/."""

    name: str = entry(
        "evaluation", "name of the evaluation", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
    )
    output_dir: str = entry("output", "folder of the results, relative to the namelist")
    start: Instant | None = entry(None, "first instant compared; not given: all there is")
    end: Instant | None = entry(None, "last instant compared; not given: all there is")
    reference: str | None = entry(
        None, "source that the others are compared with, often the open loop", shown="the first"
    )
    truth: str | None = entry(None, "source that is the truth of a twin experiment")
    mask_file: str | None = entry(None, "NetCDF on the grid: where the maps are told apart")
    mask_variable: str = entry("mask", "variable of mask_file")
    land_cover_file: str | None = entry(
        None, "land cover map, finer than the products: their maps are judged by its classes"
    )
    land_cover_variable: str = entry("land_cover", "variable of land_cover_file")
    homogeneous: float = entry(
        0.75, "share of its dominant class from which on a cell is homogeneous", "1", gt=0.5, le=1.0
    )
    irrigation_file: str | None = entry(
        None, "NetCDF on the grid: a map of irrigation to draw beside what analyses change"
    )
    irrigation_variable: str = entry("irrigation_probability", "variable of irrigation_file")
    ismn: str | None = entry(None, "ISMN archive: a zip or its folder, CEOP or header format")
    networks: Strings = entry([], "ISMN networks to take; none: all")
    stations: Strings = entry([], "ISMN stations to take; none: all")
    depth_min: float = entry(0.0, "least depth of a probe", "m", ge=0.0)
    depth_max: float = entry(1.0, "largest depth of a probe", "m", gt=0.0)
    land_covers: Strings = entry([], "land covers to take, as the archive writes them; none: all")
    flags: Strings = entry(["G"], "ISMN quality flags to take")
    probe_depths: Numbers = entry(
        [], "depths of probes that are compared with the layers of probe_layers", "m"
    )
    probe_layers: Integers = entry([], "layers for probe_depths; otherwise the layer at the depth")
    match: Literal["nearest", "bilinear"] = entry("nearest", "from the grid to a station")
    minutes: float = entry(60.0, "how far matched times may lie apart", "min", ge=0.0)
    average: Literal["none", "day"] = entry("none", "compare values, or daily means")
    min_pairs: int = entry(30, "fewest pairs for a score", ge=2)
    pixel_pairs: int = entry(10, "fewest pairs for a pixel of a map of scores", ge=2)
    anomaly_days: int = entry(35, "window of the anomalies", "d", ge=3)
    reference_year: int | None = entry(
        None,
        "year that monthly relative anomalies refer to",
        shown="the first full one",
        ge=1950,
        le=2300,
    )
    bootstrap: int = entry(
        1000, "resamplings of the confidence intervals; 0: none", ge=0, le=100_000
    )
    block_days: float = entry(30.0, "length of the blocks that are resampled", "d", gt=0.0)
    confidence: float = entry(0.95, "of intervals and verdicts", "1", gt=0.5, lt=1.0)
    seed: int = entry(1, "of the resampling", ge=0)


class Source(ProductEntries):
    """An experiment or a gridded product; one group for each."""

    name: str = entry(help="short name, used in tables", pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")
    folder: str | None = entry(None, "of an experiment: folder of its results")
    files: Strings = entry([], "of a product: NetCDF files or patterns")
    layer: int = entry(
        2, "model layer that a product of soil moisture is compared with", ge=1, le=14
    )
    scaling: Literal["none", "in_situ", "region"] = entry(
        "none",
        "an index (0 to 1, or percent) is brought to the 5th and 95th percentiles of measurements "
        "at its own times; in_situ: those of each station; region: of all together, maps too",
    )
    coarse: float | None = entry(
        None, "judge it also averaged over so much about each station, as 'name*'", "km",
        shown="no", gt=0.0, le=500.0,
    )  # fmt: skip


class Station(Group):
    """Measurements of one place in a CSV table; one group for each."""

    name: str = entry("station", "of the station")
    network: str = entry("csv", "it belongs to")
    file: str = entry(help="CSV table (compressed or not), one row a time (UTC)")
    time: str = entry("time_utc", "column of the times")
    latitude: float | None = entry(
        None, "of the station", "degrees_north", ge=-90.0, le=90.0, shown="that of the point"
    )
    longitude: float | None = entry(
        None, "of the station", "degrees_east", ge=-180.0, le=360.0, shown="that of the point"
    )
    land_cover: str = entry("unknown", "at the station")
    columns: Strings = entry(help="columns to compare")
    variables: Strings = entry(help="for each column, the name of the output variable")
    depths: Numbers = entry(
        help="for each column, its depth in the soil; 0 where it has none", unit="m"
    )
    units: Strings = entry(
        [], "for each column, its unit in the table; none: those of the output variables"
    )
