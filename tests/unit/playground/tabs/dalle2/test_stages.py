"""The handlers of the DALL·E 2 room and the road's prompt box, on the networks that ship and new ones where one does
not."""

import asyncio
import math

import pytest
import torch
from torch.testing import assert_close

from models.prior import CANDIDATES
from models.samplers import run
from models.unclip import DECODERS, TextToImage
from playground.images import specimen
from playground.requests.unclip import UnclipRequest
from playground.requests.words import quoted
from playground.serving import checkpoints, device, unclip, validation
from playground.serving.clip import cosine, picture_embeddings
from playground.tabs.dalle2 import failures, few_step, measured_unclip, prior_ablation, stages
from playground.tabs.road import draw
from tests.helpers import awaited, is_one_sentence, picture, pixels
from tests.panels import last
from tests.unit.playground.tabs.dalle2.conftest import NEW

pytestmark = pytest.mark.slow
SETTINGS = dict(prompt="", prior="diffusion", prior_scale=1.0, steps=3, scale=3.0, seed=3)


def test_the_distilled_decoder_takes_one_call_and_draws_what_the_pipeline_draws(x, staged, words):
    shown = last(
        stages.stages(x, "me", **SETTINGS | {"prompt": words, "prior": "text", "decoder": "glide_fast", "steps": 15})
    )
    alone = TextToImage.from_pretrained(staged).generate([words], [3], prior="text", decoder="glide_fast", scale=3.0)
    assert_close(picture(shown["large"]), alone, atol=0.03, rtol=0)
    assert shown["took"]["decoder"][1] == 1 and shown["took"]["upsampler"][1] == 4


def test_a_larger_picture_is_the_second_upsamplers(x, staged, words):
    shown = last(stages.stages(x, "me", **SETTINGS | {"prompt": words, "prior": "text", "side": "128"}))
    alone = TextToImage.from_pretrained(staged).generate([words], [3], prior="text", steps=3, scale=3.0, side=128)
    assert_close(pixels(shown["large"]), alone, atol=0.03, rtol=0)
    assert alone.shape[-1] == shown["side"] == 128
    assert shown["took"]["upsampler"][1] == 8
    assert shown["done"]
    assert shown["nearest"]


def test_few_steps_are_one_noise_by_both_decoders(x, staged, words):
    rows = last(few_step.few_step(x, "me", prompt=words, scale=3.0, seed=5))["rows"]
    assert [one["label"][1]["n"] for row in rows for one in row["figures"]] == [1, 2, 4, 15, 1, 2, 4]
    pipe = TextToImage.from_pretrained(staged)
    z = run(pipe.choose([words], [5]), pipe.prior, prior=pipe.prior)
    for k, decoder in enumerate(DECODERS):
        alone = run(pipe.decode([words], z, [5], 2, 3.0, decoder), pipe.decoder, decoder=pipe.decoder, fast=pipe.fast)
        side = picture(rows[k]["figures"][1]["src"])[:, :, ::2, ::2]
        assert_close(side, alone, atol=0.05, rtol=0)
    assert rows[0]["figures"][3]["numbers"][0] == ["number.rms", "0.00"]
    assert all(one["near"] for row in rows for one in row["figures"])


@pytest.mark.parametrize("prior", ["diffusion", "ar", "text", "none"])
def test_the_stages_end_with_the_picture_that_the_pipeline_draws_alone(x, staged, words, prior):
    shown = last(stages.stages(x, "me", **SETTINGS | {"prompt": words, "prior": prior}))
    alone = TextToImage.from_pretrained(staged).generate([words], [3], steps=3, prior=prior, scale=3.0, prior_scale=1.0)
    assert_close(picture(shown["large"]), alone, atol=0.03, rtol=0)
    assert shown["done"]
    assert len(shown["draws"]) == (prior != "none")
    assert len(shown["near"]) == (0 if prior == "none" else 5)
    took = {"decoder": 6, "upsampler": 4} | {"diffusion": {"prior": 8}, "ar": {"prior": 1}}.get(prior, {})
    assert {stage: calls for stage, (_, calls) in shown["took"].items()} == took


def dots(shown: dict) -> list[list[float]]:
    return [[float(v) for v in one.split(" ")] for one in shown["dots"].split("|")]


def test_the_prior_is_seen_at_work_before_the_decoder_paints(x, words):
    chain, plane, looks = (
        stages.DetailedRun(UnclipRequest.checked(words, prior_scale=1.0, steps=2)),
        stages.drawings_plane(),
        [],
    )
    sampler, answer = chain.watched({stage: stage for stage in unclip.CHECKPOINTS}), None
    while chain.small is None:
        item = sampler.send(answer)
        network = {"decoder": chain.request.stages.decoder, "prior": chain.request.stages.prior}.get(
            getattr(item, "of", "")
        )
        answer = network(item.x, torch.full((len(item.x),), item.t), item.condition) if network else None
        looks.append(stages._shown(chain, plane))
    assert [len(look["draws"]) for look in looks[:3]] == [0, CANDIDATES, CANDIDATES]
    assert not looks[2]["small"]
    assert not looks[2]["near"]
    assert len(looks[-1]["draws"]) == 1
    assert looks[-1]["small"]
    assert len(looks[-1]["near"]) == 5
    assert all(
        math.isfinite(v) for look in looks for point in (*dots(look), *look["draws"], look["text"]) for v in point
    )


def test_the_nearest_drawings_of_the_captions_embedding_are_named_by_it(x, words):
    near = last(stages.stages(x, "me", **SETTINGS | {"prompt": words, "prior": "text"}))["near"]
    assert [float(one["cosine"]) for one in near] == sorted((float(one["cosine"]) for one in near), reverse=True)
    assert all(one["src"].startswith("data:image/") and one["label"][1]["en"] for one in near)


def test_a_seed_draws_the_same_again_and_another_something_else(x, words):
    def drawn(**changes):
        return picture(last(stages.stages(x, "me", **SETTINGS | {"prompt": words, "prior": "text"} | changes))["large"])

    assert torch.equal(drawn(), drawn()) and not torch.equal(drawn(), drawn(seed=4))
    assert not torch.equal(drawn(), drawn(scale=6.0)) and not torch.equal(drawn(), drawn(steps=5))


@pytest.mark.parametrize(
    "prompt", ["", "   ", "x" * 10_000, "🦊", "שלום עולם", "<b>cat</b><script>1</script>", "猫", "\x00\x07cat\u202e"]
)
def test_any_text_is_drawn_and_what_was_not_read_is_told(x, prompt):
    shown = last(stages.stages(x, "me", **SETTINGS | {"prompt": prompt, "steps": 1}))
    assert shown["done"] and shown["large"]
    if not prompt.strip():
        assert ["guidance.empty", {}] in shown["remarks"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"prior": "best"},
        {"decoder": "best"},
        {"prior_scale": math.nan},
        {"prior_scale": -1},
        {"scale": 1000},
        {"scale": math.inf},
        {"steps": 0},
        {"steps": 1001},
        {"steps": 1.5},
        {"seed": -1},
        {"seed": "x"},
        {"prompt": None},
        {"prompt": "x" * 30_000},
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(x, wrong):
    with pytest.raises(validation.Refused) as refusal:
        last(stages.stages(x, "me", **SETTINGS | wrong))
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


@pytest.mark.parametrize("missing", ["prior", "glide_fast", "upsampler", "upsampler_128"])
def test_without_a_stage_the_rest_goes_on_and_says_so(without, monkeypatch, words, missing):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    without(missing, *(name for name in NEW if name != missing and not checkpoints.stamp(name)))
    x = specimen.tensor(None)
    asked = {
        "prompt": words,
        "decoder": "glide_fast" if missing == "glide_fast" else "glide",
        "side": "128" if missing == "upsampler_128" else "64",
    }
    shown = last(stages.stages(x, "me", **SETTINGS | asked))
    assert ["unclip.without", {"name": missing}] in shown["remarks"] and shown["done"]
    if missing == "upsampler":
        assert picture(shown["large"]).unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).std(4).max() < 1e-6


@pytest.mark.parametrize("missing", ["glide", "clip"])
def test_without_the_decoder_or_clip_one_sentence_says_so(without, words, missing):
    without(missing)
    x = specimen.tensor(None)
    for answer in (
        stages.stages(x, "me", **SETTINGS | {"prompt": words}),
        prior_ablation.prior_ablation(x, "me", prompt=words, scale=3.0, steps=2, seed=1),
        failures.failures(x, "me", 1),
    ):
        assert last(answer)["note"][0] == "checkpoint.missing"


def test_the_ablation_is_one_noise_under_five_embeddings(x, staged, words):
    shown = last(prior_ablation.prior_ablation(x, "me", prompt=words, scale=3.0, steps=3, seed=5))["rows"][0]["figures"]
    assert [one["label"] for one in shown] == [f"way.{way}" for way in prior_ablation.WAYS]
    assert all(one["src"] and one["near"] for one in shown)
    pipe = TextToImage.from_pretrained(staged)
    for one, way in zip(shown, prior_ablation.WAYS[:2], strict=False):
        assert_close(picture(one["src"]), pipe.generate([words], [5], steps=3, prior=way, scale=3.0), atol=0.03, rtol=0)
    cosines = {one["label"]: dict(one["numbers"]).get("number.cosine") for one in shown}
    assert cosines["way.none"] is None and cosines["way.oracle"] == "1.00"


def test_a_real_drawing_of_what_is_named_is_the_oracle_and_else_the_specimen(x, words):
    assert_close(prior_ablation.drawn(UnclipRequest.checked("zzzz"), x), picture_embeddings(x))
    assert cosine(prior_ablation.drawn(UnclipRequest.checked(words), x), picture_embeddings(x)) < 0.9999


def test_what_fails_is_drawn_as_asked(x):
    rows = last(failures.failures(x, "me", 7))["rows"]
    assert len(rows) == len(failures.KINDS) and all(one["src"] for line in rows for one in line["figures"])
    assert rows[0]["figures"][0]["src"] != rows[0]["figures"][1]["src"]


def test_the_road_paints_what_is_asked_for(x, staged, words):
    shown = last(draw.first_pictures(x, "me", words, 3))
    alone = TextToImage.from_pretrained(staged).generate([words], [5])
    assert_close(picture(shown["rows"][0]["figures"][2]["src"]), alone, atol=0.03, rtol=0)


def test_without_dalle_2_the_road_draws_with_the_vae_and_says_so(without):
    without("glide")
    shown = last(draw.first_pictures(specimen.tensor(None), "me", "cat", 3))
    assert shown["remarks"] == [["road.missing", {}]] and all(one["src"] for one in shown["rows"][0]["figures"])


def test_a_walk_counts_and_times_each_stage(x, words):
    run, ticks = UnclipRequest.checked(words, steps=4), iter(range(10_000))
    walk = unclip.WatchedRun(run.stages.whole([words], [1], 4, "text", 3.0, 1.0, 4, 4))
    sampler, answer = walk.watched({stage: stage for stage in unclip.CHECKPOINTS}, lambda: next(ticks)), None
    try:
        while True:
            item = sampler.send(answer)
            network = {"decoder": run.stages.decoder, "upsampler": run.stages.upsampler}.get(getattr(item, "of", ""))
            answer = network(item.x, torch.full((1,), item.t), item.condition) if network else None
    except StopIteration as end:
        assert end.value is walk.result and walk.result.shape == (1, 3, 64, 64)
    assert walk.calls == {"decoder": 8, "upsampler": 4} and all(seconds > 0 for seconds in walk.seconds.values())


def test_two_visitors_get_what_each_would_get_alone(x, words):
    async def both():
        async def one(visitor, seed):
            return [value async for value in stages.stages(x, visitor, **SETTINGS | {"prompt": words, "seed": seed})][
                -1
            ]

        return await asyncio.gather(one("a", 1), one("b", 2))

    together = awaited(both())
    for shown, seed in zip(together, (1, 2), strict=False):
        assert_close(
            picture(shown["large"]),
            picture(last(stages.stages(x, "me", **SETTINGS | {"prompt": words, "seed": seed}))["large"]),
            atol=0.03,
            rtol=0,
        )


def test_what_was_measured_is_read_by_its_part(tmp_path, monkeypatch):
    (tmp_path / "unclip").mkdir()
    (tmp_path / "unclip" / "study.json").write_text(
        '{"rows": {"ways/text/en": {"frechet": 5.0}, "inversion/plain/0": {"psnr": 30.0}}}'
    )
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    assert measured_unclip.rows("ways") == {"text/en": {"frechet": 5.0}} and measured_unclip.rows("components") == {}


def test_a_word_that_clip_was_taught_is_told_and_one_never_read_is_chance(x, staged, monkeypatch):
    monkeypatch.setattr(checkpoints.load("clip"), "taught", frozenset({"zorblify"}))
    taught, never = (UnclipRequest.checked(word).remarks for word in ("zorblify", "blorpify"))
    assert taught[0] == ["clip.taught", {"words": quoted(["zorblify"])}]
    assert never[0] == [
        "guidance.foreign",
        {"words": quoted(["blorpify"])},
    ]
