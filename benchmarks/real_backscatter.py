"""Retrievals on real backscatter: Sentinel-1 at stations of SCAN with probes at 5 cm.

python benchmarks/real_backscatter.py   (needs $LDAS_DATA or ../shared/data)

The table of Sentinel-1 at single pixels has no incidence angle: every pass is taken to be seen
under 39 degrees, the middle of the swath. Scores are medians of stations, season by season.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ldas.evaluation.comparison import SEASONS
from retrieval.change_detection import LEAST_CONTRAST, changes, references, saturation
from retrieval.change_detection_vegetation import Changes, moisture
from retrieval.hybrid import hybrid
from retrieval.s2mp import retrieved, screened
from retrieval.training import HYBRID, SHIPPED, read_networks

DATA = Path(os.environ.get("LDAS_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TABLE = DATA / "samples" / "s1_insitu" / "RZSM_SCAN" / "final_data.csv"
ANGLE, NDVI_MAX = 39.0, 0.75
PIXEL_NOISE = 1.7  # dB: median over the stations of successive differences over sqrt(2)
LEAST, LEAST_IN_SEASON = 25, 8
HEADS = ("season", "R", "bias", "ubRMSD", "claimed", "given", "stations")


def stations() -> dict[str, pd.DataFrame]:
    """Series by station, those with enough passes."""
    table = pd.read_csv(TABLE, index_col=0, parse_dates=True)
    found = {}
    for site, part in table.groupby("site"):
        part = part.sort_index()
        part = part[~part.index.duplicated()]
        if len(part) >= LEAST:
            found[f"{site:.0f}"] = part
    return found


def methods(sites: dict[str, pd.DataFrame]) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Moisture and its claimed error (vol.%) by method and station; an index where it is one."""
    out: dict = {"backscatter": {}, "change detection": {}, "with NDVI": {}, "S2MP": {}}
    out |= {"hybrid": {}, "CD, any contrast": {}, "hybrid, any": {}}
    networks, gathered, known = read_networks(SHIPPED), Changes(), {}
    for name, site in sites.items():
        sigma, ndvi = site.vv.values, site.ndvi.values
        theta = np.full(sigma.size, ANGLE)
        known[name] = references(sigma[:, None], theta[:, None])
        change, _ = changes(known[name], sigma[:, None], theta[:, None], PIXEL_NOISE)
        gathered.add(ndvi, change[:, 0])
        out["backscatter"][name] = sigma, np.zeros(sigma.size)
        flag = screened(sigma, theta, ndvi, NDVI_MAX)
        mv, sd, told = retrieved(networks, np.zeros(sigma.size, int), sigma, theta, ndvi, flag)
        out["S2MP"][name] = np.where(told == 0, 100.0 * mv, np.nan), 100.0 * sd
    line = gathered.largest()
    noisy = 0
    print(f"largest change: {line[1]:.1f} dB at NDVI 0, {sum(line):.1f} dB at NDVI 1")
    for name, site in sites.items():
        sigma, theta = site.vv.values[:, None], np.full((len(site), 1), ANGLE)
        found = saturation(known[name], sigma, theta, PIXEL_NOISE, least_images=LEAST)
        noisy += int((known[name].contrast < LEAST_CONTRAST).all())
        out["change detection"][name] = found.index[:, 0], found.error[:, 0]
        anyway = saturation(known[name], sigma, theta, PIXEL_NOISE, 0.0, LEAST, 0.0)
        out["CD, any contrast"][name] = anyway.index[:, 0], anyway.error[:, 0]
        for method, plain in (("hybrid", found), ("hybrid, any", anyway)):
            mv, sd, told = hybrid(
                networks[HYBRID], site.vv.values, theta[:, 0], site.ndvi.values,
                plain.index[:, 0], plain.flag[:, 0], NDVI_MAX,
            )  # fmt: skip
            out[method][name] = np.where(told == 0, 100.0 * mv, np.nan), 100.0 * sd
        change, error = changes(known[name], sigma, theta, PIXEL_NOISE)
        wet, sd = moisture(change[:, 0], error[:, 0], site.ndvi.values, line)
        out["with NDVI"][name] = (
            np.where(found.flag[:, 0] == 0, 100.0 * wet, np.nan),
            100.0 * sd,
        )
    print(f"change detection gives no value at {noisy} stations: all noise")
    return out


def scores(sites: dict[str, pd.DataFrame], found: dict, months: object) -> list[float]:
    """Medians of stations: R, bias, ubRMSD and claimed error (vol.%), share given, stations.

    A method's index (0 to 1) is brought to the 5th and 95th percentiles of the probe (Eq. (1)
    of the study that compares products).
    """
    rows, given = [], []
    for name, site in sites.items():
        value, error = found[name]
        truth = site.ssm.values
        here = site.index.month.isin(list(months))
        good = here & np.isfinite(value) & np.isfinite(truth)
        given.append(good.sum() / max(here.sum(), 1))
        if good.sum() < LEAST_IN_SEASON:
            continue
        r = np.corrcoef(value[good], truth[good])[0, 1]
        if np.nanmax(value) <= 1.0 and np.nanmin(value) >= 0.0:
            low, high = np.nanpercentile(truth, (5.0, 95.0))
            value, error = low + value * (high - low), error * (high - low)
        off = (value - truth)[good]
        rows.append((r, off.mean(), off.std(), error[good].mean()))
    middle = np.median(np.array(rows), axis=0) if rows else np.full(4, np.nan)
    return [*middle, float(np.mean(given)), len(rows)]


def main() -> int:
    if not TABLE.is_file():
        print(f"no {TABLE}", file=sys.stderr)
        return 2
    sites = stations()
    print(f"{len(sites)} stations, {sum(map(len, sites.values()))} passes")
    print(f"{'':18s}" + "".join(f"{head:>9s}" for head in HEADS))
    for method, found in methods(sites).items():
        for season, months in SEASONS.items():
            r, *others, given, number = scores(sites, found, months)
            cells = ["" if method == "backscatter" else f"{v:.1f}" for v in others]
            row = (season, f"{r:.2f}", *cells, f"{given:.2f}", str(number))
            print(f"{method:18s}" + "".join(f"{cell:>9s}" for cell in row))
    return 0


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        sys.exit(main())
