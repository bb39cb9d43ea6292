"""Names of files and folders that lead nowhere, and options of the command line itself."""

from tests.bad_inputs.case import Case

LONG = "x" * 5000


def line(name, make, *said, code=2):
    """A case of a command line."""
    return Case(f"command: {name}", make, said, code)


def words(text, *said):
    """A case of a command line of plain words."""
    return Case(f"command: {text[:80]}", lambda ground: text.split(" "), said)


def _loop(ground, name="loop"):
    path = ground.work / name
    path.symlink_to(path)
    return path


def _closed(ground):
    return ground.write("file", "in the way")


CASES = [
    words("papr", "papr"),
    words("paper", "CONFIG"),
    words("paper a.toml b.toml", ".toml"),
    words("paper --wrokers 2 a.toml", "--wrokers"),
    words("paper nowhere.toml", "nowhere.toml", "no such"),
    words("simulate nowhere.toml", "nowhere.toml"),
    words("extract nowhere.toml", "nowhere.toml"),
    words("privacy attack nowhere.toml", "nowhere.toml"),
    words("privacy frontier nowhere.toml", "nowhere.toml"),
    words("privacy atack x.toml", "atack"),
    words("demo --seeds 0", "--seeds"),
    words("demo --seeds -1", "--seeds"),
    words("demo --seeds 1.5", "--seeds"),
    words("demo --seeds many", "--seeds"),
    words("demo --workers 0", "--workers"),
    words("demo --workers 1000000000", "--workers"),
    words("demo --workers nan", "--workers"),
    words("demo extra", "extra"),
    words("report", "RUN"),
    words("report nowhere", "nowhere"),
    words("export nowhere to", "nowhere"),
    words("predict nowhere a.wav", "nowhere"),
    words("predict nowhere", "FILE"),
    words("corpora nowhere", "nowhere"),
    words("corpora --plugin no.such.module", "no.such"),
    words("environments ofice", 'did you mean "office"'),
    words("environments nowhere.toml", "nowhere.toml"),
    words("environments home --seed -1", "--seed"),
    words("environments home --audio nowhere.wav", "nowhere.wav"),
    words("environments home --data nowhere", "nowhere"),
    line("a configuration that is a folder", lambda g: g.command("paper", g.work), "configuration file"),
    line("a configuration that is a device", lambda g: g.command("paper", "/dev/null"), "environments"),
    line("a configuration of 5,000 letters", lambda g: g.command("paper", LONG), ""),
    line("a configuration in a loop of links", lambda g: g.command("paper", _loop(g)), "loop"),
    line("a study in a loop of links", lambda g: g.command("privacy attack", _loop(g)), "loop"),
    line("a configuration without a name", lambda g: g.command("paper", ""), ""),
    line("a configuration named with an escape", lambda g: g.command("paper", "a\x1b[2J.toml"), r"a\x1b[2J.toml"),
    line("a configuration that is audio", lambda g: g.command("paper", g.data / "home/s0-0.wav"), "s0-0.wav"),
    line("a manifest for a configuration", lambda g: g.command("paper", g.data / "home/manifest.csv"), "TOML"),
    line("data of 5,000 letters", lambda g: ["paper", g.config("paper"), "--data", LONG], ""),
    line("data in a loop of links", lambda g: ["paper", g.config("paper"), "--data", _loop(g)], ""),
    line("data that is a file", lambda g: ["paper", g.config("paper"), "--data", _closed(g)], "no such folder"),
    line(
        "data that is not there", lambda g: ["paper", g.config("paper"), "--data", g.work / "no"], "no such folder"
    ),
    line("another corpus' folder", lambda g: ["paper", g.config("paper"), "--iemocap", g.work / "x"], "--iemocap"),
    line("a run of 5,000 letters", lambda g: [*g.command("paper", g.config("paper")), "--run", LONG], "--run"),
    line(
        "a run in a loop of links", lambda g: [*g.command("paper", g.config("paper")), "--run", _loop(g)], "--run"
    ),
    line(
        "a run below a file",
        lambda g: [*g.command("paper", g.config("paper")), "--run", _closed(g) / "x"],
        "--run",
    ),
    line("a run that is a file", lambda g: [*g.command("paper", g.config("paper")), "--run", _closed(g)], "--run"),
    line(
        "a run named with a line end",
        lambda g: [*g.command("paper", g.config("paper")), "--run", g.work / "a\nb"],
        "control character",
    ),
    line(
        "a run named with an escape",
        lambda g: [*g.command("simulate", g.config("moving")), "--run", g.work / "\x1b[31m"],
        "control character",
    ),
    line(
        "a study's run named with a line end",
        lambda g: [*g.command("privacy attack", g.config("attack")), "--run", g.work / "a\nb"],
        "control character",
    ),
    line(
        "a run that cannot be made",
        lambda g: [*g.command("paper", g.config("paper")), "--run", "/proc/run"],
        "--run",
    ),
    line("an unknown engine", lambda g: g.command("simulate", g.config("moving"), "--engine", "rey"), '"ray"'),
    line(
        "an engine without a name", lambda g: g.command("simulate", g.config("moving"), "--engine", ""), "engine"
    ),
    line(
        "a billion workers", lambda g: [*g.command("paper", g.config("paper")), "--workers", str(10**9)], "workers"
    ),
    line("a report of 5,000 letters", lambda g: ["report", LONG], ""),
    line("a report in a loop of links", lambda g: ["report", _loop(g)], ""),
    line("a report of a file", lambda g: ["report", _closed(g)], "file"),
    line("a report of an empty folder", lambda g: ["report", g.work], "not a run folder"),
    line("corpora of 5,000 letters", lambda g: ["corpora", LONG], ""),
    line("corpora in a loop of links", lambda g: ["corpora", _loop(g)], ""),
    line("corpora of an empty folder", lambda g: ["corpora", g.work], "no corpus known here"),
    line("corpora of a device", lambda g: ["corpora", "/dev/null"], ""),
    line("an export in a loop of links", lambda g: ["export", _loop(g), g.work / "to"], ""),
    line("environments of 5,000 letters", lambda g: ["environments", LONG + ".toml"], ""),
    line("environments in a loop of links", lambda g: ["environments", _loop(g, "loop.toml")], "loop"),
    line(
        "environments in UTF-16", lambda g: ["environments", g.write("a.toml", "a = 1".encode("utf-16"))], "UTF-16"
    ),
    line("environments without any", lambda g: ["environments", g.write("a.toml", "a = 1\n")], "[[environments]]"),
    line(
        "an environment without a name",
        lambda g: ["environments", g.write("a.toml", "[[environments]]\n")],
        "name",
    ),
    line(
        "an environment with an escape",
        lambda g: ["environments", g.write("a.toml", '[[environments]]\nname = "a\\u001b[2J"\n')],
        "control characters",
    ),
    line(
        "an environment of another normal form",
        lambda g: [
            "environments",
            g.write("a.toml", '[[environments]]\nname = "caf\u00e9"\n[[environments]]\nname = "cafe\u0301"\n'),
        ],
        "name of its own",
    ),
    line("audio of 5,000 letters", lambda g: ["environments", "home", "--audio", LONG], ""),
    line("audio in a loop of links", lambda g: ["environments", "home", "--audio", _loop(g)], ""),
    line("audio that is none", lambda g: ["environments", "home", "--audio", _closed(g)], "not readable as audio"),
    line(
        "examples below a file",
        lambda g: ["environments", "clean", "--audio", g.data / "home/s0-0.wav", "--examples", _closed(g)],
        "give another folder",
    ),
]
