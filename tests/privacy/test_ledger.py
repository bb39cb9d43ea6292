import json
import os
import signal
import subprocess
import sys
import time

import pytest

from fedser.errors import BudgetSpentError, RunError
from fedser.privacy.accountant import Sampling, Spent, epsilon, epsilon_of
from fedser.privacy.ledger import Charge, Ledger, Terms

POISSON, KNOWN = Terms("poisson", 1e-3), Terms("known", 1e-3)


def spend(ledger, round_number, devices=(0, 1), noise=2.0, rate=0.2, repeatable=True):
    charge = ledger.proposal(round_number, noise, rate, devices, repeatable)
    ledger.charge(charge)
    return charge


def test_it_adds_up_as_the_accountant_does():
    ledger = Ledger(POISSON)
    assert ledger.epsilon() == 0
    for number in range(1, 6):
        spend(ledger, number)
    spend(ledger, 6, rate=0.4)
    expected = epsilon_of([Spent(2.0, Sampling("poisson", 0.2), 5), Spent(2.0, Sampling("poisson", 0.4), 1)], 1e-3)
    assert ledger.epsilon() == pytest.approx(expected)


def test_known_participants_cost_what_the_busiest_device_spent():
    ledger = Ledger(KNOWN)
    for number, devices in enumerate([(0, 1), (1, 2), (1,), (3,)], start=1):
        spend(ledger, number, devices, rate=1.0)
    assert ledger.participation() == {0: 1, 1: 3, 2: 1, 3: 1}
    assert ledger.epsilon() == epsilon(2.0, Sampling("known"), 3, 1e-3)
    before = ledger.epsilon()
    spend(ledger, 5, (0, 2), rate=1.0)
    assert ledger.epsilon() == before, "a round without the busiest device costs nothing more"


def test_it_stops_before_the_round_that_would_exceed_the_budget(tmp_path):
    sampling, path = Sampling("poisson", 0.2), tmp_path / "ledger.json"
    budget = epsilon(2.0, sampling, 4, 1e-3) + 1e-9
    ledger = Ledger(POISSON, budget, path)
    for number in range(1, 5):
        spend(ledger, number)
    content = path.read_bytes()
    fifth = ledger.proposal(5, 2.0, 0.2, (0, 1), True)
    assert not ledger.permits(fifth)
    with pytest.raises(BudgetSpentError, match=r"round 5 would spend epsilon .* of"):
        ledger.charge(fifth)
    assert path.read_bytes() == content
    assert ledger.epsilon() <= budget
    assert not Ledger(POISSON, budget, path).permits(fifth), "nor after a restart"


def test_it_is_written_before_it_is_counted_and_reads_back(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = Ledger(POISSON, None, path)
    first = spend(ledger, 1, devices=(4, 2))
    assert first == Charge(1, 1, 2.0, 0.2, (2, 4))
    again = Ledger(POISSON, None, path)
    assert again.charges == (first,)
    spend(again, 2)
    assert Ledger(POISSON, None, path).epsilon() == again.epsilon()


def test_a_charge_that_cannot_be_written_is_not_made(tmp_path):
    (tmp_path / "file").write_text("")
    ledger = Ledger(POISSON, None, tmp_path / "file" / "ledger.json")
    with pytest.raises(RunError, match=r"the privacy ledger .*cannot be written"):
        spend(ledger, 1)
    assert ledger.charges == ()


def test_a_repeated_round_is_charged_once_if_it_releases_the_same(tmp_path):
    ledger = Ledger(POISSON, None, tmp_path / "ledger.json")
    first = spend(ledger, 1)
    resumed = Ledger(POISSON, None, tmp_path / "ledger.json")
    assert spend(resumed, 1) == first
    assert len(resumed.charges) == 1
    other = spend(resumed, 1, devices=(0, 3))
    assert (other.attempt, len(resumed.charges)) == (2, 2), "other participants: another release"
    fresh = spend(resumed, 1, repeatable=False)
    assert (fresh.attempt, len(resumed.charges)) == (3, 3), "fresh noise: another release"
    assert resumed.epsilon() == pytest.approx(epsilon(2.0, Sampling("poisson", 0.2), 3, 1e-3))


@pytest.mark.parametrize("content", ["", "{}", "[1", '{"format": 1, "terms": {}, "charges": []}', "null"])
def test_a_file_that_is_no_ledger_is_refused_and_never_taken_for_an_empty_one(tmp_path, content):
    path = tmp_path / "ledger.json"
    path.write_text(content)
    with pytest.raises(RunError, match="not a privacy ledger"):
        Ledger(POISSON, None, path)


def test_other_terms_have_another_ledger(tmp_path):
    spend(Ledger(POISSON, None, tmp_path / "ledger.json"), 1)
    with pytest.raises(RunError, match="other terms"):
        Ledger(KNOWN, None, tmp_path / "ledger.json")
    with pytest.raises(RunError, match="other terms"):
        Ledger(Terms("poisson", 1e-4), None, tmp_path / "ledger.json")


SPENDER = """
import sys
from pathlib import Path
from fedser.privacy.ledger import Ledger, Terms
folder = Path(sys.argv[1])
ledger = Ledger(Terms("poisson", 1e-3), None, folder / "ledger.json")
done = max((charge.round for charge in ledger.charges), default=0)
for number in range(done + 1, 100_000):
    ledger.charge(ledger.proposal(number, 2.0, 0.2, range(50), True))
    with (folder / "released").open("a") as file:
        file.write(f"{number}\\n")
"""


def test_a_kill_never_loses_the_cost_of_what_was_released(tmp_path):
    for more in (3, 8):
        process = subprocess.Popen([sys.executable, "-c", SPENDER, str(tmp_path)])
        released, before = tmp_path / "released", len(_lines(tmp_path / "released"))
        while len(_lines(released)) < before + more and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        charged = [charge.round for charge in Ledger(POISSON, None, tmp_path / "ledger.json").charges]
        assert charged == list(range(1, len(charged) + 1))
        assert {int(line) for line in _lines(released)} <= set(charged)
        assert len(charged) >= before + more
    assert json.loads((tmp_path / "ledger.json").read_text())["format"] == 2


def _lines(path):
    return path.read_text().splitlines() if path.exists() else []
