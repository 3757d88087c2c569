"""Filters as `&assimilation filter` names them, one file each."""
