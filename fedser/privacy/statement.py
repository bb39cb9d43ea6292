"""What a run may claim, in plain sentences, to stand beside its figures."""

from fedser.privacy.options import PrivacyOptions

NEIGHBOURS = {
    "poisson": "whether one {unit} belongs to the federation at all, if nobody learns who took part in a round",
    "fixed": "whether one {unit} belongs to the federation at all, if nobody learns who took part in a round",
    "known": "one {unit}'s whole contribution, also where everybody knows who took part in which round",
}


TOLD = (
    "Beside its update a device tells, bare: its number, whether it trained, on how many utterances, in how many "
    "steps, its operations, bytes of memory and seconds, that it failed, and its scores on held-out speakers. "
    "Statistics of its own speech stay on the device."
)
TOLD_QUIETLY = (
    "Beside its update a device tells its number, that it answered, and by the clock how long it took. One that "
    "fails, or has nothing to learn from, sends zeros through the same steps; why, its own log says."
)
CLIPPED = "It also tells, bare, whether its update was clipped."
NOT_OF_DEVICES = "Of the speech that the server's own model was trained on before, nothing is claimed."
EXACT = (
    "Epsilon is that of noise and sums in real numbers; what floating point, or the grid of a secure sum, gives "
    "away beyond them is not accounted for."
)
UNIT = {
    "device": (
        "The unit is one device in one run of one arm and seed: who owns several devices is protected less, and "
        "models of several arms and seeds, published together, add up; both are printed beside epsilon."
    ),
    "owner": (
        "The unit is one owner with all devices, at most devices_per_owner, in one run of one arm and seed: "
        "models of several arms and seeds, published together, add up, as printed beside epsilon."
    ),
}
SEEDED = (
    "Every epsilon is said as if cohorts and noise were secret: they are seeded, to repeat the simulation, and "
    "whoever knows the seed can recompute the cohorts and take off the noise."
)


def claims(options: PrivacyOptions, mode: str = "federated") -> list[str]:
    """Return what is and is not covered; `mode` is one of `fedser.protocol.arms.MODES`."""
    if mode == "local":
        told = TOLD_QUIETLY if options.private else TOLD
        return ["No model leaves a device and nothing is claimed.", told.replace("Beside its update a", "A")]
    lines = [_guarantee(options)]
    if mode in ("personal-head", "fedrep"):
        lines.append(
            "Only the shared body leaves a device and is covered; the personal heads stay, and no claim is made "
            "about a head, or about scores of a personal model, that somebody hands out."
        )
    if mode == "personal-norm":
        lines.append(
            "Only weights and biases leave a device and are covered; its gains and shifts of LayerNorm stay, and "
            "no claim is made about them, or about scores of a personal model, that somebody hands out."
        )
    if mode == "federated-ft":
        lines.append(
            "What devices share before they finetune alone is covered; their own models stay, and no claim is "
            "made about one, or about its scores, that somebody hands out."
        )
    if mode == "ditto":
        lines.append(
            "Only the shared model leaves a device and is covered; a device's own model stays, and no claim is "
            "made about it, or about its scores, that somebody hands out."
        )
    if options.promises:
        lines += [UNIT[options.unit], NOT_OF_DEVICES, EXACT]
    if options.promises and not options.secure_noise:
        lines.append(SEEDED)
    if options.defences:
        lines.append(f"Nothing is claimed of the further steps: {', '.join(options.defences)}.")
    if options.secure_aggregation:
        lines.append(_secure_sum(options))
    lines.append(TOLD_QUIETLY if options.private else TOLD)
    if options.clip is not None and not options.secure_aggregation:
        lines.append(CLIPPED)
    if options.private:
        lines.append(
            "Scores and counts of a device that a run writes down are the experimenter's, and not covered."
        )
    return lines


def _guarantee(options: PrivacyOptions) -> str:
    if not options.promises:
        clipped = "; without noise the clip hides nothing" if options.private else ""
        return f"No differential privacy: the updates carry what training put into them{clipped}."
    seen = "the models" if options.mechanism == "central" else "the models and the server's noisy sums"
    trust = ", and the server is trusted" if options.mechanism == "central" else ""
    neighbours = NEIGHBOURS[options.sampling].format(unit=options.unit)
    return f"{options.unit.capitalize()}-level differential privacy of {neighbours}; covered are {seen}{trust}."


def _secure_sum(options: PrivacyOptions) -> str:
    if options.active_server:
        held = (
            "also if it does not follow the protocol, as far as devices know each other's keys by another way and "
            "fewer collude with it than twice the threshold exceeds their number"
        )
    else:
        held = (
            "if it follows the protocol, keys and survivors it names being its word, and fewer devices than the "
            "threshold collude with it"
        )
    return (
        f"Of the updates the server sees only the sum, {held}. A false share is found and its device named; a "
        "device that masks another vector than its own is not."
    )
