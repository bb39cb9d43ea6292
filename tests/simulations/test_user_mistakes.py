"""Every mistake a user can make: exit code 2, one line that says what and where, no traceback."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

OK = "--workers=1"


def with_config(tiny, tmp_path, old, new):
    """A copy of the tiny configuration with one thing changed."""
    text = tiny.config.read_text()
    assert old in text
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def with_manifest(tiny, tmp_path, change):
    """A copy of the tiny data with the manifest of home changed."""
    data = tmp_path / "data"
    shutil.copytree(tiny.data, data)
    manifest = data / "home" / "manifest.csv"
    manifest.write_text(change(manifest.read_text()))
    return data


def first_row(change):
    """A change of the manifest's first utterance, cell by cell."""

    def apply(text):
        header, row, *rest = text.splitlines()
        cells = dict(zip(header.split(","), row.split(","), strict=True))
        cells.update(change)
        return "\n".join([header, ",".join(cells.values()), *rest]) + "\n"

    return apply


def every_row(**change):
    """A change of all utterances of the manifest."""

    def apply(text):
        header, *rows = text.splitlines()
        cells = [dict(zip(header.split(","), row.split(","), strict=True)) | change for row in rows]
        return "\n".join([header, *(",".join(row.values()) for row in cells)]) + "\n"

    return apply


CONFIGS = {
    "unknown key": ("capacity = 9", "capcity = 9", ['"capcity"', 'did you mean "capacity"']),
    "unknown section": ("[memory]", "[memmory]", ['"memmory"', 'did you mean "memory"']),
    "unknown key of an environment": ("root =", "rooot =", ['"rooot"', 'did you mean "root"']),
    "unknown method": ('"exper"', '"expr"', ['method "expr"', 'did you mean "exper"']),
    "unknown memory": ('"gem-speaker"', '"gem-spaeker"', ['"spaeker"', 'did you mean "speaker"']),
    "memory for a method without": ('"finetuning"', '"finetuning-length"', ["keeps no memory"]),
    "an arm twice": ('"exper"', '"finetuning"', ["finetuning", "twice"]),
    "negative memory": ("capacity = 9", "capacity = -9", ["[memory]", "capacity", "-9"]),
    "no memory": ("capacity = 9", "capacity = 0", ["[memory]", "capacity", "greater than or equal to 1"]),
    "text for a number": ("patience = 3", 'patience = "3"', ["[training]", "patience"]),
    "fraction for a count": ("batch_size = 8", "batch_size = 8.5", ["[training]", "batch_size"]),
    "batch of one": ("batch_size = 8", "batch_size = 1", ["batch_size"]),
    "negative learning rate": ("learning_rate = 0.05", "learning_rate = -1.0", ["learning_rate"]),
    "no seeds": ("seeds = 2", "seeds = 0", ["seeds"]),
    "broken toml": ("seeds = 2", "seeds = ", ["not valid TOML"]),
    "unknown corpus": ('corpus = "manifest"', 'corpus = "manifst"', ['"manifst"', 'did you mean "manifest"']),
    "unknown option of a corpus": (
        "min_duration_s",
        "min_duration",
        ["min_duration", 'did you mean "min_duration_s"'],
    ),
    "an environment twice": ('name = "office"', 'name = "home"', ["home", "twice"]),
    "an environment in capitals": ('name = "office"', 'name = "Home"', ['"home" and "Home" differ only in case']),
    "a slash in a name": ('name = "office"', 'name = "of/fice"', ['"of/fice" may not hold "/"']),
    "a plus in a name": ('name = "office"', 'name = "of+fice"', ["of+fice"]),
    "unknown encoder": ("[model]", '[features]\nacoustic = "logmell"\n[model]', ['"logmell"', '"logmel"']),
    "missing root": ("home/manifest.csv", "hme/manifest.csv", ["hme"]),
    "too short for the filter": ("min_duration_s = 0.3", "min_duration_s = 3.0", ["too short"]),
    "dropout of one": ("width = 8", "width = 8\ntrunk_dropout = 1.0", ["trunk_dropout"]),
    "a diverging learning rate": (
        "learning_rate = 0.05",
        "learning_rate = 1e38",
        ["diverged", "environment home"],
    ),
    "no model to load": (
        "[model]",
        '[features]\nacoustic = "wav2vec2"\n'
        'acoustic_options = { checkpoint = "/nowhere", offline = true }\n[model]',
        ["/nowhere"],
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_wrong_configuration(case, tiny, tmp_path, fedser):
    old, new, parts = CONFIGS[case]
    config = with_config(tiny, tmp_path, old, new)
    check(fedser("paper", config, "--data", tiny.data, "--run", tmp_path / "run", OK), parts)


MANIFESTS = {
    "nan label": (first_row({"activation": "nan"}), ["nan", "line 2"]),
    "infinite label": (first_row({"valence": "inf"}), ["inf", "line 2"]),
    "a word for a label": (first_row({"activation": "high"}), ["high", "line 2"]),
    "missing column": (lambda text: text.replace("activation", "activatoin", 1), ["activation"]),
    "empty": (lambda text: text.splitlines()[0] + "\n", ["home"]),
    "nothing at all": (lambda text: "", ["manifest.csv"]),
    "two utterances with one id": (
        lambda text: text + text.splitlines()[1] + "\n",
        ["s0-0.wav", "two utterances"],
    ),
    "all audio missing": (lambda text: text.replace(".wav", ".wave"), ["unreadable"]),
    "one speaker": (every_row(speaker="x", gender=""), ["1 speaker"]),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_wrong_manifest(case, tiny, tmp_path, fedser):
    change, parts = MANIFESTS[case]
    data = with_manifest(tiny, tmp_path, change)
    check(fedser("paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK), ["home", *parts])


def test_corrupt_audio_everywhere_in_a_split(tiny, tmp_path, fedser):
    data = with_manifest(tiny, tmp_path, lambda text: text)
    for path in (data / "home").glob("*.wav"):
        path.write_bytes(b"RIFF, but not really")
    check(fedser("paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK), ["home", "unreadable"])


def test_unreadable_content_everywhere_in_a_split(tiny, tmp_path, fedser):
    """Headers and beginnings are fine, so the loader keeps the files; what follows is not."""
    data = with_manifest(tiny, tmp_path, lambda text: text)
    for path in (data / "home").glob("*.wav"):
        soundfile.write(path, np.r_[np.cos(np.arange(5000)), np.full(3000, np.nan)], 16000, subtype="FLOAT")
    check(
        fedser("paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK), ["home", "no readable audio"]
    )


def test_one_corrupt_file_is_left_out_and_counted(tiny, tmp_path, fedser):
    data = with_manifest(tiny, tmp_path, lambda text: text)
    (data / "home" / "s0-0.wav").write_bytes(b"not audio")
    soundfile.write(data / "home" / "s1-1.wav", np.full(8000, np.inf), 16000, subtype="FLOAT")
    code, _, _ = fedser(*["paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK, "--seeds", 1])
    assert code == 0
    dropped = (tmp_path / "run" / "dropped.csv").read_text().splitlines()[1:]
    assert [line.split(",")[1].split("/")[-1] for line in dropped] == ["s0-0.wav", "s1-1.wav"]
    assert all(line.endswith("unreadable") for line in dropped)


def test_missing_configuration(tiny, tmp_path, fedser):
    check(fedser("paper", tmp_path / "no.toml", "--data", tiny.data), ["no.toml", "no such configuration"])


def test_a_folder_for_a_configuration(tiny, tmp_path, fedser):
    check(fedser("paper", tmp_path, "--data", tiny.data), [str(tmp_path)])


def test_missing_data_folder(tiny, tmp_path, fedser):
    check(fedser("paper", tiny.config, "--data", tmp_path / "gone"), ["gone", "--data"])


def test_set_without_a_value(tiny, tmp_path, fedser):
    check(fedser(*tiny.command(tmp_path / "run", "--set", "memory.capacity")), ["--set", "section.key=value"])


def test_set_of_an_unknown_key(tiny, tmp_path, fedser):
    check(fedser(*tiny.command(tmp_path / "run", "--set", "memory.size=3")), ['"size"'])


def test_zero_workers(tiny, tmp_path, fedser):
    check(fedser(*tiny.command(tmp_path / "run", "--workers", 0)), ["workers"])


def test_unknown_command_and_option(tiny, fedser):
    check(fedser("papr"), ["papr"])
    check(fedser("paper", tiny.config, "--wrokers", 2), ["--wrokers"])


def test_unwritable_run_folder(tiny, tmp_path, fedser):
    file = tmp_path / "file"
    file.write_text("in the way")
    check(fedser(*tiny.command(file / "run")), [str(file), "cannot write"])
    check(fedser(*tiny.command(file)), [str(file), "cannot write"])


def test_run_folder_of_another_configuration(tiny, tmp_path, fedser):
    (tmp_path / "run").mkdir()
    config = tmp_path / "run" / "config.toml"
    config.write_text("seeds = 7\n")  # somebody's, for no run writes it so
    check(fedser(*tiny.command(tmp_path / "run")), ["another configuration"])
    assert config.read_text() == "seeds = 7\n"


def test_what_was_refused_before_it_began_keeps_no_folder_from_the_mended_configuration(tiny, tmp_path, fedser):
    run = tmp_path / "run"
    (tmp_path / "empty").mkdir()
    nowhere = ("--data", tmp_path / "empty", "--run", run, "--set", "seeds=7")
    check(fedser("paper", tiny.config, *nowhere), [str(tmp_path / "empty")])
    assert (run / "config.toml").exists()
    assert fedser(*tiny.command(run))[0] == 0
    check(fedser("paper", tiny.config, *nowhere), ["another configuration", "seeds is"])


def test_run_folder_that_holds_something_else(tiny, tmp_path, fedser):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("precious")
    check(fedser(*tiny.command(tmp_path / "run")), ["not a run folder", "thesis.tex"])
    assert (tmp_path / "run" / "thesis.tex").read_text() == "precious"


def test_data_that_changed_since_the_run_began(tiny, tmp_path, fedser):
    data = with_manifest(tiny, tmp_path, lambda text: text)
    command = ["paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK, "--seeds", 1]
    assert fedser(*command)[0] == 0
    record = tmp_path / "run" / "run.json"
    record.write_text(record.read_text().replace('"finished"', '"was finished"'))
    manifest = data / "home" / "manifest.csv"
    manifest.write_text(first_row({"valence": "0.123"})(manifest.read_text()))
    check(fedser(*command), ["have changed"])


def test_damaged_checkpoint(tiny, tmp_path, fedser):
    command = tiny.command(tmp_path / "run", "--workers", 1, "--seeds", 1)
    assert fedser(*command)[0] == 0
    record = tmp_path / "run" / "run.json"
    record.write_text(record.read_text().replace('"finished"', '"was finished"'))
    stage = tmp_path / "run" / "checkpoints" / "seed-0" / "first_environment" / "stage-1.safetensors"
    stage.write_bytes(stage.read_bytes()[:100])
    check(fedser(*command), ["stage-1.safetensors", "damaged"])


def test_run_in_use(tiny, tmp_path, fedser):
    (tmp_path / "run").mkdir()
    lock = f"lock = filelock.FileLock({str(tmp_path / 'run' / '.lock')!r})"
    hold = f"import filelock, time; {lock}; lock.acquire(); print(1, flush=True); time.sleep(60)"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        try:
            holder.stdout.readline()
            check(fedser(*tiny.command(tmp_path / "run")), ["another process"])
        finally:
            holder.kill()
    assert fedser(*tiny.command(tmp_path / "run", OK, "--seeds", 1))[0] == 0  # a killed process holds nothing
    assert fedser(*tiny.command(tmp_path / "run", OK, "--seeds", 1))[0] == 0  # nor does one that is done


def test_memory_by_gender_where_none_is_known(tiny, tmp_path, fedser):
    data = with_manifest(tiny, tmp_path, lambda text: text.replace(",female,", ",,").replace(",male,", ",,"))
    command = ["paper", tiny.config, "--data", data, "--run", tmp_path / "run", OK, "--set", 'arms=["gem-gender"]']
    check(fedser(*command), ["home", "gender", "gem-gender"])


def test_report_of_no_run(tmp_path, fedser):
    check(fedser("report", tmp_path), ["not a run folder"])
    check(fedser("report", tmp_path / "gone"), ["gone"])


def test_corpora_of_a_folder_without_any(tmp_path, fedser):
    check(fedser("corpora", tmp_path), ["no corpus known here"])
    check(fedser("corpora", tmp_path / "gone"), ["no such folder"])


def check(result, parts):
    code, out, err = result
    lines = [line for line in err.splitlines() if not line.startswith(("corpora:", "training:", "logmel of"))]
    assert code == 2, (code, out, err)
    assert len(lines) == 1, err
    assert lines[0].startswith("fedser: ")
    assert "Traceback" not in err
    for part in parts:
        assert part in lines[0], lines[0]
