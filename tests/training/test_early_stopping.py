import torch

from fedser.training.early_stopping import EarlyStopping


def run(losses, patience=3):
    stopping = EarlyStopping(patience, best=torch.tensor([0.0]))
    for epoch, loss in enumerate(losses, start=1):
        stopping.update(epoch, loss, torch.tensor([float(epoch)]), {"epoch": torch.tensor(epoch)})
        if stopping.should_stop:
            break
    return stopping, epoch


def test_stops_after_patience_epochs_without_improvement_and_keeps_the_best():
    stopping, last = run([3.0, 1.0, 2.0, 2.0, 2.0, 0.5])
    assert last == 5
    assert (stopping.best_epoch, stopping.best_loss, stopping.best.item()) == (2, 1.0, 2.0)


def test_an_equal_loss_is_no_improvement():
    stopping, last = run([1.0, 1.0, 1.0, 1.0, 0.5])
    assert last == 4
    assert stopping.best_epoch == 1


def test_an_improvement_resets_the_wait():
    stopping, last = run([3.0, 3.0, 3.0, 2.0, 3.0, 3.0, 1.0, 3.0])
    assert last == 8
    assert not stopping.should_stop
    assert stopping.best_epoch == 7


def test_the_best_is_a_copy():
    vector = torch.tensor([1.0])
    stopping = EarlyStopping(2, best=vector)
    stopping.update(1, 1.0, vector, {})
    vector.fill_(9.0)
    assert stopping.best.item() == 1.0
