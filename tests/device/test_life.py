"""Rounds of a device's life: what it learns from, what it remembers, what it tells."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from fedser.device import DeviceState, Life
from fedser.memory import utterance_bytes
from fedser.metrics.pooled import Confusion, Moments
from fedser.mobility import Ramp
from fedser.model import FlatParameters, Regressor
from fedser.protocol import Arm
from fedser.seeding import generator
from fedser.strategies.exper import ExpeR
from fedser.strategies.gem import Gem
from fedser.training import predict
from tests.device.small_world import ACOUSTIC, LEXICAL, PLACES


def first_model(world):
    model = Regressor(ACOUSTIC, LEXICAL, world.settings.model)
    model.initialise(generator(world.seed, "initial weights"))
    return FlatParameters(model).vector


def live(world, arm, rounds, device=0, life=None):
    """Live some rounds, the device keeping its own model; yield (round, state before, state after, learnt)."""
    life = life or Life(world, Arm.parse(arm))
    state, model, steps = DeviceState(), first_model(world), []
    for round in rounds:
        after, learnt = life.live(state, model, device, round)
        steps.append((round, state, after, learnt))
        state, model = after, learnt.parameters
    return steps


def keys(items):
    return set(zip(items.conditions.tolist(), items.positions.tolist(), strict=True))


class SpyGem(Gem):
    """GEM that notes the memories whose gradients it is given."""

    given: ClassVar[list[list[set[bytes]]]] = []

    def constraints(self, memories):
        self.given.append([{row.numpy().tobytes() for row in memory.acoustic} for memory in memories])
        return super().constraints(memories)


class SpyExper(ExpeR):
    """ExpeR that notes how many utterances it replays."""

    replays: ClassVar[list[int]] = []

    def replayed(self, memories):
        self.replays.append(sum(map(len, memories)))
        return super().replayed(memories)


def place_of(world, row):
    """Return the condition that an acoustic embedding belongs to."""
    found = [
        k for k, part in enumerate(world.training) if row in {other.numpy().tobytes() for other in part.acoustic}
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("kind", ["random", "speaker"])
def test_one_constraint_for_each_other_place_and_never_two_of_one(world, kind):
    w = world()  # home, office, home, café, home, office
    life = Life(w, Arm.parse(f"gem-{kind}"))
    life.learning.strategy = SpyGem()
    SpyGem.given.clear()
    steps = live(w, "", range(1, 7), life=life)
    constrained = [[{place_of(w, row) for row in memory} for memory in memories] for memories in SpyGem.given]
    assert constrained == [[], [{0}], [{1}], [{0}, {1}], [{1}, {2}], [{0}, {2}]]
    # The memory of home in round 6 goes on from what was kept of rounds 1 and 3.
    for (_, before, _, _), memories in zip(steps, SpyGem.given, strict=True):
        kept = [items for place, items in before.memory.places.items() if len(items)]
        assert all(len(items) <= 6 or kind == "speaker" for items in kept)
        assert all(len(memory) <= 6 for memory in memories)
    returned = steps[2][2].memory.places[0].positions.tolist()
    said = [w.heard(0, round)[0].positions for round in (1, 3)]
    if kind == "random":
        assert set(said[1].tolist()) <= set(returned) <= set(np.concatenate(said).tolist())
        assert len(returned) == min(6, len(set(np.concatenate(said).tolist())))
    assert len({id(life.model)}) == 1


def test_finetuning_keeps_no_memory(world):
    assert all(
        len(after.memory) == 0 == learnt.memory_bytes
        for _, _, after, learnt in live(world(), "finetuning", range(1, 5))
    )


@pytest.mark.parametrize("arm", ["exper", "gem-length", "gem-gender"])
@pytest.mark.parametrize("budget", [1, 250, 400])
def test_the_byte_budget_holds_in_every_round(world, arm, budget):
    size = utterance_bytes(ACOUSTIC, LEXICAL)
    assert size == 4 * (6 + 4 + 2)
    w = world(memory={"capacity": 6, "bytes": budget})
    for _, _, after, learnt in live(w, arm, range(1, 7)):
        assert learnt.memory_bytes == size * len(after.memory) <= budget
    assert learnt.memory_bytes > budget - size  # and it is used


def test_an_unknown_place_has_one_reservoir_within_budget_that_stays_uniform(world):
    counts = np.zeros(24)
    for seed in range(60):
        w = world(
            seed=seed,
            devices=1,
            owner="mixed",
            mobility={"kind": "static"},
            static={"start": "home"},
            memory={"capacity": 20, "bytes": 6 * utterance_bytes(ACOUSTIC, LEXICAL), "identity": "unknown"},
            adaptation={"epochs": 1},
            reports={"min_pooled": 2, "evaluate_every": 6},
        )
        steps = live(w, "exper", range(1, 7))
        order = [position for round in range(1, 7) for position in w.heard(0, round)[0].positions.tolist()]
        assert len(order) == len(set(order)) == 24
        memory = steps[-1][2].memory
        assert list(memory.places) == [-1]
        assert len(memory) == 6
        counts[[order.index(position) for position in memory.places[-1].positions.tolist()]] += 1
    by_round = counts.reshape(6, 4).sum(axis=1)
    # 360 kept in all, 60 from each round with a standard deviation below 7.
    assert np.abs(by_round - 60).max() < 30, by_round


def test_the_reservoir_is_replayed_wherever_the_device_is(world):
    w = world(memory={"capacity": 5, "identity": "unknown"})
    life = Life(w, Arm.parse("exper"))
    life.learning.strategy = SpyExper()
    SpyExper.replays.clear()
    live(w, "", range(1, 5), life=life)
    assert SpyExper.replays == [0, 4, 5, 5]


@pytest.mark.parametrize("delay", [1, 3])
def test_a_late_label_is_learnt_from_in_the_round_it_comes_even_elsewhere(world, delay):
    w = world(stream={"per_round": 4, "label_delay": delay})
    steps = live(w, "exper", range(1, 7))
    for round, before, after, learnt in steps:
        assert learnt.outcome == ("trained" if round > delay else "idle-no-labels")
        assert learnt.examples == (4 if round > delay else 0)
        assert after.labelled_in.tolist() == sorted(
            [past + delay for past in range(max(1, round - delay + 1), round + 1)] * 4
        )
        if round > delay:
            place = w.place(0, round - delay)
            said = keys(w.heard(0, round - delay)[0])
            assert said == keys(before.waiting.take(before.labelled_in == round))
            assert said <= keys(after.memory.places[place])  # remembered as of where it was heard
        else:
            assert torch.equal(learnt.parameters, first_model(w))


def test_a_late_label_of_a_place_left_stays_within_its_capacity(world):
    w = world(stream={"per_round": 4, "label_delay": 1}, memory={"capacity": 3})
    for arm in ("exper", "exper-length"):
        for round, _, after, _ in live(w, arm, range(1, 7)):
            assert all(
                len(items) <= 3 or place == w.place(0, round) for place, items in after.memory.places.items()
            )


def test_one_labelled_utterance_waits_for_another(world):
    w = world(stream={"per_round": 1})
    for round, before, after, learnt in live(w, "gem", range(1, 7)):
        if round % 2:
            assert (learnt.outcome, learnt.steps, len(after.waiting)) == ("idle-no-labels", 0, 1)
        else:
            assert (learnt.outcome, learnt.examples, len(after.waiting)) == ("trained", 2, 0)
            assert keys(before.waiting) | keys(w.heard(0, round)[0]) <= set().union(
                *map(keys, after.memory.places.values())
            )


def test_without_labels_a_device_is_idle_and_loses_nothing(world):
    w = world(stream={"per_round": 4, "label_fraction": 0.0})
    steps = live(w, "gem", range(1, 4))
    for _, _, after, learnt in steps:
        assert learnt.outcome == "idle-no-labels"
        assert torch.equal(learnt.parameters, first_model(w))
        assert (learnt.steps, learnt.flops, learnt.examples, learnt.prequential) == (0, 0.0, 0, {})
        assert len(after.waiting) == 0  # a label that never comes is not waited for


def test_an_idle_round_keeps_memory_and_model(world):
    # Half of the labels come: find a device and round without two of them, after some with.
    w = world(devices=6, stream={"per_round": 2, "label_fraction": 0.5})
    found = 0
    for device in range(6):
        for _, before, after, learnt in live(w, "exper", range(1, 7), device=device):
            if learnt.outcome == "idle-no-labels":
                kept = {place: keys(items) for place, items in before.memory.places.items()}
                assert {place: keys(items) for place, items in after.memory.places.items()} == kept
                assert keys(before.waiting) <= keys(after.waiting)
                found += bool(kept)
    assert found


def test_rounds_missed_are_caught_up_with(world):
    w = world()
    (_, _, first, learnt), (_, _, second, _) = live(w, "exper", [3, 6])
    said = [w.heard(0, round)[0] for round in range(1, 7)]
    assert learnt.examples == 12
    assert keys(first.memory.places[1]) == keys(said[1])
    assert keys(said[3]) == keys(second.memory.places[2])


def order_of(items):
    return list(zip(items.conditions.tolist(), items.positions.tolist(), strict=True))


@pytest.mark.parametrize("backlog", [2, 5, 8, 100])
@pytest.mark.parametrize(("stream", "stay"), [({"per_round": 4, "label_delay": 1}, 1), ({}, 2)])
def test_of_a_backlog_the_latest_are_taken_in(world, backlog, stream, stay):
    schedule = {"environments": ["home", "office"], "stay": stay}
    w = world(stream=stream | {"backlog": backlog}, schedule=schedule)
    for last, now in [(0, 1), (0, 6), (2, 6), (3, 4), (5, 6)]:
        everything = [w.heard(0, round) for round in range(last + 1, now + 1)]
        order = [key for items, _ in everything for key in order_of(items)]
        labelled = [round for _, when in everything for round in when.tolist()]
        places = [w.place(0, last + 1 + k) for k, (items, _) in enumerate(everything) for _ in range(len(items))]
        items, labelled_in, heard_at = w.heard_since(0, last, now)
        assert order_of(items) == order[-backlog:]
        assert labelled_in.tolist() == labelled[-backlog:]
        assert heard_at.tolist() == places[-backlog:]


def test_what_waits_for_labels_does_not_count_as_backlog(world):
    w = world(stream={"per_round": 4, "label_delay": 2, "backlog": 4})
    (*_, first, _), (_, _, second, learnt) = live(w, "exper", [2, 6])
    assert order_of(first.waiting) == order_of(w.heard(0, 2)[0])
    assert learnt.examples == 4
    assert keys(second.waiting) == keys(w.heard(0, 6)[0])


def test_catching_up_costs_no_more_after_a_longer_absence(world, monkeypatch):
    asked = []
    for rounds in (50, 400):
        w = world(rounds=rounds, stream={"per_round": 4, "backlog": 8})
        heard = w.heard
        asked.append(0)

        def counted(device, round, heard=heard):
            asked[-1] += 1
            return heard(device, round)

        monkeypatch.setattr(w, "heard", counted)
        (_, _, _, learnt), *_ = live(w, "exper", [rounds])
        assert learnt.examples == 8
    assert asked == [2, 2]


def test_everything_at_once_is_heard_on_arrival_only(world):
    w = world(stream={}, schedule={"environments": ["home", "office"], "stay": 2})
    assert [len(w.heard(1, round)[0]) > 0 for round in range(1, 7)] == [True, False] * 3


def test_a_life_depends_on_its_arguments_alone(world):
    w = world()
    for arm in ("finetuning", "exper-gender", "gem"):
        life = Life(w, Arm.parse(arm))
        steps = live(w, arm, range(1, 5), life=life)
        live(w, arm, range(1, 4), device=1, life=life)  # another device in between
        _, before, after, learnt = steps[-1]
        again, relearnt = Life(w, Arm.parse(arm)).live(before, steps[-2][3].parameters, 0, 4)
        once_more, _ = life.live(before, steps[-2][3].parameters, 0, 4)
        assert torch.equal(learnt.parameters, relearnt.parameters)
        for other in (again, once_more):
            assert other.record() == after.record()
            assert all(torch.equal(value, other.tensors()[name]) for name, value in after.tensors().items())
        assert (learnt.held_out, learnt.prequential) == (relearnt.held_out, relearnt.prequential)


def test_a_round_that_is_over_is_refused(world):
    w = world()
    ((_, _, state, learnt),) = live(w, "gem", [2])
    with pytest.raises(ValueError, match="round 2 is over"):
        Life(w, Arm.parse("gem")).live(state, learnt.parameters, 0, 2)


@pytest.mark.parametrize("least", [2, 5, 9, 100])
def test_prequential_statistics_are_told_of_enough_utterances_only_and_never_twice(world, least):
    w = world(reports={"min_pooled": least})
    told: dict[str, Moments] = {}
    for _, _, after, learnt in live(w, "finetuning", range(1, 7)):
        assert all(moments.n >= least for moments in learnt.prequential.values())
        assert all(moments.n < least for moments in after.unreported.values())
        for key, moments in learnt.prequential.items():
            told[key] = told.get(key, Moments()) + moments
    left = {key: moments.n for key, moments in after.unreported.items()}
    for place, rounds in {"home": 3, "office": 2, "café": 1}.items():
        for target in ("activation", "valence"):
            key = f"{place}/{target}"
            assert (told[key].n if key in told else 0) + left.get(key, 0) == 4 * rounds


def test_prequential_statistics_are_those_of_the_model_before_it_learnt(world):
    w = world()
    steps = live(w, "gem", range(1, 4))
    model = Regressor(ACOUSTIC, LEXICAL, w.settings.model)
    parameters = FlatParameters(model)
    for (round, _, _, learnt), received in zip(
        steps, [first_model(w), *(s[3].parameters for s in steps)], strict=False
    ):
        parameters.restore(received)
        own = w.heard(0, round)[0].examples(w.training)
        x, y = predict(model, own), own.labels.double().numpy()
        for k, target in enumerate(("activation", "valence")):
            moments = learnt.prequential[f"{PLACES[w.place(0, round)]}/{target}"]
            assert moments.n == 4
            expected = [x[:, k].mean(), y[:, k].mean(), x[:, k].var() * 4, y[:, k].var() * 4]
            assert moments.to_list()[1:5] == pytest.approx(expected, abs=1e-12)
            covariance = ((x[:, k] - x[:, k].mean()) * (y[:, k] - y[:, k].mean())).sum()
            assert moments.m2_both == pytest.approx(covariance, abs=1e-12)


def test_scores_are_of_the_learnt_model_in_every_place(world):
    w = world(rounds=4, reports={"evaluate_every": 3})
    model = Regressor(ACOUSTIC, LEXICAL, w.settings.model)
    parameters = FlatParameters(model)
    scored = []
    for round, _, _, learnt in live(w, "finetuning", range(1, 5)):
        scored += [round] if learnt.held_out else []
        parameters.restore(learnt.parameters)
        for key, numbers in learnt.held_out.items():
            moments, confusion = Moments.from_list(numbers[:6]), Confusion.from_list(numbers[6:])
            place, target = key.split("/")
            data = w.conditions[PLACES.index(place)]
            k = ("activation", "valence").index(target)
            x, y = predict(model, data.examples["test"])[:, k], data.labels["test"][:, k]
            expected = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
            assert moments.ccc() == pytest.approx(expected, abs=1e-6)
            assert moments.n == confusion.n == 20
    assert scored == [3, 4]  # every third and the last


def test_a_degrading_place_changes_its_condition_with_the_round(world):
    ramp = Ramp(from_snr_db=20.0, to_snr_db=0.0, steps=3, first_round=2, last_round=4)
    w = world(
        environments=["home", "café"],
        conditions=[[0], [1, 2, 3]],
        ramps={"café": ramp},
        mobility={"kind": "static"},
        static={"start": "café"},
    )
    assert [w.condition(1, round) for round in range(1, 7)] == [1, 1, 2, 3, 3, 3]
    assert [w.condition(0, round) for round in range(1, 7)] == [0] * 6
    steps = live(w, "exper", range(1, 7))
    assert [set(w.heard(0, round)[0].conditions.tolist()) for round in range(1, 7)] == [
        {1},
        {1},
        {2},
        {3},
        {3},
        {3},
    ]
    assert list(steps[-1][2].memory.places) == [1]  # one place, however it sounds
    assert torch.equal(w.held_out(1, 3)[0].acoustic, w.conditions[2].examples["test"].acoustic)


def test_a_sampled_memory_goes_by_the_labels_as_reported(world):
    w = world(stream={"per_round": 4, "label_noise": 0.7})
    items = w.heard(0, 1)[0]
    reported = items.examples(w.training).labels.double().numpy()
    chosen = w.candidates(items)
    assert np.abs(np.stack([chosen.activation, chosen.valence], axis=1) - reported).max() < 1e-6


def test_everyone_as_owner_deals_out_all_utterances(world):
    w = world(devices=4, owner="mixed")
    shares = [w.owned(0)[device] for device in range(4)]
    assert sorted(np.concatenate(shares).tolist()) == list(range(30))
    assert {len(share) for share in shares} == {7, 8}


def test_matched_by_steps_all_methods_take_those_of_passes_over_what_is_new(world):
    training = {"learning_rate": 0.05, "batch_size": 4, "match": "steps"}
    w = world(training=training, adaptation={"epochs": 3}, stream={"per_round": 5})
    for arm in ("finetuning", "exper", "gem", "er", "matched", "ewc"):
        steps = [learnt.steps for *_, learnt in live(w, arm, range(1, 7))]
        assert steps == [3] * 6, arm  # of four; the fifth is alone
    longer = world(adaptation={"epochs": 3}, stream={"per_round": 5})
    by_epochs = {arm: [one[3].steps for one in live(longer, arm, range(1, 7))] for arm in ("exper", "matched")}
    assert by_epochs["exper"] == by_epochs["matched"]
    assert sum(by_epochs["exper"]) > 18
