"""Attacks on updates, each with null controls, intervals and a statement of what its adversary knows."""

from fedser.privacy.attacks.attribute_inference import AttributeFinding, AttributeOptions, infer_attribute
from fedser.privacy.attacks.gradient_inversion import invert, normalised_input
from fedser.privacy.attacks.interval import Interval, Null
from fedser.privacy.attacks.inversion_curve import InversionFinding, Victim, inversion_curve
from fedser.privacy.attacks.linkage import LinkageFinding, LinkageOptions, link_speakers
from fedser.privacy.attacks.memory_membership import (
    MembershipFinding,
    MembershipOptions,
    Trial,
    infer_membership,
    matched_others,
)
from fedser.privacy.attacks.update import Layout, Update, layer_gradient
from fedser.privacy.attacks.utterance_scores import by_gain, by_influence, by_loss

__all__ = [
    "AttributeFinding",
    "AttributeOptions",
    "Interval",
    "InversionFinding",
    "Layout",
    "LinkageFinding",
    "LinkageOptions",
    "MembershipFinding",
    "MembershipOptions",
    "Null",
    "Trial",
    "Update",
    "Victim",
    "by_gain",
    "by_influence",
    "by_loss",
    "infer_attribute",
    "infer_membership",
    "inversion_curve",
    "invert",
    "layer_gradient",
    "link_speakers",
    "matched_others",
    "normalised_input",
]
