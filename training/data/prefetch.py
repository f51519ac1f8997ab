"""Batches planned ahead by other processes, where a device is faster than the captions are written."""

from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset


class _Plans(Dataset):
    def __init__(self, batches):
        self.batches = batches

    def __getitem__(self, step: int) -> tuple:
        return self.batches.plan(step)


class Prefetched:
    """`batches` whose plans come from `workers` processes; asked for steps in their order, it never waits for one."""

    def __init__(self, batches, workers: int):
        self.batches, self.workers = batches, workers
        self.next, self.plans = -1, iter(())

    def __call__(self, step: int) -> tuple:
        if step != self.next:
            self.plans = self._from(step)
        self.next = step + 1
        return self.batches.make(next(self.plans))

    def _from(self, step: int) -> Iterator[tuple]:
        steps = range(step, step + 10**9)
        loader = DataLoader(
            _Plans(self.batches),
            batch_size=None,
            sampler=steps,
            num_workers=self.workers,
            collate_fn=_as_it_is,
            multiprocessing_context="fork" if self.workers else None,
            prefetch_factor=4 if self.workers else None,
        )
        return iter(loader)


def _as_it_is(plan):
    return plan


def prefetched(setup, workers: int):
    """The same `setup` of a recipe with its batches planned ahead, where they can be."""

    def planned(config, device: torch.device):
        model, batches, update = setup(config, device)
        return model, Prefetched(batches, workers) if hasattr(batches, "plan") else batches, update

    return planned
