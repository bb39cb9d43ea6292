"""How much a model has been made to do: utterances passed through it, and floating-point operations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelWork:
    """A difference of two counts (`Regressor.work`) is what was done between them."""

    passes: int = 0
    """Utterances passed forward through the model; one that goes through twice counts twice."""
    flops: int = 0
    """Those of the matrix products, a multiplication and an addition each."""

    def __add__(self, other: "ModelWork") -> "ModelWork":
        return ModelWork(self.passes + other.passes, self.flops + other.flops)

    def __sub__(self, other: "ModelWork") -> "ModelWork":
        return ModelWork(self.passes - other.passes, self.flops - other.flops)


def flops_of_layer(rows: int, weights: int, gradient: bool, of_data: bool) -> int:
    """Return the FLOPs of a linear layer: 2 for every row and weight, for each product with the weights' shape.

    There is one product forward and, where a gradient is wanted, one for that of the weights and one for that of
    the input, unless the layer's input is data. LayerNorm, activations and what a step does with gradients once
    they are there are no products of rows and weights, and are left out.

    >>> flops_of_layer(10, 100, gradient=False, of_data=True)
    2000
    >>> flops_of_layer(10, 100, gradient=True, of_data=False)
    6000
    """
    products = 1 + (0 if not gradient else 1 if of_data else 2)
    return 2 * rows * weights * products
