"""Retrievals as `&retrieval method` names them, one file each."""
