"""What a rule of aggregation decides, on the server and on the devices."""

from typing import ClassVar

from fedser.config import Section


class Rule(Section):
    """A rule, and at once its section of the configuration: [fedadam], [fedprox], …"""

    extends: ClassVar[str] = "rules"

    name: ClassVar[str]
    """How configurations write it, after `@` in an arm."""
    title: ClassVar[str]
    """How tables and figures write it."""
