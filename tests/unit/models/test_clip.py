"""CLIP and its tokenizer: against open_clip with the same weights, losses by hand, captions that are true or not."""

import gzip
import math
import random
import unicodedata
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.testing import assert_close

from models.clip import CLIP, CLIPConfig, ImageTower, TextTower, Tokenizer, info_nce, siglip
from models.pretrained import CheckpointError
from models.tokenizer import learn_merges
from tests.captioned import TEXTS, TOKENIZER, drawings
from tests.helpers import picture_folder
from training import evaluate
from training.data import pictures as data
from training.data.captioned import ON
from training.evaluation import clip as clip_report
from training.families import clip as clip_family
from training.families.clip import Locked, Paired, corpus
from training.loop import train
from training.recipes import clip, clip_judge, clip_noised

SAME = replace(
    clip.TINY.model, labels=(), stem="patch", width=128, heads=2, text_width=64, text_heads=1, text_layers=2
)  # heads of 64


def tiny(**changes) -> CLIP:
    torch.manual_seed(0)
    return CLIP(replace(clip.TINY.model, **changes), TOKENIZER).eval()


def batch(count: int = 6, size: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return x, TOKENIZER((TEXTS * count)[:count])


def unit(count: int, seed: int) -> torch.Tensor:
    rows = torch.randn(count, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return F.normalize(rows, dim=1).requires_grad_()


# open_clip


@pytest.fixture(scope="module")
def open_clip():
    """The package; beside a torch that its torchvision was not built for, after declaring the operators it asks for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield import_open_clip()
        except Exception as error:  # whatever a foreign package raises at import
            pytest.skip(f"open_clip cannot be imported here: {error}")


def import_open_clip(kept: list = []):  # noqa: B006 - the library must outlive the import
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        kept.append(torch.library.Library("torchvision", "DEF"))
        for name in ("nms", "qnms"):
            kept[0].define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import open_clip
    import open_clip.loss
    import open_clip.model

    return open_clip


def theirs(open_clip, config: CLIPConfig, kind: str = "CLIP"):
    """open_clip's model of the same size, every weight random."""
    torch.manual_seed(1)
    vision = open_clip.model.CLIPVisionCfg(
        layers=config.layers, width=config.width, patch_size=config.patch, image_size=config.image_size
    )
    text = open_clip.model.CLIPTextCfg(
        context_length=config.context,
        vocab_size=config.vocab,
        width=config.text_width,
        heads=config.text_heads,
        layers=config.text_layers,
    )
    model = getattr(open_clip.model, kind)(config.embedding, vision, text, quick_gelu=config.quick_gelu)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return model.eval()


@pytest.mark.parametrize("kind", ["CLIP", "CustomTextCLIP"])
@pytest.mark.parametrize("quick", [False, True])
def test_open_clips_weights_load_as_they_are_and_give_its_embeddings(open_clip, kind, quick):
    config = replace(SAME, quick_gelu=quick)
    other, model = theirs(open_clip, config, kind), CLIP(config).eval()
    model.load_state_dict(other.state_dict())
    x, tokens = batch()
    with torch.no_grad():
        assert_close(model.encode_image(x), other.encode_image(x, normalize=True), atol=1e-5, rtol=0)
        assert_close(model.encode_text(tokens), other.encode_text(tokens, normalize=True), atol=1e-5, rtol=0)


def test_the_towers_take_the_weights_of_open_clips_towers(open_clip):
    other = theirs(open_clip, SAME, "CustomTextCLIP")
    image, text = ImageTower(SAME), TextTower(SAME)
    image.load_state_dict(other.visual.state_dict())
    text.load_state_dict(other.text.state_dict())
    x, tokens = batch()
    assert_close(image(x), other.visual(x), atol=1e-5, rtol=1e-5)
    assert_close(text(tokens), other.text(tokens), atol=1e-5, rtol=1e-5)


def test_loss_and_gradients_are_open_clips_where_every_caption_is_another(open_clip):
    other, model = theirs(open_clip, SAME), CLIP(SAME)
    model.load_state_dict(other.state_dict())
    x, tokens = batch()
    found = model.loss(x, tokens, torch.arange(len(x)))["loss"]
    wanted = open_clip.loss.ClipLoss()(*other(x, tokens))
    assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    found.backward()
    wanted.backward()
    grads = {name.removeprefix("text."): p.grad for name, p in model.named_parameters()}
    for name, parameter in other.named_parameters():
        assert_close(grads[name], parameter.grad, atol=1e-5, rtol=1e-4, msg=lambda text, name=name: f"{name}: {text}")


def test_siglip_and_its_gradients_are_open_clips(open_clip):
    pairs = [unit(5, 1), unit(5, 2), unit(5, 1), unit(5, 2)]
    found = siglip(10 * pairs[0] @ pairs[1].T - 10, torch.eye(5, dtype=torch.bool))
    wanted = open_clip.loss.SigLipLoss()(pairs[2], pairs[3], torch.tensor(10.0), torch.tensor(-10.0))
    assert_close(found, wanted)
    (found + wanted).backward()
    assert_close(pairs[0].grad, pairs[2].grad)
    assert_close(pairs[1].grad, pairs[3].grad)


@pytest.fixture(scope="module")
def simple(open_clip):
    """open_clip's tokenizer, and ours of its merges."""
    path = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    if not path.exists():
        pytest.skip("open_clip's vocabulary does not ship in its package")
    merges = gzip.decompress(path.read_bytes()).decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    return open_clip.tokenizer.SimpleTokenizer(), Tokenizer.from_merges([tuple(m.split()) for m in merges], context=77)


def test_with_clips_vocabulary_the_tokens_are_open_clips(simple):
    texts = [
        "",
        "a photo of a cat",
        "A Red APPLE, isn't it?",
        "100 balloons & 3.5 kg",
        "  spaces\tand\nlines ",
        "don't we'll I've",
        "naïve café Ærøskøbing",
        "红苹果，noto 风格",
        "смайлик",
        "👩‍🚀🍎",
        "!!!...???",
        "word " * 200,
        "a" * 500,
    ]
    open_clips, ours = simple
    assert ours.size == 49408
    assert ours(texts).equal(open_clips(texts))


def test_with_clips_vocabulary_the_tokens_of_random_unicode_are_open_clips(simple):
    open_clips, ours = simple
    open_clips.clean_fn = str.lower  # ours repairs no mojibake and reads no HTML
    rng = random.Random(0)

    def draw():
        return chr(
            rng.choice(
                (
                    rng.randrange(32, 127),
                    rng.randrange(160, 0x600),
                    rng.randrange(0x3040, 0x9FA5),
                    rng.randrange(0x1F300, 0x1F6FF),
                )
            )
        )

    texts = [unicodedata.normalize("NFKC", "".join(draw() for _ in range(rng.randrange(1, 30)))) for _ in range(1000)]
    odd = {"Σ", "\u0345"}  # a small letter that depends on its place, and a sign whose capital is a letter
    texts = [text for text in texts if not any(c in odd or unicodedata.category(c) == "Cn" for c in text)]
    assert len(texts) > 800
    wrong = [text for text in texts if not ours([text]).equal(open_clips([text]))]
    assert not wrong


# The tokenizer


def test_an_empty_text_is_its_start_and_its_end():
    for text in ("", "   ", "\n\t", "\x00\x07"):
        assert TOKENIZER([text]).tolist() == [[TOKENIZER.size - 2, TOKENIZER.size - 1] + [0] * 14]


def test_of_no_texts_there_are_no_rows():
    assert TOKENIZER([]).shape == (0, 16)


@given(st.text(max_size=60))
def test_every_text_starts_has_one_end_the_highest_id_and_zeros_behind_it(text):
    row = TOKENIZER([text])[0]
    end = int(row.argmax())
    assert row.dtype == torch.int64 and row.shape == (16,)
    assert row[0] == TOKENIZER.size - 2 and row[end] == TOKENIZER.size - 1
    assert (row[1:end] < TOKENIZER.size - 2).all() and (row[end + 1 :] == 0).all()


@pytest.mark.parametrize("text", ["x" * 10_000, "apple " * 10_000, "红" * 10_000, "🍎" * 10_000, "\u202e" * 10_000])
def test_a_text_that_is_too_long_keeps_its_end(text):
    row = TOKENIZER([text])[0]
    assert row[0] == TOKENIZER.size - 2
    assert row[-1] == TOKENIZER.size - 1
    assert (row[1:-1] < TOKENIZER.size - 2).all()


def test_no_text_can_spell_the_start_or_the_end():
    row = TOKENIZER(["<end_of_text><start_of_text>"])[0]
    assert (row == TOKENIZER.size - 1).sum() == 1 and (row == TOKENIZER.size - 2).sum() == 1


def test_case_width_and_control_characters_make_no_difference_and_half_a_character_is_left_out():
    rows = TOKENIZER(["red apple", "Red  APPLE", "ｒｅｄ　ａｐｐｌｅ", "red\x00apple", "\ud83dred apple"])
    assert (rows == rows[0]).all()


def test_frequent_words_are_one_piece_and_others_are_the_sum_of_theirs():
    assert TOKENIZER.pieces("a red apple") == ["a", "red", "apple"]
    assert "".join(TOKENIZER.pieces("automobile")) == "automobile"
    assert "".join(TOKENIZER.pieces("红苹果")) == "红苹果"
    assert len(TOKENIZER.pieces("🍎")) == 4  # bytes
    assert "".join(TOKENIZER.pieces("!?! x!")) == "!?!x!" and TOKENIZER.pieces("") == []


def test_merges_are_those_of_the_paper_s_example():
    words = Counter({"low": 5, "lower": 2, "newest": 6, "widest": 3})  # Sennrich et al. 2016, fig. 1
    merges = [("e", "s"), ("es", "t</w>"), ("l", "o"), ("e", "w"), ("ew", "est</w>"), ("n", "ewest</w>")]
    assert learn_merges(words, 6) == merges
    assert learn_merges(Counter({"aaaaa": 2, "once": 1}), 9) == [("a", "a"), ("aa", "a</w>"), ("aa", "aaa</w>")]


def test_merges_do_not_depend_on_the_order_of_the_texts():
    texts = [f"{a}{b} {b}{a}{a}" for a in "pqrstu" for b in "vwxyz"] + TEXTS
    merges = [learn_merges(Counter({word: len(word) for word in order}), 40) for order in (texts, texts[::-1])]
    assert merges[0] == merges[1] and len(merges[0]) == 40
    vocabularies = [Tokenizer.train(order, 600).bpe.to_str() for order in (texts, texts[::-1])]
    assert vocabularies[0] == vocabularies[1]


def test_the_end_stays_the_highest_id_where_two_merges_give_the_same():
    found = Tokenizer.from_merges([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc")], context=8)
    assert found.size == 512 + 3 + 2 and found(["abcd"])[0].max() == found.size - 1


def test_a_vocabulary_is_no_larger_than_asked_and_holds_all_bytes():
    assert Tokenizer.train([*TEXTS, "half \ud83d"], 520).size <= 520
    with pytest.raises(ValueError, match="513 cannot hold all bytes"):
        Tokenizer.train(TEXTS, 513)


def test_a_tokenizer_comes_back_from_its_file_and_a_bad_file_is_one_sentence(tmp_path):
    TOKENIZER.save_pretrained(tmp_path)
    again = Tokenizer.from_pretrained(tmp_path)
    assert again(TEXTS).equal(TOKENIZER(TEXTS)) and (again.size, again.context) == (TOKENIZER.size, 16)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged: fetch it again"):
        Tokenizer.from_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="has no tokenizer.json"):
        Tokenizer.from_pretrained(tmp_path / "none")


# The model


@pytest.mark.parametrize("recipe", [clip, clip_judge, clip_noised])
def test_embeddings_are_unit_vectors_that_do_not_depend_on_the_neighbours(recipe):
    torch.manual_seed(0)
    model, (x, tokens) = CLIP(recipe.TINY.model).eval(), batch()
    for encode, rows in ((model.encode_image, x), (model.encode_text, tokens)):
        found = encode(rows)
        assert found.shape == (6, model.config.embedding) and found.dtype == torch.float32
        assert_close(found.norm(dim=1), torch.ones(6))
        assert_close(found[2:3], encode(rows[2:3]), atol=1e-5, rtol=1e-5)


def test_what_follows_the_end_of_a_caption_changes_nothing():
    model, (_, tokens) = tiny(), batch()
    changed = tokens.clone()
    changed[0, int(tokens[0].argmax()) + 1 :] = 7
    assert_close(model.encode_text(changed), model.encode_text(tokens))


def test_a_picture_of_another_size_is_seen_with_its_pixels_repeated():
    model, (x, _) = tiny(), batch(size=8)
    assert_close(model.encode_image(x), model.encode_image(x.repeat_interleave(2, 2).repeat_interleave(2, 3)))


@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_the_loss_does_not_change_when_pairs_change_places(objective):
    model, (x, tokens), concept = tiny(objective=objective), batch(), torch.tensor([0, 1, 0, 2, 3, 3])
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    found = model.loss(x, tokens, concept)
    assert_close(found, model.loss(x[order], tokens[order], concept[order]))
    table = concept[:, None] == concept
    assert_close(found, model.loss(x[order], tokens[order], table[order][:, order]))


def test_without_duplicates_several_positives_are_infonce():
    image, text = unit(6, 1), unit(6, 2)
    logits, own = 14 * image @ text.T, torch.arange(6)
    by_hand = -(logits.log_softmax(1).diagonal() + logits.log_softmax(0).diagonal()).mean() / 2
    assert_close(info_nce(logits, own[:, None] == own), by_hand)


def test_all_that_is_true_shares_the_target_and_none_of_it_is_a_negative():
    logits = torch.tensor([[9.0, 9.0, -9.0], [9.0, 9.0, -9.0], [-9.0, -9.0, 9.0]], requires_grad=True)
    same = torch.tensor([0, 0, 1])
    loss = info_nce(logits, same[:, None] == same)
    assert_close(loss, torch.tensor(2 / 3 * math.log(2)), atol=1e-4, rtol=0)  # what is left is the share itself
    loss.backward()
    assert logits.grad.abs().max() < 1e-4
    assert info_nce(logits, torch.eye(3, dtype=torch.bool)).item() == pytest.approx(loss.item(), abs=1e-4)
    apart = torch.tensor([[9.0, -9.0, -9.0], [-9.0, 9.0, -9.0], [-9.0, -9.0, 9.0]])
    assert info_nce(apart, same[:, None] == same) > 5 and info_nce(apart, torch.eye(3, dtype=torch.bool)) < 1e-4


@pytest.mark.parametrize("start, kept", [(9.0, math.log(100)), (-1.0, 0.0), (2.0, 2.0)])
def test_the_temperature_stays_between_1_and_100(start, kept):
    model, (x, tokens) = tiny(), batch()
    model.logit_scale.data.fill_(start)
    found = model.loss(x, tokens, torch.arange(6))
    assert model.logit_scale.item() == pytest.approx(kept) and found["scale"].item() == pytest.approx(math.exp(kept))
    found["loss"].backward()
    assert model.logit_scale.grad.abs() > 0  # at its bound it may still return


def test_a_loss_leaves_its_inputs_alone():
    model, (x, tokens) = tiny(steps=50), batch()
    before = x.clone(), tokens.clone()
    model.loss(x, tokens, torch.arange(6))
    assert x.equal(before[0]) and tokens.equal(before[1])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"objective": "hinge"}, "objective = 'hinge': choose one of softmax, sigmoid"),
        ({"stem": "none"}, "stem = 'none': choose one of conv, patch"),
        ({"patch": 6}, "patch = 6 must be 4, 8, 16"),
    ],
)
def test_a_config_that_makes_no_model_says_why(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


def test_a_checkpoint_carries_its_tokenizer(tmp_path):
    model = tiny()
    model.save_pretrained(tmp_path)
    again = CLIP.from_pretrained(tmp_path)
    assert again.config == model.config and again.tokenizer(TEXTS).equal(TOKENIZER(TEXTS))
    tokens = TOKENIZER(TEXTS)
    assert_close(again.encode_text(tokens), model.encode_text(tokens), atol=5e-3, rtol=0)
    CLIP(model.config).save_pretrained(tmp_path / "bare")
    assert CLIP.from_pretrained(tmp_path / "bare").tokenizer is None
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointError, match="tokenizer of .* is damaged"):
        CLIP.from_pretrained(tmp_path)


def test_a_better_checkpoint_takes_its_tokenizer_and_its_taught_texts_along(tmp_path):
    model = tiny()
    model.taught = frozenset({"puppy", "ice cream", "猫咪"})
    model.save_pretrained(tmp_path / "run")
    evaluate.ship(tmp_path / "run", tmp_path / "shipped")
    shipped = CLIP.from_pretrained(tmp_path / "shipped")
    assert shipped.tokenizer(TEXTS).equal(TOKENIZER(TEXTS)) and shipped.taught == model.taught
    tiny().save_pretrained(tmp_path / "untaught")
    evaluate.ship(tmp_path / "untaught", tmp_path / "shipped")
    assert CLIP.from_pretrained(tmp_path / "shipped").taught == frozenset()
    begun = tiny()
    begun.taught = frozenset({"kitten"})
    begun.start_from(shipped)
    assert begun.taught == model.taught | {"kitten"} and tiny().taught == frozenset()


def test_clip_that_is_asked_to_draw_says_that_it_cannot():
    with pytest.raises(NotImplementedError, match="draws nothing"):
        tiny().sample(3)


# Under noise


def test_a_noised_clip_starts_as_the_clean_one_and_then_sees_the_time():
    clean, noised, (x, tokens) = tiny(), tiny(steps=50), batch()
    with torch.no_grad():
        for parameter in noised.parameters():
            parameter.add_(0.1)
        noised.visual.time[2].weight.zero_()
        noised.visual.time[2].bias.zero_()
    noised.start_from(clean)
    t = torch.full((6,), 40)
    assert_close(noised.encode_image(x, t), clean.encode_image(x))
    assert_close(noised.encode_text(tokens), clean.encode_text(tokens))
    torch.nn.init.normal_(noised.visual.time[2].weight)
    assert not torch.allclose(noised.encode_image(x, t), noised.encode_image(x, torch.zeros_like(t)), atol=1e-3)
    assert_close(noised.encode_image(x), noised.encode_image(x, torch.zeros_like(t)))
    with pytest.raises(RuntimeError):
        clean.start_from(noised)


def test_noise_is_that_of_the_process_at_the_pictures_small_size():
    model, (x, _) = tiny(steps=50), batch()
    noise, t = torch.randn(6, 3, 8, 8), torch.tensor([0, 10, 20, 30, 40, 49])
    keep = model.process.alpha_bar[t].float().view(-1, 1, 1, 1)
    assert_close(model.noised(x, t, noise), keep.sqrt() * F.avg_pool2d(x, 2) + (1 - keep).sqrt() * noise)


def test_the_fit_of_a_caption_has_a_gradient_at_the_noisy_picture():
    model, (x, tokens) = tiny(steps=50), batch(size=8)
    x.requires_grad_()
    (model.encode_image(x, torch.full((6,), 25)) * model.encode_text(tokens)).sum().backward()
    assert x.grad.isfinite().all() and (x.grad.flatten(1).norm(dim=1) > 0).all()


# Captions


def test_a_caption_is_true_of_every_picture_that_has_all_it_says():
    pictures = drawings()
    batches, seen = Paired(pictures, TOKENIZER, 32), set()
    for step in range(3):
        drawn, rng = batches.drawn(step)
        x, tokens, true, _ = batches(step)
        assert x.shape == (32, 3, 16, 16)
        assert tokens.shape == (32, 16)
        assert true.shape == (32, 32)
        assert true.diagonal().all() and x.abs().max() <= 1
        texts, _ = batches.captions(drawn, rng)
        assert tokens.equal(TOKENIZER(texts))
        for column, text in enumerate(texts):
            for row, i in enumerate(drawn.picture.tolist()):
                fits = is_true(text, pictures, i, ON[drawn.background[row]])
                assert bool(true[row, column]) == fits, (text, i)
                seen.add((fits, "style" in text or "风格" in text, row == column))
    assert {(True, True, False), (True, False, False), (False, True, False)} <= seen


def is_true(text: str, pictures: data.Pictures, i: int, colour: str) -> bool:
    """By reading the caption."""
    if not any(phrase in text for phrases in pictures.captions[i].values() for phrase in phrases):
        return False
    styles = [name for name in pictures.styles if f"in {name} style" in text or f"{name} 风格" in text]
    chinese = dict(zip(("white", "blue", "yellow", "green", "pink", "grey", "black"), "白蓝黄绿粉灰黑", strict=True))
    colours = [name for name in ON if f"on a {name} background" in text or f"{chinese[name]}色背景" in text]
    toned = "skin tone" in text or "肤色" in text
    own = pictures.styles[pictures.style[i]]
    return styles in ([], [own]) and colours in ([], [colour]) and (not toned or pictures.tone[i] == 3)


def test_a_locked_run_sees_the_pictures_as_the_tower_does_and_moves_only_the_words(tmp_path):
    folder, start = str(picture_folder(tmp_path / "pictures")), replace(clip.TINY, data="", pictures=48)
    config = replace(start, data=folder)
    list(train(clip.setup, config, tmp_path / "whole", device=torch.device("cpu")))
    list(
        train(
            clip.setup,
            replace(config, locked=20),
            tmp_path / "locked",
            device=torch.device("cpu"),
            init=tmp_path / "whole" / "model",
        )
    )
    before, after = (load_file(tmp_path / run / "model" / "model.safetensors") for run in ("whole", "locked"))
    moved = {name.split(".")[0] for name, value in before.items() if not value.equal(after[name])}
    assert {"text"} <= moved <= {"text", "logit_scale"}  # in half precision a temperature may move too little
    model, batches, _ = clip.setup(replace(config, locked=20), torch.device("cpu"))
    z, tokens, true = batches(3)
    rows, texts, _ = batches.views.captioned(3, 20)
    drawn, same = batches.views.drawn.rows(rows), batches.views.seen(rows)
    assert tokens.equal(model.tokenizer(texts))
    assert true[:8].diagonal().all()
    assert z.equal(same)
    assert z.shape == (20, 16)
    assert_close(z.norm(dim=1), torch.ones(20))
    assert ((model.encode_image(batches.draw(drawn)) * z).sum(1) > 0.999).all()  # some machines look in bfloat16


def test_a_caption_is_told_apart_by_more_pictures_than_have_one():
    pictures = drawings()
    batches = Locked(tiny(), 20, "", pictures, TOKENIZER, 8)
    for step in range(3):
        (own, texts, _), (rows, again, _) = batches.views.captioned(step), batches.views.captioned(step, 20)
        assert texts == again
        assert own.equal(rows[:8])
        assert len(rows) == 20  # its own come first
        drawn = batches.views.drawn.rows(rows)
        assert batches(step)[2].tolist() == [
            [is_true(text, pictures, i, ON[background]) for text in texts]
            for i, background in zip(drawn.picture.tolist(), drawn.background.tolist(), strict=True)
        ]


def test_more_pictures_only_make_a_caption_harder_to_place():
    logits, true = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(7, 3, dtype=torch.bool)
    true[torch.arange(4), torch.tensor([0, 1, 2, 2])] = (
        True  # three pictures have no caption here, and the fourth not its own
    )
    places = logits.T.log_softmax(1)
    wanted = -(places[0, 0] + places[1, 1] + (places[2, 2] + places[2, 3]) / 2) / 3
    names = -logits[:3].log_softmax(1).diagonal().mean()
    assert_close(info_nce(logits, true), (wanted + names) / 2)


def test_the_loss_of_what_was_seen_is_that_of_the_pictures():
    model, (x, tokens) = tiny(), batch()
    with torch.no_grad():
        assert_close(
            model.loss(model.encode_image(x), tokens, torch.arange(6))["loss"],
            model.loss(x, tokens, torch.arange(6))["loss"],
        )


def test_a_batch_depends_on_its_step_alone():
    batches, again, other = (Paired(drawings(), TOKENIZER, 8, seed) for seed in (0, 0, 1))
    batches(0)
    for once, twice in zip(batches(5), again(5), strict=True):
        assert once.equal(twice)
    differs = other(5)[-1]
    assert not batches(5)[0].equal(differs if differs.ndim == 4 else other(5)[0])


def test_a_vocabulary_is_learned_on_every_phrase_once():
    texts = corpus(drawings())
    assert len(texts) == 6 * 5 and all(any(f"name{c}" in text for text in texts) for c in range(6))


@pytest.mark.parametrize(
    "folder, vocab, shared", [("", TOKENIZER.size, True), ("", 700, False), ("mine", TOKENIZER.size, False)]
)
def test_models_of_the_emoji_set_share_the_shipped_tokenizer_where_it_fits(
    tmp_path, monkeypatch, folder, vocab, shared
):
    (tmp_path / "clip").mkdir()
    TOKENIZER.save_pretrained(tmp_path / "clip")
    monkeypatch.setattr(clip_family, "ASSETS", tmp_path)
    config = replace(clip.TINY, data=folder, model=replace(clip.TINY.model, vocab=vocab))
    found = clip_family.tokenizer_for(config, drawings())
    assert found(TEXTS).equal(TOKENIZER(TEXTS)) == shared and found.size <= vocab


# The measurements


def test_hits_count_the_first_and_the_first_five():
    scores = torch.eye(8)[[0, 1, 2, 3]] * 2 + torch.arange(8.0) / 10
    assert clip_report.top(scores, torch.tensor([0, 1, 7, 0])) == (0.5, 0.75)
    assert clip_report.hits(scores, torch.zeros(4, 8, dtype=torch.bool)) == (0.0, 0.0)


def test_a_perfect_tower_finds_every_picture():
    names = torch.eye(5)
    concept = torch.tensor([3, 1, 1, 4])
    assert clip_report.picture_found(names, names[concept], concept) == (1.0, 1.0)


def test_a_concept_is_the_mean_of_its_pictures():
    torch.manual_seed(0)
    model, pictures = CLIP(clip.TINY.model, TOKENIZER).eval(), drawings()
    vectors = clip_report.picture_vectors(model, pictures)
    wanted = F.normalize(
        torch.stack([vectors[torch.from_numpy(pictures.concept == c)].mean(0) for c in range(6)]), dim=1
    )
    assert_close(clip_report.concept_vectors(model, pictures), wanted)


def test_held_out_words_keep_all_their_owners_that_are_drawn():
    table = {
        "held_out_en": [["Happy"], ["sad"], ["happy", "new"]],
        "told_en": [["a", "New"], ["b", "happy"], ["c"]],
        "said": {"happy"},
    }
    asked = clip_report.held_out_words(table, "en", torch.tensor([0, 2]))
    assert asked.words == ["happy", "new"] and asked.right.tolist() == [[True, True], [False, True]]
    assert asked.told.tolist() == [[False, False], [True, False]] and asked.new.tolist() == [False, True]


def test_what_captions_told_is_neither_right_nor_wrong_where_it_is_filtered():
    right, told = torch.zeros(2, 8, dtype=torch.bool), torch.zeros(2, 8, dtype=torch.bool)
    right[:, 7], told[0, :5], told[1, 0] = True, True, True
    found = clip_report.HeldOut("en", ["a", "b"], right, told, torch.tensor([False, True])).found_by(
        -torch.arange(8.0).repeat(2, 1)
    )
    assert (found["keyword_en_top5"], found["new_keyword_en_top5"]) == (0, 0)  # seven others come first
    assert (found["filtered_keyword_en_top1"], found["filtered_keyword_en_top5"]) == (
        0,
        0.5,
    )  # and of "a" two that are wrong
    again = clip_report.HeldOut("en", ["a", "b"], right, told | right, torch.tensor([True, True])).found_by(
        torch.arange(8.0).repeat(2, 1)
    )
    assert again["keyword_en_top1"] == again["filtered_keyword_en_top1"] == 1  # what is asked for is never left out


@pytest.mark.parametrize("recipe", [clip, clip_noised])
def test_every_measure_is_a_share_and_fills_its_table(recipe, monkeypatch):
    pictures = drawings()
    pictures = replace(
        pictures,
        style=np.where(pictures.style == 2, 3, pictures.style),
        styles=("noto", "blob", "twemoji", "openmoji"),
        held_out=pictures.concept == 5,
        tone=pictures.tone * 0,
    )
    table = {
        "en": [f"name{c}" for c in range(6)],
        "zh": [f"名{c}" for c in range(6)],
        "held_out_en": [["glad", "new"]] * 6,
        "held_out_zh": [["新"]] * 6,
        "told_en": [["name"]] * 6,
        "told_zh": [["名"]] * 6,
        "said": {"glad"},
    }
    monkeypatch.setattr(clip_report.data, "load", lambda size: pictures)
    monkeypatch.setattr(clip_report, "concepts", lambda: table)
    torch.manual_seed(0)
    found = clip_report.evaluate(CLIP(recipe.TINY.model, TOKENIZER).eval())
    assert (found["keywords_en"], found["new_keywords_en"], found["keywords_zh"]) == (2, 1, 1)
    assert all(0 <= v <= 1 for k, v in found.items() if "keywords" not in k) and "spoken_en_top5" in found
    noisy = [found[f"{quarter}_quarter_top5"] for quarter in clip_report.QUARTERS] if recipe is clip_noised else []
    assert found["score"] == pytest.approx(sum(noisy) / 4 if noisy else found["name_en_top1"])
    text = clip_report.report({recipe.__name__.split(".")[-1]: found})
    assert f"{found['name_en_top1']:.0%} / {found['name_en_top5']:.0%}" in text and ("quarter" in text) == bool(noisy)
    assert clip_report.report({}) == ""


def test_the_shipped_table_has_keywords_that_no_caption_said():
    table = clip_report.concepts()
    asked = clip_report.held_out_words(table, "en", torch.arange(len(table["en"])))
    assert len(table["en"]) == len(table["zh"]) == 1914
    assert len(asked.words) > 1000
    assert 300 < asked.new.sum() < len(asked.words)
    assert not (asked.told & asked.right).any()
    assert not asked.told[asked.new].any()
    assert asked.told[~asked.new].any(1).float().mean() > 0.9
