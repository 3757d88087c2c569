"""What a namelist may not hold outside quotes: the library would read it as something else."""

import pytest

from ldas.config.namelist_text import check_text
from ldas.core.errors import UserError

WRONG = [  # what f90nml makes of it without a word
    ("lai = \u0115.0", "'ĕ' (U+0115)"),  # 0.0
    ("lai = \u00a02.0", "U+00A0"),  # 2.0
    ("lai = \x012.0", "U+0001"),  # 2.0
    ("lai = \x85.2", "U+0085"),  # 0.2
    ("\u00e9lai = 2.0", "U+00E9"),  # lai = 2.0
    ("@lai = 2.0", "'@'"),  # lai = 2.0
    ("lai = 2$0", "'$'"),  # 2, and the group ends
    ("lai = #2.5", "'#'"),  # nothing, and the rest is a comment
    ("lai = 2/0", "'/' closes the group"),  # 2, and the group ends
    ("files = a/b.nc", "'/' closes the group"),  # a, and the group ends
    ("lai = 2&0", "a group begins within a line"),  # 2, and another group begins
    ("lai = 2_0", "'2_0' is no value"),  # 20
    ("lai = 2+0", "'2+0' is no value"),  # 2.0
    ("lai = 0.5-1", "'0.5-1' is no value"),  # 0.05
    ("lai = 0.40., 1.", "'0.40.' is no value"),  # 0.4 and 0.0
    ("start = 2001-06-01", "'2001-06-01' is no value"),
    ("start = 2001-06-01T18:00", "'2001-06-01T18:00' is no value"),
    ("lai = 1\n frequency 3600", "'frequency' is no value"),  # nothing
    ("frequency:3600", "'frequency:3600' belongs to no entry"),  # nothing
    ("form 's1s2'", "'form' belongs to no entry"),  # nothing
    ("form's1s2'", "'form' belongs to no entry"),  # nothing
    ("y lai = 2.0", "'y' belongs to no entry"),  # lai = 2.0
    ("1 lai = 2.0", "'1' belongs to no entry"),  # lai = 2.0
    ("t lai = 2.0", "'t' belongs to no entry"),  # lai = 2.0
    (", lai = 2.0", "',' belongs to no entry"),  # lai = 2.0
    ("= lai = 2.0", "'=' belongs to no entry"),  # lai = 2.0
    ("lai == 2.0", "'lai' belongs to no entry"),  # nothing
    ("kind = open loop", "'loop' is no value"),  # open
]
RIGHT = [
    "lai = 2.0 ! café $ a/b & c",
    "name = 'café/$x#@&'",
    'name = "it\'s /"',
    "lai = 3*2.0, 4*1e-3, -2.0, +3, 1e+5, 1.d0, 2d-3, -1.5E-7, .5",
    "x = .true., .false.",
    "n_o1 =\t2.0,",
    "files = 'a',\n 'b'\n 'c'",
    "lai = 2 * 3.0, 2*, 1., nan, -inf",
    "kind = analysis x = T",
    "lai =",
]


@pytest.mark.parametrize(("line", "words"), WRONG)
def test_refused(line, words):
    with pytest.raises(UserError) as told:
        check_text(f"&group\n   {line}\n/\n", "case.nml")
    assert f"case.nml, line {2 + line.count(chr(10))}: " in str(told.value)
    assert words in str(told.value)


@pytest.mark.parametrize("name", ["ătation", "\x16utput", "1output", ""])
def test_no_name_of_a_group(name):
    with pytest.raises(UserError, match="is no name of a group"):
        check_text(f"&{name}\n   lai = 2.0\n/\n", "case.nml")


@pytest.mark.parametrize("line", RIGHT)
def test_accepted(line):
    check_text(f"&group\n   {line}\n/\n", "case.nml")
    check_text("&one x = 1 /\n&two\n x = 1 /\n", "case.nml")
