"""Steps towards a sum: a device takes them beneath a secure sum, else the server does, for all that it sees."""

from abc import abstractmethod

from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams


class JointStep(Defence):
    """A step that concerns how contributions add up.

    `expected`: how many take part in a round, where nobody may learn who did; None for as many as came.
    """

    expected: float | None = None

    @property
    def appended(self) -> int:
        """Return how many coordinates it puts behind the values."""
        return 0

    @abstractmethod
    def into_sum(self, contribution: Contribution) -> Contribution:
        """Return what a contribution adds to the sum."""

    def outgoing(self, contribution: Contribution, streams: DeviceStreams) -> Contribution:
        """Return the same, on the device."""
        return self.into_sum(contribution)

    def participants(self, count: int) -> float:
        """Return by how many to divide a sum of `count` contributions under a guarantee."""
        return max(1.0, float(count) if self.expected is None else self.expected)
