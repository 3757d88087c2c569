"""The namelists of a study, made from the description of its region (regions/*.yaml)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import f90nml
from snakemake.exceptions import WorkflowError

SPINUP, OPEN_LOOP = "spinup", "open_loop"
RESTART = f"output/{SPINUP}/spinup/restart.nc"
IRRIGATION = "irrigation.nc"
SHARED = ("domain", "forcing", "model")  # groups of every experiment
NEEDED = ("region", "folder", "period", "spinup", "observations", "experiments", *SHARED)
KNOWN = (
    *NEEDED, "ranks", "make", "surface", "retrieval", "assimilation", "output", "rescaling",
    "irrigation", "evaluation", "products", "stations",
)  # fmt: skip
Groups = dict[str, Any]


def checked(region: Mapping[str, Any]) -> None:
    """Raise WorkflowError, all problems at once, for a region that cannot be studied."""
    problems = [f"no entry '{name}'" for name in NEEDED if name not in region]
    problems += [f"unknown entry '{name}'" for name in region if name not in KNOWN]
    seen = region.get("observations") or {}
    for name, wanted in (region.get("experiments") or {}).items():
        problems += [f"experiments {name}: no observations '{w}'" for w in wanted if w not in seen]
        if name in (SPINUP, OPEN_LOOP):
            problems.append(f"experiments {name}: the name is taken")
    asked = (region.get("irrigation") or {}).get("of")
    if asked is not None and asked not in region.get("experiments", {}):
        problems.append(f"irrigation of: no experiment '{asked}'")
    if problems:
        raise WorkflowError("region: " + "; ".join(problems))


def names(region: Mapping[str, Any]) -> list[str]:
    """Namelists that the region asks for."""
    optional = [name for name in ("surface", "retrieval") if name in region]
    return [
        *optional,
        SPINUP,
        OPEN_LOOP,
        *rescaled(region).values(),
        *region["experiments"],
        "evaluation",
    ]


def rescaled(region: Mapping[str, Any]) -> dict[str, str]:
    """Observations that are brought to the open loop's climate: namelist by name of the set."""
    return {
        name: f"rescale_{name}"
        for name, entries in region["observations"].items()
        if "rescaling" in entries
    }


def rescaling_file(observed: str) -> str:
    """Where the statistics of a set go."""
    return f"output/rescaling/{observed}.nc"


def groups(region: Mapping[str, Any], name: str) -> Groups:
    """The groups of one of the study's namelists."""
    if name in ("surface", "retrieval"):
        return {name: region[name]}
    if name == "evaluation":
        return _evaluation(region)
    if name == SPINUP:
        return {**_experiment(region, SPINUP), "spinup": _without(region["spinup"], "end")}
    if name == OPEN_LOOP:
        return _experiment(region, OPEN_LOOP)
    for observed, target in rescaled(region).items():
        if name == target:
            rescaling = {"open_loop": f"output/{OPEN_LOOP}", **region.get("rescaling", {})}
            paired = _observed(region, [observed])
            return {**_experiment(region, name), **paired, "rescaling": rescaling}
    return _analysis(region, name)


def write(region: Mapping[str, Any], name: str, path: Path) -> None:
    """Write a namelist."""
    namelist = f90nml.Namelist()
    for group, entries in groups(region, name).items():
        for one in entries if isinstance(entries, list) else [entries]:
            namelist.add_cogroup(group, one)
    namelist.write(path, force=True)


def _analysis(region: Mapping[str, Any], name: str) -> Groups:
    out = _experiment(region, name, "analysis")
    out["assimilation"] = region.get("assimilation", {})
    out |= _observed(region, region["experiments"][name])
    asked = region.get("irrigation") or {}
    if asked.get("of") == name:
        out["irrigation"] = {"output": IRRIGATION, **_without(asked, "of")}
    return out


def _experiment(region: Mapping[str, Any], name: str, kind: str = OPEN_LOOP) -> Groups:
    period = dict(region["period"])
    shared = {group: dict(region[group]) for group in SHARED}
    if name == SPINUP:
        period["end"] = region["spinup"]["end"]
    else:
        shared["model"]["restart"] = RESTART
    experiment = {"name": name, **period, "kind": kind}
    return {"experiment": experiment, **shared, "output": region.get("output", {})}


def _observed(region: Mapping[str, Any], names: list[str]) -> Groups:
    sets = []
    for name in names:
        entries = dict(region["observations"][name])
        if "rescaling" in entries:
            entries["rescaling_file"] = rescaling_file(name)
        sets.append(entries)
    return {"observation": sets}


def _evaluation(region: Mapping[str, Any]) -> Groups:
    entries = {"reference": OPEN_LOOP, **region.get("evaluation", {})}
    if region.get("irrigation"):
        entries["irrigation_file"] = IRRIGATION
    sources: list[Groups] = [
        {"name": name, "folder": f"output/{name}"} for name in (OPEN_LOOP, *region["experiments"])
    ]
    sources += [{"name": name, **more} for name, more in (region.get("products") or {}).items()]
    out: Groups = {"evaluation": entries, "source": sources}
    stations = region.get("stations") or {}
    if stations:
        out["station"] = [{"name": name, **more} for name, more in stations.items()]
    return out


def _without(entries: Mapping[str, Any], name: str) -> Groups:
    return {key: value for key, value in entries.items() if key != name}
