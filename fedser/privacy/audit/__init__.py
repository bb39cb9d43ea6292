"""What canaries show of a mechanism's ε: a lower bound beside the accountant's upper one."""

from fedser.privacy.audit.canaries import Audit, audit
from fedser.privacy.audit.one_run import epsilon_of_errors, epsilon_of_gaussian_errors, epsilon_shown

__all__ = ["Audit", "audit", "epsilon_of_errors", "epsilon_of_gaussian_errors", "epsilon_shown"]
