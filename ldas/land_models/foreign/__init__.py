"""What every door to other land models shares: names, units, control variables."""
