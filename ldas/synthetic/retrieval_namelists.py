"""The namelists of a twin's retrievals, one for each method, and of their comparison."""

RADAR = """! Identical twin: 1 km soil moisture from the truth's images, by '{method}'.
! Written by `ldas twin --radar`.
&retrieval
   method = '{method}'
   output = '{method}.nc'
   sigma_files = 'sigma0.nc'
   land_cover_file = 'land_cover.nc'
   grid_file = 'surface.nc'
   weather_files = 'forcing.nc'
{more}/
"""
NDVI = "   ndvi_files = 'ndvi.nc'\n"
MORE = {
    "s2mp": "   form = 's1s2'\n" + NDVI,
    "change_detection": "",
    "change_detection_vegetation": NDVI,
    "hybrid": NDVI,
    "smap_s1": "   radiometer_files = 'smap/*.h5'\n   hours = 48.0\n" + NDVI,
}
CLOUD = (
    RADAR
    + """! fitted to moisture like SMAP's before the last year
&source name = 'smap', files = 'smap_36km.nc', type = 'ssm', variable = 'ssm' /
"""
)
SWI = """! Identical twin: the soil water index of its index like ASCAT's, at the cells.
! Written by `ldas twin --radar`.
&retrieval
   method = 'swi'
   output = 'swi.nc'
   constants = 2.0, 5.0, 20.0
   grid_file = 'surface.nc'
/
&source name = 'ascat', files = 'ascat.nc', type = 'ssm', variable = 'ssm' /
"""
SMEN = """! Identical twin: its moisture like SMAP's made as fine as that of SMAP with Sentinel-1.
! Written by `ldas twin --radar`. `ldas retrieve --train` first; a region of a few coarse pixels
! (`--size 36`) has something to learn from.
&retrieval
   method = 'smen'
   output = 'smen.nc'
   network = 'smen.npz'
   train_until = '{until}'
/
&source name = 'coarse', files = 'smap_36km.nc', type = 'ssm', variable = 'ssm' /
&source name = 'fine', files = 'smap_s1_3km.nc', type = 'ssm', variable = 'ssm' /
"""
COMPARISON = """! Identical twin: every retrieval judged by the truth and by two stations in it.
! Written by `ldas twin --radar`; results in output/retrievals/, of which report.html shows all.
&evaluation
   name = 'retrievals'
   reference = 'truth'
   land_cover_file = 'land_cover.nc'
   minutes = 60.0
   bootstrap = 0
/
&source name = 'truth', folder = 'output/truth' /
&source name = 's2mp', product = 'ldas_s2mp', files = 's2mp.nc' /
&source
   name = 'change_detection', product = 'ldas_change_detection', files = 'change_detection.nc'
   scaling = 'region'
/
&source
   name = 'vegetation', product = 'ldas_change_detection_vegetation'
   files = 'change_detection_vegetation.nc'
/
&source name = 'hybrid', product = 'ldas_hybrid', files = 'hybrid.nc' /
&source name = 'water_cloud', product = 'ldas_water_cloud', files = 'water_cloud.nc' /
&source name = 'smap_s1', product = 'ldas_smap_s1', files = 'smap_s1.nc' /
"""


def retrieval_namelists(before: str, stations: str) -> dict[str, str]:
    """Texts by file name; `before` is when training ends, `stations` the `&station` groups."""
    radar = {
        f"retrieve_{method}.nml": RADAR.format(method=method, more=more)
        for method, more in MORE.items()
    }
    radar["retrieve.nml"] = radar.pop("retrieve_s2mp.nml")
    until = f"   fit_until = '{before}'\n"
    return {
        **radar,
        "retrieve_water_cloud.nml": CLOUD.format(method="water_cloud", more=NDVI + until),
        "retrieve_swi.nml": SWI,
        "retrieve_smen.nml": SMEN.format(until=before),
        "compare_retrievals.nml": COMPARISON + stations,
    }
