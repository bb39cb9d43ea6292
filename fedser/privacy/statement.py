"""What a run may claim, in plain sentences, to stand beside its figures."""

from fedser.privacy.options import PrivacyOptions

NEIGHBOURS = {
    "poisson": "whether one device belongs to the federation at all, if nobody learns who took part in a round",
    "fixed": "whether one device belongs to the federation at all, if nobody learns who took part in a round",
    "known": "one device's whole contribution, also where everybody knows who took part in which round",
}


def claims(options: PrivacyOptions, mode: str = "federated") -> list[str]:
    """Return what is and is not covered; `mode` is one of `fedser.protocol.arms.MODES`."""
    if mode == "local":
        return ["Nothing leaves a device, so there is nothing to protect and nothing is claimed."]
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
    if options.private and not options.secure_noise:
        lines.append("The noise is seeded, to repeat the simulation: whoever knows the seed can take it off.")
    if options.defences:
        lines.append(f"Nothing is claimed of the further steps: {', '.join(options.defences)}.")
    if options.secure_aggregation:
        lines.append("The server sees only the sum, if it follows the protocol and a majority does not collude.")
    if options.private:
        lines.append(
            "Scores and counts of a device that a run writes down are the experimenter's, and not covered."
        )
    return lines


def _guarantee(options: PrivacyOptions) -> str:
    if not options.private:
        return "No differential privacy: the updates carry what training put into them."
    seen = "the models" if options.mechanism == "central" else "the models and the server's noisy sums"
    trust = ", and the server is trusted" if options.mechanism == "central" else ""
    return f"User-level differential privacy of {NEIGHBOURS[options.sampling]}; covered are {seen}{trust}."
