"""Real speech, a shared model, and what devices make of it: the material of all attacks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import torch

from fedser.corpora import load
from fedser.features import FeatureStore, Standardiser, acoustic_encoder, extract_acoustic
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.privacy.attacks import ParameterLayout, Update
from fedser.seeding import generator
from fedser.strategies.finetuning import Finetuning
from fedser.training import Examples, GradientStep, TrainingOptions

WIDTH = 64
PER_SPEAKER = {"ravdess": 40, "nemo": 50}


@dataclass(frozen=True, eq=False)
class Speech:
    """One corpus: log-mel examples, z-scored by nEMO's statistics, and the table of its utterances."""

    name: str
    examples: Examples
    table: pd.DataFrame

    def positions_of(self, speaker):
        return np.flatnonzero((self.table["speaker"] == speaker).to_numpy())


@dataclass(frozen=True, eq=False)
class Shared:
    """The model that the server sends: trained on nEMO, as the first environment."""

    model: Regressor
    parameters: FlatParameters
    start: torch.Tensor
    layout: ParameterLayout


@pytest.fixture(scope="session")
def speech(open_data, tmp_path_factory):
    store = FeatureStore(tmp_path_factory.mktemp("features"))
    tables, vectors = {}, {}
    for name, count in PER_SPEAKER.items():
        table = load(name, open_data).table.groupby("speaker").sample(count, random_state=0).reset_index(drop=True)
        extraction = extract_acoustic(table["path"].tolist(), acoustic_encoder("logmel"), store, workers=1)
        tables[name], vectors[name] = table, extraction.vectors()
    scale = Standardiser.fit(vectors["nemo"])
    return {
        name: Speech(name, examples(scale.apply(vectors[name]), tables[name]), tables[name]) for name in tables
    }


def examples(acoustic, table):
    labels = torch.from_numpy(table[["activation", "valence"]].to_numpy(dtype=np.float32))
    return Examples(torch.from_numpy(acoustic), torch.zeros(len(table), 0), labels)


@pytest.fixture(scope="session")
def shared(speech):
    own = speech["nemo"].examples
    model = Regressor(160, 0, ModelOptions(width=WIDTH))
    model.initialise(generator(0, "initial weights"))
    parameters = FlatParameters(model)
    step = GradientStep(model, parameters, own, [], Finetuning(), TrainingOptions())
    for epoch in range(15):
        order = generator(0, "shuffle", epoch).permutation(len(own))
        for start in range(0, len(own) - 1, 32):
            step(order[start : start + 32], generator(0, "dropout", epoch, start))
    return Shared(model, parameters, parameters.vector.clone(), ParameterLayout.of(parameters))


def federation(shared, corpus, rounds, seed, devices=2, heard=20, epochs=5, rate=1e-3, batch=16):
    """Updates of devices that own a share of a speaker, hear some of it each round and train for a few epochs."""
    step = GradientStep(
        shared.model, shared.parameters, corpus.examples, [], Finetuning(), TrainingOptions(learning_rate=rate)
    )
    updates = []
    for speaker, gender in corpus.table.drop_duplicates("speaker")[["speaker", "gender"]].itertuples(index=False):
        owned = generator(seed, "share", speaker).permutation(corpus.positions_of(speaker))
        for device, part in enumerate(np.array_split(owned, devices)):
            for number in range(1, rounds + 1):
                stream = generator(seed, "device", speaker, device, number)
                chosen = stream.choice(part, min(heard, len(part)), replace=False)
                shared.parameters.restore(shared.start)
                steps = 0
                for _ in range(epochs):
                    order = stream.permutation(chosen)
                    for start in range(0, len(order) - 1, batch):
                        step(order[start : start + batch], stream)
                        steps += 1
                before, after = shared.start.numpy(), shared.parameters.vector.numpy().copy()
                name = f"{speaker}-{device}"
                updates.append(
                    Update(before, after, rate, steps, name, number, f"{corpus.name}/{speaker}", gender)
                )
    shared.parameters.restore(shared.start)
    return updates


@pytest.fixture(scope="session")
def shadow_updates(shared, speech):
    return federation(shared, speech["ravdess"], rounds=2, seed=1)


@pytest.fixture(scope="session")
def target_updates(shared, speech):
    return federation(shared, speech["nemo"], rounds=4, seed=2)
