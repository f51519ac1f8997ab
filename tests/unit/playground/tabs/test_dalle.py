"""The DALL·E room: what is shown is what the transformer writes, another choice keeps what stands before it, foreign
input is refused."""

import asyncio
import math
import time

import pytest
import torch
from torch.testing import assert_close

from models.clip import CLIP
from models.dalle import DALLE, DALLEConfig, SamplingOptions, likely
from models.vqvae import VQVAE, VQVAEConfig
from playground.images import tokens
from playground.images.atlas import concept_name
from playground.requests import dalle, token_stream
from playground.serving import sampling
from playground.serving.job import Cancelled
from playground.serving.validation import Refused
from playground.tabs.dalle import completion, reranking, writing
from tests.helpers import awaited, is_one_sentence, link_assets, opened, picture
from tests.panels import forget_checkpoints, last, values

pytestmark = pytest.mark.slow
SETTINGS = dict(prompt="", prefix="", scale=2.0, temperature=1.0, top_k=0, top_p=1.0, seed=3)


@pytest.fixture(scope="session")
def writes(assets, tmp_path_factory):
    """The assets with a transformer and its codebook."""
    folder = tmp_path_factory.mktemp("writes")
    link_assets(assets, folder)
    torch.manual_seed(2)
    if not (folder / "dalle" / "model.safetensors").exists():
        clip, codes = CLIP.from_pretrained(folder / "clip"), 64
        if (folder / "vqvae_8" / "model.safetensors").exists():
            codes = VQVAE.from_pretrained(folder / "vqvae_8").config.codes
        config = DALLEConfig(
            vocab=clip.tokenizer.size, context=clip.tokenizer.context, codes=codes, grid=8, width=32, layers=2, heads=2
        )
        DALLE(config, clip.tokenizer).save_pretrained(folder / "dalle")
    if not (folder / "vqvae_8" / "model.safetensors").exists():
        VQVAE(VQVAEConfig(codes=64, width=8, widths=(16, 16), blocks=(1, 1))).save_pretrained(folder / "vqvae_8")
    return folder


@pytest.fixture
def x(writes, monkeypatch):
    return opened(writes, monkeypatch)


@pytest.fixture
def words(x) -> str:
    return concept_name(0)["en"]


def unpacked(shown: dict) -> dict:
    """What is told of the cells, as lists."""
    best = [[pair.split(":") for pair in one.split()] for one in shown["best"].split("|")]
    return shown | {
        "codes": [int(code) for code in shown["codes"].split()],
        "entropy": [float(nats) for nats in shown["entropy"].split()],
        "best": [[(int(code), float(p)) for code, p in one] for one in best],
    }


def written(x, words: str, **changes) -> dict:
    return unpacked(last(writing.write(x, "me", **SETTINGS | {"prompt": words} | changes)))


def test_the_page_is_what_the_transformer_writes_alone(x, writes, words):
    shown = written(x, words)
    model = DALLE.from_pretrained(writes / "dalle").eval()
    codes = model.sample([words], [3], SamplingOptions(2.0))
    assert shown["codes"] == codes[0].tolist()
    assert shown["done"]
    assert shown["nearest"]
    assert shown["kept"] == 0
    with torch.inference_mode():
        assert_close(
            picture(shown["picture"]),
            VQVAE.from_pretrained(writes / "vqvae_8").eval().decode(codes.view(1, 8, 8)),
            atol=0.02,
            rtol=0,
        )
        said, nothing = (model(model.tokenizer([text]), codes)[1][0] for text in (words, ""))
    p = likely(nothing + 2 * (said - nothing), SamplingOptions())
    for i in (0, 17, 63):
        assert shown["entropy"][i] == pytest.approx(float(torch.special.entr(p[i]).sum()), abs=5e-3)
        assert [code for code, _ in shown["best"][i]] == p[i].topk(5).indices.tolist()
        assert [share for _, share in shown["best"][i]] == pytest.approx(p[i].topk(5).values.tolist(), abs=5e-3)


def test_tokens_come_one_after_the_other_and_the_first_at_once(x, words, monkeypatch):
    read = DALLE.read
    monkeypatch.setattr(DALLE, "read", lambda *values: (time.sleep(0.02), read(*values))[1])
    found = [unpacked(one) for one in values(writing.write(x, "me", **SETTINGS | {"prompt": words}))]
    lengths = [len(one["codes"]) for one in found]
    assert 1 <= lengths[0] < 64
    assert lengths == sorted(lengths)
    assert lengths[-1] == 64
    assert all(one["codes"] == found[-1]["codes"][: len(one["codes"])] for one in found)
    assert found[0]["merges"][-1] == dalle.network().tokenizer.pieces(words)
    assert "".join(found[0]["merges"][0]) == words.replace(" ", "")


def test_another_choice_keeps_what_stands_before_it_and_tells_the_same_of_it(x, words):
    first = written(x, words)
    other = (first["codes"][20] + 1) % dalle.network().config.codes
    prefix = " ".join(map(str, [*first["codes"][:20], other]))
    second = written(x, words, prefix=f"{prefix}|{words}")
    assert second["codes"][:20] == first["codes"][:20]
    assert second["codes"][20] == other
    assert second["kept"] == 21
    assert second["entropy"][:20] == pytest.approx(first["entropy"][:20], abs=5e-3)
    stale = written(x, words, prefix=f"{prefix}|something else")
    assert stale["codes"] == first["codes"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -1},
        {"temperature": math.nan},
        {"top_k": -1},
        {"top_k": 1.5},
        {"top_p": 0},
        {"top_p": 2},
        {"scale": 99},
        {"seed": -1},
        {"seed": "x"},
        {"prompt": None},
        {"prompt": "x" * 30_000},
        {"prefix": 7},
        {"prefix": "a b|"},
        {"prefix": "99999|"},
        {"prefix": "-1|"},
        {"prefix": " ".join(["1"] * 65) + "|"},
        {"prefix": [1, "x"]},
        {"prefix": {"a": 1}},
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(x, wrong):
    with pytest.raises(Refused) as refusal:
        last(writing.write(x, "me", **SETTINGS | wrong))
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


def test_no_temperature_and_top_k_of_one_are_the_likeliest_and_a_large_top_k_is_all(x, words):
    def codes(**changes):
        return written(x, words, **changes)["codes"]

    assert codes(temperature=0) == codes(temperature=0, seed=9) == codes(top_k=1, seed=5)
    assert codes(top_k=10_000) == codes() != codes(seed=4)


@pytest.mark.parametrize(
    "prompt", ["", "   ", "🦊", "שלום עולם", "<b>cat</b><script>1</script>", "猫", "\x00\x07cat\u202e", "y" * 400]
)
def test_any_text_is_written(x, prompt):
    assert last(writing.write(x, "me", **SETTINGS | {"prompt": prompt}))["done"]


def test_a_newer_writing_ends_the_older(x, words, monkeypatch):
    async def both():
        older, newer = (token_stream.Writing(dalle.DalleRequest.checked(words, seed)) for seed in (1, 2))
        first, second = (token_stream.write_all("me", run) for run in (older, newer))
        await anext(first)
        [_ async for _ in second]
        with pytest.raises(Cancelled):
            [_ async for _ in first]
        return newer.codes

    read = DALLE.read
    monkeypatch.setattr(DALLE, "read", lambda *values: (time.sleep(0.01), read(*values))[1])
    assert awaited(both()).equal(dalle.network().sample([words], [2]))


def written_together(*requests: dalle.DalleRequest) -> list[torch.Tensor]:
    """The codes of several visitors who write at the same time."""

    async def write(visitor: str, request) -> torch.Tensor:
        run = token_stream.Writing(request)
        async for _ in token_stream.write_all(visitor, run):
            pass
        return run.codes

    async def all_of_them():
        return await asyncio.gather(*(write(str(k), request) for k, request in enumerate(requests)))

    return awaited(all_of_them())


def test_all_writers_share_calls_and_each_writes_what_their_seed_says(x, words, monkeypatch):
    """In float64, in which rounding decides no token."""
    sizes, read = [], DALLE.read
    monkeypatch.setattr(DALLE, "read", lambda model, new, *rest: (sizes.append(len(new)), read(model, new, *rest))[1])
    given = tuple(dalle.network().sample([words], [7])[0, :20].tolist())
    requests = [
        *(dalle.DalleRequest.checked(words, seed, scale=2) for seed in range(6)),
        dalle.DalleRequest.checked("", 50, 8),
        dalle.DalleRequest.checked(words, 60, 4, prefix=given),
    ]
    dalle.network().double()
    sampling.engine().networks.pop(token_stream.writer())  # it is made anew, of this very network
    try:
        for found, one in zip(written_together(*requests), requests, strict=True):
            texts = [one.text] * len(one.seeds)
            assert found.equal(dalle.network().sample(texts, list(one.seeds), one.choice, one.given_codes()))
    finally:
        dalle.network().float()
        sampling.engine().networks.pop(token_stream.writer())
    together = sizes[: -len(requests) * 64]
    assert max(together) > 8 and max(sizes) <= token_stream.ROWS


def test_a_completion_keeps_the_specimens_rows(x, words):
    own = tokens.encode("vqvae_8", x)[0].flatten().tolist()
    begun = dalle.DalleRequest.checked(words, 4, completion.COUNT, prefix=own[:24])
    whole = written_together(begun)[0]
    assert whole[:, :24].tolist() == [own[:24]] * 4
    rows = last(completion.completion(x, "me", words, 3, 1.0, 4))["rows"]
    for one, drawn in zip(rows[1]["figures"], tokens.decode("vqvae_8", whole.unflatten(1, (8, 8))), strict=True):
        assert_close(picture(one["src"])[0], drawn, atol=0.02, rtol=0)
        assert one["near"]
    for wrong in (-1, 8, 2.5, "x"):
        with pytest.raises(Refused):
            last(completion.completion(x, "me", words, wrong, 1.0, 4))


def test_the_tries_are_sorted_by_clip(x, words):
    found = last(reranking.reranking(x, "me", words, 2.0, 10))
    fits = [float(one["numbers"][0][1]) for line in found["rows"] for one in line["figures"]]
    assert len(fits) == 8 and fits == sorted(fits, reverse=True)
    assert sorted(one["label"][1]["n"] for line in found["rows"] for one in line["figures"]) == list(range(10, 18))


@pytest.mark.parametrize("missing", ["dalle", "vqvae_8"])
def test_without_a_part_one_sentence_says_so(x, writes, words, missing, tmp_path, monkeypatch):
    link_assets(writes, tmp_path, missing)
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    forget_checkpoints()
    for stream in (
        writing.write(x, "me", **SETTINGS | {"prompt": words}),
        completion.completion(x, "me", words, 3, 1.0, 4),
        reranking.reranking(x, "me", words, 2.0, 1),
    ):
        assert last(stream)["note"][1]["name"] == missing
