"""Everything that decides one picture of a diffusion network, checked."""

from dataclasses import dataclass

from torch import Tensor

from models import samplers
from models.diffusion import Diffusion
from models.process import Process
from models.samplers import Noise, Sampler
from playground.images import atlas
from playground.serving import sampling, validation
from playground.serving.validation import Refused

MODELS = ("iddpm", "ddpm", "ddpm_v", "ddpm_x0", "ddpm_mean", "iddpm_vlb", "adm")
SAMPLERS = ("ancestral", "ddim", "dpm_solver")
VARIANCES = ("trained", "fixed_small", "fixed_large", "learned")
STEPS = (5, 10, 25, 50, 100, 250, 1000)
ANY = "any"  # no group is asked for


@dataclass(frozen=True)
class DiffusionRequest:
    """One picture: with the same values it comes out the same, whoever else is served meanwhile."""

    model: str
    sampler: str = "ddim"
    variance: str = "trained"
    steps: int = 25
    eta: float = 0.0
    seed: int = 0
    group: str = ANY  # of drawings, for a network that was told the groups

    @classmethod
    def checked(
        cls, model, sampler="ddim", variance="trained", steps=25, eta=0.0, seed=0, group=ANY
    ) -> "DiffusionRequest":
        """A request of values from anywhere.

        Raises:
            Refused: one of them cannot be used.
            CheckpointError: the network is not there.
        """
        name = validation.choice(model, MODELS, "model")
        variance = validation.choice(variance, VARIANCES, "variance")
        loaded = sampling.model(name)
        if variance == "learned" and loaded.config.variance != "learned":
            raise Refused("diffusion.nothing_learned")
        return cls(
            name,
            validation.choice(sampler, SAMPLERS, "sampler"),
            variance,
            validation.steps(steps, len(loaded.process)),
            validation.number(eta, 0, 1, "eta"),
            validation.seed(seed),
            validation.choice(group, (ANY, *groups()), "group"),
        )

    @property
    def network(self) -> Diffusion:
        """The loaded network; raises CheckpointError where it is not there."""
        return sampling.model(self.model)

    @property
    def process(self) -> Process:
        """The steps that are walked; the first and the last of the network's own are among them."""
        whole = self.network.process
        return whole.respaced(samplers.spacing(len(whole), self.steps))

    @property
    def is_random(self) -> bool:
        """Whether the sampler throws noise after the first."""
        return self.sampler == "ancestral" or self.sampler == "ddim" and self.eta > 0

    def begin(self, count: int = 1) -> Sampler:
        """`count` pictures from pure noise; picture k is the one that the seed + k gives alone."""
        noise, side = Noise([self.seed + k for k in range(count)]), self.network.config.image_size
        return self._walk(noise(3, side, side), noise, None)

    def go_on(self, x: Tensor, i: int, seed: int) -> Sampler:
        """From x_t (B, 3, S, S) at step number i of the process, with other noise: of the seed + k for row k."""
        return self._walk(x, Noise([seed + k for k in range(len(x))]), i)

    def _walk(self, x: Tensor, noise: Noise, i: int | None) -> Sampler:
        network, process = self.network, self.process
        denoise = samplers.denoiser(network, self._condition())
        if self.sampler == "ancestral":
            variance = network.config.variance if self.variance == "trained" else self.variance
            return samplers.ancestral(denoise, process, x, noise, variance, start=i)
        if self.sampler == "ddim":
            return samplers.ddim(denoise, process, x, self.eta, noise, start=i)
        return samplers.dpm_solver(denoise, process, x, start=i)

    def _condition(self) -> int | None:
        return groups().index(self.group) if self.network.config.classes and self.group != ANY else None


def groups() -> list[str]:
    """The groups of drawings, in the order of the labels."""
    return [group["en"] for group in atlas.table()["groups"]]
