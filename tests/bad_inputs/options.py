"""Options of every section with values they cannot have, through --set."""

from tests.bad_inputs.case import Case

HUGE = "9" * 5000
COMMANDS = {"paper": "paper", "moving": "simulate", "attack": "privacy attack", "frontier": "privacy frontier"}


def option(kind, *changes, said=(), trains=False):
    """A case of one configuration with options changed."""
    name = f"{kind}: {' '.join(change[:60] for change in changes)}"

    def arguments(ground):
        sets = [part for change in changes for part in ("--set", change)]
        return ground.command(COMMANDS[kind], ground.config(kind), *sets)

    return Case(name, arguments, tuple(said) if not isinstance(said, str) else (said,), trains=trains)


def _numbers(kind, section_key, values):
    _, _, key = section_key.rpartition(".")
    return [option(kind, f"{section_key}={value}", said=key) for value in values]


_COUNTS = ("0", "-1", "1.5", "nan", "inf", "true", '"3"', "[3]", "1000000000", "99999999999999999999")
_POSITIVE = ("0", "-1", "nan", "inf", "-inf", "true", '"fast"', "[]", "{}")

NUMBERS = [
    *_numbers("paper", "seeds", _COUNTS),
    *_numbers("paper", "training.batch_size", (*_COUNTS, "1")),
    *_numbers("paper", "training.learning_rate", (*_POSITIVE, HUGE)),
    *_numbers("paper", "training.max_epochs", ("0", "-5", "1e3", "1000000000")),
    *_numbers("paper", "training.patience", ("0", "nan", "10000000000000000000")),
    *_numbers("paper", "model.width", ("0", "-8", "8.0", "100000", "1000000000")),
    *_numbers("paper", "model.trunk_dropout", ("1", "-0.1", "nan", '"half"')),
    *_numbers("paper", "model.slope", ("1", "-1", "inf")),
    *_numbers("paper", "memory.capacity", ("0", "-1", "2.5", "inf", "10000000000")),
    *_numbers("paper", "memory.outer_share", ("-0.1", "1.1", "nan")),
    *_numbers("paper", "gem.margin", ("-1", "inf", "nan", '"wide"')),
    *_numbers("paper", "gem.eps", ("-1", "inf", "nan")),
    *_numbers("moving", "rounds", ("0", "-1", "1.5", "1000000000")),
    *_numbers("moving", "devices.count", (*_COUNTS, "1000000")),
    *_numbers("moving", "participation.fraction", ("0", "-1", "1.5", "nan")),
    *_numbers("moving", "participation.deadline_s", ("0", "-1", "inf", "nan")),
    *_numbers("moving", "participation.gflops", ("0", "-1", "inf", '"fast"')),
    *_numbers("moving", "participation.speed_spread", ("-1", "inf", "nan")),
    *_numbers("moving", "participation.megabits_per_s", ("0", "inf")),
    *_numbers("moving", "participation.quorum", ("-0.1", "2")),
    *_numbers("moving", "participation.reply_timeout_s", ("0", "inf", "nan")),
    *_numbers("moving", "stream.per_round", ("0", "-1", "1.5", "10000000000")),
    *_numbers("moving", "stream.label_delay", ("-1", "0.5")),
    *_numbers("moving", "stream.label_fraction", ("-0.1", "1.1", "nan")),
    *_numbers("moving", "stream.label_noise", ("-1", "inf")),
    *_numbers("moving", "adaptation.epochs", ("0", "-1", "1000000000")),
    *_numbers("moving", "server.speakers", ("-0.5", "1", "nan")),
    *_numbers("moving", "server.learning_rate", ("0", "-1", "inf")),
    *_numbers("moving", "memory.bytes", ("0", "-1", "1.5")),
    *_numbers("moving", "privacy.clip", ("0", "-1", "inf", "nan", "1e30")),
    *_numbers("moving", "privacy.noise_multiplier", ("-1", "inf", "1e300")),
    *_numbers("moving", "local-noise.std", ("0", "inf", "1e38")),
    *_numbers("moving", "reports.min_pooled", ("1", "nan")),
    *_numbers("frontier", "sweep.clip", ("0", "inf")),
    *_numbers("frontier", "sweep.delta", ("0", "1", "nan")),
    *_numbers("attack", "linkage.ridge", ("0", "-1", "inf")),
    *_numbers("attack", "linkage.shuffles", ("0", "1", "1000000000")),
    *_numbers("attack", "seed", ("-1", "1.5", "99999999999999999999")),
]

MEANINGS = [
    option("paper", "arms=[]", said="arms"),
    option("paper", "arms=exper", said="arms"),
    option("paper", 'arms=["expr"]', said='did you mean "exper"'),
    option("paper", 'arms=["gem-age"]', said='unknown memory "age"'),
    option("paper", 'arms=["exper", "exper-random"]', said="twice"),
    option("paper", 'arms=[""]', said="arms"),
    option("paper", "arms=[1]", said="arms"),
    option("paper", 'arms=["fi\\nrst"]', said="control characters"),
    option("paper", 'arms=["local:exper"]', said="fedser simulate, not of fedser paper"),
    option("paper", "environments=[]", said="environments"),
    option("paper", "environments=home", said="environments"),
    option("paper", "environments.0.name=a", said="environments is not a section"),
    option("paper", "metrics=[]", said="metrics"),
    option("paper", 'metrics=["cc"]', said='did you mean "ccc"'),
    option("paper", 'metrics=["ccc", "ccc"]', said="metrics"),
    option("paper", "model.widht=8", said='did you mean "width"'),
    option("paper", "trainning.patience=8", said='did you mean "training"'),
    option("paper", "training=fast", said="training"),
    option("paper", "training=[]", said="training"),
    option("paper", "training.loss=median", said="loss"),
    option("paper", "features.acoustic=logmell", said='did you mean "logmel"'),
    option("paper", "features.acoustic=ngrams", said="no acoustic encoder"),
    option("paper", "features.lexical=logmel", said="no lexical encoder"),
    option("paper", 'features.acoustic_options={"a"=1}', said="unknown key"),
    option("paper", "transcription.model=", said="model"),
    option("paper", 'plugins.modules=["no_such_module"]', said="no_such_module"),
    option("paper", 'plugins.modules=["../x"]', said="not the name of a module"),
    option("paper", "plugins.modules=x", said="modules"),
    option("paper", "extensions={}", said='unknown key "extensions"'),
    option("paper", "gem=1", said="gem is a section"),
    option("paper", "=1", said="expected section.key=value"),
    option("paper", "seeds", said="expected section.key=value"),
    option("paper", "seeds.count=1", said="seeds is not a section"),
    option("paper", "a.b.c=1", said='unknown key "a"'),
    option("paper", f"{'.'.join('a' * 3000)}=1", said="nested more than"),
    option("paper", f"seeds={'[' * 3000}{']' * 3000}", said="too large or too deeply"),
    option("paper", "rounds=3", said="a configuration of fedser simulate, not of fedser paper"),
    option("moving", "sweep.noise=[1]", said="a configuration of fedser privacy frontier"),
    option("moving", "mobility.kind=shedule", said='did you mean "schedule"'),
    option("moving", "mobility.availability=2", said="probability"),
    option("moving", "mobility.availability=often", said="probability"),
    option("moving", "mobility.availability.mean_on=3", said="needs both mean_on and mean_off"),
    option("moving", "mobility.withheld.hme=2", said='unknown environment "hme"'),
    option("moving", "mobility.withheld.home=0", said="withheld"),
    option("moving", "mobility.withheld={home=2, office=2, street=2}", said="no environment open in round 1"),
    option("moving", "schedule.environments=[]", said="environments"),
    option("moving", 'schedule.environments=["nowhere"]', said='unknown environment "nowhere"'),
    option("moving", "schedule.stay=0", said="stay"),
    option("moving", "aggregation.rule=fedavgg", said='did you mean "fedavg"'),
    option("moving", "aggregation.rule=fedadam", "aggregation.learning_rate=1e20", said="[fedadam] eta"),
    option("moving", "aggregation.rule=fedadam", "fedadam.eta=inf", said="eta"),
    option("moving", "aggregation.rule=fedadam", "fedadam.beta_1=1", said="beta_1"),
    option("moving", 'arms=["federated:exper@fedtrimmedavg"]', "fedtrimmedavg.beta=0.5", said="beta"),
    option("moving", 'arms=["federated:exper@krum"]', "krum.num_malicious_nodes=-1", said="num_malicious"),
    option("moving", 'arms=["federated:exper@krum"]', "krum.num_malicious_nodes=1000000000", said="num_malicious"),
    option("moving", 'arms=["federated:exper@bulyan"]', "bulyan.num_malicious_nodes=1", said="needs 7 updates"),
    option("moving", "privacy.mechanism=central", said="needs clip"),
    option("moving", "privacy.noise_multiplier=1.0", said="noise without a mechanism"),
    option("moving", "privacy.secure_aggregation=true", said="weights by the number of examples"),
    option("moving", 'privacy.defences=["clip"]', said="unknown defence"),
    option("moving", "privacy.unit=example", said="does not apply"),
    option("moving", "devices.count=1000", said="more devices than data"),
    option("moving", "adaptation={}", said="exactly one of epochs, steps"),
    option("moving", 'arms=["locale:exper"]', said='did you mean "local"'),
    option("moving", 'arms=["local:exper@fedavg"]', said="nothing is aggregated"),
    option("moving", "corpora=[]", "environments=[]", said="environments"),
    option("moving", "server.acoustics=ofice", said='did you mean "office"'),
    option("moving", "server.acoustics={room=[1]}", said="room"),
    option("moving", "server.acoustics={room=[1, 2, 400]}", said="1 to 40 metres"),
    option("moving", "server.acoustics={rt60_s=inf}", said="rt60_s"),
    option("moving", "server.acoustics=3", said="acoustics"),
    option("attack", "attacks=[]", said="attacks"),
    option("attack", 'attacks=["linkage", "linkage"]', said="given twice"),
    option("attack", 'attacks=["likage"]', said='did you mean "linkage"'),
    option("attack", "shadow=nowhere.toml", said="nowhere.toml"),
    option("attack", "target={}", said="target"),
    option("attack", "federation.devices.owner=mixed", said='owner = "speaker"'),
    option("attack", 'federation.arms=["local:exper"]', said="local arms send nothing"),
    option("attack", 'federation.arms=["federated:exprr"]', said="exprr"),
    option("frontier", "sweep.noise=[]", said="noise"),
    option("frontier", "sweep.noise=[-1.0]", said="noise"),
    option("frontier", "sweep.noise=[inf]", said="noise"),
    option("frontier", "sweep.noise=[1.0, 1.0]", said="twice"),
    option("frontier", "sweep.capacity=[0]", said="capacity"),
    option("frontier", "sweep={}", said="sweep"),
]

_CENTRAL = ("privacy.mechanism=central", "privacy.delta=0.01", "aggregation.weights=uniform")


def diverging(kind, *changes, at_fault):
    """A case in which training diverges, and what is said of it names the option at fault."""
    return option(kind, *changes, said=f"try a smaller {at_fault}", trains=True)


def under_rule(rule, name, value, *others):
    """A case of one option of a rule of aggregation."""
    arms = f'arms=["federated:exper@{rule}"]'
    return diverging("moving", arms, f"{rule}.{name}={value}", *others, at_fault=f"{rule}.{name}")


FOUND_IN_TRAINING = [
    diverging("paper", "training.learning_rate=1e38", at_fault="training.learning_rate"),
    option("paper", "training.learning_rate=1e300", said="beyond ±3e+38"),
    diverging("paper", 'arms=["gem-random"]', "gem.margin=1e38", at_fault="gem.margin"),
    option("paper", "gem.margin=1e300", said="beyond ±3e+38"),
    option("moving", "gem.eps=1e308", said="beyond ±3e+38"),
    diverging("moving", "training.learning_rate=1e38", at_fault="training.learning_rate"),
    diverging("moving", 'arms=["federated:gem"]', "gem.margin=1e38", at_fault="gem.margin"),
    under_rule("fedadam", "eta", "1e20"),
    option("moving", "fedadam.eta=1e300", said="beyond ±3e+38"),
    under_rule("fedyogi", "eta", "1e20"),
    under_rule("fedadagrad", "eta", "1e20"),
    under_rule("fedavgm", "server_learning_rate", "1e30"),
    under_rule("fedprox", "proximal_mu", "1e38", "adaptation.epochs=5"),
    diverging(
        "moving",
        *_CENTRAL,
        "server.speakers=0.3",
        "privacy.clip=1e8",
        "privacy.noise_multiplier=1e9",
        at_fault="privacy.noise_multiplier",
    ),
    diverging("moving", "server.speakers=0.3", "server.learning_rate=1e38", at_fault="server.learning_rate"),
]

CASES = [*NUMBERS, *MEANINGS, *FOUND_IN_TRAINING]
