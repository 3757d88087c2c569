"""Where the sun stands, as in SURFEX 8.1 (`sunpos`): declination and equation of time in series.

The cosine of the zenith angle is the product of a vector of the place and one of the
time, so that it costs three products wherever it is needed.
"""

import numpy as np

DAY = 86400.0  # s


def place_vector(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Unit vector (..., 3) of the vertical at `lat`, `lon` (degrees)."""
    phi, lam = np.broadcast_arrays(np.radians(lat), np.radians(lon))
    return np.stack([np.sin(phi), np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam)], axis=-1)


def sun_vector(time: np.ndarray) -> np.ndarray:
    """Unit vector (..., 3) towards the sun at `time` (UTC, datetime64)."""
    time = np.asarray(time).astype("datetime64[s]")
    year = time.astype("datetime64[Y]")
    date = (time - year.astype("datetime64[s]")) / np.timedelta64(1, "s") / DAY
    length = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(float)
    angle = 2.0 * np.pi * date / length
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2.0 * angle)
        + 0.000907 * np.sin(2.0 * angle)
        - 0.002697 * np.cos(3.0 * angle)
        + 0.00148 * np.sin(3.0 * angle)
    )
    first = np.radians(1.00554 * date - 6.28306)
    second = np.radians(1.93946 * date + 23.35089)
    late = (7.67825 * np.sin(first) + 10.09176 * np.sin(second)) / 60.0  # h
    hour = (date % 1.0) * 24.0 - late
    angle = np.radians((hour - 12.0) * 15.0)
    return np.stack(
        [
            np.sin(declination),
            np.cos(declination) * np.cos(angle),
            -np.cos(declination) * np.sin(angle),
        ],
        axis=-1,
    )


def cos_zenith(time: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Cosine of the solar zenith angle, zero by night; the arguments broadcast."""
    return np.maximum((sun_vector(time) * place_vector(lat, lon)).sum(axis=-1), 0.0)
