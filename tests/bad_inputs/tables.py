"""Manifests, transcripts and traces as people save them, with what is wrong in them."""

from tests.bad_inputs.case import Case

WALKS = "device,round,environment\n" + "".join(f"{d},{r},home\n" for d in range(4) for r in range(1, 4))


def manifest(name, change, *said, code=2):
    """A case of the manifest of home, changed as text or bytes; its audio stays where it is."""

    def arguments(ground):
        home = ground.data / "home"
        changed = change((home / "manifest.csv").read_text(encoding="utf-8"))
        path = ground.write("manifest.csv", changed)
        for file in home.glob("*.wav"):
            (ground.work / file.name).symlink_to(file)
        config = ground.write("one.toml", ground.text("paper").replace("home/manifest.csv", str(path), 1))
        return ground.command("paper", config)

    return Case(f"manifest: {name}", arguments, said, code)


def row(change):
    """A change of the cells of the first utterance, line 2."""

    def apply(text):
        header, first, *rest = text.splitlines()
        cells = dict(zip(header.split(","), first.split(","), strict=True)) | change
        return "\n".join([header, ",".join(cells.values()), *rest]) + "\n"

    return apply


def every(column, value):
    """A change of one column of all utterances."""

    def apply(text):
        header, *rows = text.splitlines()
        at = header.split(",").index(column)
        changed = [
            ",".join([*cells[:at], value, *cells[at + 1 :]]) for cells in (line.split(",") for line in rows)
        ]
        return "\n".join([header, *changed]) + "\n"

    return apply


def with_column(name, values):
    """Another column, its values in turn."""

    def apply(text):
        header, *rows = text.splitlines()
        return (
            "\n".join([f"{header},{name}", *(f"{r},{values[k % len(values)]}" for k, r in enumerate(rows))]) + "\n"
        )

    return apply


def trace(name, text, *said):
    """A case of a recorded trace."""

    def arguments(ground):
        path = ground.write("walks.csv", text)
        config = ground.text("moving").replace(
            'kind = "schedule"\n\n[schedule]\nenvironments = ["home", "office", "street"]',
            f'kind = "trace"\n\n[trace]\nfile = "{path}"',
        )
        return ground.command("simulate", ground.write("traced.toml", config))

    return Case(f"trace: {name}", arguments, said)


def transcripts(name, text, *said):
    """A case of a CSV file of transcripts beside the manifest of home."""

    def arguments(ground):
        path = ground.write("asr.csv", text)
        options = f'min_duration_s = 0.3, transcripts = "{path}"'
        config = ground.text("paper").replace("min_duration_s = 0.3", options, 1)
        return ground.command("paper", ground.write("one.toml", config))

    return Case(f"transcripts: {name}", arguments, said)


MANIFESTS = [
    manifest("nothing", lambda text: "", "holds no utterances"),
    manifest("a header alone", lambda text: text.splitlines()[0], "holds no utterances"),
    manifest("blank lines", lambda text: "\n\n \n", "holds no utterances"),
    manifest("UTF-16", lambda text: text.encode("utf-16"), "UTF-16; save it as UTF-8"),
    manifest("UTF-16 without a mark", lambda text: text.encode("utf-16-le"), "UTF-16; save it as UTF-8"),
    manifest("Latin-1", lambda text: text.replace("word 0", "café", 1).encode("latin-1"), "0xe9"),
    manifest("semicolons", lambda text: text.replace(",", ";"), "separated by semicolons; save it with commas"),
    manifest("tabs", lambda text: text.replace(",", "\t"), "separated by tabs; save it with commas"),
    manifest("bars", lambda text: text.replace(",", "|"), "separated by vertical bars"),
    manifest("Excel's first line", lambda text: "sep=;\n" + text.replace(",", ";"), "separated by semicolons"),
    manifest("decimal commas", row({"activation": '"0,5"'}), "line 2: activation", "is not a number"),
    manifest("a word for a number", row({"activation": "high"}), "line 2: activation"),
    manifest("nan", row({"valence": "nan"}), "line 2: valence"),
    manifest("infinity", row({"valence": "inf"}), "line 2: valence"),
    manifest("a number of 5,000 digits", row({"valence": "9" * 5000}), "line 2: valence"),
    manifest("1e400", row({"valence": "1e400"}), "line 2: valence"),
    manifest("Arabic digits", row({"valence": "\u0661"}), "line 2: valence"),
    manifest("an empty path", row({"path": ""}), "line 2: path"),
    manifest("a NUL", row({"path": "a\0.wav"}), "line 2", "null character"),
    manifest("an escape in a speaker", row({"speaker": "s\x1b[31m"}), "the speaker", "control character"),
    manifest("a line end in a speaker", row({"speaker": '"a\nb"'}), "the speaker", "control character"),
    manifest("an unknown gender", row({"gender": "x"}), "line 2: gender"),
    manifest("two genders of one speaker", row({"gender": "female"}), "female on one line and male on another"),
    manifest("too few cells", lambda text: text + "a.wav,b\n", "2 values, but the header has 6 columns"),
    manifest("too many cells", lambda text: text.replace("\n", "\n,,,,,,,,", 1), "line 2"),
    manifest("a quote that stays open", lambda text: text + '"a.wav,b', "unexpected end of data"),
    manifest("a cell beyond the limit", row({"transcript": "x" * 200_000}), "field larger than field limit"),
    manifest("a column twice", lambda text: text.replace("gender", "speaker", 1), '2 columns are named "speaker"'),
    manifest(
        "a misspelt column", lambda text: text.replace("activation", "activatoin", 1), '"activatoin"? Rename it'
    ),
    manifest("no speaker column", lambda text: text.replace("speaker", "who", 1), '"speaker" is missing'),
    manifest("a reserved column", lambda text: text.replace("transcript", "reason", 1), '"reason"'),
    manifest("an utterance twice", lambda text: text + text.splitlines()[1] + "\n", "two utterances with the id"),
    manifest("all audio missing", lambda text: text.replace(".wav", ".wave"), "unreadable"),
    manifest("paths of 5,000 letters", lambda text: text.replace("s", "s" * 5000), ""),
    manifest("one speaker", lambda text: every("gender", "")(every("speaker", "x")(text)), "1 speaker"),
    manifest("no speakers", every("speaker", ""), "without a speaker"),
    manifest("a constant label", every("valence", "3"), "every valence is 3"),
    manifest("no labels", every("valence", ""), "no label"),
    manifest("labels from end to end", row({"valence": "1e308"}), ""),
    manifest("an unknown split", with_column("split", ["train", "tset"]), 'did you mean "test"'),
    manifest("a split for some", with_column("split", ["train", ""]), "split"),
    manifest("training alone", with_column("split", ["train"]), "validation and test"),
    manifest("speakers in two splits", with_column("split", ["train", "validation", "test"]), "in the splits"),
    manifest("a negative duration", with_column("duration_s", ["-1"]), "line 2: duration_s"),
    manifest("a duration of infinity", with_column("duration_s", ["inf"]), "line 2: duration_s"),
    manifest("a picture", lambda text: bytes(range(256)), "save it as UTF-8"),
]

TRACES = [
    trace("nothing", "", "holds no utterances"),
    trace("UTF-16", WALKS.encode("utf-16"), "UTF-16; save it as UTF-8"),
    trace("semicolons", WALKS.replace(",", ";"), "separated by semicolons"),
    trace("tabs", WALKS.replace(",", "\t"), "separated by tabs"),
    trace("Latin-1", WALKS.replace("home", "café", 1).encode("latin-1"), "0xe9"),
    trace("an unknown environment", WALKS.replace("home", "hme", 1), "line 2", 'did you mean "home"'),
    trace("a device too many", WALKS + "4,1,home\n", "beyond the run's 4 devices"),
    trace("a negative device", WALKS.replace("0,1", "-1,1", 1), "is not a whole number"),
    trace("a device of 5,000 digits", WALKS.replace("0,1", f"{'9' * 5000},1", 1), "is not a whole number"),
    trace("a round 0", WALKS.replace("0,1", "0,0", 1), "rounds count from 1"),
    trace("a round twice", WALKS + "0,1,home\n", "twice"),
    trace("a round missing", WALKS.replace("3,3,home\n", ""), "no line for device 3 in round 3"),
    trace("an unknown column", WALKS.replace("round", "runde", 1), '"round" is missing'),
    trace("a flag of 2", "device,round,environment,available\n0,1,home,2\n", "must be 0 or 1"),
    trace("a cell too many", WALKS + "0,4,home,1\n", "4 values"),
    trace("an escape in a name", WALKS.replace("home", "ho\x1b[2Jme", 1), "is not an environment"),
]

TRANSCRIPTS = [
    transcripts("UTF-16", "utterance,transcript\ns0-0.wav,a\n".encode("utf-16"), "UTF-16; save it as UTF-8"),
    transcripts("semicolons", "utterance;transcript\ns0-0.wav;a\n", "separated by semicolons"),
    transcripts("another column", "utterance,words\ns0-0.wav,a\n", '"transcript" is missing'),
    transcripts("of another corpus", "utterance,transcript\nx,a\n", "holds none of this corpus"),
    transcripts("an utterance twice", "utterance,transcript\ns0-0.wav,a\ns0-0.wav,b\n", "two utterances"),
    transcripts("nothing", "", "holds no utterances"),
]

CASES = [*MANIFESTS, *TRACES, *TRANSCRIPTS]
