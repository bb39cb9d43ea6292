"""Plain float32 training loops, as one would write them first: what the benchmarks compare with."""

import numpy as np
import quadprog
import torch

from tests.references.naive_step import ccc_loss


def finetune_step(model, optimiser, batch):
    """Forward, backward, step."""
    acoustic, lexical, labels = batch
    optimiser.zero_grad()
    ccc_loss(model(acoustic, lexical), labels).backward()
    optimiser.step()


class PlainGem:
    """One backward pass per memory; every parameter's gradient is copied out, and back after the projection."""

    def __init__(self, model, optimiser, memories, margin=0.5, eps=1e-3):
        self.model, self.optimiser, self.memories = model, optimiser, memories
        self.margin, self.eps = margin, eps
        self.sizes = [p.numel() for p in model.parameters()]
        self.gradients = torch.zeros(1 + len(memories), sum(self.sizes))

    def step(self, batch):
        for row, examples in zip([*range(1, len(self.memories) + 1), 0], [*self.memories, batch], strict=True):
            acoustic, lexical, labels = examples
            self.optimiser.zero_grad()
            ccc_loss(self.model(acoustic, lexical), labels).backward()
            self._store(row)
        gradient, past = self.gradients[0], self.gradients[1:]
        if (past @ gradient < 0).any():
            self._overwrite(self._project(gradient.double().numpy(), past.double().numpy()))
        self.optimiser.step()

    def _store(self, row):
        start = 0
        for p, size in zip(self.model.parameters(), self.sizes, strict=True):
            self.gradients[row, start : start + size].copy_(p.grad.reshape(-1))
            start += size

    def _overwrite(self, gradient):
        start, vector = 0, torch.from_numpy(gradient).float()
        for p, size in zip(self.model.parameters(), self.sizes, strict=True):
            p.grad.copy_(vector[start : start + size].view_as(p))
            start += size

    def _project(self, gradient, past):
        t = len(past)
        hessian = past @ past.T + self.eps * np.eye(t)
        dual = quadprog.solve_qp(hessian, -past @ gradient, np.eye(t), np.full(t, self.margin))[0]
        return gradient + dual @ past
