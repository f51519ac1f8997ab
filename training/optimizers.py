"""Muon (Jordan et al. 2024) for the matrices of a network, AdamW for everything else.

    M ← μ M + (1 − μ) G,    W ← W − lr · 0.2 √(max(rows, columns)) · orthogonal((1 − μ) G + μ M)

The orthogonal factor of a matrix has all singular values at 1, so that a step moves every direction equally.
Newton–Schulz steps find it by products alone. The factor 0.2 √(larger side) gives an update the size that AdamW's has
(Liu et al. 2025, Moonlight, §2.2). A convolution's weight (O, I, h, w) is the matrix (O, I·h·w).
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models.pretrained import Pretrained
from training import precision

OPTIMIZERS = ("adamw", "muon")
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # a, b, c of x ← a x + b (x xᵀ) x + c (x xᵀ)² x
STEPS = 5  # of Newton–Schulz
REST = 1 / 3  # learning rate of what Muon does not train, as a share of Muon's


def orthogonal(matrices: Tensor, steps: int = STEPS) -> Tensor:
    """The orthogonal factors of matrices (N, R, C), nearly: singular values come to lie within about 0.7 and 1.2."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    if precision.bf16_is_faster(x.device):
        x = x.bfloat16()
    for _ in range(steps):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Steps along orthogonalised momentum. Parameters need two or more dimensions; matrices of one shape go
    together."""

    def __init__(self, params: Iterable, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            alike = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape[0], parameter[0].numel()].append(parameter)
            for parameters in alike.values():
                self._step(parameters, group)

    def _step(self, parameters: list[nn.Parameter], group: dict) -> None:
        looks_ahead = torch.stack([self._momentum(p, group["momentum"]).flatten(1) for p in parameters])
        updates = orthogonal(looks_ahead)
        rate = group["lr"] * 0.2 * max(updates.shape[1:]) ** 0.5
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1 - group["lr"] * group["weight_decay"]).sub_(update.view(parameter.shape), alpha=rate)

    def _momentum(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """Nesterov's: the gradient and the running mean of all gradients, mixed."""
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(parameter.grad, 1 - momentum)
        return parameter.grad.lerp(state["momentum"], momentum)


def optimizers_for(model: Pretrained, config, betas: tuple[float, float]) -> list[torch.optim.Optimizer]:
    """The optimisers of a run: AdamW alone, or Muon for all matrices but the model's `boundary` and AdamW for the rest.

    `config` is a TrainConfig; weights of two or more dimensions decay, biases and gains do not.

    Raises:
        ValueError: `config.optimizer` is not known.
    """
    if config.optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer = {config.optimizer!r}: choose one of {', '.join(OPTIMIZERS)}.")
    matrices = inner_matrices(model) if config.optimizer == "muon" else []
    orthogonalised = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in orthogonalised]
    groups = _decaying(rest, config.weight_decay)
    if not matrices:
        return [torch.optim.AdamW(groups, config.lr, betas, fused=True)]
    return [
        torch.optim.AdamW(groups, REST * config.lr, betas, fused=True),
        Muon(matrices, config.lr, weight_decay=config.weight_decay),
    ]


def inner_matrices(model: Pretrained) -> list[nn.Parameter]:
    """All weights of two or more dimensions but those at the model's `boundary`."""
    return [p for name, p in model.named_parameters() if p.ndim > 1 and not _at_boundary(model, name)]


def _decaying(parameters: list[nn.Parameter], weight_decay: float) -> list[dict]:
    """Two groups for an optimiser: what decays, and biases and gains, which do not."""
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _at_boundary(model: Pretrained, name: str) -> bool:
    """Whether a weight belongs to a layer by which data enter or leave, or is a table of vectors."""
    return any(name == part or name.startswith(part + ".") for part in model.boundary)
