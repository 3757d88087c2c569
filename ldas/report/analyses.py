"""An evaluation's figures of what is known: errors against a twin's truth, innovations."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.evaluation.opening import layers_at
from ldas.evaluation.sources import ExperimentSource
from ldas.evaluation.truth import errors, relative
from ldas.figures.innovations import draw_innovations
from ldas.figures.soil_moisture import ROOT_ZONE
from ldas.report.page import Section

from .map_figure import add_maps
from .maps import MAPPED_DEPTHS, period_of
from .verdicts import truth_verdicts
from .work import Evaluation, parts

SKIN, DEEPEST = 0.015, 1.0  # m: layers that end above or begin below are not compared


def truth_section(work: Evaluation) -> Section:
    """Errors of every experiment against the source that is the truth."""
    section = Section("Against the truth")
    name = work.setup.evaluation.truth
    truth = next((s for s in work.experiments if s.name == name), None)
    if truth is None:
        return section
    others = [s for s in work.experiments if s is not truth and s.on_grid_of(truth)]
    for source in work.experiments:
        if not source.on_grid_of(truth):
            work.problems.append(f"source '{source.name}': another grid than the truth")
    lat, lon = truth.grid()
    classes, names = parts(work, truth)
    tables = []
    bounds = truth.layer_bounds()
    layers = np.flatnonzero((bounds[:, 1] > SKIN) & (bounds[:, 0] < DEEPEST)) + 1
    root = layers_at(bounds[:, 1], (ROOT_ZONE,))[0] + 1 if layers.size else 0
    compared = [*(("wg", int(k), f"wg{k}") for k in layers), ("lai", 0, "lai")]
    for variable, layer, label in compared:
        having = [s for s in others if s.offers(variable, (layer,), 0.0)]
        if not truth.offers(variable, (layer,), 0.0) or not having:
            continue
        true = truth.field(variable, layer)
        fields = {s.name: s.field(variable, layer) for s in having}
        found = errors(true, fields, classes).rename(columns={"class": "part"})
        tables.append(found.assign(variable=label))
        if variable == "wg" and layer == root and min(lat.size, lon.size) > 1:
            maps = {n: np.sqrt(((v - true) ** 2).mean("time")) for n, v in fields.items()}
            add_maps(
                work, section, f"truth_{label.upper()}", maps, f"RMSE of {label.upper()} (m3 m-3)",
                f"RMSE of {label.upper()} against '{name}', {period_of(true)}",
                f"RMSE of the root zone against '{name}', {period_of(true)}",
            )  # fmt: skip
    if not tables:
        work.problems.append(f"truth '{name}': no variable in common with any experiment")
        return section
    table = relative(pd.concat(tables, ignore_index=True), _base(work), ["variable", "part"])
    work.write_table("truth.csv", table)
    wide = table.assign(part=table["part"].map(names)).pivot_table(
        index=["variable", "part"], columns="source", values="relative", sort=False
    )
    section.table(wide.reset_index(), f"RMSE relative to '{_base(work)}'")
    section.verdicts = truth_verdicts(table, _base(work), names, (f"wg{root}", "lai"))
    return section


def _base(work: Evaluation) -> str:
    truth = work.setup.evaluation.truth
    if work.setup.reference != truth:
        return work.setup.reference
    return next(s.name for s in work.experiments if s.name != truth)


def _analysis_maps(
    work: Evaluation, source: ExperimentSource, paths: list[Path], section: Section
) -> None:
    """Where the analysis moved the model, and what the observations said of it."""
    layers = layers_at(source.layer_bounds()[:, 1], MAPPED_DEPTHS)
    fields = _means_of(paths, ["increment_lai", *(f"increment_wg{k + 1}" for k in layers)])
    if not fields or min(next(iter(fields.values())).shape) < 2:
        return
    for kind, words in (("increment", "increment of a day"), ("innovation", "innovation")):
        for name, values in fields.items():
            if not name.startswith(kind):
                continue
            what = name.removeprefix(f"{kind}_")
            units = values.attrs["units"]
            add_maps(
                work, section, f"{name}_{source.name}", {what: values}, f"{words} ({units})",
                f"Mean {words}, {what}, of '{source.name}'", change=True,
            )  # fmt: skip


def _means_of(paths: list[Path], increments: Sequence[str]) -> dict[str, xr.DataArray]:
    """Time means (lat, lon) of increments over the patches there are, and of innovations."""
    total: dict[str, np.ndarray] = {}
    number: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    for path in paths:
        with open_input(path) as dataset:
            lat, lon = (np.asarray(dataset[name][:]) for name in ("lat", "lon"))
            for name, stored in dataset.variables.items():
                if name not in increments and not name.startswith("innovation_"):
                    continue
                values = np.ma.filled(np.ma.asarray(stored[:]).astype(float), np.nan)
                if values.ndim == 4:
                    there = np.isfinite(values).sum(axis=1)
                    values = np.where(there > 0, np.nansum(values, axis=1), np.nan)
                    values = values / np.maximum(there, 1)
                units[name] = str(stored.units)
                good = np.isfinite(values)
                total[name] = total.get(name, 0.0) + np.where(good, values, 0.0).sum(axis=0)
                number[name] = number.get(name, 0) + good.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return {
            name: xr.DataArray(
                total[name] / number[name],
                dims=("lat", "lon"),
                coords={"lat": lat, "lon": lon},
                attrs={"units": units[name]},
            )
            for name in total
        }


def analyses_section(work: Evaluation) -> Section:
    """What the observations said, for every experiment that has used some."""
    section = Section("Assimilation")
    for source in work.experiments:
        paths = sorted(source.folder.glob("analysis_*.nc"))
        if not paths or not (source.folder / "summary.json").is_file():
            continue
        with open_input(paths[0]) as dataset:
            kinds = {
                name.removeprefix("background_"): "lai" if v.units == "m2 m-2" else "ssm"
                for name, v in dataset.variables.items()
                if name.startswith("background_")
            }
        _analysis_maps(work, source, paths, section)
        try:
            drawn = draw_innovations(
                source.folder, kinds, work.path("figures", f"innovations_{source.name}.png")
            )
            section.figure(drawn, f"Observations of '{source.name}'")
        except UserError as error:
            work.problems += error.problems
    return section
