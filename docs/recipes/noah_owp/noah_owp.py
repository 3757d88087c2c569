"""Noah-OWP-Modular as a Basic Model Interface of one column, for `ldas run`."""

import ctypes
import os

import numpy as np

INPUTS = {
    "SFCTMP": "K", "SFCPRS": "Pa", "SOLDN": "W m-2", "LWDN": "W m-2", "HUMIDITY": "kg kg-1",
    "UU": "m s-1", "VV": "m s-1", "RAIN": "kg m-2 s-1", "SNOW": "kg m-2 s-1",
}  # fmt: skip
FLUXES = {
    "EVAPOTRANS": "kg m-2 s-1", "RUNSRF": "kg m-2 s-1", "RUNSUB": "kg m-2 s-1", "LH": "W m-2",
    "FSH": "W m-2",
}  # fmt: skip
STATE = {"SMC": 4, "SH2O": 4, "REST": 70}  # values of each
STEP = 1800.0  # s
NUMBERS = np.ctypeslib.ndpointer(np.float64)


def library():
    """The model as it was built; its place is in the environment."""
    found = ctypes.CDLL(os.environ["NOAH_OWP_LIBRARY"])
    found.noah_new.restype = ctypes.c_void_p
    found.noah_new.argtypes = [ctypes.c_char_p, ctypes.c_int]
    found.noah_step.argtypes = [ctypes.c_void_p]
    found.noah_clock.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_int]
    found.noah_force.argtypes = found.noah_fluxes.argtypes = [ctypes.c_void_p, NUMBERS]
    found.noah_state.argtypes = [ctypes.c_void_p, *(3 * [NUMBERS]), ctypes.c_int]
    return found


class NoahOwp:
    """One column of Noah-OWP-Modular."""

    def initialize(self, config_file):
        self.model = library()
        path = config_file.encode()
        self.handle = self.model.noah_new(path, len(path))
        self.forcing, self.fluxes = np.zeros(len(INPUTS)), np.zeros(len(FLUXES))

    def update(self):
        *others, humidity, u, v, rain, snow = self.forcing
        ratio = humidity / (1.0 - humidity)  # the model takes a mixing ratio
        weather = np.array([*others, ratio, u, v, rain + snow])
        self.model.noah_force(self.handle, weather)
        self.model.noah_step(self.handle)
        self.model.noah_fluxes(self.handle, self.fluxes)

    def finalize(self):
        self.handle = None

    def _state(self):
        found = {name: np.zeros(size) for name, size in STATE.items()}
        self.model.noah_state(self.handle, *found.values(), 0)
        return found

    def _clock(self, step=0, way=0):
        found = ctypes.c_int(step)
        self.model.noah_clock(self.handle, ctypes.byref(found), way)
        return found.value

    def get_value(self, name, dest):
        if name in FLUXES:
            dest[:] = self.fluxes[list(FLUXES).index(name)]
        else:
            dest[:] = self._state()[name]
        return dest

    def set_value(self, name, src):
        if name == "time":
            self._clock(round(float(src[0]) / STEP), 1)
        elif name in INPUTS:
            self.forcing[list(INPUTS).index(name)] = src[0]
        else:
            state = self._state()
            state[name][:] = src
            self.model.noah_state(self.handle, *state.values(), 1)

    def get_input_var_names(self):
        return (*INPUTS, *STATE, "time")

    def get_output_var_names(self):
        return (*FLUXES, *STATE)

    def get_var_units(self, name):
        return {**INPUTS, **FLUXES, "SMC": "m3 m-3", "SH2O": "m3 m-3"}.get(name, "1")

    def get_var_grid(self, name):
        return list(STATE).index(name) if name in STATE else len(STATE)

    def get_grid_size(self, grid):
        return [*STATE.values(), 1][grid]

    def get_current_time(self):
        return self._clock() * STEP

    def get_time_step(self):
        return STEP

    def get_time_units(self):
        return "s"
