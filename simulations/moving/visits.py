"""visits.csv: where devices were and what they heard, in columns; of very many devices not every round of each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedser.device import World
from fedser.results.moving import SCHEMA


def visits_of(world: World, records: Iterable[Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """Return the rows of a seed; `records` are the rounds of each arm, which say whom it asked."""
    settings = world.settings
    count = min(settings.reports.visits, settings.devices)
    everywhere = np.unique(np.linspace(0, settings.devices - 1, count).round().astype(np.int64))
    numbers = np.arange(1, settings.rounds + 1)
    told = [np.stack([np.repeat(everywhere, len(numbers)), np.tile(numbers, len(everywhere))], axis=1)]
    if len(everywhere) < settings.devices:
        told += [
            np.array([(entry["device"], record["round"])], dtype=np.int64)
            for rounds in records
            for record in rounds
            for entry in record["devices"]
        ]
    device, number = np.unique(np.concatenate(told), axis=0).T
    places = world.itinerary.places[device, number - 1]
    heard = [world.counts(*pair) for pair in zip(device.tolist(), number.tolist(), strict=True)]
    names = np.array(settings.environments, dtype=object)
    return pd.DataFrame(
        {
            "seed": world.seed,
            "device": device,
            "round": number,
            "environment": names[places],
            "condition": _conditions(world, places, number),
            "available": world.itinerary.available[device, number - 1].astype(np.int64),
            "heard": [count for count, _ in heard],
            "labelled": [labelled for _, labelled in heard],
        },
        columns=list(SCHEMA["visits.csv"]),
    )


def _conditions(world: World, places: NDArray[Any], numbers: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the name of what each environment is like in a round; "" for one that does not change."""
    names = np.full(len(places), "", dtype=object)
    for place, steps in enumerate(world.settings.conditions):
        if len(steps) > 1:
            for row in np.flatnonzero(places == place).tolist():
                step = 1 + steps.index(world.condition(place, int(numbers[row])))
                names[row] = f"{world.settings.environments[place]}@{step}"
    return names
