"""Configuration files that are no TOML, no text, or say what cannot be."""

from tests.bad_inputs.case import Case


def content(name, change, *said, kind="paper"):
    """A case of a configuration whose text, or bytes, are changed."""
    command = {"paper": "paper", "moving": "simulate", "attack": "privacy attack"}[kind]

    def arguments(ground):
        changed = change(ground.text(kind))
        return ground.command(command, ground.write("changed.toml", changed))

    return Case(f"configuration: {name}", arguments, said)


def replaced(name, old, new, *said, kind="paper"):
    """A case of one thing in a configuration that is another."""

    def change(text):
        if old not in text:
            raise ValueError(f"{kind}: no {old!r}")
        return text.replace(old, new, 1)

    return content(name, change, *said, kind=kind)


def _named(place):
    return f'name = "{place}"'


CASES = [
    content("UTF-16", lambda text: text.encode("utf-16"), "UTF-16; save it as UTF-8"),
    content("UTF-16 without a mark", lambda text: text.encode("utf-16-le"), "UTF-16; save it as UTF-8"),
    content("UTF-16 with the other order", lambda text: text.encode("utf-16-be"), "UTF-16; save it as UTF-8"),
    content("UTF-32", lambda text: text.encode("utf-32"), "UTF-32; save it as UTF-8"),
    content("Latin-1", lambda text: ("# café\n" + text).encode("latin-1"), "line 1 has the byte 0xe9"),
    content("a picture", lambda text: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "save it as UTF-8"),
    content("a NUL", lambda text: text.encode() + b"\0", "not valid TOML"),
    content("nothing", lambda text: "", 'the key "environments" is missing'),
    content("blanks", lambda text: " \n\t\n", 'the key "environments" is missing'),
    content("cut in a word", lambda text: text[: text.index('"home"') + 3], "not valid TOML"),
    content("cut after a bracket", lambda text: text + "\n[", "not valid TOML"),
    content("JSON", lambda text: '{"seeds": 1}', "not valid TOML"),
    content("YAML", lambda text: "seeds: 1\n", "not valid TOML"),
    content("a key twice", lambda text: "seeds = 1\n" + text, "not valid TOML"),
    content("a section twice", lambda text: text + "\n[model]\n", "not valid TOML"),
    content("an integer of 5,000 digits", lambda text: "x = " + "9" * 5000 + "\n" + text, "digits"),
    content("an integer of 100 digits", lambda text: "x = " + "9" * 100 + "\n" + text, "beyond"),
    content(
        "3,000 nested lists", lambda text: "x = " + "[" * 3000 + "]" * 3000 + "\n" + text, "nested too deeply"
    ),
    content("3,000 nested tables", lambda text: "x = " + "{a=" * 3000 + "1" + "}" * 3000, "nested too deeply"),
    content("3,000 dots", lambda text: ".".join("a" * 3000) + " = 1\n" + text, "nested more than"),
    content("3,000 dots in a section", lambda text: text + f"\n[{'.'.join('a' * 3000)}]\n", "nested more than"),
    content("40 nested lists", lambda text: "arms = " + "[" * 40 + "]" * 40 + "\n" + text, ""),
    content("a key of 100,000 letters", lambda text: "x" * 100_000 + " = 1\n" + text, "unknown key"),
    content(
        "10,000 unknown keys", lambda text: "".join(f"k{k} = 1\n" for k in range(10_000)) + text, "unknown key"
    ),
    content("a date", lambda text: text.replace("seeds = 2", "seeds = 2024-01-01"), "seeds"),
    content("a byte order mark within", lambda text: text + "\ufeff", "not valid TOML"),
    replaced("a name with a line end", _named("home"), 'name = "fi\\nrst\\u001b[31m"', "control characters"),
    replaced("a name with an escape", _named("home"), 'name = "\\u001b[31mhome"', "control characters"),
    replaced("a name with a tab", _named("home"), 'name = "ho\\tme"', "control characters"),
    replaced("a name with a NUL", _named("home"), 'name = "ho\\u0000me"', "control characters"),
    replaced("a name that turns the line", _named("home"), 'name = "ho\\u202eme"', "invisible characters"),
    replaced("a name with a zero-width space", _named("home"), 'name = "ho\\u200bme"', "invisible characters"),
    replaced("a name with a slash", _named("home"), 'name = "ho/me"', 'may not hold "/"'),
    replaced("a name with a plus", _named("home"), 'name = "ho+me"', 'may not hold "+"'),
    replaced("a name with outer blanks", _named("home"), 'name = " home"', "outer blanks"),
    replaced("an empty name", _named("home"), 'name = ""', "name"),
    replaced("a number for a name", _named("home"), "name = 7", "name"),
    replaced("a name twice", _named("office"), _named("home"), "given twice"),
    replaced("a name in capitals", _named("office"), _named("HOME"), "differ only in case"),
    content(
        "a name in two normal forms",
        lambda text: text.replace('"home"', '"caf\u00e9"').replace('"office"', '"cafe\u0301"'),
        "given twice",
    ),
    replaced("a place named as the server", _named("home"), _named("server"), '"server"', kind="moving"),
    replaced("a place named as a step", _named("home"), _named("home@1"), '"home@1"', kind="moving"),
    replaced("a place with a line end", _named("home"), 'name = "a\\nb"', "control characters", kind="moving"),
    replaced("a root with a NUL", 'root = "home', 'root = "ho\\u0000me', "control characters"),
    replaced("a root that is not there", 'root = "home', 'root = "hme', "hme"),
    replaced("a root of 5,000 letters", 'root = "home', 'root = "' + "x" * 5000, "name too long"),
    replaced("a root that is a number", 'root = "home/manifest.csv"', "root = 3", "root"),
    replaced("an unknown corpus", 'corpus = "manifest"', 'corpus = "manifst"', 'did you mean "manifest"'),
    replaced("an unknown option of a corpus", "min_duration_s", "min_duration", 'did you mean "min_duration_s"'),
    replaced("a duration of infinity", "min_duration_s = 0.3", "min_duration_s = inf", "min_duration_s"),
    replaced("durations the wrong way round", "min_duration_s = 0.3", "min_duration_s = 9e9", "min_duration_s"),
    replaced("a list for options", "options = { min_duration_s = 0.3 }", "options = [1]", "options"),
    replaced("a list for a corpus", 'corpus = "manifest"', 'corpus = ["manifest"]', "corpus"),
    replaced(
        "shares that do not add up", "min_duration_s = 0.3", "split_fractions = { train = 0.9 }", "must be 1"
    ),
    replaced(
        "transcripts that are not there", "min_duration_s = 0.3", 'transcripts = "asr"', "no such folder or file"
    ),
    replaced(
        "an unknown preset",
        "[server]\nspeakers = 0.0",
        '[server]\nspeakers = 0.5\nacoustics = "ofice"',
        "ofice",
        kind="moving",
    ),
]
