"""Every mistake a user can make with moving devices: exit code 2, one line that says what and where."""

import shutil

import pandas as pd
import pytest

from tests.simulations.conftest import PLACES


def refused(result, *parts):
    code, out, err = result
    line = err.strip().splitlines()[-1]
    assert code == 2, err
    assert line.startswith("fedser: ")
    assert "Traceback" not in err + out
    for part in parts:
        assert part in line
    return err


EARLY = {
    "an unknown arm": (
        ['arms=["local:exper", "federated:expr"]'],
        ['unknown method "expr"', 'did you mean "exper"'],
    ),
    "an unknown mode": (['arms=["locale:exper"]'], ['unknown mode "locale"', 'did you mean "local"']),
    "an arm without a mode": (['arms=["exper"]'], ["expected mode:method", "local:exper"]),
    "an unknown memory": (['arms=["local:exper-age"]'], ['unknown memory "age"', "gender"]),
    "a memory for nothing": (['arms=["local:finetuning-random"]'], ["keeps no memory"]),
    "joint training": (['arms=["ditto:joint"]'], ["joint is a reference", "local:joint", "federated:joint"]),
    "an arm twice": (['arms=["local:exper", "local:exper-random"]'], ["local:exper-random", "twice"]),
    "no arm": (["arms=[]"], ["arms"]),
    "a row that does not add up": (
        [
            "mobility.kind=semi-markov",
            "semi-markov.preset=slow",
            "semi-markov.transitions=[[0.0, 0.5, 0.4], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]]",
        ],
        ["[semi-markov]", "row 1 sums to 0.9, but must sum to 1"],
    ),
    "a schedule to nowhere": (
        ['schedule.environments=["home", "ofice"]'],
        ["[schedule]: environments", '"ofice"', 'did you mean "office"'],
    ),
    "a kind that needs an option": (["mobility.kind=trace"], ["[trace]", 'the key "file" is missing']),
    "the section of another kind": (
        ["mobility.kind=static"],
        ["[schedule] holds the options of a kind of mobility that is not in use", 'instead of "static"'],
    ),
    "an unknown kind": (
        ["mobility.kind=shedule"],
        ['[mobility]: kind names the unknown kind of mobility "shedule"', '"schedule"?'],
    ),
    "an option of one kind among those of all": (
        ['mobility.schedule=["home"]'],
        ["mobility does not hold schedule", "write environments in [schedule]"],
    ),
    "no length of adaptation": (["adaptation={}"], ["exactly one of epochs, steps and early_stopping"]),
    "two lengths of adaptation": (["adaptation.steps=3"], ["exactly one of epochs, steps and early_stopping"]),
    "steps that early stopping ends": (
        ["training.match=steps", "adaptation={early_stopping=true}"],
        ['[training]: match = "steps"', "choose adaptation.epochs or steps"],
    ),
    "steps of a memory": (
        ["training.match=steps", 'arms=["local:gdumb"]'],
        ["local:gdumb-random passes over its memory", "set adaptation.steps"],
    ),
    "a sampled memory of no place": (
        ['arms=["local:exper-length"]', "memory.identity=unknown"],
        ["a reservoir, which is not sampled by length", "leave out local:exper-length"],
    ),
    "an unknown key": (["memory.capcity=3"], ['unknown key "capcity"', 'did you mean "capacity"']),
    "an unknown section": (["mobilty.kind=static"], ['unknown key "mobilty"', 'did you mean "mobility"']),
    "an unknown rule": (["aggregation.rule=fedavgg"], ["[aggregation]", "fedavgg", 'did you mean "fedavg"']),
    "an unknown rule of an arm": (
        ['arms=["federated:exper@fedavgg"]'],
        ['unknown rule "fedavgg"', 'did you mean "fedavg"'],
    ),
    "a rule where nothing is aggregated": (
        ['arms=["local:exper@fedavg"]'],
        ["in mode local nothing is aggregated"],
    ),
    "an arm once with the configured rule and once without": (
        ['arms=["federated:exper", "federated:exper@fedavg"]'],
        ["given twice", "[aggregation] rule is fedavg"],
    ),
    "a rule's option where it stood before": (
        ["aggregation.rule=fedprox", "aggregation.proximal=0.1"],
        ["[aggregation]: proximal is an option of a rule now: [fedprox] proximal_mu"],
    ),
    "an unknown option of a rule": (
        ['arms=["federated:exper@fedadam"]', "fedadam.etta=0.1"],
        ["[fedadam]", 'unknown key "etta"', 'did you mean "eta"'],
    ),
    "a rule that needs more devices than there are": (
        ['arms=["federated:exper@krum"]', "krum.num_malicious_nodes=1"],
        ["federated:exper-random@krum", "needs 5 updates a round", "at most 4 devices take part"],
    ),
    "a rule that needs more devices than are drawn": (
        ['arms=["federated:exper@krum"]', "participation.fraction=0.5"],
        ["needs 3 updates a round", "at most 2 devices take part"],
    ),
    "a share above one": (["participation.fraction=1.5"], ["participation", "fraction", "1.5"]),
    "no devices": (["devices.count=0"], ["devices", "count"]),
    "a budget of nothing": (["memory.bytes=0"], ["memory", "bytes"]),
}


@pytest.mark.parametrize("what", EARLY)
def test_a_wrong_option_is_one_line_and_leaves_nothing(simulate, tmp_path, what):
    changes, parts = EARLY[what]
    err = refused(simulate(*changes), *parts)
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_an_unknown_engine(simulate, tmp_path):
    err = refused(simulate(extra=["--engine", "rey"]), 'unknown engine "rey"', 'did you mean "ray"')
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


TEXTS = {
    "an unknown preset": (
        'root = "home/manifest.csv"',
        'root = "home/manifest.csv"\nacoustics = "ofice"',
        ["ofice", 'did you mean "office"'],
    ),
    "both kinds of corpora": (
        "[devices]",
        '[[corpora]]\nname = "speech"\ncorpus = "synthetic"\n\n[devices]',
        ["a corpus of its own beside [[corpora]]"],
    ),
    "no corpus at all": (
        'corpus = "manifest"\nroot = "home/manifest.csv"\noptions = { min_duration_s = 0.3 }',
        "",
        ['"home" has no corpus', "add [[corpora]]"],
    ),
    "a place twice": ('name = "office"', 'name = "home"', ['environments: the name "home" is given twice']),
    "a place in capitals": ('name = "office"', 'name = "Home"', ['"home" and "Home" differ only in case']),
    "a place named as a step of a ramp": ('name = "office"', 'name = "home@2"', ['"home@2" may not end in "@"']),
    "a slash in a place": ('name = "office"', 'name = "home/2"', ['"home/2" may not hold "/"']),
    "a control character in a place": ('name = "office"', 'name = "home\\u0007"', ["control characters"]),
    "a place named as the server": ('name = "office"', 'name = "server"', ['may not be "server"']),
    "an unknown corpus": ('corpus = "manifest"', 'corpus = "manifesto"', ["manifesto", "manifest"]),
    "a ramp without noise": (
        'root = "home/manifest.csv"',
        'root = "home/manifest.csv"\nramp = { from_snr_db = 20.0, to_snr_db = 0.0, steps = 2, last_round = 3 }',
        ['environment "home" has no noise', "ramp"],
    ),
    "a ramp of more steps than rounds": (
        'root = "home/manifest.csv"',
        'root = "home/manifest.csv"\nacoustics = "café"\n'
        "ramp = { from_snr_db = 20.0, to_snr_db = 0.0, steps = 4, last_round = 3 }",
        ["ramp", "needs a round for each of its 4 steps"],
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_wrong_file_is_one_line_and_leaves_nothing(simulate, moving, tmp_path, what):
    old, new, parts = TEXTS[what]
    changed = tmp_path / "changed.toml"
    assert old in moving.read_text()
    changed.write_text(moving.read_text().replace(old, new, 1))
    err = refused(simulate(config=changed), *parts)
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def corpora(*names, **options):
    """Sections [[corpora]] in the place of the corpora of the environments."""
    sections = [
        f'[[corpora]]\nname = "{name}"\ncorpus = "synthetic"\noptions = {{ seed = {options.get(name, k)} }}\n'
        for k, name in enumerate(names)
    ]
    places = "".join(f'[[environments]]\nname = "{place}"\n' for place in PLACES)
    return "\n".join([*sections, places])


@pytest.mark.parametrize(
    ("sections", "parts"),
    [
        (corpora("speech", "speech"), ['corpora: the name "speech" is given twice']),
        (corpora("speech", "Speech"), ['corpora: the names "speech" and "Speech" differ only in case']),
        (corpora("caf\u00e9", "cafe\u0301"), ["corpora: the name", "given twice"]),
        (corpora("one", "other", other=0), ['corpora: "one" and "other" are the same speech; leave out one']),
        (corpora("two/three"), ["[corpora.0]: name", '"two/three" may not hold "/"']),
    ],
)
def test_corpora_that_would_be_taken_for_each_other(simulate, moving, tmp_path, sections, parts):
    text = moving.read_text()
    begin, end = text.index("[[environments]]"), text.index("[devices]")
    changed = tmp_path / "changed.toml"
    changed.write_text(text[:begin] + sections + text[end:])
    err = refused(simulate(config=changed), *parts)
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_place_with_a_corpus_of_its_own_may_hold_a_plus(simulate, moving, tmp_path):
    """Only stages of one device are named P+M."""
    changed = tmp_path / "changed.toml"
    text = moving.read_text().replace('name = "office"', 'name = "office+street"')
    changed.write_text(text.replace('["home", "office", "street"]', '["home", "office+street", "street"]'))
    code, _, err = simulate("rounds=2", 'arms=["local:finetuning"]', config=changed)
    assert code == 0, err


@pytest.mark.parametrize(("owner", "count"), [("speaker", 200), ("mixed", 200)])
def test_more_devices_than_data(simulate, owner, count):
    parts = ["more devices than data", f"devices = {count}", "take fewer devices"]
    refused(simulate(f"devices.owner={owner}", f"devices.count={count}"), *parts)


def unsaid(tiny, folder, place, column, speakers=None):
    """A copy of the tiny data in which a column of a place's speech is empty, or of some of its speakers'."""
    data = folder / "data"
    shutil.copytree(tiny.data, data)
    manifest = data / place / "manifest.csv"
    speech = pd.read_csv(manifest, keep_default_na=False)
    chosen = speech["speaker"].isin(speakers) if speakers else speech["speaker"] != ""
    speech.loc[chosen, column] = ""
    speech.to_csv(manifest, index=False)
    return data


GENDER = 'arms=["federated:exper", "local:exper-gender", "federated:gem-gender"]'


def test_memory_by_gender_where_none_is_known_is_refused_before_the_first_round(simulate, tiny, tmp_path):
    data = unsaid(tiny, tmp_path, "office", "gender")
    result = simulate(GENDER, extra=["--data", data])
    refused(result, "environment office knows no gender", "leave out local:exper-gender, federated:gem-gender")
    assert not (tmp_path / "run" / "devices").exists()
    assert simulate('arms=["local:exper"]', extra=["--data", data, "--run", tmp_path / "other"])[0] == 0


def test_memory_by_gender_where_none_is_known_of_an_owner(simulate, tiny, tmp_path):
    """Its device would fail whenever it leaves the place."""
    speech = pd.read_csv(tiny.data / "street" / "manifest.csv")
    data = unsaid(tiny, tmp_path, "street", "gender", speech["speaker"].unique().tolist()[:-2])
    result = simulate(GENDER, "devices.count=6", extra=["--data", data])
    refused(result, "in environment street no gender is known of the owners of", "of 6 devices (seed 0, device")
    assert not (tmp_path / "run" / "devices").exists()


TRACE = "device,round,environment\n" + "".join(
    f"{device},{round},{PLACES[(device + round) % 3]}\n" for device in range(4) for round in range(1, 4)
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (TRACE.replace("street", "strret", 1), ["trace.csv", "strret", "is not an environment", "street"]),
        (TRACE.replace("3,3,home\n", ""), ["trace.csv", "no line for device 3 in round 3"]),
        (TRACE.replace("2,2,", "7,2,"), ["trace.csv", "beyond the run's 4 devices"]),
        (None, ["trace.csv"]),
    ],
)
def test_a_faulty_trace(simulate, moving, tmp_path, text, parts):
    trace = tmp_path / "trace.csv"
    if text is not None:
        assert text != TRACE
        trace.write_text(text)
    refused(simulate(config=replaying(trace, moving, tmp_path)), "[trace]: ", *parts)


def replaying(trace, moving, folder):
    """The tiny configuration with a recorded trace in the place of its schedule."""
    old = 'kind = "schedule"\n\n[schedule]\nenvironments = ["home", "office", "street"]\n'
    assert old in moving.read_text()
    changed = folder / "trace.toml"
    changed.write_text(moving.read_text().replace(old, f'kind = "trace"\n\n[trace]\nfile = "{trace}"\n'))
    return changed


def test_a_folder_of_another_configuration(simulate, tmp_path):
    assert simulate()[0] == 0
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()}
    refused(simulate("memory.capacity=7"), "another configuration", "memory.capacity is 261 there, 7 here")
    refused(simulate("rounds=4"), "another configuration", "rounds is 3 there, 4 here")
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()} == before


def test_all_clients_failing(simulate, tmp_path):
    """Training diverges everywhere; what was done before is kept, and the run can be taken up again."""
    result = simulate("training.learning_rate=1e30")
    refused(result, "local:finetuning", "round 1", "4 of 4 devices failed", "diverged", "--run")
    assert (tmp_path / "run" / "config.toml").exists()
    refused(simulate("training.learning_rate=1e30"), "4 of 4 devices failed")


def test_a_trace_that_changed_between_kill_and_resume_is_noticed(simulate, moving, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE)
    config = replaying(trace, moving, tmp_path)
    refused(simulate("training.learning_rate=1e30", config=config), "devices failed")
    # What the devices read travels with the data.
    assert (tmp_path / "run" / "data" / "trace" / "file" / "trace.csv").read_text() == TRACE
    trace.write_text(TRACE.replace("0,1,office", "0,1,street"))
    refused(simulate("training.learning_rate=1e30", config=config), "have changed since this run was begun")
