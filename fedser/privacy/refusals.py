"""Errors by which a protected run ends: the budget is spent, or a secure sum cannot be completed."""

from fedser.errors import UserError


class BudgetSpentError(UserError):
    """The next round would spend more privacy than the run was given; nothing of it has been released."""


class SecureAggregationError(UserError):
    """A secure sum cannot be formed: too few devices are left, or a value does not fit the grid."""
