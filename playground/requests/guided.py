"""Everything that decides one picture under guidance, checked."""

import asyncio
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from models import samplers
from models.diffusion import Diffusion
from models.guidance import classifier_free
from models.process import Process
from models.samplers import Denoise, Noise, Sampler
from playground.requests.prompt import Prompt
from playground.serving import validation

LARGEST = 10  # scale


@dataclass(frozen=True)
class GuidedRequest:
    """One picture by DDIM under a prompt: with the same values it comes out the same, whoever else is served
    meanwhile."""

    prompt: Prompt
    scale: float = 3.0
    seed: int = 0
    steps: int = 25

    @classmethod
    def checked(cls, model, prompt, scale=3.0, seed=0, steps=25) -> "GuidedRequest":
        """A request of values from anywhere.

        Raises:
            Refused: one of them cannot be used.
            CheckpointError: the network is not there.
        """
        scale, seed = validation.number(scale, 0, LARGEST, "scale"), validation.seed(seed)
        prompt = Prompt.checked(model, prompt)
        return cls(prompt, scale, seed, validation.steps(steps, len(prompt.network.process)))

    @property
    def model(self) -> str:
        """The name of the checkpoint."""
        return self.prompt.model

    @property
    def network(self) -> Diffusion:
        """The loaded network; raises CheckpointError where it is not there."""
        return self.prompt.network

    @cached_property
    def process(self) -> Process:
        """The noising process at the steps that are taken."""
        whole = self.network.process
        return whole.respaced(samplers.spacing(len(whole), self.steps))

    def unguided(self) -> Denoise:
        """The network where nothing is asked for."""
        return samplers.denoiser(self.network, self.prompt.unconditional)

    def guided(self) -> Denoise:
        """Classifier-free guidance towards the prompt."""
        if not self.scale or self.prompt.is_empty:
            return self.unguided()
        return classifier_free(self.network, self.prompt.unconditional, (self.prompt.condition, self.scale))

    def noise(self, count: int = 1) -> Tensor:
        """(count, 3, S, S): x_T, row k from the seed + k."""
        side = self.network.config.image_size
        return Noise([self.seed + k for k in range(count)])(3, side, side)

    def begin(self, count: int = 1, denoise: Denoise | None = None) -> Sampler:
        """`count` pictures from pure noise; picture k is the one that the seed + k gives alone."""
        return samplers.ddim(denoise or self.guided(), self.process, self.noise(count))


async def prepared(**settings) -> GuidedRequest:
    """A checked request whose words are encoded already, so that nothing slow is left to the event loop."""

    def prepare() -> GuidedRequest:
        request = GuidedRequest.checked(**settings)
        _ = request.prompt.condition, request.prompt.unconditional, request.prompt.remarks
        return request

    return await asyncio.to_thread(prepare)
