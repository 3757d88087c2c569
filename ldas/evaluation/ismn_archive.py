"""Probes of an archive of the International Soil Moisture Network, CEOP or header format."""

import contextlib
import io
import logging
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ldas.core.errors import UserError, nearest

from .probes import Probe, cleaned

VARIABLE = "soil_moisture"
LAND_COVER = "lc_2010"


def ismn_probes(
    path: Path,
    networks: Sequence[str],
    depths: tuple[float, float],
    flags: Sequence[str],
    land_covers: Sequence[str],
    stations: Sequence[str] = (),
) -> tuple[list[Probe], list[str]]:
    """Soil moisture probes of an archive, and a line about each file that cannot be used.

    `depths` (m) bound the middle of a probe. Values count whose flag is among `flags` ('G'
    also stands for any that begins with it). Raises UserError if the `ismn` package is not
    installed, the archive cannot be read or holds no such probe.
    """
    interface = _opened(path, networks)
    probes, problems, instruments = [], [], []
    collection = interface.collection
    _refuse_unknown(path, stations, collection)
    names = {str(code): text for text, code in interface.landcover.items()}
    for network, station, sensor in collection.iter_sensors():
        where = f"{path.name}: {network.name} {station.name} {sensor.name}"
        if sensor.variable != VARIABLE or (stations and station.name not in stations):
            continue
        middle = 0.5 * (sensor.depth.start + sensor.depth.end)
        code = _meta(sensor, LAND_COVER)
        cover = names.get(code, code)
        if not depths[0] <= middle <= depths[1]:
            continue
        if land_covers and not {code, cover} & set(land_covers):
            continue
        try:
            with _quiet():
                table = sensor.read_data()
            series = cleaned(_good(table, flags, where), "wg", where)
        except UserError as error:
            problems += error.problems
            continue
        except Exception as error:  # whatever a broken file makes of the reader
            problems.append(f"{where}: cannot be read ({type(error).__name__}: {error})")
            continue
        instruments.append(str(sensor.instrument))
        probes.append(
            Probe(
                _meta(sensor, "network", str(network.name)),
                _meta(sensor, "station", str(station.name)),
                float(station.lat),
                float(station.lon),
                cover,
                "wg",
                middle,
                series,
            )
        )
    if not probes:
        raise UserError(
            [*problems, f"{path}: no soil moisture probe between {depths[0]:g} and {depths[1]:g} m"]
        )
    found = zip(probes, instruments, strict=True)
    order = sorted(found, key=lambda one: (one[0].network, one[0].station, one[0].depth, one[1]))
    return _apart(order), problems


def _refuse_unknown(path: Path, stations: Sequence[str], collection: Any) -> None:
    """Raise UserError for stations that the archive does not have."""
    there = sorted({station.name for network in collection.networks.values()
                    for station in network.stations.values()})  # fmt: skip
    lost = [name for name in stations if name not in there]
    if lost:
        raise UserError(
            f"{path}: no station {', '.join(lost)}{nearest(lost[0], there)} (there: "
            f"{', '.join(there[:20])}{', ...' if len(there) > 20 else ''})"
        )


def _opened(path: Path, networks: Sequence[str]) -> Any:
    try:
        from ismn.interface import ISMN_Interface
    except ImportError:
        raise UserError(
            "ISMN archives need the ismn package; install it: pip install 'ldas[ismn]'"
        ) from None
    if not path.exists():
        raise UserError(f"{path}: no such archive")

    def opened(wanted: list[str] | None) -> Any:
        with _quiet(), tempfile.TemporaryDirectory() as folder:
            return ISMN_Interface(str(path), meta_path=folder, network=wanted, parallel=False)

    try:
        found = opened(list(networks) or None)
        missing = [name for name in networks if name not in found.collection.networks]
        there = ", ".join(opened(None).collection.networks) if missing else ""
    except Exception as error:  # the reader raises many kinds
        raise UserError(f"{path}: no ISMN archive that can be read ({error})") from None
    if missing:
        raise UserError(f"{path}: no network {', '.join(missing)} (there: {there})")
    return found


@contextlib.contextmanager
def _quiet() -> Any:
    """Nothing of what the reader prints and warns: what matters is told by us."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _good(table: pd.DataFrame, flags: Sequence[str], where: str) -> pd.Series:
    flag = table[f"{VARIABLE}_flag"].astype(str).str.strip()
    taken = flag.str.split(",").str[0].isin(list(flags))
    if not taken.any():
        there = ", ".join(flag.value_counts().index[:5])
        raise UserError(
            f"{where}: none of {len(table)} values has a flag of {', '.join(flags)} (they have "
            f"{there})"
        )
    return table.loc[taken, VARIABLE].astype(float)


def _meta(sensor: Any, name: str, otherwise: str = "unknown") -> str:
    try:
        value = sensor.metadata[name].val
    except (KeyError, AttributeError, TypeError):
        return otherwise
    return otherwise if value is None or value != value else str(value)


def _apart(probes: Sequence[tuple[Probe, str]]) -> list[Probe]:
    """Probes at one depth of one station told apart by their instruments, then by numbers."""
    keys = Counter(probe.key for probe, _ in probes)
    named = [
        replace(probe, station=f"{probe.station} ({instrument})") if keys[probe.key] > 1 else probe
        for probe, instrument in probes
    ]
    seen: Counter[str] = Counter()
    out = []
    for probe in named:
        seen[probe.key] += 1
        number = seen[probe.key]
        out.append(replace(probe, station=f"{probe.station} {number}") if number > 1 else probe)
    return out
