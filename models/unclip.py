"""unCLIP, that is DALL·E 2 (Ramesh et al. 2022): P(x | y) = P(x | z_i, y) P(z_i | y).

A prior chooses the CLIP embedding z_i of a picture that fits the caption y, a decoder (`models.glide`) paints a picture
of it, an upsampler sharpens that. Together with x_T, found by DDIM inversion, z_i is also a place from which a picture
can be varied, blended with another (§3.2) and edited by the difference of two captions (§3.3).

Everything is a coroutine that asks networks by name ("prior", "ar_prior", "decoder", "fast", "upsampler"), so that one
driver may serve many visitors; `generate` is the plain way.
"""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.ar_prior import ARPrior
from models.clip import CLIP
from models.consistency import Consistency
from models.glide import GLIDE, Conditioning
from models.guidance import classifier_free
from models.pretrained import CheckpointError, local_folder
from models.prior import CANDIDATES, DiffusionPrior, TextFeatures, best_of
from models.prior import STEPS as PRIOR_STEPS
from models.samplers import (
    Noise,
    Sampler,
    asking,
    clip,
    ddim,
    ddim_inversion,
    denoiser,
    dpm_solver,
    jumps,
    run,
    spacing,
    unclipped,
)
from models.upsampler import Upsampler

PRIORS = ("diffusion", "ar", "text", "none")  # none: the decoder reads the caption alone; text: z_t in place of z_i
DECODERS = ("glide", "glide_fast")  # the second is distilled from the first
STEPS = 15  # of the decoder
FAST_STEPS = 1  # of the distilled decoder
UPSAMPLER_STEPS = 4
SCALE = 2.0  # guidance of the decoder
PRIOR_SCALE = 3.0  # guidance of the prior
LARGEST_SCALE = 1e4  # beyond it float32 has no digits left for the difference
SIDES = (32, 64, 128)  # pixels, of the decoder and of each upsampler


@dataclass
class TextToImage:
    """The stages; all but CLIP and the decoder may be missing (None). `fast` is the distilled decoder."""

    clip: CLIP
    decoder: GLIDE
    prior: DiffusionPrior | None = None
    ar_prior: ARPrior | None = None
    upsampler: Upsampler | None = None
    larger: Upsampler | None = None  # the second upsampler, from 64×64 to 128×128
    fast: Consistency | None = None

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "TextToImage":
        """Reads the checkpoints clip, glide, prior, ar_prior, upsampler, upsampler_128 and glide_fast of a folder; all
        but the first two may be missing.

        Raises:
            CheckpointError: CLIP or the decoder is missing, or a checkpoint cannot be read.
        """
        clip = Path(folder) / "clip"
        folder = (local_folder(clip) or clip).parent  # where CLIP is found the others are sought
        kinds = {
            "prior": ("prior", DiffusionPrior),
            "ar_prior": ("ar_prior", ARPrior),
            "upsampler": ("upsampler", Upsampler),
            "larger": ("upsampler_128", Upsampler),
            "fast": ("glide_fast", Consistency),
        }
        parts = {
            stage: kind.from_pretrained(folder / name)
            for stage, (name, kind) in kinds.items()
            if (folder / name / "model.safetensors").is_file()
        }
        return cls(CLIP.from_pretrained(folder / "clip"), GLIDE.from_pretrained(folder / "glide"), **parts)

    @torch.inference_mode()
    def generate(
        self,
        prompts: list[str],
        seeds: list[int],
        *,
        steps: int | None = None,
        prior: str = "diffusion",
        scale: float = SCALE,
        prior_scale: float = PRIOR_SCALE,
        prior_steps: int = PRIOR_STEPS,
        upsampler_steps: int = UPSAMPLER_STEPS,
        decoder: str = "glide",
        side: int = 64,
    ) -> Tensor:
        """Pictures (B, 3, side, side) in [-1, 1] of B prompts, picture i from its own seed; 32 pixels a side without an
        upsampler, 64 without the second one. `steps` are the decoder's: by default 15, and 1 for the distilled one.

        Raises:
            CheckpointError: the prior or decoder that is asked for is missing.
            ValueError: there is no such prior or decoder, or a value is none that can be drawn with.
        """
        _check(prompts, seeds, side)
        _check_numbers(scale=scale, prior_scale=prior_scale)
        _check_steps(steps=steps, prior_steps=prior_steps, upsampler_steps=upsampler_steps)
        sampler = self.whole(
            prompts, seeds, steps, prior, scale, prior_scale, prior_steps, upsampler_steps, decoder, side
        )
        return run(
            sampler,
            self.decoder,
            prior=self.prior,
            ar_prior=self.ar_prior,
            decoder=self.decoder,
            fast=self.fast,
            upsampler=self.upsampler,
            larger=self.larger,
        )

    def whole(
        self,
        prompts: list[str],
        seeds: list[int],
        steps: int | None,
        prior: str,
        scale: float,
        prior_scale: float,
        prior_steps: int,
        upsampler_steps: int,
        decoder: str = "glide",
        side: int = 64,
    ) -> Sampler:
        """The coroutine from captions to pictures."""
        z = yield from self.choose(prompts, seeds, prior, prior_scale, prior_steps)
        small = yield from self.decode(prompts, z, seeds, steps, scale, decoder)
        return (yield from self.sharpen(small, seeds, upsampler_steps, side))

    def choose(
        self,
        prompts: list[str],
        seeds: list[int],
        prior: str = "diffusion",
        scale: float = PRIOR_SCALE,
        steps: int = PRIOR_STEPS,
        candidates: int = CANDIDATES,
    ) -> Sampler:
        """The coroutine that draws z_i (B, E) of length 1, NaN where the prior is "none"; by the diffusion prior the
        best of so many candidates."""
        if prior not in PRIORS:
            raise ValueError(f"{prior!r} is no prior: choose one of {', '.join(PRIORS)}.")
        said, nothing = TextFeatures.of(self.clip, prompts), TextFeatures.of(self.clip, [""] * len(prompts))
        if prior == "none":
            return torch.full_like(said.vector, math.nan)
        if prior == "text":
            return said.vector
        network: Any = self.ar_prior if prior == "ar" else self.prior
        if network is None:
            raise CheckpointError(
                f"The checkpoint {'ar_prior' if prior == 'ar' else 'prior'} is missing: "
                "train it or fetch the assets folder."
            )
        if prior == "ar":
            return (yield from asking("ar_prior", network.choose(said, nothing, Noise(seeds), scale)))
        return (yield from asking("prior", best_of(network, said, nothing, seeds, scale, steps, candidates)))

    def decode(
        self,
        prompts: list[str],
        z: Tensor,
        seeds: list[int],
        steps: int | None = None,
        scale: float = SCALE,
        decoder: str = "glide",
    ) -> Sampler:
        """The coroutine that draws (B, 3, 32, 32) of captions and embeddings (B, E) with either decoder."""
        if decoder not in DECODERS:
            raise ValueError(f"{decoder!r} is no decoder: choose one of {', '.join(DECODERS)}.")
        if decoder == "glide":
            return (yield from self.paint(self.told(prompts, z), seeds, STEPS if steps is None else steps, scale))
        return (yield from self.jump(prompts, z, seeds, FAST_STEPS if steps is None else steps, scale))

    def told(self, prompts: list[str], z: Tensor | None = None) -> Conditioning:
        """The decoder's condition: captions and embeddings (B, E), NaN where there is none."""
        return self.decoder.encode(self.decoder.tokenizer(prompts).to(self.decoder.device), z)

    def paint(self, told: Conditioning, seeds: list[int], steps: int = STEPS, scale: float = SCALE) -> Sampler:
        """The coroutine of the decoder from fresh noise: (B, 3, 32, 32), by DPM-Solver++."""
        side = self.decoder.config.image_size
        x = Noise(seeds)(3, side, side).to(self.decoder.device)
        return (yield from self.repaint(told, x, scale=scale, steps=steps))

    def jump(
        self, prompts: list[str], z: Tensor, seeds: list[int], steps: int = FAST_STEPS, scale: float = SCALE
    ) -> Sampler:
        """The coroutine of the distilled decoder from the same noise as `paint`: (B, 3, 32, 32), one call a step."""
        if self.fast is None:
            raise CheckpointError("The checkpoint glide_fast is missing: train it or fetch the assets folder.")
        fast, noise = self.fast, Noise(seeds)
        told = fast.encode(
            fast.tokenizer(prompts).to(fast.device), z, torch.full((len(seeds),), float(scale), device=fast.device)
        )
        x = noise(3, fast.config.image_size, fast.config.image_size).to(fast.device)
        process = fast.process.respaced(spacing(len(fast.process), min(steps, len(fast.process))))
        return (yield from asking("fast", jumps(denoiser(fast, told), process, x, noise))).clamp(-1, 1)

    def repaint(
        self,
        told: Conditioning,
        x: Tensor,
        eta: float | None = None,
        noise: Noise | None = None,
        scale: float = SCALE,
        steps: int = STEPS,
    ) -> Sampler:
        """The coroutine of the decoder from a given x_T (B, 3, S, S): by DPM-Solver++, or by DDIM where η is given."""
        denoise = classifier_free(self.decoder, self.told([""] * len(x)), (told, scale))
        process = self._respaced(steps)
        if eta is None:
            sampler = dpm_solver(denoise, process, x)
        else:
            sampler = ddim(denoise, process, x, eta, noise, clip=unclipped if scale == 1 and not eta else clip)
        return (yield from asking("decoder", sampler)).clamp(-1, 1)

    def invert(self, told: Conditioning, x0: Tensor, steps: int = 50, iterations: int = 1) -> Sampler:
        """The coroutine that finds the x_T from which DDIM (η = 0, scale 1, as many steps) returns to pictures (B, 3,
        S, S)."""
        return (
            yield from asking(
                "decoder", ddim_inversion(denoiser(self.decoder, told), self._respaced(steps), x0, iterations)
            )
        )

    def sharpen(self, small: Tensor, seeds: list[int], steps: int = UPSAMPLER_STEPS, side: int = 64) -> Sampler:
        """The coroutine of the upsamplers, one after the other up to `side` pixels; a missing one leaves the pictures
        as they are."""
        for stage, network in (("upsampler", self.upsampler), ("larger", self.larger)):
            if network is None or small.shape[-1] >= side:
                return small
            small = yield from asking(stage, network.sharpen(small, Noise(seeds), steps))
        return small

    def _respaced(self, steps: int):
        whole = self.decoder.process
        return whole.respaced(spacing(len(whole), min(steps, len(whole))))


def _check(prompts: list[str], seeds: list[int], side: int) -> None:
    """Raises ValueError unless the prompts are texts, the seeds as many whole numbers, and the side one of SIDES."""
    if isinstance(prompts, str) or not all(isinstance(prompt, str) for prompt in prompts):
        raise ValueError(f"prompts = {prompts!r}: give a list of texts, such as ['a red apple'].")
    if not prompts:
        raise ValueError("There are no prompts: give a list of one text or more.")
    if len(prompts) != len(seeds):
        raise ValueError(f"{len(prompts)} prompts need as many seeds, not {len(seeds)}.")
    for seed in seeds:
        if not isinstance(seed, Integral) or not -(2**63) <= seed < 2**64:
            raise ValueError(f"seed = {seed!r}: give a whole number of at most 64 bits.")
    if side not in SIDES:
        raise ValueError(f"side = {side!r}: pictures have {', '.join(map(str, SIDES))} pixels a side.")


def _check_numbers(**scales: float) -> None:
    """Raises ValueError unless they are finite."""
    for name, scale in scales.items():
        if not isinstance(scale, Real) or not -LARGEST_SCALE <= scale <= LARGEST_SCALE:  # NaN is not either
            raise ValueError(f"{name} = {scale!r}: give a number, such as 2; 1 is no guidance.")


def _check_steps(**steps: int | None) -> None:
    """Raises ValueError unless they are whole numbers from 1, or None."""
    for name, count in steps.items():
        if count is not None and (not isinstance(count, Integral) or count < 1):
            raise ValueError(f"{name} = {count!r}: give a whole number from 1.")
