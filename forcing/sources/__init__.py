"""Naming conventions of forcing data sets, one file each, named as `&forcing source`."""
