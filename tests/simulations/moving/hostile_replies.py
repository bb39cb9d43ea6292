"""What a hostile device may send in place of its reply, by name; each spoils the content of an honest reply."""

import struct

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord

from clients.payload import HELD_OUT, REPORT
from clients.secure.messages import MASK, SETUP, SHARE, UNMASK

NAN, INFINITE, ABSURD = float("nan"), float("inf"), 10**15


def _raw(data, shape, dtype="float32"):
    return Array(dtype, shape, "numpy.ndarray", data)


def _report(**values):
    def spoil(content):
        for key, value in values.items():
            dict.__setitem__(
                content[REPORT]._data if hasattr(content[REPORT], "_data") else content[REPORT], key, value
            )

    return spoil


def _without(record, key=None):
    def spoil(content):
        if key is None:
            del content[record]
        else:
            del content[record][key]

    return spoil


def _values(change):
    """Change the numbers of the update, whatever array they travel in."""

    def spoil(content):
        record = content["model"]
        name = next(iter(record))
        record[name] = Array(change(record[name].numpy()))

    return spoil


def _bytes(change):
    def spoil(content):
        record = content["model"]
        name = next(iter(record))
        old = record[name]
        record[name] = _raw(change(old.data), old.shape, old.dtype)

    return spoil


def _one(value):
    def change(values):
        changed = values.copy()
        changed[3] = value
        return changed

    return _values(change)


def _replace(record, new):
    def spoil(content):
        content[record] = new

    return spoil


def _score(change):
    def spoil(content):
        key = next(iter(content[HELD_OUT]))
        content[HELD_OUT][key] = change(list(content[HELD_OUT][key]))

    return spoil


def _at(place, value):
    return lambda numbers: [*numbers[:place], value, *numbers[place + 1 :]]


def _empty(content):
    for key in list(content):
        del content[key]


HEADER = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"

UPDATE = {
    "no update": _without("model"),
    "an update of no array": _replace("model", ArrayRecord({})),
    "an update of another name": _replace("model", ArrayRecord({"x": Array(np.zeros(3, np.float32))})),
    "an update that is a metric": _replace("model", MetricRecord({"parameters": 1})),
    "one value": _values(lambda v: v[:1]),
    "no value": _values(lambda v: v[:0]),
    "a scalar": _values(lambda v: np.array(1.0, np.float32)),
    "one value too few": _values(lambda v: v[:-1]),
    "one value too many": _values(lambda v: np.append(v, v[:1])),
    "a row": _values(lambda v: v[None]),
    "a column": _values(lambda v: v[:, None]),
    "a NaN": _one(NAN),
    "an infinity": _one(INFINITE),
    "the largest number": _one(np.finfo(np.float32).max),
    "all of the largest": _values(lambda v: np.full_like(v, np.finfo(np.float32).max)),
    "a million million": _one(1e12),
    "doubles": _values(lambda v: v.astype(np.float64)),
    "halves": _values(lambda v: v.astype(np.float16)),
    "whole numbers": _values(lambda v: v.astype(np.int32)),
    "complex numbers": _values(lambda v: v.astype(np.complex64)),
    "truths": _values(lambda v: v > 0),
    "another byte order": _values(lambda v: v.astype(">f4")),
    "words": _values(lambda v: np.array(["a"] * v.size)),
    "no bytes": _bytes(lambda b: b""),
    "half of the bytes": _bytes(lambda b: b[: len(b) // 2]),
    "one byte too few": _bytes(lambda b: b[:-1]),
    "random bytes": _bytes(lambda b: np.random.default_rng(0).bytes(len(b))),
    "a header alone": _bytes(lambda b: b[:10]),
    "a header of a terabyte": _bytes(lambda b: HEADER + b"\n"),
    "a pickle": _bytes(lambda b: b"\x80\x04\x8c\x02os\x8c\x06system\x93."),
    "an unknown version": _bytes(lambda b: b[:6] + struct.pack("BB", 9, 9) + b[8:]),
}
"""Of the update: for a federation in which it travels bare."""

REPORTED = {
    "nothing at all": _empty,
    "no report": _without(REPORT),
    "an empty report": _replace(REPORT, MetricRecord({})),
    "a report of words": _replace(REPORT, ConfigRecord({"device": "1"})),
    "another device's number": _report(device=2),
    "a number that none has": _report(device=-7),
    "a broken number": _report(device=1.5),
    "a number that is none": _report(device=NAN),
    "a list for a number": _report(device=[1, 2]),
}
"""Of what every device says."""

TOLD = {
    "10¹⁵ examples": _report(examples=ABSURD),
    "negative examples": _report(examples=-5),
    "no examples, and trained": _report(examples=0),
    "half an example": _report(examples=2.5),
    "NaN examples": _report(examples=NAN),
    "infinitely many examples": _report(examples=INFINITE),
    "a few examples too many": _report(examples=9),
    "an unknown outcome": _report(outcome=7),
    "a negative outcome": _report(outcome=-1),
    "idle, with examples": _report(outcome=1),
    "10¹⁵ steps": _report(steps=ABSURD),
    "negative steps": _report(steps=-1),
    "more steps altered than taken": _report(altered=10**6),
    "NaN seconds": _report(seconds=NAN),
    "infinite seconds": _report(seconds=INFINITE),
    "negative seconds": _report(seconds=-1.0),
    "NaN flops": _report(flops=NAN),
    "infinite flops": _report(flops=INFINITE),
    "negative memory": _report(**{"memory-bytes": -1}),
    "no count of steps": _without(REPORT, "steps"),
    "its number alone": _replace(REPORT, MetricRecord({"device": 1})),
    "no scores": _without(HELD_OUT),
    "scores of no place": _replace(HELD_OUT, MetricRecord({})),
    "scores of a stranger": _replace(HELD_OUT, MetricRecord({"<b>moon</b>/activation": [1.0]})),
    "a NaN score": _score(_at(1, NAN)),
    "scores of 10¹⁵ utterances": _score(_at(0, 1e15)),
    "scores of other labels": _score(_at(2, 0.9)),
    "a score beyond 1": _score(_at(5, 1e9)),
    "a negative spread": _score(_at(3, -1.0)),
    "too few statistics": _score(lambda numbers: numbers[:-1]),
    "predictions of 10³⁰⁰": _score(_at(1, 1e300)),
}
"""Of what a device says without a guarantee."""

ENCODED = {
    "an unknown encoding": _replace("encoding", ConfigRecord({"kind": "zip", "size": 10, "inside": True})),
    "an encoding of another size": _replace("encoding", ConfigRecord({"kind": "none", "size": 1, "inside": True})),
    "an encoding without a kind": _replace("encoding", ConfigRecord({"size": 1})),
    "a report in full": _replace(REPORT, MetricRecord({"device": 1, "outcome": 0, "examples": 5})),
    "an outcome beside the number": _replace(REPORT, MetricRecord({"device": 1, "outcome": 1})),
}
"""Of an update under [privacy]."""

PLAIN_ENCODED = {
    "an encoding that nobody asked for": _replace(
        "encoding", ConfigRecord({"kind": "none", "size": 1, "inside": True})
    ),
    "an encoding that is an array": _replace("encoding", ArrayRecord({})),
}


def _secure(**values):
    def spoil(content):
        for key, value in values.items():
            content["secure-sum"][key] = value

    return spoil


def _masked(change):
    def spoil(content):
        content["secure-sum"]["masked"] = Array(change(content["secure-sum"]["masked"].numpy()))

    return spoil


def _swap(key, change):
    def spoil(content):
        content["secure-sum"][key] = change(list(content["secure-sum"][key]))

    return spoil


PHASES = {
    (SETUP, "no key"): _secure(mask_key=""),
    (SETUP, "a key of noughts"): _secure(mask_key="00" * 120),
    (SETUP, "a key that is no hexadecimal"): _secure(share_key="key"),
    (SETUP, "a number for a key"): _secure(mask_key=7),
    (SETUP, "one key for both"): lambda c: _secure(share_key=c["secure-sum"]["mask_key"])(c),
    (SETUP, "nothing at all"): _empty,
    (SHARE, "shares for nobody"): _secure(receivers=[], ciphertexts=[]),
    (SHARE, "shares for strangers"): _swap("receivers", lambda r: [d + 90 for d in r]),
    (SHARE, "more receivers than shares"): _swap("ciphertexts", lambda c: c[:-1]),
    (SHARE, "numbers for shares"): _swap("ciphertexts", lambda c: [1] * len(c)),
    (SHARE, "nothing at all"): _empty,
    (MASK, "one residue"): _masked(lambda v: v[:1]),
    (MASK, "residues as floats"): _masked(lambda v: v.astype(np.float32)),
    (MASK, "a NaN"): _masked(lambda v: np.full(v.shape, np.nan)),
    (MASK, "residues at random"): _masked(
        lambda v: np.random.default_rng(0).integers(0, 2**32, v.shape, dtype=np.uint32)
    ),
    (MASK, "a broken array"): lambda c: c.__setitem__("secure-sum", ArrayRecord({"masked": _raw(b"", (3,))})),
    (MASK, "nothing at all"): _empty,
    (UNMASK, "no shares"): _secure(arrived=[], missing=[]),
    (UNMASK, "shares that are no hexadecimal"): _swap("arrived", lambda s: ["zz"] * len(s)),
    (UNMASK, "a lying share"): _swap(
        "arrived", lambda s: [x[:-2] + ("00" if x[-2:] != "00" else "01") for x in s]
    ),
    (UNMASK, "one share for all"): _swap("arrived", lambda s: [s[0]] * len(s)),
    (UNMASK, "nothing at all"): _empty,
}
"""Of a phase of a secure sum."""

PLAIN = UPDATE | REPORTED | TOLD | PLAIN_ENCODED
PRIVATE = UPDATE | REPORTED | ENCODED
SECURE = {("train", name): spoil for name, spoil in (REPORTED | TOLD).items()} | PHASES
