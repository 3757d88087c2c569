"""A hilly piece of ground whose height, backscatter and NDVI are functions of the place."""

import numpy as np

LAT, LON = 50.0, 5.0
NORTH = 111_195.0  # m of a degree
EAST = NORTH * np.cos(np.radians(LAT))
REFLECTORS = [(y, x) for y in (-1700, -500, 800, 1500) for x in (-1700, -600, 500, 1600)]
WIDTH = 15.0  # m, of a reflector
GROUND = 0.1  # linear sigma0 between them


def metres(lat, lon):
    """North and east of the middle."""
    return (np.asarray(lat) - LAT) * NORTH, (np.asarray(lon) - LON) * EAST


def degrees(y, x):
    """Latitude and longitude of a place north and east of the middle."""
    return LAT + y / NORTH, LON + x / EAST


def hills(lat, lon):
    """Slopes up to 20 degrees."""
    y, x = metres(lat, lon)
    return 400.0 + 150.0 * np.sin(2 * np.pi * x / 2500.0) * np.cos(2 * np.pi * y / 3000.0)


def reflecting(lat, lon):
    """Backscatter with bright points."""
    y, x = metres(lat, lon)
    out = np.full(np.shape(lat), GROUND)
    for north, east in REFLECTORS:
        out = out + 20.0 * np.exp(-((y - north) ** 2 + (x - east) ** 2) / (2.0 * WIDTH**2))
    return out


def green(lat, lon):
    """NDVI."""
    y, x = metres(lat, lon)
    return 0.5 + 0.3 * np.sin(y / 190.0) * np.cos(x / 240.0)


def write_dem(path, height, half=0.06, step=1.0 / 7200.0, crs="EPSG:4326"):
    """An elevation model of half a second around the middle."""
    import rasterio

    size = round(2 * half / step)
    lat = LAT + half - step * (np.arange(size) + 0.5)
    lon = LON - half + step * (np.arange(size) + 0.5)
    values = np.asarray(height(*np.meshgrid(lat, lon, indexing="ij")), "f4")
    with rasterio.open(
        path, "w", driver="GTiff", height=size, width=size, count=1, dtype="float32", crs=crs,
        transform=rasterio.transform.from_origin(LON - half, LAT + half, step, step),
        nodata=-9999.0,
    ) as out:  # fmt: skip
        out.write(values, 1)


IMAGES = """&images
   steps = '{step}'
   output_dir = 'out'
   box = 49.98, 50.02, 4.97, 5.03
   crs = '{crs}'
   resolution = {size}
   dem_files = 'dem.tif'
/
"""


def namelist(folder, step="sentinel1", crs="EPSG:32631", size=20.0, more=""):
    """A namelist of `ldas images` in a folder; its path."""
    path = folder / "images.nml"
    path.write_text(IMAGES.format(step=step, crs=crs, size=size) + more)
    return path
