"""The mathematics of DALL·E 2: arcs, differences of captions, the better of two embeddings, who is asked, and the way
there and back."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from models.ar_prior import ARPrior, ARPriorConfig
from models.embeddings import slerp, text_diff
from models.glide import Conditioning
from models.pretrained import CheckpointError
from models.prior import CANDIDATES, Candidates, DiffusionPrior, DiffusionPriorConfig, TextFeatures, best_of
from models.samplers import Evaluation, Frame, Noise, asking, run
from models.unclip import TextToImage
from models.upsampler import Upsampler, UpsamplerConfig
from tests.emoji_set import known
from tests.helpers import ROOT, is_one_sentence
from tests.tiny import HEARS, _clip, _glide

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
FEW = dict(steps=2, prior_steps=2, upsampler_steps=1)
ASKED = {
    "diffusion": ["prior", "decoder", "upsampler"],
    "ar": ["ar_prior", "decoder", "upsampler"],
    "text": ["decoder", "upsampler"],
    "none": ["decoder", "upsampler"],
}


@pytest.fixture(scope="module")
def tiny() -> TextToImage:
    torch.manual_seed(0)
    upsampler = Upsampler(UpsamplerConfig(width=16, multipliers=(1, 2), blocks=1))
    stages = TextToImage(
        _clip(),
        _glide(),
        DiffusionPrior(DiffusionPriorConfig(**HEARS)),
        ARPrior(ARPriorConfig(**HEARS, components=8)),
        upsampler,
    )
    for stage in (stages.clip, stages.decoder, stages.prior, stages.ar_prior, stages.upsampler):
        stage.eval().requires_grad_(False)
    return stages


def missing(stages: TextToImage, *names: str) -> TextToImage:
    return TextToImage(**{**vars(stages), **dict.fromkeys(names)})


def units(count: int, size: int = 16, seed: int = 0) -> torch.Tensor:
    return F.normalize(torch.randn(count, size, generator=torch.Generator().manual_seed(seed)), dim=1)


def angle(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """In double precision, from the chord: exact where a cosine is not."""
    return 2 * ((a.double() - b.double()).norm(dim=1) / 2).clamp(max=1).arcsin()


# Arcs


def test_an_arc_has_its_ends_its_length_and_one_speed():
    a, b = units(5), units(5, seed=1)
    path = [slerp(a, b, share) for share in SHARES]
    assert_close(path[0], a)
    assert_close(path[-1], b)
    for share, one in zip(SHARES, path, strict=True):
        assert_close(one.norm(dim=1), torch.ones(5))
        assert_close(angle(a, one), share * angle(a, b), atol=1e-5, rtol=1e-5)
        assert_close(slerp(b, a, 1 - share), one)


@pytest.mark.parametrize("whole", [0.3, math.pi / 2, 3.0])
def test_an_arc_in_a_plane_is_a_rotation(whole):
    end = torch.tensor([[math.cos(whole), math.sin(whole)]])
    for share in SHARES:
        want = torch.tensor([[math.cos(share * whole), math.sin(share * whole)]])
        assert_close(slerp(torch.tensor([[1.0, 0.0]]), end, share), want, atol=1e-5, rtol=1e-5)


def test_rows_have_their_own_shares_and_pictures_are_taken_as_rows():
    a, b, shares = units(4, 48).view(4, 3, 4, 4), units(4, 48, 1).view(4, 3, 4, 4), torch.tensor([0.0, 0.2, 0.7, 1.0])
    found = slerp(a, b, shares)
    for k, share in enumerate(shares.tolist()):
        assert_close(found[k : k + 1], slerp(a[k : k + 1], b[k : k + 1], share))
        assert_close(found[k].flatten(), slerp(a[k].flatten()[None], b[k].flatten()[None], share)[0])


def test_between_equal_directions_lies_the_line_and_nothing_breaks():
    a = units(2)
    assert_close(slerp(a, a, 0.3), a)
    assert_close(slerp(a, 3 * a, 0.5), 2 * a)
    assert slerp(a, -a, torch.tensor([0.2, 0.5])).isfinite().all()


# Differences of captions


def test_equal_captions_turn_nothing_whatever_the_share():
    z, text = units(3), units(3, seed=1)
    for share in SHARES:
        assert torch.equal(text_diff(z, text, text, share), z)
    after = text.clone()
    after[1] = units(1, seed=2)
    turned = text_diff(z, text, after, 0.5)
    assert torch.equal(turned[[0, 2]], z[[0, 2]]) and not torch.allclose(turned[1], z[1])


def test_a_difference_turns_by_its_share_of_the_angle_towards_it():
    z, before, after = units(4), units(4, seed=1), units(4, seed=2)
    way = F.normalize(after - before, dim=1)
    for share in SHARES:
        turned = text_diff(z, before, after, share)
        assert_close(turned.norm(dim=1), torch.ones(4))
        assert_close(angle(z, turned), share * angle(z, way), atol=1e-5, rtol=1e-5)
    assert_close(text_diff(z, before, after, 1.0), way)


# The best of several embeddings


class Draws:
    """A prior that draws what it is given: z (B · candidates, E)."""

    def __init__(self, z: torch.Tensor):
        self.z = z

    def choose(self, said, nothing, noise, scale, steps):
        assert len(said) == len(nothing) == len(noise(1)) == len(self.z)
        return self.z
        yield


@pytest.mark.parametrize("first", [True, False])
def test_of_two_embeddings_the_one_that_fits_the_caption_is_kept(first):
    vector = units(3)
    near, far = F.normalize(vector + 0.5 * units(3, seed=1), dim=1), -vector
    pair = torch.stack([near, far] if first else [far, near], 1).flatten(0, 1)
    said = TextFeatures(torch.zeros(3, 16, 32), torch.zeros(3, dtype=torch.long), vector)
    assert torch.equal(run(best_of(Draws(pair), said, said, [1, 2, 3], 1.0, 4, candidates=2), None), near)


def test_the_kept_embedding_is_one_of_those_that_the_prior_draws(tiny):
    said, nothing = TextFeatures.of(tiny.clip, ["red circle", "blue square"]), TextFeatures.of(tiny.clip, ["", ""])
    kept = run(best_of(tiny.prior, said, nothing, [4, 9], 2.0, 3), tiny.prior)
    drawn = run(
        tiny.prior.choose(said.repeated(CANDIDATES), nothing.repeated(CANDIDATES), Candidates([4, 9]), 2.0, 3),
        tiny.prior,
    )
    for one, pair, vector in zip(kept, drawn.split(CANDIDATES), said.vector, strict=False):
        assert torch.equal(one, pair[(pair @ vector).argmax()])


def test_a_seeds_candidates_are_its_own():
    together, alone = Candidates([7, 8])(5), Candidates([8])(5)
    assert together.shape == (2 * CANDIDATES, 5) and torch.equal(together[CANDIDATES:], alone)
    assert not torch.equal(alone[0], alone[1])


# Who is asked


def test_every_question_is_given_the_name_and_frames_pass():
    x = torch.zeros(1, 3, 4, 4)
    frame = Frame(0, 5, x, x, x)

    def sampler():
        first = yield Evaluation(x, 5, "told")
        yield frame
        second = yield Evaluation(x, 4, of="another")
        return first + second

    named, answer, seen = asking("decoder", sampler()), None, []
    with pytest.raises(StopIteration) as end:
        while True:
            seen.append(named.send(answer))
            answer = x + 1 if isinstance(seen[-1], Evaluation) else None
    assert [(one.of, one.t, one.condition) for one in seen if isinstance(one, Evaluation)] == [
        ("decoder", 5, "told"),
        ("decoder", 4, None),
    ]
    assert seen[1] is frame and torch.equal(end.value.value, x + 2)


@pytest.mark.parametrize("prior", ASKED)
def test_the_stages_are_asked_in_their_order(tiny, prior):
    asked, sampler, answer = [], tiny.whole(["red circle"], [1], 2, prior, 3.0, 2.0, 2, 1), None
    with pytest.raises(StopIteration):
        while True:
            item = sampler.send(answer)
            answer = None
            if isinstance(item, Evaluation):
                asked.append(item.of)
                answer = getattr(tiny, item.of)(item.x, torch.full((len(item.x),), item.t), item.condition)
    assert list(dict.fromkeys(asked)) == ASKED[prior] and asked == sorted(asked, key=ASKED[prior].index)


# From captions to pictures


@pytest.mark.parametrize("prior", ASKED)
def test_a_seed_draws_the_same_alone_and_in_company(tiny, prior):
    words = ["red circle", "蓝色方块", ""]
    for stages, side, tolerance in (
        (missing(tiny, "upsampler"), 32, 1e-4),
        (tiny, 64, 0.01),
    ):  # an upsampler is told 8-bit pixels
        together = stages.generate(words, [5, 6, 7], prior=prior, **FEW)
        assert together.shape == (3, 3, side, side) and together.abs().max() <= 1
        for k in range(3):
            assert_close(
                stages.generate(words[k : k + 1], [5 + k], prior=prior, **FEW)[0],
                together[k],
                atol=tolerance,
                rtol=1e-4,
            )
        assert not torch.allclose(stages.generate(words[:1], [6], prior=prior, **FEW)[0], together[0])


def test_without_an_upsampler_the_small_picture_comes(tiny):
    small = missing(tiny, "upsampler").generate(["red circle"], [5], prior="text", **FEW)
    assert small.shape == (1, 3, 32, 32)
    assert torch.equal(run(missing(tiny, "upsampler").sharpen(small, [5]), None), small)


def test_the_second_upsampler_goes_on_where_the_first_ended(tiny):
    torch.manual_seed(1)
    larger = Upsampler(UpsamplerConfig(image_size=128, width=16, multipliers=(1, 2), blocks=1)).eval()
    whole = replace(tiny, larger=larger)
    first, second = (whole.generate(["red circle"], [5], prior="text", side=side, **FEW) for side in (64, 128))
    assert first.shape == (1, 3, 64, 64) and second.shape == (1, 3, 128, 128)
    assert_close(second, larger.sample(first, [5], steps=1))
    for stages, side in ((tiny, 64), (missing(whole, "upsampler"), 32)):  # it never takes the place of the first
        assert stages.generate(["red circle"], [5], prior="text", side=128, **FEW).shape[-1] == side


def test_more_steps_than_there_are_is_all_of_them(tiny):
    frames = []
    run(
        tiny.paint(tiny.told(["red circle"]), [1], steps=5000),
        None,
        frames.append,
        decoder=lambda x, t, told: torch.zeros(len(x), 6, 32, 32),
    )
    assert len(frames) == len(tiny.decoder.process)


@pytest.mark.parametrize("lacking, prior", [("prior", "diffusion"), ("ar_prior", "ar")])
def test_a_missing_prior_is_named_in_one_sentence_and_the_others_go_on(tiny, lacking, prior):
    stages = missing(tiny, lacking)
    with pytest.raises(CheckpointError) as error:
        stages.generate(["red circle"], [1], prior=prior, **FEW)
    assert is_one_sentence(str(error.value)) and f" {lacking} " in str(error.value)
    assert stages.generate(["red circle"], [1], prior="text", **FEW).shape == (1, 3, 64, 64)


@pytest.mark.parametrize(
    "wrong", [dict(prior="best"), dict(seeds=[1]), dict(seeds=[1, 2, 3]), dict(steps=0), dict(steps=-3)]
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(tiny, wrong):
    with pytest.raises(ValueError) as error:
        tiny.generate(["red circle", "blue square"], **(dict(seeds=[1, 2], prior="text") | FEW | wrong))
    assert is_one_sentence(str(error.value)) and (wrong.get("prior") or "") in str(error.value)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (dict(prompts="two words", seeds=[1] * 9), "give a list of texts"),
        (dict(prompts=[], seeds=[]), "no prompts"),
        (dict(prompts=[None, 3]), "give a list of texts"),
        (dict(side=48), "32, 64, 128"),
        (dict(side=0), "32, 64, 128"),
        (dict(side="64"), "32, 64, 128"),
        (dict(scale=math.nan), "scale = nan"),
        (dict(scale=math.inf), "scale = inf"),
        (dict(scale="3"), "scale = '3'"),
        (dict(prior_scale=math.nan), "prior_scale = nan"),
        (dict(scale=10**400), "scale = 1"),
        (dict(upsampler_steps=0), "upsampler_steps = 0"),
        (dict(prior_steps=2.5), "prior_steps = 2.5"),
        (dict(seeds=[1, 10**20]), "at most 64 bits"),
        (dict(seeds=[1, 0.5]), "seed = 0.5"),
    ],
)
def test_what_cannot_be_drawn_with_is_named(tiny, wrong, said):
    asked = dict(prompts=["red circle", "blue square"], seeds=[1, 2], prior="text") | FEW | wrong
    with pytest.raises(ValueError) as error:
        tiny.generate(**asked)
    assert is_one_sentence(str(error.value)) and said in str(error.value)


def test_no_embedding_is_told_as_none(tiny):
    z = torch.full((1, 16), math.nan)
    for part in ("context", "extra"):
        assert torch.equal(getattr(tiny.told(["red circle"], z), part), getattr(tiny.told(["red circle"]), part))


# There and back


@pytest.fixture(scope="module")
def shipped() -> tuple[TextToImage, torch.Tensor, Conditioning]:
    """The stages that ship, four pictures (4, 3, 32, 32) that nobody trained on, and what the decoder is told by their
    embeddings."""
    if not all((ROOT / "assets" / name / "model.safetensors").exists() for name in ("clip", "glide")):
        pytest.skip("there is no trained decoder")
    stages, pictures = TextToImage.from_pretrained(ROOT / "assets"), known().validation().on()
    x = pictures[torch.linspace(0, len(pictures) - 1, 8).long()[::2]]
    with torch.inference_mode():
        return stages, F.interpolate(x, 32, mode="area"), stages.told([""] * len(x), stages.clip.encode_image(x))


@torch.inference_mode()
def there_and_back(shipped, steps: int, iterations: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(the PSNR of each picture, x_T)."""
    stages, x0, told = shipped
    noise = run(stages.invert(told, x0, steps, iterations), None, decoder=stages.decoder)
    back = run(stages.repaint(told, noise, 0.0, None, 1.0, steps), None, decoder=stages.decoder)
    return -10 * ((back - x0) / 2).square().flatten(1).mean(1).log10(), noise


@pytest.mark.slow
def test_a_fixed_point_returns_nearer_to_every_picture(shipped):
    (plain, _), (solved, _) = (there_and_back(shipped, 25, iterations) for iterations in (0, 1))
    assert (solved > plain).all()


@pytest.mark.slow
def test_fifty_steps_and_one_iteration_come_back(shipped):
    psnr, _ = there_and_back(shipped, 50, 1)
    assert psnr.mean() > 25 and psnr.min() > 20


@pytest.mark.slow
def test_without_new_noise_nothing_is_random_and_with_it_the_seed_decides(shipped):
    stages, x0, told = shipped

    def drawn(eta: float, *seeds: int) -> torch.Tensor:
        with torch.inference_mode():
            return run(
                stages.repaint(told, Noise([0] * len(x0))(3, 32, 32), eta, Noise(list(seeds)), 1.0, 5),
                None,
                decoder=stages.decoder,
            )

    once = drawn(1.0, *range(4))
    assert torch.equal(drawn(0.0, *range(4)), drawn(0.0, *range(4, 8)))
    assert torch.equal(once, drawn(1.0, *range(4)))
    assert not torch.allclose(once, drawn(1.0, *range(4, 8)))
