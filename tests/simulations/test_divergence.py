"""What is said of training that diverges names the option that is at fault."""

import pytest

from tests.bad_inputs.case import Ground
from tests.bad_inputs.options import FOUND_IN_TRAINING
from tests.bad_inputs.world import write_configs


@pytest.mark.parametrize("case", FOUND_IN_TRAINING, ids=lambda case: case.name)
def test_divergence_names_the_option_at_fault(case, tiny, fedser, tmp_path):
    write_configs(tmp_path)
    ground = Ground(tmp_path, tiny.data, tmp_path, tmp_path, tmp_path)

    code, _, err = fedser(*case.arguments(ground), "--seeds", "1")

    assert code == 2, err[-500:]
    assert "Traceback" not in err
    for part in case.said:
        assert part in err.splitlines()[-1]
