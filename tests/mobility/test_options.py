import tomllib

import pytest
import tomli_w

from fedser.errors import ConfigError
from fedser.mobility import MOBILITY, MobilityOptions, check
from tests.mobility.itineraries import ENVIRONMENTS, moves

WALK = "semi-markov"
DWELL = 'dwell = {kind = "fixed", mean = 2}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "markov"', 'kind names the unknown kind of mobility "markov"; did you mean "semi-markov"'),
        ("availabilty = 1.0", 'unknown key "availabilty"; did you mean "availability"'),
        ('schedule = ["home"]', r"does not hold schedule, .* write environments in \[schedule\]"),
        ("stay = 2", r"does not hold stay, .* write stay in \[schedule\]"),
        ("stagger = true", r"write stagger in \[schedule\]"),
        ('preset = "slow"', r"write preset in \[semi-markov\]"),
        ("transitions = [[0, 1], [1, 0]]", r"write transitions in \[semi-markov\]"),
        ("dwell_in = {}", r"write dwell_in in \[semi-markov\]"),
        ('file = "a.csv"', r"write file in \[trace\]"),
        ('kind = "static"\nstart = "home"', r"write start in \[static\] or start in \[semi-markov\]"),
        ('withheld = {"café" = 0}', "café should be greater than or equal to 1, got 0"),
        ('withheld = {"café" = 2.5}', "café should be a valid integer"),
        ("availability = 1.5", "probability should be less than or equal to 1, got 1.5"),
        ("availability = 0", "probability should be greater than 0"),
        ("availability = true", r"availability must be a probability such as 0.9, or {mean_on"),
        ('availability = "often"', "availability must be a probability such as 0.9.* got 'often'"),
        ("availability = {mean_on = 3}", "availability needs both mean_on and mean_off"),
        ("availability = {mean_on = 3, mean_of = 3}", 'unknown key "mean_of"; did you mean "mean_off"'),
        ("availability = {mean_on = 3, mean_off = 0}", "mean_off should be greater than or equal to 1"),
        ("availability = {mean_on = 3, mean_off = 2, probability = 0.5}", "not both"),
    ],
)
def test_bad_options_that_all_kinds_share(text, message):
    with pytest.raises(ConfigError, match=message) as error:
        MobilityOptions.read(tomllib.loads(text), "c.toml [mobility]")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("c.toml [mobility")


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (WALK, 'preest = "slow"', 'unknown key "preest"; did you mean "preset"'),
        (WALK, 'preset = "slow"\nfile = "a.csv"', 'unknown key "file"'),
        ("trace", "", 'the key "file" is missing'),
        ("trace", 'file = ""', "file should have at least 1 character, got"),
        ("trace", 'file = "a.csv"\nstart = "home"', 'unknown key "start"'),
        ("schedule", "", 'the key "environments" is missing'),
        ("schedule", "environments = []", "environments should have at least 1 item, not 0, got"),
        ("schedule", 'environments = ["home"]\nstay = 0', "stay should be greater than or equal to 1"),
        ("static", "stay = 2", 'unknown key "stay"'),
        (WALK, "", "dwell or preset is needed"),
        (WALK, 'preset = "slow"\n' + DWELL, "dwell is given, and preset too; leave out one"),
        (WALK, 'preset = "quick"', "preset should be 'slow', 'medium' or 'fast', got 'quick'"),
        (
            WALK,
            'dwell = {kind = "uniform", mean = 3}',
            'dwell of kind = "uniform" needs low and high; low is missing|takes',
        ),
        (WALK, 'dwell = {kind = "geometric"}', "needs mean; mean is missing"),
        (WALK, 'dwell = {kind = "poisson", mean = 3, high = 5}', "takes mean, not high"),
        (WALK, 'dwell = {kind = "geometric", mean = 0.5}', "mean should be greater than or equal to 1, got 0.5"),
        (WALK, 'dwell = {kind = "geometric", mean = nan}', "mean should be"),
        (WALK, 'dwell = {kind = "geometric", mean = inf}', "mean should be"),
        (WALK, 'dwell = {kind = "uniform", low = 4, high = 2}', r"has low \(4\) above high \(2\)"),
        (WALK, 'dwell = {kind = "fixed", mean = 2.5}', "whole number of rounds as mean, got 2.5"),
        (WALK, DWELL + 'dwell_in = {home = {kind = "fixed", mean = 0}}', "mean should be greater"),
        (WALK, DWELL + "transitions = 3", "transitions must be a table of rows .* got 3"),
        (WALK, DWELL + "transitions = []", "transitions must be a table of rows"),
        (WALK, DWELL + "transitions = [[0, 1], 3]", "transitions must be a table of rows"),
        (WALK, DWELL + "transitions = {home = 1.0}", "transitions must be a table of rows"),
        (WALK, DWELL + "transitions = [[0, 1], [0.9, 0]]", "transitions row 2 sums to 0.9, but must sum to 1"),
        (WALK, DWELL + "transitions = {home = {}}", 'row "home" sums to 0, but must sum to 1'),
        (WALK, DWELL + "transitions = {home = {office = 0.5, street = 0.499}}", 'row "home" sums to 0.999'),
        (
            WALK,
            DWELL + "transitions = {home = {home = 0.5, street = 0.5}}",
            'row "home": 0.5 to the environment itself',
        ),
        (WALK, DWELL + "transitions = [[0, 1], [0.5, 0.5]]", "row 2: 0.5 to the environment itself"),
        (WALK, DWELL + "transitions = [[0, 1], [-0.5, 1.5]]", "row 2: -0.5 is not a probability from 0 to 1"),
        (WALK, DWELL + 'transitions = [[0, "1"], [1, 0]]', "row 1: '1' is not a probability"),
        (WALK, DWELL + "transitions = [[0, true], [1, 0]]", "row 1: True is not a probability"),
        (WALK, DWELL + "transitions = [[0, nan], [1, 0]]", "row 1: nan is not a probability"),
    ],
)
def test_bad_options_of_a_kind(kind, text, message):
    with pytest.raises(ConfigError, match=message) as error:
        MOBILITY[kind].read(tomllib.loads(text), f"c.toml [{kind}]")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"c.toml [{kind}")


RING = '{home = {office = 1}, office = {"café" = 1}, "café" = {street = 1}, street = {home = 1}}'


@pytest.mark.parametrize(
    ("kind", "text", "environments", "message"),
    [
        (
            "static",
            'start = "hme"',
            ENVIRONMENTS,
            'start names the unknown environment "hme"; did you mean "home"',
        ),
        (
            "schedule",
            'environments = ["home", "cafe"]',
            ENVIRONMENTS,
            r'^\[schedule\]: environments .* "cafe"; did you mean "café"',
        ),
        (WALK, DWELL + 'dwell_in = {bar = {kind = "fixed", mean = 1}}', ENVIRONMENTS, 'dwell_in .* "bar"; known'),
        (WALK, DWELL + f"transitions = {RING}", ENVIRONMENTS[:3], 'transitions names .* "street"; known'),
        (WALK, DWELL + "transitions = {home = {ofice = 1}}", ENVIRONMENTS, '"ofice"; did you mean "office"'),
        (WALK, DWELL + f"transitions = {RING}", (*ENVIRONMENTS, "car"), 'no row for the environment "car"'),
        (
            WALK,
            DWELL + "transitions = [[0, 1], [1, 0]]",
            ENVIRONMENTS,
            r"^\[semi-markov\]: transitions has 2 rows, but there are 4 environments",
        ),
        (
            WALK,
            DWELL + "transitions = [[0, 1], [1, 0], [1, 0, 0]]",
            ENVIRONMENTS[:3],
            "transitions has a row of 2, but there are 3 environments",
        ),
        (WALK, 'preset = "fast"', ENVIRONMENTS[:1], "needs two environments at least, got 1"),
        ("static", "", ("home", "random"), r'^\[static\]: an environment cannot be named "random"'),
        (WALK, 'preset = "fast"', ("home", "random"), 'an environment cannot be named "random"'),
    ],
)
def test_options_of_a_kind_that_do_not_fit_the_environments(kind, text, environments, message):
    with pytest.raises(ConfigError, match=message) as error:
        check(*moves(kind, **tomllib.loads(text)), environments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "own", "withheld", "message"),
    [
        ("static", {}, {"ofice": 3}, 'withheld .* "ofice"; did you mean "office"'),
        ("static", {}, {"home": 2, "office": 3}, "withheld leaves no environment open in round 1"),
        ("static", {"start": "home"}, {"home": 2}, 'start = "home" is withheld in round 1'),
        (WALK, {"start": "home", "preset": "fast"}, {"home": 2}, 'start = "home" is withheld in round 1'),
        ("schedule", {"environments": ["home"]}, {"home": 2}, "no environment of the schedule open in round 1"),
    ],
)
def test_what_is_withheld_from_everybody(kind, own, withheld, message):
    with pytest.raises(ConfigError, match=message) as error:
        check(*moves(kind, withheld, **own), ENVIRONMENTS[:2])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("static", 'start = "home"'),
        (WALK, DWELL + f"transitions = {RING}"),
        (WALK, 'preset = "slow"'),
        ("schedule", 'environments = ["home", "street"]\nstagger = true'),
        ("trace", 'file = "a.csv"'),
    ],
)
def test_a_resolved_section_with_its_defaults_reads_as_the_same(kind, text):
    shared, own = moves(kind, {"café": 10}, {"mean_on": 8, "mean_off": 2}, **tomllib.loads(text))
    for options in (shared, own):
        resolved = tomli_w.dumps(options.model_dump(exclude_none=True))
        assert type(options).read(tomllib.loads(resolved), "config.toml") == options
