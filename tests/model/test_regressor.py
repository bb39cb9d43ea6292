import torch

from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.seeding import generator


def test_initial_weights_do_not_depend_on_what_was_there_before():
    model = Regressor(5, 3, ModelOptions(width=4))
    parameters = FlatParameters(model)
    model.initialise(generator(0, "weights"))
    first = parameters.vector.clone()
    parameters.vector.add_(torch.randn(len(first)))  # as training does: gains and shifts too
    model.initialise(generator(0, "weights"))
    assert torch.equal(parameters.vector, first)
