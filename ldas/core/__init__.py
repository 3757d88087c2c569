"""What every other part may use: constants, variables, grids, clocks, errors."""
