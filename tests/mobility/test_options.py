import tomllib

import pytest
import tomli_w

from fedser.errors import ConfigError
from fedser.mobility import MobilityOptions, check
from tests.mobility.itineraries import ENVIRONMENTS

WALK = 'kind = "semi-markov"\n'
DWELL = 'dwell = {kind = "fixed", mean = 2}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "markov"', "kind should be 'static', 'schedule', 'semi-markov' or 'trace', got 'markov'"),
        ('preest = "slow"', 'unknown key "preest"; did you mean "preset"'),
        ("stay = 2", 'stay belongs to kind = "schedule", but kind is "static"'),
        ('preset = "slow"', 'preset belongs to kind = "semi-markov", but kind is "static"'),
        (WALK + 'preset = "slow"\nfile = "a.csv"', 'file belongs to kind = "trace"'),
        ('kind = "trace"\nfile = "a.csv"\nstart = "home"', 'start belongs to kind = "static" or "semi-markov"'),
        ('kind = "trace"', 'file is needed by kind = "trace"'),
        ('kind = "schedule"', 'schedule is needed by kind = "schedule"'),
        ('kind = "schedule"\nschedule = []', "schedule is needed"),
        ('kind = "schedule"\nschedule = ["home"]\nstay = 0', "stay should be greater than or equal to 1"),
        (WALK, "dwell or preset is needed"),
        (WALK + 'preset = "slow"\n' + DWELL, "dwell is given, and preset too; leave out one"),
        (WALK + 'preset = "quick"', "preset should be 'slow', 'medium' or 'fast', got 'quick'"),
        (
            WALK + 'dwell = {kind = "uniform", mean = 3}',
            'dwell of kind = "uniform" needs low and high; low is missing|takes',
        ),
        (WALK + 'dwell = {kind = "geometric"}', "needs mean; mean is missing"),
        (WALK + 'dwell = {kind = "poisson", mean = 3, high = 5}', "takes mean, not high"),
        (WALK + 'dwell = {kind = "geometric", mean = 0.5}', "mean should be greater than or equal to 1, got 0.5"),
        (WALK + 'dwell = {kind = "geometric", mean = nan}', "mean should be"),
        (WALK + 'dwell = {kind = "geometric", mean = inf}', "mean should be"),
        (WALK + 'dwell = {kind = "uniform", low = 4, high = 2}', r"has low \(4\) above high \(2\)"),
        (WALK + 'dwell = {kind = "fixed", mean = 2.5}', "whole number of rounds as mean, got 2.5"),
        (WALK + DWELL + 'dwell_in = {home = {kind = "fixed", mean = 0}}', "mean should be greater"),
        (WALK + DWELL + "transitions = 3", "transitions must be a table of rows .* got 3"),
        (WALK + DWELL + "transitions = []", "transitions must be a table of rows"),
        (WALK + DWELL + "transitions = [[0, 1], 3]", "transitions must be a table of rows"),
        (WALK + DWELL + "transitions = {home = 1.0}", "transitions must be a table of rows"),
        (WALK + DWELL + "transitions = [[0, 1], [0.9, 0]]", "transitions row 2 sums to 0.9, but must sum to 1"),
        (WALK + DWELL + "transitions = {home = {}}", 'row "home" sums to 0, but must sum to 1'),
        (WALK + DWELL + "transitions = {home = {office = 0.5, street = 0.499}}", 'row "home" sums to 0.999'),
        (
            WALK + DWELL + "transitions = {home = {home = 0.5, street = 0.5}}",
            'row "home": 0.5 to the environment itself',
        ),
        (WALK + DWELL + "transitions = [[0, 1], [0.5, 0.5]]", "row 2: 0.5 to the environment itself"),
        (WALK + DWELL + "transitions = [[0, 1], [-0.5, 1.5]]", "row 2: -0.5 is not a probability from 0 to 1"),
        (WALK + DWELL + 'transitions = [[0, "1"], [1, 0]]', "row 1: '1' is not a probability"),
        (WALK + DWELL + "transitions = [[0, true], [1, 0]]", "row 1: True is not a probability"),
        (WALK + DWELL + "transitions = [[0, nan], [1, 0]]", "row 1: nan is not a probability"),
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
def test_bad_options(text, message):
    with pytest.raises(ConfigError, match=message) as error:
        MobilityOptions.read(tomllib.loads(text), "c.toml [mobility]")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("c.toml [mobility")


RING = '{home = {office = 1}, office = {"café" = 1}, "café" = {street = 1}, street = {home = 1}}'


@pytest.mark.parametrize(
    ("text", "environments", "message"),
    [
        ('start = "hme"', ENVIRONMENTS, 'start names the unknown environment "hme"; did you mean "home"'),
        (
            'kind = "schedule"\nschedule = ["home", "cafe"]',
            ENVIRONMENTS,
            'schedule .* "cafe"; did you mean "café"',
        ),
        ('withheld = {"ofice" = 3}', ENVIRONMENTS, 'withheld .* "ofice"; did you mean "office"'),
        (
            WALK + DWELL + 'dwell_in = {bar = {kind = "fixed", mean = 1}}',
            ENVIRONMENTS,
            'dwell_in .* "bar"; known: café',
        ),
        (WALK + DWELL + f"transitions = {RING}", ENVIRONMENTS[:3], 'transitions names .* "street"; known'),
        (WALK + DWELL + "transitions = {home = {ofice = 1}}", ENVIRONMENTS, '"ofice"; did you mean "office"'),
        (WALK + DWELL + f"transitions = {RING}", (*ENVIRONMENTS, "car"), 'no row for the environment "car"'),
        (
            WALK + DWELL + "transitions = [[0, 1], [1, 0]]",
            ENVIRONMENTS,
            "has 2 rows, but there are 4 environments",
        ),
        (
            WALK + DWELL + "transitions = [[0, 1], [1, 0], [1, 0, 0]]",
            ENVIRONMENTS[:3],
            "transitions has a row of 2, but there are 3 environments",
        ),
        (WALK + 'preset = "fast"', ENVIRONMENTS[:1], "needs two environments at least, got 1"),
        ("withheld = {home = 2, office = 3}", ENVIRONMENTS[:2], "withheld leaves no environment open in round 1"),
        ('start = "home"\nwithheld = {home = 2}', ENVIRONMENTS, 'start = "home" is withheld in round 1'),
        (
            'kind = "schedule"\nschedule = ["home", "office"]\nwithheld = {home = 2, office = 3}',
            ENVIRONMENTS,
            "no environment of the schedule open in round 1",
        ),
        ("", ("home", "office", "home"), 'two environments are named "home"'),
        ("", ("home", "random"), 'an environment cannot be named "random"'),
    ],
)
def test_options_that_do_not_fit_the_environments(text, environments, message):
    options = MobilityOptions.read(tomllib.loads(text), "c.toml [mobility]")
    with pytest.raises(ConfigError, match=message) as error:
        check(options, environments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'start = "home"\navailability = {mean_on = 8, mean_off = 2}',
        WALK + DWELL + f"transitions = {RING}",
        WALK + 'preset = "slow"\nwithheld = {"café" = 10}\navailability = 1',
        'kind = "schedule"\nschedule = ["home", "street"]\nstagger = true',
        'kind = "trace"\nfile = "a.csv"',
    ],
)
def test_a_resolved_configuration_with_its_defaults_reads_as_the_same(text):
    options = MobilityOptions.read(tomllib.loads(text), "c.toml [mobility]")
    resolved = tomli_w.dumps(options.model_dump(exclude_none=True))
    assert MobilityOptions.read(tomllib.loads(resolved), "config.toml [mobility]") == options
