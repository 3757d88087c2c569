"""`ldas evaluate` from end to end on experiments of which everything is known."""

import json
import re
import shutil

import netCDF4
import numpy as np
import pandas as pd
import pytest
from browsing import probed
from synthetic import truth, write_experiment, write_ismn, write_station
from typer.testing import CliRunner

from ldas.cli import app
from ldas.config.evaluation_groups import Station
from ldas.evaluation.comparison import scaled_to
from ldas.evaluation.metrics import scores
from ldas.evaluation.probes import csv_probes
from ldas.figures.probes import broken_at_gaps
from ldas.io.product_file import write_product

NAMELIST = """&evaluation
   name = 'ev'
   reference = 'open_loop'
   min_pairs = 30
   bootstrap = 300
/
&source
   name = 'open_loop'
   folder = 'open_loop'
/
&source
   name = 'analysis'
   folder = 'analysis'
/
&station
   name = 'North'
   file = 'north.csv'
   latitude = 43.2
   longitude = 1.1
   land_cover = 'crop'
   columns = 'sm'
   variables = 'wg'
   depths = 0.05
/
"""


def evaluate(folder, text, status=0):
    path = folder / "ev.nml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["evaluate", str(path)])
    assert result.exit_code == status, (result.stderr, result.exception)
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture
def case(tmp_path):
    """An open loop that is far from the truth, an analysis that is near, a station."""
    time, lat, lon, true = truth()
    random = np.random.default_rng(1)
    far, near = (random.normal(0.0, sd, true.shape) for sd in (0.05, 0.02))
    lai = 2.0 + 0.0 * true
    write_experiment(tmp_path / "truth", time, lat, lon, true, lai)
    write_experiment(tmp_path / "open_loop", time, lat, lon, true + far + 0.05, lai + 10 * far)
    write_experiment(tmp_path / "analysis", time, lat, lon, true + near + 0.02, lai + 10 * near)
    measured = true[:, 2, 1] + random.normal(0.0, 0.01, time.size)
    write_station(tmp_path / "north.csv", time, measured)
    return tmp_path


def test_the_better_experiment_is_found(case):
    evaluate(case, NAMELIST)
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    whole = table[table.season == "all"].set_index("source")
    assert whole.loc["analysis", "R_verdict"] == "better"
    assert whole.loc["analysis", "ubRMSD_verdict"] == "better"
    assert whole.loc["analysis", "anomaly_R_verdict"] == "better"
    assert whole.loc["analysis", "dR"] > 0.1 and whole.loc["analysis", "dR_low"] > 0.0
    assert whole.loc["open_loop", "N"] == 730
    wide = whole.loc["open_loop", ["RMSD", "ubRMSD", "bias"]].astype(float)
    assert wide["RMSD"] ** 2 == pytest.approx(wide["ubRMSD"] ** 2 + wide["bias"] ** 2, rel=1e-10)
    said = json.loads((case / "output" / "ev" / "summary.json").read_text())
    assert said["problems"] == [] and "significantly better at 1" in said["verdicts"][0]
    report = (case / "output" / "ev" / "report.html").read_text()
    assert report.count("data:image/png") >= 4
    markup = re.sub("<script[^>]*>.*?</script>", "", report, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", markup)
    assert not re.search(r"<script[^>]* src=", report)  # it needs no network
    assert {"analysis", "open_loop"} <= set(re.findall(r">(\w+)</td>", report))


def test_scores_are_those_of_the_series(case):
    """The cell, the times and the layer are the right ones."""
    evaluate(case, NAMELIST)
    with netCDF4.Dataset(case / "open_loop" / "state_201507.nc") as july:
        values = np.asarray(july["wg"][:, 2, 2, 1])
    station = pd.read_csv(case / "north.csv", parse_dates=["time_utc"], index_col=0)["sm"]
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    period = "start = '2015-07-01'\n end = '2015-07-31T23:00'"
    evaluate(case, NAMELIST.replace("min_pairs = 30", period))
    july_only = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    row = july_only[(july_only.season == "all") & (july_only.source == "open_loop")].iloc[0]
    wanted = scores(values, station["2015-07"].to_numpy())
    assert row["N"] == 31 and row["R"] == pytest.approx(wanted.r, abs=1e-6)
    assert row["bias"] == pytest.approx(wanted.bias, abs=1e-6)
    assert len(table) == 2 * 5


def test_equal_experiments_are_not_told_apart(case):
    shutil.rmtree(case / "analysis")
    shutil.copytree(case / "open_loop", case / "analysis")
    evaluate(case, NAMELIST)
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    verdicts = set(table["R_verdict"].dropna()) | set(table["ubRMSD_verdict"].dropna())
    assert verdicts == {"no difference"}


def test_the_report_of_a_twin_tells_the_truth(case):
    text = NAMELIST.replace("name = 'ev'", "name = 'ev'\n truth = 'truth'", 1)
    evaluate(case, text + "&source\n name = 'truth'\n folder = 'truth'\n/\n")
    table = pd.read_csv(case / "output" / "ev" / "tables" / "truth.csv")
    row = table[(table.source == "analysis") & (table.variable == "wg5")].iloc[0]
    assert row["relative"] == pytest.approx(np.hypot(0.02, 0.02) / np.hypot(0.05, 0.05), rel=0.02)
    said = json.loads((case / "output" / "ev" / "summary.json").read_text())["verdicts"]
    assert "'analysis': RMSE against the truth" in said[0] and "WG5 0.40" in said[0]
    assert (case / "output" / "ev" / "figures" / "map_change_WG5.png").stat().st_size > 10_000


def test_an_archive_and_a_product_beside(case):
    time, lat, lon, true = truth()
    write_ismn(case / "ismn", "NET", "South", (43.1, 1.3), 0.05, time, true[:, 1, 3])
    write_ismn(case / "ismn", "NET", "Deep", (43.1, 1.3), 0.30, time, true[:, 1, 3])
    write_ismn(case / "ismn", "NET", "Far", (10.0, 1.3), 0.05, time, true[:, 1, 3])
    index = 100.0 * (true[::6] - true.min()) / np.ptp(true)
    write_product(case / "s1.nc", lat, lon, time[::6].values, "ssm", "%", index)
    text = NAMELIST.replace("name = 'ev'", "name = 'ev'\n ismn = 'ismn'", 1)
    result = evaluate(case, text + "&source\n name = 's1'\n files = 's1.nc'\n/\n")
    assert "Far" in result.stderr and "outside the grid" in result.stderr
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    south = table[(table.station == "South") & (table.season == "all")]
    product = south[(south.sampling == "s1") & (south.source == "s1")].iloc[0]
    assert product["R"] == pytest.approx(1.0, abs=1e-3) and np.isnan(product["ubRMSD"])
    assert "index" in product["undefined"]
    assert set(south[south.sampling == "s1"]["source"]) == {"open_loop", "analysis", "s1"}
    assert set(table[table.station == "Deep"]["sampling"]) == {"experiments"}
    assert table[table.station == "Deep"]["quantity"].iloc[0] == "wg 25-50 cm"
    pixels = pd.read_csv(case / "output" / "ev" / "tables" / "pixels_s1.csv").set_index("source")
    assert pixels.loc["analysis", "R"] > pixels.loc["open_loop", "R"]
    scaled = text + "&source\n name = 's1'\n files = 's1.nc'\n scaling = 'in_situ'\n/\n"
    evaluate(case, scaled)
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    product = table[(table.station == "South") & (table.source == "s1") & (table.season == "all")]
    assert product["ubRMSD"].iloc[0] < 0.05


def test_an_index_is_scaled_by_what_was_measured_at_its_own_times():
    time = pd.date_range("2020-01-01", periods=400, freq="D")
    share = pd.Series(np.linspace(0.2, 0.6, 100), time[:100])
    measured = pd.Series(np.r_[np.linspace(0.10, 0.30, 100), np.full(300, 0.5)], time)
    low, high = np.percentile(measured.iloc[:100], [5.0, 95.0])
    found = scaled_to(share, measured)
    np.testing.assert_allclose(found, low + share * (high - low), rtol=1e-12)
    later = pd.Series(measured.to_numpy(), time + pd.Timedelta(days=900))
    assert scaled_to(share, later).isna().all()


def test_a_product_far_larger_than_the_domain_and_one_beside_it(case):
    time, *_ = truth()
    wide = 46.0 - 0.1 * np.arange(60), (-2.0 + 0.1 * np.arange(60)) % 360.0
    fields = np.full((10, 60, 60), 0.2) + 0.01 * np.arange(10)[:, None, None]
    write_product(case / "wide.nc", *wide, time[:60:6].values, "ssm", "m3 m-3", fields)
    away = wide[0] - 30.0, wide[1]
    write_product(case / "away.nc", *away, time[:60:6].values, "ssm", "m3 m-3", fields)
    text = NAMELIST + "".join(
        f"&source\n name = '{name}'\n files = '{name}.nc'\n/\n" for name in ("wide", "away")
    )
    result = evaluate(case, text)
    assert "source 'away': lies outside the domain" in result.stderr
    assert "no place in common" in result.stderr
    pixels = pd.read_csv(case / "output" / "ev" / "tables" / "pixels_wide.csv")
    assert set(pixels["source"]) == {"open_loop", "analysis"}


def test_an_experiment_without_the_variable_is_left_out(case):
    text = NAMELIST.replace("'sm'", "'sm', 'sm'").replace("'wg'", "'wg', 'le'")
    result = evaluate(case, text.replace("depths = 0.05", "depths = 0.05, 0.0"))
    assert "csv/North le: no source has 'le' there" in result.stderr
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    assert set(table["variable"]) == {"wg"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("latitude = 43.2", "latitude = 60.0"), "outside the grid"),
        (("columns = 'sm'", "columns = 'smc'"), "no column smc"),
        (("file = 'north.csv'", "file = 'south.csv'"), "south.csv"),
        (("folder = 'analysis'", "folder = 'nowhere'"), "no results of source 'analysis'"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_rest_is_judged(case, change, said):
    assert change[0] in NAMELIST
    result = evaluate(case, NAMELIST.replace(*change))
    assert said in result.stderr.replace("\n", " ")
    assert said in (case / "output" / "ev" / "report.html").read_text().replace("&#x27;", "'")


def test_a_period_without_any_value_is_an_error(case):
    result = evaluate(case, NAMELIST.replace("min_pairs = 30", "start = '2030-01-01'"), status=2)
    assert "nothing could be compared" in result.stderr
    assert "no value in the period" in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("reference = 'open_loop'", "reference = 'open_lop'"), "did you mean 'open_loop'"),
        (("name = 'analysis'", "name = 'open_loop'"), "is given 2 times"),
        (("variables = 'wg'", "variables = 'wgg'"), "did you mean 'wg'"),
        (("depths = 0.05", "depths = 0.05, 0.2"), "&station depths"),
        (("bootstrap = 300", "bootstraps = 300"), "unknown entry"),
        (("   latitude = 43.2\n", ""), "&station latitude: missing"),
        (("folder = 'analysis'", ""), "give either folder or files"),
    ],
)
def test_a_wrong_namelist_is_refused(case, change, said):
    assert change[0] in NAMELIST
    result = evaluate(case, NAMELIST.replace(*change), status=2)
    assert said in result.stderr.replace("\n", " ")


def test_check_looks_at_sources_and_probes(case):
    path = case / "ev.nml"
    path.write_text(NAMELIST)
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 0 and "sources: open_loop, analysis" in result.stdout
    path.write_text(NAMELIST.replace("columns = 'sm'", "columns = 'smc'"))
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 2 and "no column smc" in result.stderr


def test_measurements_in_percent_are_refused(case):
    table = pd.read_csv(case / "north.csv")
    table["sm"] *= 100.0
    table.to_csv(case / "north.csv", index=False)
    result = evaluate(case, NAMELIST)
    assert "wrong units?" in result.stderr


def test_measurements_in_the_units_of_their_table(case):
    evaluate(case, NAMELIST)
    wanted = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    table = pd.read_csv(case / "north.csv")
    table["sm"] *= 100.0
    table.to_csv(case / "north.csv", index=False)
    evaluate(case, NAMELIST.replace("depths = 0.05", "depths = 0.05\n units = 'percent'"))
    found = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    np.testing.assert_allclose(found["bias"], wanted["bias"], atol=1e-12)
    wrong = NAMELIST.replace("depths = 0.05", "depths = 0.05\n units = 'degC'")
    assert "'degC' cannot be converted to 'm3 m-3'" in " ".join(
        evaluate(case, wrong, status=2).stderr.split()
    )


def test_degrees_are_not_taken_for_kelvin(tmp_path):
    time, *_ = truth()
    degrees = 10.0 + 5.0 * np.sin(np.arange(time.size) / 20.0)
    write_station(tmp_path / "soil.csv", time, degrees)
    entries = {"file": "soil.csv", "latitude": 43.0, "longitude": 1.0, "columns": ["sm"]}
    bare = Station(**entries, variables=["tg"], depths=[0.05])
    probes, problems = csv_probes(tmp_path / "soil.csv", bare)
    assert not probes and "outside 200 to 350 K, from 5.00005 to 15: wrong units?" in problems[0]
    with_units = Station(**entries, variables=["tg"], depths=[0.05], units=["degC"])
    (probe,), problems = csv_probes(tmp_path / "soil.csv", with_units)
    np.testing.assert_allclose(probe.series, degrees + 273.15, rtol=1e-12)
    assert not problems


def two_products(case, shift="0D"):
    """A product of every day, and one of each sixth that is `shift` later."""
    time, lat, lon, true = truth()
    random = np.random.default_rng(2)
    late = (time[::6] + pd.Timedelta(shift)).values
    for name, when, every, sd in (("near", time.values, 1, 0.02), ("far", late, 6, 0.06)):
        values = true[::every] + random.normal(0.0, sd, true[::every].shape)
        write_product(case / f"{name}.nc", lat, lon, when, "ssm", "m3 m-3", values)
    sources = "".join(f"&source\n name = '{n}'\n files = '{n}.nc'\n/\n" for n in ("near", "far"))
    begin, end = NAMELIST.index("&source"), NAMELIST.index("&station")
    return NAMELIST[:begin].replace("'open_loop'", "'near'") + sources + NAMELIST[end:]


def test_triple_collocation_finds_who_is_wrong(case):
    time, lat, lon, true = truth()
    noisy = true + np.random.default_rng(5).normal(0.0, 0.06, true.shape)
    write_product(case / "noisy.nc", lat, lon, time.values, "ssm", "m3 m-3", noisy)
    evaluate(case, NAMELIST + "&source\n name = 'noisy'\n files = 'noisy.nc'\n/\n")
    table = pd.read_csv(case / "output" / "ev" / "tables" / "triple_collocation.csv")
    row = table[table.experiment == "open_loop"].iloc[0]
    # of 730 days errors and scales are each known to some 6 %
    assert row["error of probe"] == pytest.approx(0.01, abs=0.006)
    assert row["error of experiment"] == pytest.approx(0.05, rel=0.2)
    assert row["error of product"] == pytest.approx(0.06, rel=0.2)
    assert row["R of probe"] > 0.95 > row["R of experiment"] > row["R of product"]
    assert "Triple collocation" in (case / "output" / "ev" / "report.html").read_text()


def test_every_product_is_drawn_and_judged_by_the_one_of_reference(case):
    evaluate(case, two_products(case))
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    far = table[(table.source == "far") & (table.season == "all")].iloc[0]
    near = table[(table.sampling == "far") & (table.source == "near") & (table.season == "all")]
    assert far["N"] == near["N"].iloc[0] and far["R_verdict"] == "worse"
    assert far["dR"] == pytest.approx(far["R"] - near["R"].iloc[0]) and far["dR"] < -0.01
    drawn = {path.name for path in (case / "output" / "ev" / "figures").glob("series_*.png")}
    assert {name.rsplit("_", 1)[1] for name in drawn} == {"near.png", "far.png"}


def test_a_reference_that_meets_no_probe_is_an_error(case):
    text = two_products(case, "4000D").replace("reference = 'near'", "reference = 'far'")
    said = " ".join(evaluate(case, text, status=2).stderr.split())
    assert "&evaluation reference: 'far' could be compared with no probe" in said


def test_lines_break_at_gaps():
    time = pd.date_range("2020-01-01", periods=60).append(pd.date_range("2022-01-01", periods=60))
    table = pd.DataFrame({"measured": np.arange(120.0)}, index=time)
    found = broken_at_gaps(table)
    assert len(found) == 121 and found["measured"].isna().sum() == 1
    assert found.index[60] == pd.Timestamp("2021-01-30") and found["measured"].isna().iloc[60]


def test_nothing_at_all_is_an_error(case):
    text = NAMELIST.replace("folder = 'analysis'", "folder = 'no'").replace(
        "folder = 'open_loop'", "folder = 'none'"
    )
    assert "no results of source 'open_loop'" in evaluate(case, text, status=2).stderr


def test_experiments_on_other_grids(case):
    time, lat, lon, true = truth(lat=3)
    shutil.rmtree(case / "analysis")
    write_experiment(case / "analysis", time, lat, lon, true)
    result = evaluate(case, NAMELIST)
    assert "another grid than 'open_loop'" in result.stderr
    table = pd.read_csv(case / "output" / "ev" / "tables" / "scores.csv")
    assert set(table["source"]) == {"open_loop", "analysis"}


def test_the_report_in_a_browser(case, chromium):
    evaluate(case, NAMELIST)
    page = case / "output" / "ev" / "report.html"
    probe = """<script>
      var find = Array.prototype.findIndex, k = -1, table, head;
      document.querySelectorAll('table.sorts').forEach(function (t) {
        if (k >= 0) return;
        table = t; head = t.tHead.rows[0].cells;
        k = find.call(head, function (c) { return c.textContent === 'R'; });
      });
      function column() { return Array.prototype.map.call(table.tBodies[0].rows,
        function (r) { return parseFloat(r.cells[k].getAttribute('data-value')); }); }
      head[k].click(); var up = column(); head[k].click(); var down = column();
      var images = document.images, broken = 0;
      for (var i = 0; i < images.length; i++)
        if (!images[i].complete || !images[i].naturalWidth) broken++;
      document.title = JSON.stringify({up: up, down: down, images: images.length, broken: broken});
    </script>"""
    found = probed(page, chromium, probe)
    assert found["up"] == sorted(found["up"]) and found["down"] == found["up"][::-1]
    assert found["up"] != found["down"]
    assert found["images"] >= 4 and found["broken"] == 0


def irrigation_map(folder, upside_down=False):
    """A map of irrigation on the cells of the experiments, and the namelist that names it."""
    _, lat, lon, true = truth()
    with netCDF4.Dataset(folder / "irrigated.nc", "w") as out:
        for name, values in (("lat", lat[::-1] if upside_down else lat), ("lon", lon)):
            out.createDimension(name, values.size)
            out.createVariable(name, "f8", (name,))[:] = values
        shape = true.shape[1:]
        out.createVariable("share", "f8", ("lat", "lon"))[:] = np.arange(true[0].size).reshape(
            shape
        )
    lines = "name = 'ev'\n irrigation_file = 'irrigated.nc'\n irrigation_variable = 'share'"
    return NAMELIST.replace("name = 'ev'", lines, 1)


def test_what_an_analysis_adds_from_july_to_july_is_drawn_beside_the_irrigation(case):
    evaluate(case, irrigation_map(case))
    figures = case / "output" / "ev" / "figures"
    assert (figures / "map_july_less_WG5.png").is_file() and (
        figures / "scatter_july.png"
    ).is_file()
    report = (case / "output" / "ev" / "report.html").read_text()
    assert "beside it share (&#x27;irrigated.nc&#x27;)" in report
    assert json.loads((case / "output" / "ev" / "summary.json").read_text())["problems"] == []


def test_a_map_of_irrigation_upside_down_is_told(case):
    evaluate(case, irrigation_map(case, upside_down=True))
    (line,) = json.loads((case / "output" / "ev" / "summary.json").read_text())["problems"]
    assert "irrigated.nc: irrigation map has lat" in line
