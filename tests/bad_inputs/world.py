"""The world that bad inputs are tried in: a configuration of each kind, on tiny corpora."""

from tests.simulations.conftest import CONFIG, ENVIRONMENT, MOVING, PLACES

STUDY = """
attacks = ["linkage"]

[federation]
seeds = 1
rounds = 2
arms = ["federated:finetuning"]

[[federation.environments]]
name = "home"

[federation.adaptation]
epochs = 1

[federation.model]
width = 4

[shadow.devices]
count = 3

[[shadow.corpora]]
name = "a"
corpus = "manifest"
root = "home/manifest.csv"
options = { min_duration_s = 0.3 }

[target.devices]
count = 3

[[target.corpora]]
name = "b"
corpus = "manifest"
root = "office/manifest.csv"
options = { min_duration_s = 0.3 }
"""

SWEEP = "[sweep]\nnoise = [0.0]\ncapacity = [2]\nclip = 0.5\ndelta = 0.01\n"


def write_configs(folder):
    """Write a configuration of each kind, by its name; the corpora are those of `write_place`."""
    environments = "".join(ENVIRONMENT.format(place=place) for place in PLACES)
    frontier = STUDY.replace('attacks = ["linkage"]', "").replace("finetuning", "exper") + SWEEP
    texts = {
        "paper": CONFIG.format(environments=environments),
        "moving": MOVING.format(environments=environments),
        "attack": STUDY,
        "frontier": frontier,
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
