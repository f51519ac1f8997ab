"""Everything that decides one picture of DALL·E 2, checked, and a run through its stages."""

import asyncio
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from models.samplers import Sampler
from models.unclip import DECODERS, FAST_STEPS, PRIOR_SCALE, PRIORS, SCALE, STEPS, TextToImage
from playground.images import pictures
from playground.requests.prompt import Prompt
from playground.serving import unclip, validation
from playground.serving.unclip import CHECKPOINTS, WatchedRun

LARGEST = 10  # scale of the decoder's guidance
LARGEST_PRIOR = 8  # scale of the prior's guidance
SIDES = ("64", "128")  # pixels of the finished picture
NETWORK = {"diffusion": "prior", "ar": "ar_prior"}  # the stage that a choice of prior needs


@dataclass(frozen=True)
class UnclipRequest:
    """One picture of a caption: with the same values it comes out the same, whoever else is served meanwhile."""

    prompt: Prompt
    prior: str = "diffusion"
    prior_scale: float = PRIOR_SCALE
    steps: int = STEPS
    scale: float = SCALE
    seed: int = 0
    decoder: str = "glide"
    side: int = 64
    lacking: str = ""  # the decoder that was asked for and is missing

    @classmethod
    def checked(
        cls,
        prompt,
        prior="diffusion",
        prior_scale=PRIOR_SCALE,
        steps=STEPS,
        scale=SCALE,
        seed=0,
        decoder="glide",
        side=64,
    ) -> "UnclipRequest":
        """A request of values from anywhere; the distilled decoder takes at most `FAST_STEPS` steps.

        Raises:
            Refused: one of them cannot be used.
            CheckpointError: CLIP or the decoder is not there.
        """
        prior = validation.choice(prior, PRIORS, "prior")
        prior_scale = validation.number(prior_scale, 0, LARGEST_PRIOR, "prior_scale")
        scale = validation.number(scale, 0, LARGEST, "scale")
        seed = validation.seed(seed)
        prompt = Prompt.checked("glide", prompt)
        decoder = validation.choice(decoder, DECODERS, "decoder")
        steps = validation.steps(steps, len(prompt.network.process))
        side = int(validation.choice(str(side), SIDES, "side"))
        if decoder in unclip.missing():
            return cls(prompt, prior, prior_scale, steps, scale, seed, side=side, lacking=decoder)
        if decoder == "glide_fast":
            steps = min(steps, FAST_STEPS)
        return cls(prompt, prior, prior_scale, steps, scale, seed, decoder, side)

    @cached_property
    def stages(self) -> TextToImage:
        """The loaded networks; raises CheckpointError where CLIP or the decoder is not there."""
        return unclip.load_stages()

    @cached_property
    def missing(self) -> str:
        """The checkpoint that the chosen prior lacks, or ""."""
        name = CHECKPOINTS[NETWORK[self.prior]] if self.prior in NETWORK else ""
        return name if name in unclip.missing() else ""

    @cached_property
    def remarks(self) -> list[list]:
        """What the visitor should know: [catalogue key, values] each."""
        needed = (self.missing, self.lacking, "upsampler", *(["upsampler_128"] if self.side > 64 else []))
        lacking = [["unclip.without", {"name": name}] for name in unclip.missing() if name in needed]
        return [*self.prompt.remarked(self.stages.clip.taught), *lacking]


class UnclipRun(WatchedRun):
    """A run on its way: the embedding z (1, E) and the small picture (1, 3, 32, 32) as soon as they are there; `oracle`
    (1, E) is taken as the embedding instead of what a prior would draw."""

    def __init__(self, request: UnclipRequest, oracle: Tensor | None = None):
        super().__init__(self._stages())
        self.request, self.z, self.small = request, oracle, None

    def _stages(self) -> Sampler:
        request, stages, seeds = self.request, self.request.stages, [self.request.seed]
        if self.z is None:
            prior = "none" if request.missing or not request.prompt.text else request.prior
            self.z = yield from stages.choose([request.prompt.text], seeds, prior, request.prior_scale)
        self.small = yield from stages.decode(
            [request.prompt.text], self.z, seeds, request.steps, request.scale, request.decoder
        )
        return (yield from stages.sharpen(self.small, seeds, side=request.side))

    def now(self) -> str | None:
        """The finished picture, or a preview of what is expected so far, as a data URL."""
        if self.result is not None:
            return pictures.data_url(self.result[0])
        newest = self.newest.get("upsampler") or self.newest.get("decoder")
        return newest and pictures.data_url(newest.x0[0], lossless=False)


async def prepared(**settings) -> UnclipRequest:
    """A checked request whose stages are loaded already, so that nothing slow is left to the event loop."""

    def prepare() -> UnclipRequest:
        request = UnclipRequest.checked(**settings)
        _ = request.stages, request.remarks
        return request

    return await asyncio.to_thread(prepare)
