"""Run folders and exported models that are none, are damaged, or belong to somebody else."""

import json
import shutil

from tests.bad_inputs.case import Case


def damaged(name, file, content, *said, command=("report",)):
    """A case of a finished run with one of its files replaced, or taken away where the content is None."""

    def arguments(ground):
        run = ground.work / "finished"
        shutil.copytree(ground.run, run)
        if content is None:
            (run / file).unlink()
        else:
            ground.write(f"finished/{file}", content)
        return [*command, run]

    return Case(f"run: {name}", arguments, said)


def finished(name, make, *said):
    """A case of a command on the finished run or the exported model."""
    return Case(f"run: {name}", make, said)


def _foreign(ground, **files):
    for name, content in (files or {"README.md": "my own notes\n"}).items():
        ground.write(f"theirs/{name.replace('_', '.')}", content)
    return ground.work / "theirs"


def _other(ground):
    run = ground.work / "run"
    ground.write("run/config.toml", "seeds = 7\n")
    ground.write("run/run.json", '{"kind": "one-device"}')
    return run


CASES = [
    finished("export into notes", lambda g: ["export", g.run, _foreign(g), "--arm", "exper"], "README.md"),
    finished(
        "export into another's model",
        lambda g: [
            "export",
            g.run,
            _foreign(g, README_md="x", config_json='{"model_type": "wav2vec2"}', model_safetensors="x"),
            "--arm",
            "exper",
        ],
        "no part of an exported model",
    ),
    finished(
        "export into a home",
        lambda g: ["export", g.run, _foreign(g, thesis_tex="x"), "--arm", "exper"],
        "thesis.tex",
    ),
    finished("export into the run itself", lambda g: ["export", g.run, g.run, "--arm", "exper"], "holds"),
    finished("export onto a file", lambda g: ["export", g.run, g.write("file", "x"), "--arm", "exper"], "file"),
    finished("export of an unknown arm", lambda g: ["export", g.run, g.work / "to", "--arm", "expr"], "expr"),
    finished("export of no arm in particular", lambda g: ["export", g.run, g.work / "to"], "arm"),
    finished(
        "export of an unknown seed",
        lambda g: ["export", g.run, g.work / "to", "--arm", "exper", "--seed", "9"],
        "seed",
    ),
    finished(
        "export of a negative seed",
        lambda g: ["export", g.run, g.work / "to", "--arm", "exper", "--seed", "-1"],
        "seed",
    ),
    finished(
        "export of a device of one device",
        lambda g: ["export", g.run, g.work / "to", "--arm", "exper", "--device", "0"],
        "device",
    ),
    finished("export of a folder", lambda g: ["export", g.work, g.work / "to"], "not a run folder"),
    finished(
        "examples into notes",
        lambda g: ["environments", "clean", "--audio", g.data / "home/s0-0.wav", "--examples", _foreign(g)],
        "README.md",
    ),
    finished(
        "a run in a folder of notes",
        lambda g: [*g.command("paper", g.config("paper")), "--run", _foreign(g)],
        "README.md",
    ),
    finished(
        "a run in another run",
        lambda g: [*g.command("paper", g.config("paper")), "--run", _other(g)],
        "another configuration",
    ),
    finished("predict what is no audio", lambda g: ["predict", g.model, g.write("a.wav", "x")], "a.wav"),
    finished(
        "predict by a folder that is no model",
        lambda g: ["predict", g.work, g.data / "home/s0-0.wav"],
        "not an exported model",
    ),
    damaged("no record", "run.json", None, "run folder"),
    damaged("a record that is no JSON", "run.json", "{", "run.json"),
    damaged("a record that is empty", "run.json", "", "run.json"),
    damaged("a record of a list", "run.json", "[]", "run.json"),
    damaged("a record in UTF-16", "run.json", json.dumps({"kind": "one-device"}).encode("utf-16"), "run.json"),
    damaged("scores that are none", "scores.csv", "x\n", "scores.csv"),
    damaged("no scores", "scores.csv", None, "scores.csv"),
    damaged("scores in UTF-16", "scores.csv", "seed,method\n".encode("utf-16"), "scores.csv"),
    damaged(
        "scores of words",
        "scores.csv",
        "seed,method,memory,stage,environment,split,target,metric,value\n"
        "0,exper,random,home,home,test,activation,ccc,high\n",
        "scores.csv",
    ),
]
