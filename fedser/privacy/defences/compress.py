"""Send less of an update (`compression`); uncompressed, it is sent as float32."""

from dataclasses import replace
from typing import ClassVar

from fedser.errors import UserError
from fedser.privacy.compression import Compression, decode, eight_bit, plain, top_k
from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams


class Compress(Defence):
    """`keep`: the share of entries that top-k sends. `stochastic`: eight bits are rounded at random, unbiased."""

    name: ClassVar[str] = "compress"
    does: ClassVar[str] = "sends less of the update."

    kind: Compression = "none"
    keep: float = 1.0
    stochastic: bool = False

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return it with what is sent."""
        if self.kind == "top-k":
            encoded = top_k(contribution.values, self.keep)
        elif self.kind == "8-bit":
            encoded = eight_bit(contribution.values, streams.rounding() if self.stochastic else None)
        else:
            encoded = plain(contribution.values)
        return replace(contribution, encoded=encoded)

    def incoming(self, contribution: Contribution) -> Contribution:
        """Return the update that was sent, (k,) float32; raises UserError for one of another kind or size."""
        encoded, size = contribution.encoded, contribution.origin.size
        if encoded is None or encoded.kind != self.kind or encoded.size != size:
            got = "none" if encoded is None else f"one of {encoded.size} values, compressed as {encoded.kind}"
            raise UserError(
                f"an update is missing: got {got}, expected {size} values, compressed as {self.kind}; device and "
                "server must run one version and configuration"
            )
        return replace(contribution, values=decode(encoded), encoded=None)
