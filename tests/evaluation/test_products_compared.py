"""Products compared as the study of 1 km products does it: by land cover, in situ, to 25 km."""

import sys

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from browsing import probed
from typer.testing import CliRunner

from ldas.cli import app
from ldas.evaluation.land_cover import covers_of
from ldas.io.product_file import write_grid, write_product

SIDE, STEP, FINE = 12, 0.01, 10
LAT, LON = 43.0 + STEP * (np.arange(SIDE) + 0.5), 1.0 + 1.2 * STEP * (np.arange(SIDE) + 0.5)
STATIONS = {"A": (2, 3), "B": (8, 9), "C": (5, 10)}  # row, col
NAMELIST = """&evaluation
   name = 'ev'
   bootstrap = 0
   land_cover_file = 'land_cover.nc'
/
&source name = 'fine', files = 'fine.nc', type = 'ssm', variable = 'ssm', coarse = 6.0 /
&source
   name = 'index', files = 'index.nc', type = 'ssm', variable = 'ssm', scaling = 'region'
/
&source name = 'other', files = 'other.nc', type = 'ssm', variable = 'ssm' /
""" + "".join(
    f"""&station
   name = '{name}', file = '{name}.csv', latitude = {LAT[row]}, longitude = {LON[col]}
   columns = 'sm', variables = 'wg', depths = 0.05
/
"""
    for name, (row, col) in STATIONS.items()
)


def cover_map():
    """Forest in the west, crops in the east, every second cell of them four tenths urban."""
    fine = np.full((SIDE * FINE, SIDE * FINE), 40)
    fine[:, : SIDE * FINE // 2] = 111
    fine[: SIDE * FINE // 3, : SIDE * FINE // 2] = 123  # another forest
    for row in range(SIDE):
        for col in range(SIDE // 2, SIDE, 2):
            fine[row * FINE : row * FINE + 4, col * FINE : (col + 1) * FINE] = 50
    return fine


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("products")
    random = np.random.default_rng(1)
    time = pd.date_range("2018-01-01T06:00", periods=360, freq="1D")
    season = 0.22 + 0.08 * np.cos(2.0 * np.pi * np.arange(360) / 365.0)
    weather = np.zeros(360)
    for k in range(1, 360):
        weather[k] = 0.9 * weather[k - 1] + random.normal(0.0, 0.012)
    truth = (season + weather)[:, None, None] + random.normal(0.0, 0.01, (1, SIDE, SIDE))
    forest = (np.arange(SIDE) < SIDE // 2)[None, None]

    def seen(sd_crops, sd_forest):
        return truth + np.where(forest, sd_forest, sd_crops) * random.standard_normal(truth.shape)

    fine, other = seen(0.03, 0.03), seen(0.02, 0.08) + 0.03
    index = 100.0 * (seen(0.02, 0.02) - truth.min()) / (truth.max() - truth.min())
    index[:, 4:7, 9:12] = np.nan  # at station C
    where = (LAT, LON)
    for name, values, units in (
        ("fine", fine, "m3 m-3"),
        ("index", np.clip(index, 0.0, 100.0), "%"),
        ("other", other, "m3 m-3"),
    ):
        write_product(folder / f"{name}.nc", *where, time.values, "ssm", units, values)
    step = STEP / FINE
    axis = np.arange(SIDE * FINE) + 0.5
    with netCDF4.Dataset(folder / "land_cover.nc", "w") as out:
        write_grid(out, 43.0 + step * axis, 1.0 + 1.2 * step * axis)
        out.createVariable("land_cover", "u1", ("lat", "lon"))[:] = cover_map()
    for name, (row, col) in STATIONS.items():
        hours = time + pd.Timedelta(minutes=40)
        table = {"time_utc": hours, "sm": truth[:, row, col] + random.normal(0, 0.005, 360)}
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
    (folder / "ev.nml").write_text(NAMELIST)
    done = CliRunner().invoke(app, ["evaluate", str(folder / "ev.nml")])
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


def table(case, name):
    return pd.read_csv(case / "output" / "ev" / "tables" / name)


def test_dominant_covers_and_their_shares(case):
    found = covers_of(case / "land_cover.nc", "land_cover", LAT, LON, 0.75)
    assert found.names() == ["cropland", "forest"]
    assert found.of("forest").sum() == found.pure("forest").sum() == SIDE * SIDE // 2
    assert found.pure("cropland").sum() == SIDE * SIDE // 4
    mixed = found.of("cropland") & ~found.pure("cropland")
    np.testing.assert_allclose(found.share[mixed], 0.6, atol=1e-12)


def test_scores_by_land_cover(case):
    found = table(case, "covers_fine_other.csv").set_index(["land cover", "cells"])
    assert found.loc[("forest", "all"), "number"] == SIDE * SIDE // 2
    assert found.loc[("cropland", "homogeneous"), "number"] == SIDE * SIDE // 4
    assert found.loc[("cropland", "all"), "R"] > found.loc[("forest", "all"), "R"] + 0.1
    assert found.loc[("cropland", "all"), "STDD"] == pytest.approx(np.hypot(0.03, 0.02), rel=0.05)
    assert found.loc[("forest", "all"), "STDD"] == pytest.approx(np.hypot(0.03, 0.08), rel=0.05)
    assert found["bias"].to_numpy() == pytest.approx(-0.03, abs=0.003)
    assert (case / "output" / "ev" / "figures" / "covers_fine_other.png").is_file()


def test_an_index_of_a_region_has_a_bias(case):
    """Brought to the 5th and 95th percentiles of all stations at its times: Eq. (1)."""
    pooled = []
    with xr.open_dataset(case / "index.nc") as index:
        for name, (row, col) in STATIONS.items():
            good = np.isfinite(index.ssm.values[:, row, col])
            pooled.append(pd.read_csv(case / f"{name}.csv").sm.to_numpy()[good])
        low, high = np.percentile(np.concatenate(pooled), [5.0, 95.0])
        scaled = 0.01 * index.ssm.values * (high - low) + low
    with xr.open_dataset(case / "fine.nc") as fine:
        away = fine.ssm.values - scaled
        bias = np.median(np.nanmean(away[:, np.isfinite(away).any(axis=0)], axis=0))
    found = table(case, "pixels_fine_index.csv")
    assert found["bias"][0] == pytest.approx(bias, abs=2e-4)
    row = table(case, "products_in_situ.csv").set_index(["station", "product"])
    measured = pd.read_csv(case / "A.csv").sm.to_numpy()
    place = (slice(None), *STATIONS["A"])
    assert row.loc[("A", "index"), "bias"] == pytest.approx(
        (scaled[place] - measured).mean(), abs=2e-4
    )


def test_only_stations_that_every_product_has(case):
    found = table(case, "products_in_situ.csv")
    assert set(found.station) == {"A", "B"}
    assert set(found["product"]) == {"fine", "fine*", "index", "other"}
    by = found.set_index(["station", "product"])
    for station in ("A", "B"):
        assert by.loc[(station, "fine"), "STDD"] == pytest.approx(0.03, rel=0.12)
        # 35 pixels are averaged
        assert by.loc[(station, "fine*"), "STDD"] < 0.5 * by.loc[(station, "fine"), "STDD"]
        assert by.loc[(station, "fine*"), "R"] > by.loc[(station, "fine"), "R"]
    assert by.loc[("A", "other"), "R"] < by.loc[("B", "other"), "R"]  # A lies in the forest
    report = (case / "output" / "ev" / "report.html").read_text()
    assert "Products in situ" in report and "by their dominant land cover" in report


def test_the_anomalies_are_those_of_equation_2(case):
    with xr.open_dataset(case / "fine.nc") as fine:
        series = fine.ssm.values[(slice(None), *STATIONS["B"])].astype(float)
    measured = pd.read_csv(case / "B.csv").sm.to_numpy()

    def anomaly(values):
        out = np.full(values.size, np.nan)
        for t in range(values.size):
            part = values[max(0, t - 17) : t + 18]
            out[t] = (values[t] - part.mean()) / part.std(ddof=1)
        return out

    wanted = np.corrcoef(anomaly(series), anomaly(measured))[0, 1]
    row = table(case, "products_in_situ.csv").set_index(["station", "product"])
    assert row.loc[("B", "fine"), "anomaly R"] == pytest.approx(wanted, abs=1e-6)


def test_a_click_shows_the_series_of_a_cell(case, chromium):
    row, col = 7, 3
    script = f"""<script>
      setTimeout(function () {{
        const models = [...Bokeh.documents[0]._all_models.values()];
        const tap = models.find((m) => m.type === "CustomJS");
        const args = (name) => tap.args instanceof Map ? tap.args.get(name) : tap.args[name];
        Promise.resolve(tap.execute({{x: {LON[col]}, y: {LAT[row]}}})).then(function () {{
          const shown = args("series").map((s) => Array.from(s.data.y));
          document.title = JSON.stringify({{title: args("title").text, shown: shown}});
        }});
      }}, 3000);
    </script>"""
    page = case / "output" / "ev" / "report.html"
    assert page.stat().st_size < 15e6
    found = probed(page, chromium, script, 8000)
    assert found["title"] == f"{LAT[row]:.3f} N, {LON[col]:.3f} E"
    with xr.open_dataset(case / "other.nc") as other, xr.open_dataset(case / "fine.nc") as fine:
        for shown, product in ((found["shown"][0], fine), (found["shown"][2], other)):
            values, stored = np.array(shown, float), product.ssm.values[:, row, col]
            good = np.isfinite(values)
            np.testing.assert_allclose(values[good], stored[good], atol=5e-5)
            assert good.mean() > 0.9 and (stored[~good] < 0.0).all()  # no soil moisture


def test_without_bokeh_the_report_says_how_to_have_it(case, monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh", None)
    (case / "plain.nml").write_text(NAMELIST.replace("name = 'ev'", "name = 'plain'"))
    done = CliRunner().invoke(app, ["evaluate", str(case / "plain.nml")])
    assert done.exit_code == 0, done.output
    assert "ldas[report]" in (case / "output" / "plain" / "report.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("'land_cover.nc'", "'none.nc'", "none.nc"),
        (
            "'land_cover.nc'",
            "'land_cover.nc'\n land_cover_variable = 'cover'",
            "no variable 'cover'",
        ),
        ("'land_cover.nc'", "'fine.nc'\n land_cover_variable = 'ssm'", "holds float32, no classes"),
        ("variable = 'ssm', coarse = 6.0", "variable = 'ssm', coarse = 0.0", "coarse"),
        ("'land_cover.nc'", "'land_cover.nc'\n homogeneous = 0.3", "homogeneous"),
    ],
)
def test_what_cannot_be_is_refused(case, old, new, words):
    (case / "wrong.nml").write_text(NAMELIST.replace(old, new))
    for command in ("check", "evaluate"):
        done = CliRunner().invoke(app, [command, str(case / "wrong.nml")])
        assert done.exit_code == 2, done.output
        assert words in " ".join(done.output.split()) and "Traceback" not in done.output


def test_no_common_station_is_told_and_an_index_of_stations_has_no_bias_on_maps(case):
    text = NAMELIST.replace("scaling = 'region'", "scaling = 'in_situ'")
    text = text.replace("name = 'ev'", "name = 'few'\n   stations = 'C'")
    for name in ("A", "B"):
        begin = text.index(f"&station\n   name = '{name}'")
        text = text[:begin] + text[text.index("/\n", begin) + 2 :]
    (case / "few.nml").write_text(text)
    done = CliRunner().invoke(app, ["evaluate", str(case / "few.nml")])
    said = " ".join(done.output.split())
    assert done.exit_code == 0 and "no table of them side by side" in said
    maps = case / "output" / "few" / "tables"
    assert list(pd.read_csv(maps / "pixels_fine_index.csv")) == ["products", "fields", "R"]
    assert "bias" in pd.read_csv(maps / "pixels_fine_other.csv")
