"""Physical constants, each once, in SI.

The set is the one of the reference code (SURFEX 8.1), so that runs can be compared
digit for digit; it is CODATA 1986 for the molecular constants.
"""

import math

PI = math.pi
DAY = 86400.0  # s

BOLTZMANN = 1.380658e-23  # J K-1
AVOGADRO = 6.0221367e23  # mol-1
PLANCK = 6.6260755e-34  # J s
LIGHT_SPEED = 299792458.0  # m s-1
STEFAN = 2.0 * PI**5 * BOLTZMANN**4 / (15.0 * LIGHT_SPEED**2 * PLANCK**3)  # W m-2 K-4

SOLAR_CONSTANT = 1361.0  # W m-2 (Kopp and Lean 2011; no part of the reference's set)

GRAVITY = 9.80665  # m s-2
KARMAN = 0.4  # 1
P0 = 1.0e5  # Pa, reference pressure of the Exner function

MOLAR_MASS_AIR = 28.9644e-3  # kg mol-1
MOLAR_MASS_WATER = 18.0153e-3  # kg mol-1
MOLAR_MASS_CO2 = 44.0e-3  # kg mol-1
MOLAR_MASS_C = 12.0e-3  # kg mol-1
R_D = AVOGADRO * BOLTZMANN / MOLAR_MASS_AIR  # J kg-1 K-1, dry air
R_V = AVOGADRO * BOLTZMANN / MOLAR_MASS_WATER  # J kg-1 K-1, water vapour
EPSILON = R_D / R_V  # 1
CP_D = 3.5 * R_D  # J kg-1 K-1, dry air
CP_V = 4.0 * R_V  # J kg-1 K-1, water vapour

RHO_WATER = 1000.0  # kg m-3
RHO_ICE = 917.0  # kg m-3
C_WATER = 4218.0  # J kg-1 K-1
C_ICE = 2106.0  # J kg-1 K-1
T_TRIPLE = 273.16  # K
L_V = 2.5008e6  # J kg-1, vaporisation at the triple point
L_S = 2.8345e6  # J kg-1, sublimation
L_F = L_S - L_V  # J kg-1, fusion
E_SAT_TRIPLE = 611.14  # Pa

LAPSE_RATE = 0.0065  # K m-1, ICAO standard atmosphere
