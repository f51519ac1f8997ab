"""Vector-quantised variational autoencoder: a picture as a small grid of whole numbers.

The encoder gives a vector for each cell of the grid, and each vector z is replaced by the nearest of K codes (van den
Oord et al. 2017). Rounding has no gradient, so the decoder's is handed to the encoder as it is (straight through), and
the encoder is asked to stay near the codes that it chose:

    L = ‖x − D(z + sg[e − z])‖² + β ‖z − sg[e]‖²,    e = the code nearest to z = E(x)

The codes take no gradient: each is the moving average of the vectors that chose it, m_i / N_i with N_i ← γ N_i + (1−γ)
n_i and m_i ← γ m_i + (1−γ) Σ z (appendix A.1), which is k-means on a stream. They start as the k-means of the first
batch, and a code that hardly any vector chooses is moved onto one that is far from every code (as Jukebox does,
Dhariwal et al. 2020). Left out: codebook gradients, several codebooks, an adversarial loss.
"""

import math
from dataclasses import dataclass

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from models.layers import conv_decoder, conv_encoder
from models.pretrained import Pretrained

SMOOTHING = 1e-5  # of the usage, so that no code is divided by nothing (Laplace)
ROUNDS = 10  # of k-means at the start


@dataclass(frozen=True)
class VQVAEConfig:
    image_size: int = 64  # pixels a side
    codes: int = 512  # K, the vectors in the codebook
    width: int = 32  # D, numbers in each of them
    patch: int = 4  # pixels a side that the stem turns into channels
    widths: tuple[int, ...] = (128,)  # channels per level, each half the size of the one before; the last is the grid
    blocks: tuple[int, ...] = (4,)  # residual blocks per level
    decay: float = 0.99  # γ of the codes' moving sums, per step
    commitment: float = 0.25  # β, weight of the encoder's distance from its codes
    restart: float = 0.02  # a code chosen less often than this share of the mean is moved; 0: never
    cosine: int = 0  # 1: vectors and codes have length one, so that only their directions count


class Codebook(nn.Module):
    """K codes of D numbers, each the running mean of the vectors nearest to it, always in float32.

    It keeps moving sums, in units of the mean code's. Their average over a run's weights is again a mean of vectors and
    does not depend on the size of the batch.
    """

    sums: Tensor  # (K, D), m
    usage: Tensor  # (K,), N: 1 for a code that is chosen as often as the mean
    frequencies: Tensor  # (K,), measured shares; zeros until training starts

    def __init__(self, config: VQVAEConfig):
        super().__init__()
        self.config = config
        self.register_buffer("sums", torch.randn(config.codes, config.width))
        self.register_buffer("usage", torch.ones(config.codes))
        self.register_buffer("frequencies", torch.zeros(config.codes))

    @property
    def codes(self) -> Tensor:
        """(K, D)."""
        total = self.usage.sum()
        usage = (self.usage + SMOOTHING) / (total + len(self.usage) * SMOOTHING) * total
        codes = self.sums / usage[:, None]
        return F.normalize(codes, dim=1) if self.config.cosine else codes

    def nearest(self, z: Tensor) -> Tensor:
        """(N, D) → index of the nearest code (N,)."""
        codes = self.codes
        with torch.autocast(z.device.type, enabled=False):
            return (codes.square().sum(1) - 2 * z.float() @ codes.T).argmin(1)  # |z − e|² less |z|²

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """(N, D) → nearest codes (N, D) and their indices (N,). In training mode the codes then follow the vectors."""
        vectors = z.detach().float()
        if self.training and not self.frequencies.any():
            self._start(vectors)
        index = self.nearest(vectors)
        e = self.codes[index]
        if self.training:
            self._follow(vectors, index)
        return e, index

    @torch.no_grad()
    def _start(self, z: Tensor) -> None:
        """k-means of the first batch; a mean that no vector is nearest to starts again elsewhere."""
        self.usage.fill_(1)
        self.sums.copy_(drawn_rows(z, torch.ones(len(z)), len(self.usage)))
        for _ in range(ROUNDS):
            usage, sums = self._count(z, self.nearest(z))
            self.usage.copy_(usage)
            self.sums.copy_(sums)
            self._restart(z)

    @torch.no_grad()
    def _follow(self, z: Tensor, index: Tensor) -> None:
        usage, sums = self._count(z, index)
        self.usage.lerp_(usage, 1 - self.config.decay)
        self.sums.lerp_(sums, 1 - self.config.decay)
        self.frequencies.lerp_(usage / len(usage), 0.01)
        self._restart(z)

    def _count(self, z: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """How often each code was chosen (K,) and the sum of the vectors (K, D), in units of the mean, over all
        processes."""
        unit = len(self.usage) / len(z)
        counts = index.bincount(minlength=len(self.usage)).float()
        return averaged(counts * unit), averaged(torch.zeros_like(self.sums).index_add_(0, index, z) * unit)

    def _restart(self, z: Tensor) -> None:
        """Moves each code that hardly anything chooses onto a vector, drawn by its squared distance from its code."""
        dead = self.usage < self.config.restart
        if dead.any():
            error = (z - self.codes[self.nearest(z)]).square().sum(1)
            self.usage[dead] = 2 * self.config.restart  # some time to be found
            self.sums[dead] = (
                2 * self.config.restart * drawn_rows(z, error, int(dead.sum()))
            )  # or the old sum pulls it back


class VQVAE(Pretrained):
    """x (B, 3, S, S) in [-1, 1] → tokens (B, h, w), each one of K → picture."""

    def __init__(self, config: VQVAEConfig):
        super().__init__(config)
        cell = config.patch * 2 ** (len(config.widths) - 1)
        if len(config.widths) != len(config.blocks) or config.image_size % cell:
            raise ValueError(
                f"widths {config.widths} and blocks {config.blocks} must be as many, and image_size "
                f"{config.image_size} a multiple of {cell}."
            )
        self.side = config.image_size // cell
        self.encoder = conv_encoder(config.widths, config.blocks, config.patch)
        self.to_code = nn.Conv2d(config.widths[-1], config.width, 1)
        self.codebook = Codebook(self.config)
        self.from_code = nn.Conv2d(config.width, config.widths[-1], 1)
        self.decoder = conv_decoder(config.widths, config.blocks, config.patch)

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → tokens (B, h, w), int64."""
        return self.codebook.nearest(self._vectors(x).flatten(0, 2)).unflatten(0, (len(x), self.side, self.side))

    def decode(self, indices: Tensor) -> Tensor:
        """(B, h, w) → (B, 3, S, S) in [-1, 1].

        Raises:
            ValueError: the tokens are not whole numbers from 0 to K−1 in a grid of this model's size.
        """
        self._check(indices)
        return self._draw(self.codebook.codes[indices.long()]).clamp(-1, 1)

    def _check(self, indices: Tensor) -> None:
        grid = (self.side, self.side)
        if indices.dtype.is_floating_point or indices.dtype.is_complex or indices.dtype == torch.bool:
            raise ValueError(f"Tokens are whole numbers, not {indices.dtype}.")
        if indices.ndim != 3 or indices.shape[1:] != grid:
            raise ValueError(f"Tokens of shape {tuple(indices.shape)} make no picture: give (B, {grid[0]}, {grid[1]}).")
        wrong = indices[(indices < 0) | (indices >= self.config.codes)]
        if len(wrong):
            raise ValueError(f"There is no token {int(wrong[0])}: they go from 0 to {self.config.codes - 1}.")

    def _vectors(self, x: Tensor) -> Tensor:
        z = self.to_code(F.relu(self.encoder(x))).float().permute(0, 2, 3, 1)  # B h w D
        return F.normalize(z, dim=-1) if self.config.cosine else z

    def _draw(self, e: Tensor) -> Tensor:
        return self.decoder(self.from_code(e.permute(0, 3, 1, 2))).float()

    def reconstruct(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → the same, through the tokens."""
        return self.decode(self.encode(x))

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Mean squared error plus β times the mean squared distance of the vectors from their codes; the batch's
        perplexity."""
        z = self._vectors(x)
        e, index = self.codebook(z.flatten(0, 2))
        e = e.view_as(z)
        reconstruction = F.mse_loss(self._draw(straight_through(z, e)), x)
        commitment = F.mse_loss(z, e)
        return {
            "loss": reconstruction + self.config.commitment * commitment,
            "reconstruction": reconstruction.detach(),
            "commitment": commitment.detach(),
            "perplexity": perplexity(index.bincount(minlength=self.config.codes)),
        }

    def sample_tokens(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, h, w), each token drawn by its measured frequency, independently of its neighbours."""
        chances = self.codebook.frequencies.cpu() + 1e-12  # untrained: all alike
        drawn = torch.multinomial(chances, max(1, count * self.side**2), replacement=True, generator=generator)
        return drawn[: count * self.side**2].view(count, self.side, self.side).to(self.device)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, 3, S, S): pictures of independent tokens. They show why the tokens need a model of their own."""
        return self.decode(self.sample_tokens(count, generator))


def straight_through(z: Tensor, e: Tensor) -> Tensor:
    """e, with a gradient that goes to z unchanged (Bengio et al. 2013)."""
    return z + (e - z).detach()


def perplexity(counts: Tensor) -> Tensor:
    """exp of the entropy of counts (K,): the number of codes in use, if all were used equally.

    For an epoch it is taken of the epoch's summed counts; a mean over batches is too small.
    """
    shares = counts.double() / counts.sum()
    return torch.special.entr(shares).sum().exp().float()


def bits(tokens: int, codes: float) -> float:
    """Bits to write down `tokens` tokens of `codes` kinds; with the perplexity as `codes`, the bits that an ideal code
    takes."""
    return tokens * math.log2(codes)


def averaged(x: Tensor) -> Tensor:
    """The mean over the processes where several train together."""
    if dist.is_initialized():
        dist.all_reduce(x)
        x /= dist.get_world_size()
    return x


def drawn_rows(z: Tensor, weight: Tensor, count: int) -> Tensor:
    """(count, D): rows of z (N, D) drawn by weight (N,), none twice where there are enough; the same on every
    process."""
    chances = weight.double().cpu().nan_to_num(0, 0, 0) + 1e-12
    rows = z[torch.multinomial(chances, count, replacement=len(z) < count).to(z.device)]
    if dist.is_initialized():
        dist.broadcast(rows, 0)
    return rows
