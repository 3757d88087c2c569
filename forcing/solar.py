"""Where the sun stands (Spencer 1971; Iqbal 1983)."""

import numpy as np


def cos_zenith(time: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Cosine of the solar zenith angle, zero by night.

    `time` (UTC, datetime64), `lat` and `lon` (degrees) broadcast against each other.
    """
    seconds = (time - time.astype("datetime64[Y]")) / np.timedelta64(1, "s")
    day_angle = 2.0 * np.pi * seconds / (365.2425 * 86400.0)
    declination = (
        0.006918
        - 0.399912 * np.cos(day_angle)
        + 0.070257 * np.sin(day_angle)
        - 0.006758 * np.cos(2 * day_angle)
        + 0.000907 * np.sin(2 * day_angle)
        - 0.002697 * np.cos(3 * day_angle)
        + 0.00148 * np.sin(3 * day_angle)
    )
    equation_of_time = 229.18 * (
        0.000075
        + 0.001868 * np.cos(day_angle)
        - 0.032077 * np.sin(day_angle)
        - 0.014615 * np.cos(2 * day_angle)
        - 0.040849 * np.sin(2 * day_angle)
    )  # min
    minutes = (seconds % 86400.0) / 60.0 + equation_of_time + 4.0 * lon
    hour_angle = np.radians(minutes / 4.0 - 180.0)
    phi = np.radians(lat)
    mu = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    return np.maximum(mu, 0.0)
