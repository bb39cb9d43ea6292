"""A device's side of a secure sum: the server learns the sum of the vectors, and nothing else about one.

Bonawitz et al. 2017, "Practical secure aggregation for privacy-preserving machine learning", CCS, with the
complete graph; against a server that is curious but follows the protocol, and fewer than the threshold of
devices in league with it. Every device adds a mask of its own and, with each other device, a mask that the
other subtracts. Both kinds can be recovered from shares that the others hold: a missing device's pair masks, or
an arrived device's own mask, never both of one device.

A device says each thing once: a phase out of order, or a second answer to `unmask`, is refused, or else a server
could ask for both kinds of shares one after the other. The state is a plain dictionary of words and numbers
and goes to the device's disk between phases; after `unmask` it holds no secret any more.
"""

import copy
import os
from dataclasses import replace
from typing import Any

import numpy as np
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from flwr.common.secure_aggregation.crypto.shamir import create_shares
from flwr.common.secure_aggregation.crypto.symmetric_encryption import decrypt, encrypt
from flwr.common.secure_aggregation.secaggplus_utils import (
    share_keys_plaintext_concat,
    share_keys_plaintext_separate,
)
from numpy.typing import NDArray

from clients.secure.authority import SumRules, words_of_keys, words_of_survivors
from clients.secure.keys import SECRET_BYTES, agreed_key, commitment, own_mask, pair_mask, private_key, public_text
from clients.secure.messages import (
    AGREE,
    MASK,
    SETUP,
    SHARE,
    UNMASK,
    Agreement,
    Delivery,
    EncryptedShares,
    Invitation,
    KeyBook,
    MaskedVector,
    PublicKeys,
    RevealedShares,
    Survivors,
)
from fedser.errors import SecureAggregationError

DONE = "done"


class SecureMasks:
    """The four phases on one device; `state` is what to keep between them, {} before the first."""

    def __init__(self, device: int, state: dict[str, Any] | None = None, rules: SumRules | None = None) -> None:
        self.device, self.rules = device, rules or SumRules()
        self.state: dict[str, Any] = copy.deepcopy(state or {})
        self._private_keys: dict[str, EllipticCurvePrivateKey] = {}

    def setup(self, invitation: Invitation) -> PublicKeys:
        """Begin a new sum, whatever became of the one before, with fresh secrets."""
        secrets = {name: os.urandom(SECRET_BYTES).hex() for name in ("own", "mask", "share")}
        self.state = {
            "next": SHARE,
            "name": invitation.name,
            "threshold": invitation.threshold,
            **secrets,
        }
        bound = commitment(secrets["own"], invitation.name, "own", self.device)
        keys = PublicKeys(self._public("mask"), self._public("share"), bound)
        if self.rules.authority is None:
            return keys
        words = words_of_keys(invitation.name, invitation.threshold, *keys.unsigned)
        return replace(keys, signature=self.rules.authority.sign(SETUP, words))

    def share(self, book: KeyBook) -> EncryptedShares:
        """Share both secrets among all devices of the book, encrypted for each."""
        self._enter(SHARE)
        self._check(book)
        number, threshold = len(book.devices), self.state["threshold"]
        own = create_shares(bytes.fromhex(self.state["own"]), threshold, number)
        mask = create_shares(bytes.fromhex(self.state["mask"]), threshold, number)
        receivers, ciphertexts = [], []
        for place, other in enumerate(book.devices):
            if other == self.device:
                self.state["held"] = {str(other): [own[place].hex(), mask[place].hex()]}
                continue
            text = share_keys_plaintext_concat(self.device, other, own[place], mask[place])
            receivers.append(other)
            ciphertexts.append(encrypt(self._agreed("share", book.share_keys[place]), text).hex())
        others = zip(book.devices, book.mask_keys, book.share_keys, strict=True)
        self.state["keys"] = {str(device): [mask_key, share_key] for device, mask_key, share_key in others}
        self.state["next"] = MASK
        bound = [
            [
                commitment(share.hex(), self.state["name"], kind, self.device, holder)
                for holder, share in zip(book.devices, shares, strict=True)
            ]
            for kind, shares in (("own", own), ("mask", mask))
        ]
        return EncryptedShares(receivers, ciphertexts, *bound)

    def mask(self, delivery: Delivery, values: NDArray[np.uint32]) -> MaskedVector:
        """Return the vector (d,) of residues modulo 2³² under all its masks; keep the others' shares."""
        self._enter(MASK)
        if len(delivery.senders) + 1 < self.state["threshold"]:
            raise SecureAggregationError(
                f"only {len(delivery.senders) + 1} devices are left of a sum that needs {self.state['threshold']}"
            )
        name, length = self.state["name"], values.size
        masked = values + own_mask(bytes.fromhex(self.state["own"]), name, length)
        bound = zip(delivery.own_commitments, delivery.mask_commitments, strict=True)
        for sender, ciphertext, said in zip(delivery.senders, delivery.ciphertexts, bound, strict=True):
            shares = self._opened(sender, ciphertext)
            self.state["held"][str(sender)] = [
                share if commitment(share, name, kind, sender, self.device) == committed else ""
                for kind, share, committed in zip(("own", "mask"), shares, said, strict=True)
            ]
            pair = pair_mask(self._agreed("mask", self.state["keys"][str(sender)][0]), name, length)
            masked = masked + pair if self.device > sender else masked - pair
        self.state["next"] = UNMASK if self.rules.authority is None else AGREE
        return MaskedVector(masked)

    def agree(self, survivors: Survivors) -> Agreement:
        """Sign whose vectors have arrived, once; raises SecureAggregationError for what must not be unmasked."""
        self._enter(AGREE)
        self._check_survivors(survivors)
        if self.rules.authority is None:
            raise SecureAggregationError("asked to sign survivors, and this device was given no key to sign with")
        self.state["next"], self.state["agreed"] = UNMASK, [survivors.arrived, survivors.missing]
        words = words_of_survivors(self.state["name"], survivors.arrived, survivors.missing)
        return Agreement(self.rules.authority.sign(AGREE, words))

    def unmask(self, survivors: Survivors) -> RevealedShares:
        """Reveal one share of each device, once; raises SecureAggregationError if asked for too much."""
        self._enter(UNMASK)
        self._check_survivors(survivors)
        self._check_agreement(survivors)
        arrived, missing, held = survivors.arrived, survivors.missing, self.state["held"]
        self.state = {"next": DONE, "name": self.state["name"]}
        return RevealedShares(
            [held[str(device)][0] for device in arrived], [held[str(device)][1] for device in missing]
        )

    def _check_survivors(self, survivors: Survivors) -> None:
        """Refuse survivors of whom too much, or too few, would come to light."""
        arrived, missing = survivors.arrived, survivors.missing
        asked = [*arrived, *missing]
        held = self.state["held"]
        if len(set(asked)) != len(asked) or any(str(device) not in held for device in asked):
            raise SecureAggregationError(
                "asked for both kinds of shares of one device, or for a stranger's; refused"
            )
        least = max(self.state["threshold"], self.rules.least)
        if len(arrived) < least or self.device not in arrived:
            raise SecureAggregationError(
                f"asked to unmask {len(arrived)} devices' sum; expected {least}, this one too"
            )

    def _check_agreement(self, survivors: Survivors) -> None:
        """Refuse survivors that are not those signed, by this device and by as many as the threshold."""
        authority = self.rules.authority
        if authority is None:
            return
        if self.state["agreed"] != [survivors.arrived, survivors.missing]:
            raise SecureAggregationError("asked to unmask another sum than this device has agreed to; refused")
        words = words_of_survivors(self.state["name"], survivors.arrived, survivors.missing)
        signed = {
            device
            for device, signature in zip(survivors.signers, survivors.signatures, strict=True)
            if device in survivors.arrived and authority.is_signed(device, signature, AGREE, words)
        }
        if len(signed) < self.state["threshold"]:
            raise SecureAggregationError(
                f"{len(signed)} devices have signed the survivors of a secure sum, expected "
                f"{self.state['threshold']}: the server may have told others otherwise; refused"
            )

    def _enter(self, phase: str) -> None:
        if self.state.get("next") != phase:
            raise SecureAggregationError(
                f'phase "{phase}" out of order: this device expects "{self.state.get("next", SETUP)}"; '
                f"start the sum anew"
            )

    def _check(self, book: KeyBook) -> None:
        """Refuse a book that is too short or tampered with, in as far as one device can see it."""
        keys = [*book.mask_keys, *book.share_keys]
        if len(book.devices) < self.state["threshold"] or 2 * self.state["threshold"] <= len(book.devices):
            raise SecureAggregationError(
                f"a sum of {len(book.devices)} devices with a threshold of {self.state['threshold']}; "
                f"expected a threshold above half of them, and no higher than all"
            )
        if len(set(keys)) != 2 * len(book.devices) or len(set(book.devices)) != len(book.devices):
            raise SecureAggregationError("a key or a device occurs twice in the book of a secure sum")
        own = dict(zip(book.devices, zip(book.mask_keys, book.share_keys, strict=True), strict=True))
        if own.get(self.device) != (self._public("mask"), self._public("share")):
            raise SecureAggregationError("this device's own keys stand wrongly in the book of a secure sum")
        if len(book.devices) < self.rules.least:
            raise SecureAggregationError(
                f"a sum of {len(book.devices)} devices, and this one adds to none of fewer than {self.rules.least}"
            )
        self._check_signatures(book)

    def _check_signatures(self, book: KeyBook) -> None:
        """Refuse keys that their devices have not signed."""
        if self.rules.authority is None:
            return
        columns = (book.mask_keys, book.share_keys, book.own_commitments)
        entries = zip(book.devices, zip(*columns, strict=True), book.signatures, strict=True)
        for device, keys, signature in entries:
            words = words_of_keys(self.state["name"], self.state["threshold"], *keys)
            if not self.rules.authority.is_signed(device, signature, SETUP, words):
                raise SecureAggregationError(f"the keys of device {device} are not signed by it: refused")

    def _opened(self, sender: int, ciphertext: str) -> list[str]:
        """Return both shares of a sender as hexadecimal text."""
        known = self.state["keys"].get(str(sender))
        if known is None or str(sender) in self.state["held"]:
            raise SecureAggregationError("shares from a stranger, or twice from one device; refused")
        try:
            text = decrypt(self._agreed("share", known[1]), bytes.fromhex(ciphertext))
        except InvalidToken:
            raise SecureAggregationError("a share cannot be decrypted: it was altered on its way") from None
        source, destination, own, mask = share_keys_plaintext_separate(text)
        if (source, destination) != (sender, self.device):
            raise SecureAggregationError("a share was delivered to the wrong device; refused")
        return [own.hex(), mask.hex()]

    def _public(self, purpose: str) -> str:
        return public_text(self._private(purpose))

    def _agreed(self, purpose: str, other: str) -> bytes:
        return agreed_key(self._private(purpose), other)

    def _private(self, purpose: str) -> EllipticCurvePrivateKey:
        secret = self.state[purpose]
        if secret not in self._private_keys:  # deriving one costs as much as an agreement
            self._private_keys[secret] = private_key(bytes.fromhex(secret), purpose)
        return self._private_keys[secret]
