"""How good pictures are, in numbers: distances between two pictures, and between two sets of them."""

import torch
import torch.nn.functional as F
from torch import Tensor


def psnr(x: Tensor, y: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of the mean squared error over all of (B, 3, S, S) in [-1, 1]."""
    return float(10 * torch.log10(4 / (x - y).double().square().mean()))


def ssim(x: Tensor, y: Tensor) -> float:
    """Mean structural similarity of (B, 3, S, S) in [-1, 1]: Gaussian window, σ 1.5 (Wang et al. 2004)."""
    at = torch.arange(-5, 6, dtype=torch.float64)
    line = (-at.square() / (2 * 1.5**2)).exp()
    line = (line / line.sum()).view(1, 1, 1, 11)

    def blur(p: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(p, line), line.mT)

    x, y = (p.double().cpu().flatten(0, 1)[:, None] for p in (x, y))  # B·3 1 S S
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    return float(((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean())


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Distance of Gaussians fitted to features (N, F) and (M, F): |μa − μb|² + tr(A + B − 2(AB)^½) (Heusel et al.
    2017)."""
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross)


def precision_recall(real: Tensor, drawn: Tensor, k: int = 3) -> tuple[float, float]:
    """Share of drawn features inside the real ones' k-nearest-neighbour balls, and the reverse (Kynkäänniemi et al.
    2019)."""
    return _covered(drawn, real, k), _covered(real, drawn, k)


def _covered(points: Tensor, by: Tensor, k: int) -> float:
    radii = torch.cdist(by, by).kthvalue(k + 1).values  # the nearest is the point itself
    return float((torch.cdist(points, by) <= radii).any(1).float().mean())
