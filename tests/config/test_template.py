"""The template is made from the declarations, so filling it in gives a right namelist."""

import pytest

from ldas.commands.template import template
from ldas.config.namelist import parse
from ldas.config.template import namelist_template
from ldas.core.errors import UserError
from ldas.core.registries import RETRIEVALS
from ldas.cycling.configuration import GROUPS, load


def test_template_names_every_entry_with_its_help():
    text = namelist_template(GROUPS, None)
    for name, group in GROUPS.items():
        assert f"&{name}" in text
        for entry, field in group.model_fields.items():
            assert f" {entry} " in text
            assert field.description, f"&{name} {entry} has no help"


@pytest.mark.parametrize("group", list(GROUPS))
def test_template_of_one_group_is_a_namelist(group):
    assert list(parse(namelist_template(GROUPS, group), "template")) == [group]


def test_unknown_group_names_the_nearest():
    with pytest.raises(UserError, match="model"):
        namelist_template(GROUPS, "modle")


def test_dates_may_be_written_in_several_ways(case):
    case.set("'2001-06-01T00:00'", "'2001-06-01 00:00:00'")
    case.set("'2001-06-03T12:00'", "'2001-06-03T12:00Z'")
    conf = load(case.write())
    assert str(conf.experiment.start) == "2001-06-01T00:00:00"
    assert str(conf.experiment.end) == "2001-06-03T12:00:00"


def test_methods_of_retrieval_have_templates_too():
    for name in RETRIEVALS.own():
        groups = parse(template(name), name)
        assert groups["retrieval"]["method"] == name
        assert template(name) in template() or name == "s2mp"
    with pytest.raises(UserError, match="methods of retrieval: change_detection"):
        template("swii")
