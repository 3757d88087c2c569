"""The XML files of a Sentinel-1 product, as far as they are needed to make use of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

EVERY = 40  # pixels from one value of a vector to the next


def _list(values: Iterable[float]) -> str:
    values = list(values)
    return f'count="{len(values)}">' + " ".join(f"{v:.9e}" for v in values)


def _time(value: np.datetime64) -> str:
    return str(value.astype("datetime64[us]"))


def annotation(
    about: Mapping[str, Any],
    times: Sequence[np.datetime64],
    orbit: tuple[np.ndarray, np.ndarray],
    conversion: tuple[float, np.ndarray],
    ties: Sequence[tuple[float, ...]],
) -> str:
    """The annotation of one band: its lines, orbit, conversion to ground range and tie points."""
    vectors = "".join(
        f"<orbit><time>{_time(time)}</time><frame>Earth Fixed</frame>"
        f"<position><x>{p[0]:.9e}</x><y>{p[1]:.9e}</y><z>{p[2]:.9e}</z></position>"
        f"<velocity><x>{v[0]:.9e}</x><y>{v[1]:.9e}</y><z>{v[2]:.9e}</z></velocity></orbit>"
        for time, p, v in zip(times, orbit[0].T, orbit[1].T, strict=True)
    )
    sr0, powers = conversion
    conversions = "".join(
        f"<coordinateConversion><azimuthTime>{_time(about[when])}</azimuthTime><sr0>{sr0:.9e}</sr0>"
        f"<srgrCoefficients {_list(powers)}</srgrCoefficients><gr0>0.0</gr0></coordinateConversion>"
        for when in ("start", "stop")
    )
    names = ("line", "pixel", "latitude", "longitude", "height", "incidenceAngle")
    points = "".join(
        "<geolocationGridPoint>"
        + "".join(f"<{n}>{v:.12g}</{n}>" for n, v in zip(names, tie, strict=True))
        + "</geolocationGridPoint>"
        for tie in ties
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<product><adsHeader><polarisation>{about["band"]}</polarisation></adsHeader>
<generalAnnotation><orbitList count="{len(times)}">{vectors}</orbitList></generalAnnotation>
<imageAnnotation><imageInformation>
<productFirstLineUtcTime>{_time(about["start"])}</productFirstLineUtcTime>
<productLastLineUtcTime>{_time(about["stop"])}</productLastLineUtcTime>
<rangePixelSpacing>{about["spacing"]:.9e}</rangePixelSpacing>
<azimuthPixelSpacing>{about["spacing"]:.9e}</azimuthPixelSpacing>
<azimuthTimeInterval>{about["interval"]:.15e}</azimuthTimeInterval>
<numberOfSamples>{about["pixels"]}</numberOfSamples><numberOfLines>{about["lines"]}</numberOfLines>
</imageInformation></imageAnnotation>
<coordinateConversion><coordinateConversionList count="2">{conversions}</coordinateConversionList>
</coordinateConversion><geolocationGrid>
<geolocationGridPointList count="{len(ties)}">{points}</geolocationGridPointList>
</geolocationGrid></product>
"""


def _pixels(about: Mapping[str, Any]) -> str:
    at = [*range(0, about["pixels"] - 1, EVERY), about["pixels"] - 1]
    return f'<pixel count="{len(at)}">{" ".join(map(str, at))}</pixel>'


def _vectors(about: Mapping[str, Any], tag: str, name: str, value: float) -> str:
    """A list of two vectors, of the first and the last line, the same everywhere."""
    number = len(range(0, about["pixels"] - 1, EVERY)) + 1
    values = f"<{name} {_list([value] * number)}</{name}>"
    vectors = "".join(
        f"<{tag}><line>{line}</line>{_pixels(about)}{values}</{tag}>"
        for line in (0, about["lines"] - 1)
    )
    return f'<{tag}List count="2">{vectors}</{tag}List>'


def calibration(about: Mapping[str, Any], gain: float) -> str:
    """Calibration vectors, the same everywhere."""
    listed = _vectors(about, "calibrationVector", "sigmaNought", gain)
    return f"<calibration>{listed}</calibration>\n"


def noise(about: Mapping[str, Any], power: float) -> str:
    """Noise by range, and a factor of 1 along the track."""
    listed = _vectors(about, "noiseRangeVector", "noiseRangeLut", power)
    last_line, last_pixel = about["lines"] - 1, about["pixels"] - 1
    return (
        f"<noise>{listed}"
        f'<noiseAzimuthVectorList count="1"><noiseAzimuthVector><swath>IW1</swath>'
        f"<firstAzimuthLine>0</firstAzimuthLine><firstRangeSample>0</firstRangeSample>"
        f"<lastAzimuthLine>{last_line}</lastAzimuthLine>"
        f"<lastRangeSample>{last_pixel}</lastRangeSample>"
        f'<line count="2">0 {last_line}</line>'
        f"<noiseAzimuthLut {_list([1.0, 1.0])}</noiseAzimuthLut>"
        f"</noiseAzimuthVector></noiseAzimuthVectorList></noise>\n"
    )


def manifest(
    files: Sequence[str],
    number: str,
    relative_orbit: int,
    heading: float,
    start: np.datetime64,
    stop: np.datetime64,
    bands: Sequence[str],
) -> str:
    """The manifest: which pass it is of, and the files."""
    direction = "ASCENDING" if abs(heading) < 90.0 else "DESCENDING"
    links = "".join(
        f'<dataObject ID="f{k}"><byteStream><fileLocation href="./{name}"/></byteStream>'
        "</dataObject>"
        for k, name in enumerate(files)
    )
    polarisations = "".join(
        f"<transmitterReceiverPolarisation>{b}</transmitterReceiverPolarisation>" for b in bands
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<XFDU><metadataSection><platform><familyName>SENTINEL-1</familyName><number>{number}</number>
<instrumentMode><mode>IW</mode></instrumentMode></platform>
<orbitReference><orbitNumber>{22601 + relative_orbit}</orbitNumber>
<relativeOrbitNumber>{relative_orbit}</relativeOrbitNumber><pass>{direction}</pass></orbitReference>
<generalProductInformation>{polarisations}<productType>GRD</productType></generalProductInformation>
<acquisitionPeriod><startTime>{_time(start)}</startTime><stopTime>{_time(stop)}</stopTime>
</acquisitionPeriod></metadataSection><dataObjectSection>{links}</dataObjectSection></XFDU>
"""
