"""DALL·E's transformer: what each token may know, what its memory keeps, and how tokens are chosen."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from models.clip import CLIP
from models.dalle import DALLE, DALLEConfig, SampledToken, SamplingOptions, likely
from models.samplers import Evaluation
from models.tokenizer import Tokenizer
from tests.helpers import picture_folder
from training.recipes import clip
from training.recipes import dalle as recipe

TEXTS = ["a red apple", "cat", ""]
TOKENIZER = Tokenizer.train(TEXTS * 3, 540, 8)
CONFIG = DALLEConfig(vocab=TOKENIZER.size, context=8, codes=12, grid=3, width=32, layers=2, heads=2)


@pytest.fixture(scope="module")
def model() -> DALLE:
    torch.manual_seed(0)
    found = DALLE(CONFIG, TOKENIZER).eval().requires_grad_(False)
    torch.nn.init.normal_(found.out.weight, std=0.5)
    return found


def codes(count: int = 3, seed: int = 1) -> torch.Tensor:
    return torch.randint(12, (count, 9), generator=torch.Generator().manual_seed(seed))


def written(model, *args, **kwargs) -> tuple[list, torch.Tensor]:
    writer, steps = model.write(*args, **kwargs), []
    while True:
        try:
            steps.append(next(writer))
        except StopIteration as end:
            return steps, end.value


def test_it_may_begin_with_a_clips_words():
    """Behind the first blocks a caption's places hold what the text tower's hold there."""
    towers = CLIP(
        replace(clip.TINY.model, vocab=CONFIG.vocab, context=8, text_width=32, text_layers=1, text_heads=2), TOKENIZER
    ).eval()
    one, tokens = DALLE(CONFIG, TOKENIZER).eval(), TOKENIZER(TEXTS[:1])
    one.take_words(towers)
    end = int(tokens.argmax()) + 1
    known = towers.text.transformer(towers.text.token_embedding(tokens) + towers.text.positional_embedding, causal=True)
    assert_close(one.transformer.resblocks[0](one._read(tokens), causal=True)[:, :end], known[:, :end])
    with pytest.raises(RuntimeError):
        one.take_words(CLIP(replace(towers.config, text_width=16), TOKENIZER))


def test_a_token_is_told_by_what_stands_before_it_alone(model):
    tokens, x = TOKENIZER(TEXTS), codes()
    text, image = model(tokens, x)
    assert text.shape == (3, 7, CONFIG.vocab) and image.shape == (3, 9, 12)
    for j in range(9):
        other = x.clone()
        other[:, j] = (other[:, j] + 1) % 12
        said, drawn = model(tokens, other)
        changed = (drawn - image).abs().amax((0, 2)) > 1e-6
        assert said.equal(text)
        assert not changed[: j + 1].any()
        assert j == 8 or changed[j + 1]
    for j in range(1, 3):
        other = tokens.clone()
        other[0, j] = 7
        said, drawn = model(other, x)
        assert torch.allclose(said[0, :j], text[0, :j], atol=1e-5)
        assert not torch.allclose(drawn[0, 0], image[0, 0], atol=1e-4)


def test_what_stands_behind_a_captions_end_is_its_place_alone(model):
    tokens = TOKENIZER(["cat"])
    other = tokens.clone()
    other[0, int(tokens.argmax(1)) + 1 :] = 5
    assert all(a.equal(b) for a, b in zip(model(tokens, codes(1)), model(other, codes(1)), strict=True))
    moved = DALLE(CONFIG, TOKENIZER).eval()
    moved.load_state_dict(model.state_dict())
    with torch.no_grad():
        moved.padding[-1] += torch.linspace(-1, 1, 32)
    assert not torch.allclose(moved(tokens, codes(1))[1], model(tokens, codes(1))[1], atol=1e-4)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_writing_with_a_memory_is_reading_the_whole_sentence_each_time(model, scale):
    tokens = TOKENIZER(TEXTS[:2])
    steps, drawn = written(model, tokens, [3, 4], SamplingOptions(scale=scale))
    assert drawn.shape == (2, 9) and [step.i for step in steps] == list(range(9))
    told, nothing = model(tokens, drawn)[1], model(model.empty(2), drawn)[1]
    whole = (nothing + scale * (told - nothing)).softmax(2)
    assert torch.allclose(torch.stack([step.probabilities for step in steps], 1), whole, atol=1e-5)
    assert torch.stack([step.code for step in steps], 1).equal(drawn)


def test_a_picture_is_its_seed_and_its_caption_alone(model):
    together = model.sample(TEXTS, [1, 2, 3])
    assert model.sample(TEXTS[1:2], [2])[0].equal(together[1])
    assert not all(model.sample(TEXTS[1:2], [seed])[0].equal(together[1]) for seed in (3, 4, 5))


def test_what_follows_a_prefix_is_what_would_have_been_written(model):
    whole = model.sample(TEXTS, [1, 2, 3])
    for n in (0, 1, 5, 8, 9):
        assert model.sample(TEXTS, [1, 2, 3], prefix=whole[:, :n]).equal(whole)
    other = whole[:, :4].clone()
    other[:, 3] = (other[:, 3] + 1) % 12
    assert model.sample(TEXTS, [1, 2, 3], prefix=other)[:, :4].equal(other)


def test_runs_that_are_read_together_are_what_each_is_alone(model):
    """Whatever each has seen; and a call that has to be made anew changes nothing."""
    runs = [
        ("a red apple", 1, SamplingOptions(2.0), None),
        ("cat", 2, SamplingOptions(), None),
        ("", 3, SamplingOptions(3.0), codes(1)[:, :5]),
    ]
    writers = [model.writing(TOKENIZER([text]), [seed], choice, given) for text, seed, choice, given in runs]
    asked: dict[int, Evaluation] = {k: next(writer) for k, writer in enumerate(writers)}
    found = {}
    for start in range(len(writers)):  # the second joins when the first has written a token, and so on
        advance(model, writers, asked, found, range(start + 1))
    while asked:
        advance(model, writers, asked, found, tuple(asked))
    for k, (text, seed, choice, given) in enumerate(runs):
        assert found[k].equal(model.sample([text], [seed], choice, given))


def test_the_packed_transformer_draws_a_row_the_same_in_any_company(model):
    packed, one = deepcopy(model).packed(torch.float32), TOKENIZER(["a cat"])

    def said(rows: int) -> torch.Tensor:
        past = packed.transformer.past(20)
        with torch.inference_mode():
            packed.read(one.expand(rows, -1), torch.zeros(rows, dtype=torch.long), [past] * rows)
            return packed.read(torch.full((rows, 1), 3), torch.full((rows,), one.shape[1]), [past] * rows)

    alone = said(1)
    assert_close(alone, deepcopy(model).eval()(one, torch.full((1, 1), 3))[1][:, 1:2], atol=1e-4, rtol=1e-4)
    assert all(said(rows).equal(alone.expand(rows, -1, -1)) for rows in (2, 3, 7, 16))


def advance(model, writers: list, asked: dict, found: dict, who) -> None:
    """Answers what some writers ask, those who ask for equally many tokens in one call, which is made twice."""
    for n in {asked[k].x.shape[1] for k in who if k in asked}:
        batch = [k for k in who if k in asked and asked[k].x.shape[1] == n]
        x, rows = torch.cat([asked[k].x for k in batch]), [len(asked[k].x) for k in batch]
        t = torch.tensor([asked[k].t for k in batch]).repeat_interleave(torch.tensor(rows))
        pasts = [asked[k].condition for k in batch for _ in range(len(asked[k].x))]
        first, answers = model.read(x, t, pasts), model.read(x, t, pasts)
        assert answers.equal(first)
        for k, answer in zip(batch, answers.split(rows), strict=True):
            try:
                item = writers[k].send(answer)
                while isinstance(item, SampledToken):
                    item = next(writers[k])
                asked[k] = item
            except StopIteration as end:
                found[k] = end.value
                del asked[k]


def test_what_is_given_is_told_with_how_likely_it_was(model):
    alone, whole = written(model, TOKENIZER(TEXTS), [1, 2, 3], SamplingOptions(2.0))
    for n in (1, 5, 9):
        told, again = written(model, TOKENIZER(TEXTS), [1, 2, 3], SamplingOptions(2.0), whole[:, :n])
        assert again.equal(whole) and [step.i for step in told] == list(range(9))
        for one, other in zip(told, alone, strict=True):
            assert one.code.equal(other.code) and torch.allclose(one.probabilities, other.probabilities, atol=1e-5)


def test_tokens_are_drawn_as_often_as_they_are_likely(model):
    count = 4000
    first = next(model.write(TOKENIZER(["cat"]).expand(count, -1), list(range(count))))
    share = torch.bincount(first.code, minlength=12) / count
    assert (share - first.probabilities[0]).abs().max() < 0.03


def test_choices_keep_what_they_say():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    assert torch.allclose(likely(logits, SamplingOptions()), logits.exp())
    assert torch.allclose(likely(logits, SamplingOptions(top_k=2)), torch.tensor([[0.625, 0.375, 0, 0]]))
    assert torch.allclose(likely(logits, SamplingOptions(top_p=0.6)), torch.tensor([[0.625, 0.375, 0, 0]]))
    assert torch.allclose(likely(logits, SamplingOptions(top_p=1e-9)), torch.tensor([[1.0, 0, 0, 0]]))
    assert torch.allclose(likely(logits, SamplingOptions(temperature=0.0)), torch.tensor([[1.0, 0, 0, 0]]))
    assert torch.allclose(likely(logits, SamplingOptions(temperature=0.5)), F.normalize(logits.exp() ** 2, p=1, dim=1))
    assert torch.allclose(likely(logits, SamplingOptions(top_k=99)), logits.exp())


def test_the_loss_weighs_text_and_picture_as_the_paper_does(model):
    tokens, x = TOKENIZER(TEXTS), codes()
    found, (said, drawn) = model.loss(tokens, x), model(tokens, x)
    text = [
        F.cross_entropy(said[i, :end], tokens[i, 1 : end + 1], reduction="sum")
        for i, end in enumerate(tokens.argmax(1).tolist())
    ]
    text, image = sum(text) / int(tokens.argmax(1).sum()), F.cross_entropy(drawn.transpose(1, 2), x)
    assert float(found["loss"]) == pytest.approx(float(text / 8 + image * 7 / 8), rel=1e-5)


def test_withheld_captions_are_the_empty_one():
    torch.manual_seed(0)
    model, x = DALLE(replace(CONFIG, text_dropout=1.0), TOKENIZER), codes()
    a, b = (model.train().loss(TOKENIZER([text] * 3), x)["loss"] for text in ("cat", "a red apple"))
    assert a.equal(b)


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"seeds": [1]}, "as many seeds"),
        ({"choice": SamplingOptions(temperature=-1)}, "at least 0"),
        ({"choice": SamplingOptions(top_p=0)}, "top_p"),
        ({"choice": SamplingOptions(temperature=float("nan"))}, "at least 0"),
        ({"choice": SamplingOptions(scale=float("nan"))}, "cannot be"),
        ({"prefix": torch.full((2, 3), 12)}, "from 0 to 11"),
        ({"prefix": torch.zeros(2, 10, dtype=torch.long)}, "at most 9"),
        ({"prefix": torch.zeros(2, 3)}, "whole numbers"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(model, wrong, says):
    with pytest.raises(ValueError, match=says):
        model.sample(TEXTS[:2], **({"seeds": [1, 2]} | wrong))


def test_a_picture_is_told_by_codes_near_its_vectors_and_mostly_by_the_nearest(tmp_path):
    config = replace(recipe.TINY, data=str(picture_folder(tmp_path)))
    _, batches, _ = recipe.setup(config, torch.device("cpu"))
    tokens, written = batches(3)
    assert tokens.shape == (8, 8)
    assert written.shape == (8, 16)
    assert all(a.equal(b) for a, b in zip((tokens, written), batches(3), strict=False))
    rows, _, _ = batches.views.captioned(3)
    drawn = batches.views.drawn.rows(rows)
    code, chance = batches.views.seen(rows).unbind(-1)
    assert torch.allclose(chance.sum(2), torch.ones(()), atol=2e-3) and (chance.diff(dim=2) <= 0).all()
    assert (code == written[..., None]).any(2).all() and not (batches(4)[1] == written).all()
    codebook, vectors = batches.views.network, batches.views.network._vectors(batches.draw(drawn)).flatten(1, 2)
    assert code[..., 0].long().equal(codebook.codebook.nearest(vectors.flatten(0, 1)).view(-1, 16))
