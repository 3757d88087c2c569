import known_ground as ground
import pytest

from ldas.synthetic.sentinel1_product import RadarScene, write_safe


@pytest.fixture(scope="session")
def frame(tmp_path_factory):
    """A folder with a frame without speckle of bright points on hills, and their heights."""
    folder = tmp_path_factory.mktemp("frame")
    scene = RadarScene(
        ground.LAT, ground.LON, {"VV": ground.reflecting, "VH": lambda lat, lon: 0.02 + 0 * lat},
        ground.hills, looks=0.0,
    )  # fmt: skip
    write_safe(folder, scene)
    ground.write_dem(folder / "dem.tif", ground.hills)
    return folder
