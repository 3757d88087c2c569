"""Ways to spoil a right namelist or file of a retrieval, and what must be said of it."""

import re

import netCDF4
from typer.testing import CliRunner

from ldas.cli import app

NAMELIST = "spoilt.nml"


def text(old, new):
    def spoil(folder, nml):
        assert old in nml, old
        return nml.replace(old, new, 1)

    return spoil


def entry(line):
    return text("   output", f"   {line}\n   output")


def edited(change, name):
    def spoil(folder, nml):
        with netCDF4.Dataset(folder / name, "a") as file:
            change(file)
        return nml

    return spoil


def refused(command, folder, nml, words):
    """The command ends with status 2 and one message that holds all words."""
    (folder / NAMELIST).write_text(nml)
    result = CliRunner().invoke(app, [command, str(folder / NAMELIST)])
    said = re.sub(r"\s+", " ", result.stderr)
    assert result.exit_code == 2, (result.exit_code, said, result.stdout)
    assert "Traceback" not in said
    for word in words.split():
        assert word in said, (word, said)
    return said
