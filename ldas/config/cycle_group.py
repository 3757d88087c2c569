"""The `&cycle` and `&climate` groups: operations, and the climate that days are compared with."""

from ldas.core.settings import Group, Numbers, entry


class Cycle(Group):
    """How `ldas cycle` waits, goes back, looks ahead and raises alarms."""

    replay_days: int = entry(
        10,
        "how far back late or corrected input is still used; after that a day is final",
        "day",
        ge=0,
        le=366,
    )
    forecast_hours: int = entry(
        0, "how far the model runs ahead of the last analysis; 0: not at all", "h", ge=0, le=1080
    )
    climate: str | None = entry(
        None, "what `ldas climate` wrote: anomalies and percentiles of each day"
    )
    delay_alarm: float = entry(
        24.0,
        "how long after its end, and the longest latency, a window may wait before it is an alarm",
        "h",
        gt=0.0,
    )
    silent_alarm: int = entry(
        15, "windows in a row in which no observation of a set is used: an alarm", ge=1
    )
    statistics_windows: int = entry(
        20, "latest windows with observations over which chi2 and innovations are judged", ge=1
    )
    chi2_min: float = entry(
        0.1, "least mean of innovation^2 over its expected variance", "1", ge=0.0
    )
    chi2_max: float = entry(
        4.0, "largest mean of innovation^2 over its expected variance", "1", gt=0.0
    )
    innovation_max: float = entry(
        1.0, "largest mean innovation, over its expected standard deviation", "1", gt=0.0
    )
    residual_max: float = entry(
        1e-6, "largest residual of a step's water (kg m-2) or energy (W m-2) balance", ge=0.0
    )
    disk_gib: float = entry(
        1.0, "free disk, below which it is an alarm and no window is begun", "GiB", ge=0.0
    )
    log_mib: float = entry(5.0, "size at which run.log is put aside; five are kept", "MiB", gt=0.0)


class Climate(Group):
    """The climate of an experiment that `ldas climate` writes, by cell and day of the year."""

    file: str = entry("climate.nc", "file to write")
    window: int = entry(
        31, "days around each day of the year that are taken together, an odd number", "day",
        ge=1, le=183,
    )  # fmt: skip
    percentiles: Numbers = entry(
        [2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 70.0, 80.0, 90.0, 95.0, 98.0],
        "percentiles to keep, ascending",
        "%",
    )
    depth: float = entry(
        1.0, "root zone: mean soil moisture from the surface to this depth", "m", gt=0.0, le=10.0
    )
