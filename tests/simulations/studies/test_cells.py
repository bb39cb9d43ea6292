"""What a study's file may say: cells by grid and list, keys into named tables, and mistakes in one line."""

import pytest

from fedser.errors import ConfigError
from simulations.kinds import read_experiment
from simulations.studies.cells import plan_of
from simulations.studies.keys import with_key

AXIS = '[[axes]]\nname = "size"\nkey = "memory.capacity"\nvalues = [4, 9]\n'


def plan(folder, base, text):
    file = folder / "study.toml"
    file.write_text(f'base = "{base}"\n{text}')
    return plan_of(read_experiment(file, (), "study")[1], file)


def test_a_grid_has_every_combination(tiny, tmp_path):
    found = plan(
        tmp_path,
        tiny.config,
        AXIS + '[[axes]]\nname = "rate"\nkey = "training.learning_rate"\nvalues = [0.1, 0.2]\n',
    )
    set_to = [(c.experiment.memory.capacity, c.experiment.training.learning_rate) for c in found.cells]
    assert set_to == [(4, 0.1), (4, 0.2), (9, 0.1), (9, 0.2)]
    assert [cell.name for cell in found.cells] == ["4, 0.1", "4, 0.2", "9, 0.1", "9, 0.2"]
    assert len({cell.folder for cell in found.cells}) == 4


def test_a_list_goes_along_its_axes(tiny, tmp_path):
    axes = AXIS + '[[axes]]\nname = "rate"\nkey = "training.learning_rate"\nvalues = [0.1, 0.2]\n'
    found = plan(tmp_path, tiny.config, f'combine = "list"\n{axes}')
    set_to = [(c.experiment.memory.capacity, c.experiment.training.learning_rate) for c in found.cells]
    assert set_to == [(4, 0.1), (9, 0.2)]


def test_several_keys_move_together_under_a_name(tiny, tmp_path):
    axis = '[[axes]]\nname = "both"\n[axes.values]\n"small" = { "memory.capacity" = 4, "model.width" = 6 }\n'
    axis += '"large" = { "memory.capacity" = 9, "model.width" = 12 }\n'
    found = plan(tmp_path, tiny.config, axis)
    assert [(c.experiment.memory.capacity, c.experiment.model.width) for c in found.cells] == [(4, 6), (9, 12)]
    assert [c.name for c in found.cells] == ["small", "large"]


def test_what_is_common_is_set_in_all_cells_and_environments_are_chosen_by_name(tiny, tmp_path):
    common = '[common]\nseeds = 1\nenvironments = ["street", "home"]\n[common.training]\npatience = 2\n'
    found = plan(tmp_path, tiny.config, common + AXIS)
    for cell in found.cells:
        assert [place.name for place in cell.experiment.environments] == ["street", "home"]
        assert cell.experiment.training.patience == 2
        assert cell.experiment.training.batch_size == 8, "the other keys of the section stay the base's"


def test_a_key_leads_into_a_table_by_its_name(moving, tmp_path):
    axis = '[[axes]]\nname = "rooms"\nkey = "environments.office.acoustics"\nvalues = ["clean", "café"]\n'
    found = plan(tmp_path, moving, axis)
    assert [c.experiment.environments[1].acoustics for c in found.cells] == ["clean", "café"]
    assert len({str(c.experiment.environments[0].acoustics) for c in found.cells}) == 1


MISTAKES = {
    "a key the base does not know": (
        AXIS.replace("capacity", "capcity"),
        'size = 4] [memory]: unknown key "capcity"; did you mean "capacity"?',
    ),
    "a value of the wrong type": (AXIS.replace("[4, 9]", '[4, "nine"]'), "capacity should be a valid integer"),
    "a value out of range": (AXIS.replace("[4, 9]", "[4, 0]"), "capacity should be greater than or equal to 1"),
    "an empty axis": (AXIS.replace("[4, 9]", "[]"), "at least 1"),
    "no axes": ("axes = []\n", "axes should have at least 1 item"),
    "a value twice": (AXIS.replace("[4, 9]", "[4, 4]"), 'the name "4" is given twice'),
    "cells that are one experiment": (
        AXIS.replace("[4, 9]", '{ one = 4, same = 4 }'),
        'the cells "one" and "same" are the same experiment',
    ),
    "an unknown key of an axis": (AXIS + "keys = 3\n", 'unknown key "keys"; did you mean "key"?'),
    "an axis without a key": ('[[axes]]\nname = "a"\nvalues = [1]\n', "give it a key"),
    "a column's name": (AXIS.replace('"size"', '"seed"'), "is a column of study.csv"),
    "axes of two lengths": (
        f'combine = "list"\n{AXIS}[[axes]]\nname = "b"\nkey = "model.width"\nvalues = [4]\n',
        "needs axes of one length: size has 2, b has 1",
    ),
    "an unknown environment": (
        '[[axes]]\nname = "o"\nkey = "environments"\nvalues = [["home"], ["ofice"]]\n',
        'environments has no "ofice"; did you mean "office"?',
    ),
    "a key through a number": (
        '[[axes]]\nname = "o"\nkey = "seeds.many"\nvalues = [1]\n',
        '"seeds.many" leads into seeds, which is no section',
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(mistake, tiny, tmp_path):
    text, said = MISTAKES[mistake]
    with pytest.raises(ConfigError) as error:
        plan(tmp_path, tiny.config, text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "study.toml" in str(error.value)


def test_a_base_of_another_kind_or_none(tmp_path):
    with pytest.raises(ConfigError, match="is a configuration of fedser privacy attack; a study varies one of"):
        plan(tmp_path, "privacy_attack", AXIS)
    with pytest.raises(ConfigError, match=r'open_corpra: no such configuration file.*did you mean "open_corpora"'):
        plan(tmp_path, "open_corpra", AXIS)


def test_a_key_leaves_the_values_as_they_are():
    values = {"environments": [{"name": "a", "acoustics": "clean"}], "memory": {"capacity": 1}}
    changed = with_key(with_key(values, "environments.a.acoustics", "home", "x"), "memory.capacity", 2, "x")
    assert changed == {"environments": [{"name": "a", "acoustics": "home"}], "memory": {"capacity": 2}}
    assert values == {"environments": [{"name": "a", "acoustics": "clean"}], "memory": {"capacity": 1}}


def test_shipped_studies_can_be_read():
    from simulations import shipped

    names = shipped.study_names()
    assert {"memory", "orders", "encoders"} <= set(names)
    for name in names:
        file = shipped.find_study(shipped.Path(name))
        first, second = file.read_text(encoding="utf-8").splitlines()[:2]
        assert first.startswith(f"# fedser study configs/studies/{file.name}")
        assert 10 < len(second.removeprefix("# ")) < 80
        assert len(plan_of(read_experiment(file, (), "study")[1], file).cells) > 1
