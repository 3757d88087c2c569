"""What a radiometer saw near the time of a radar image, by its own coarse cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ldas.core.errors import Problems, UserError
from observation_ops.gridding import cells_of
from observation_ops.observation_type import ObservationType
from observation_ops.preset import preset
from observation_ops.products import Product, Stamp, open_wanted, wanted_by
from observation_ops.quality import USED


class RadiometerField(ObservationType):
    """A field that is retrieved from, not assimilated."""

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """The square of `error`."""
        return np.full(np.shape(value), error**2)


def _field(name: str, units: str, lower: float, upper: float) -> RadiometerField:
    return RadiometerField(name, name, name, None, units, "same", lower, upper, 0.0, "")


FIELDS = {
    "tb": _field("brightness temperature", "K", 50.0, 350.0),
    "temperature": _field("temperature", "K", 230.0, 350.0),
    "opacity": _field("opacity", "1", 0.0, 10.0),
    "albedo": _field("albedo", "1", 0.0, 1.0),
    "roughness": _field("roughness", "1", 0.0, 5.0),
    "clay": _field("clay", "1", 0.0, 1.0),
}


@dataclass
class Radiometer:
    """The fields of one product over the cells of a domain.

    `index` (cell,) says in which coarse cell each cell lies, -1 for none; `number` counts them.
    """

    products: Mapping[str, Product]
    index: np.ndarray
    number: int
    _pixel: np.ndarray
    _part: tuple[slice, slice]

    def near(self, time: np.datetime64, hours: float) -> dict[str, np.ndarray] | None:
        """Each field (coarse cell,) as seen nearest to a time, NaN where nothing was.

        None if there is nothing at all within `hours`.
        """
        reach = np.timedelta64(round(3600.0 * hours), "s")
        stamps = [s for s in self.products["tb"].stamps if abs(s.time - time) <= reach]
        found: dict[str, np.ndarray] | None = None
        for stamp in sorted(stamps, key=lambda s: abs(s.time - time)):
            seen = {name: self._read(product, stamp) for name, product in self.products.items()}
            whole = np.isfinite(np.stack(list(seen.values()))).all(axis=0)
            if found is None:
                found = {name: np.full(self.number, np.nan) for name in seen}
            new = whole & np.isnan(found["tb"])
            for name, values in seen.items():
                found[name][new] = values[new]
        return None if found is None or np.isnan(found["tb"]).all() else found

    def _read(self, product: Product, stamp: Stamp) -> np.ndarray:
        own = next(
            s
            for s in product.stamps
            if s.path == stamp.path and s.index == stamp.index and s.time == stamp.time
        )
        values, flag = product.read(own, *self._part)
        good = np.where(flag == USED, values, np.nan) * (product.factor or 1.0)
        return good.ravel()[self._pixel]


def open_radiometer(
    name: str,
    variables: Mapping[str, str],
    files: Sequence[Path],
    lat: np.ndarray,
    lon: np.ndarray,
) -> Radiometer:
    """Open every field of a product for cells at `lat`, `lon` (cell,).

    Raises UserError for fields that cannot be read and for a product that does not cover them.
    """
    known, problems, products = preset(name), Problems(), {}
    for key, kind in FIELDS.items():
        wanted = replace(
            wanted_by(known, kind, tuple(files)),
            variable=variables[key],
            units=kind.model_units,
            units_given=True,
            checks=(),
            error_variable=None,
        )
        try:
            products[key] = open_wanted(wanted)
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
    geometries = products["tb"].geometries
    if len(geometries) > 1:
        raise UserError(f"&retrieval radiometer_files: '{name}' has {len(geometries)} grids, not 1")
    found = cells_of(geometries[0], lat, lon, (np.inf, np.inf), 0.0)
    pixels, place = np.unique(found.pixel, return_inverse=True)
    if pixels.size == 0:
        raise UserError(f"{files[0]}: does not cover the cells of the product")
    index = np.full(lat.size, -1)
    index[found.cell] = place
    return Radiometer(products, index, pixels.size, pixels, (found.rows, found.cols))
