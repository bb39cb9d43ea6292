"""Secrets put together again from revealed shares, each of which was committed to when it was dealt.

Who reveals another share than it was dealt is found and named, and the secret comes from the shares of the others.
Who dealt shares that do not make the secret it committed to, before it knew who would take part, is named too. An
empty share is an accusation: its holder could not use what it was dealt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flwr.common.secure_aggregation.crypto.shamir import combine_shares

from clients.secure.keys import commitment, private_key, public_text
from clients.secure.messages import EncryptedShares, PublicKeys
from fedser.errors import SecureAggregationError

OWN, MASK_KEY = "own", "mask"
"""The two secrets of a device: of its own mask, and of its pair masks."""


@dataclass
class SecretShares:
    """What the devices of the ring have committed to, and who has been found to lie."""

    name: str
    threshold: int
    ring: Sequence[int]
    keys: Mapping[int, PublicKeys]
    dealt: Mapping[int, EncryptedShares]
    liars: dict[int, str] = field(default_factory=dict)

    def secret(self, kind: str, dealer: int, revealed: Mapping[int, str]) -> bytes:
        """Return a dealer's secret from the shares (hexadecimal) that holders reveal.

        Raises SecureAggregationError, which names whom it can, where too few are true, or the dealer lied.
        """
        shares = sorted(revealed.items())
        true = [share for holder, share in shares if self._is_true(kind, dealer, holder, share)]
        if len(true) < self.threshold:
            raise self._failure(
                f"{len(true)} true shares of device {dealer}'s secret, {self.threshold} are needed"
            )
        try:
            secret = combine_shares([bytes.fromhex(share) for share in true[: self.threshold]])
        except Exception:  # what a stranger has dealt raises anything
            secret = b""
        if not self._is_committed(kind, dealer, secret):
            self.liars[dealer] = "dealt shares that do not make the secret it committed to"
            raise self._failure("a secret is another than the one committed to")
        return secret

    def _is_true(self, kind: str, dealer: int, holder: int, share: str) -> bool:
        if not share:
            self.liars.setdefault(holder, f"says that device {dealer} dealt it a false share: one of the two lies")
            return False
        commitments = self.dealt[dealer].own_commitments if kind == OWN else self.dealt[dealer].mask_commitments
        if commitment(share, self.name, kind, dealer, holder) != commitments[self.ring.index(holder)]:
            self.liars[holder] = "revealed another share than it was dealt"
            return False
        return True

    def _is_committed(self, kind: str, dealer: int, secret: bytes) -> bool:
        keys = self.keys[dealer]
        if kind == MASK_KEY:
            return bool(secret) and public_text(private_key(secret, MASK_KEY)) == keys.mask_key
        return commitment(secret.hex(), self.name, OWN, dealer) == keys.own_commitment

    def _failure(self, why: str) -> SecureAggregationError:
        named = "".join(f"; device {device} {lie}" for device, lie in sorted(self.liars.items()))
        return SecureAggregationError(f"a secure sum fails: {why}{named}")
