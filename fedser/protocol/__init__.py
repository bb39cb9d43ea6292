"""The paper's protocol: environments in order, arms sharing a first model, scores on every environment."""

from fedser.protocol.arms import Arm
from fedser.protocol.environment import EnvironmentData
from fedser.protocol.sequential import SequentialRun, Watch
from fedser.protocol.stage_files import StageRecord

__all__ = ["Arm", "EnvironmentData", "SequentialRun", "StageRecord", "Watch"]
