"""GLIDE: what it is told, what is withheld, where it starts from."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from models.clip import CLIP
from models.diffusion import Diffusion, DiffusionConfig
from models.glide import GLIDE, Conditioning
from models.pretrained import CheckpointError
from models.tokenizer import Tokenizer
from tests.emoji_set import few
from tests.helpers import picture_folder
from training.__main__ import main
from training.data import pictures as data
from training.families.glide import CaptionedPictures, EmbeddedPictures, draw
from training.families.glide_text import TextUpdate
from training.recipes import clip, glide

TOKENIZER = Tokenizer.train(["red apple", "a red apple in noto style", "红苹果"] * 3, 600, 16)
CONFIG = glide.TINY.model


def model(**changes) -> GLIDE:
    """A small one whose every layer says something."""
    torch.manual_seed(0)
    found = GLIDE(replace(CONFIG, **changes), TOKENIZER).eval()
    for parameter in found.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return found


def question(count: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, 16, 16, generator=generator), torch.tensor([3, 20, 40])[:count]


@torch.no_grad()
def test_a_new_one_draws_without_words_what_it_started_from():
    small = dict(
        image_size=16, width=16, multipliers=(1, 2), blocks=1, head=8, steps=50, schedule="cosine", predicts="x0"
    )
    torch.manual_seed(0)
    wordless = Diffusion(DiffusionConfig(**small, classes=9)).eval()
    for parameter in wordless.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    reads = GLIDE(replace(CONFIG, variance="learned"), TOKENIZER).eval()
    reads.start_from(wordless)
    x, t = question()
    assert_close(reads.network.time[2].bias, wordless.network.time[2].bias + wordless.network.label.weight[-1])
    assert not reads.split(reads(x, t))[1].any()  # the variance begins as new
    alike = torch.nn.functional.cosine_similarity(reads.split(reads(x, t))[0].flatten(1), wordless(x, t).flatten(1))
    assert (alike > 0.9).all()  # attention over the caption is all that differs


def test_it_may_begin_with_a_clips_words():
    towers = CLIP(
        replace(
            clip.TINY.model,
            vocab=CONFIG.vocab,
            context=CONFIG.context,
            text_width=CONFIG.text_width,
            text_layers=CONFIG.text_layers,
            text_heads=CONFIG.text_heads,
        ),
        TOKENIZER,
    )
    one = model()
    paddings = one.text.padding_embedding.clone()
    one.take_words(towers)
    assert one.text.token_embedding.weight.equal(towers.text.token_embedding.weight)
    assert one.text.transformer.resblocks[0].attn.in_proj_weight.equal(
        towers.text.transformer.resblocks[0].attn.in_proj_weight
    )
    assert one.text.padding_embedding.equal(paddings)
    with pytest.raises(RuntimeError):
        one.take_words(CLIP(replace(towers.config, text_width=16), TOKENIZER))


def test_it_starts_from_either_kind_of_checkpoint_and_refuses_others(tmp_path):
    reads, wordless = model(), Diffusion(DiffusionConfig(image_size=16, width=16))
    reads.save_pretrained(tmp_path / "reads")
    wordless.save_pretrained(tmp_path / "wordless")
    assert type(GLIDE.read_start(tmp_path / "reads")) is GLIDE
    assert type(GLIDE.read_start(tmp_path / "wordless")) is Diffusion
    with pytest.raises(RuntimeError):
        reads.start_from(wordless)


@torch.no_grad()
def test_a_model_without_words_starts_from_one_that_reads(tmp_path):
    reads = model()
    reads.save_pretrained(tmp_path)
    network = Diffusion.read_start(tmp_path)
    assert type(network) is Diffusion
    assert not any("context" in name or "text" in name for name in network.state_dict())
    assert_close(network.network.stem.weight, reads.network.stem.weight, atol=2e-3, rtol=2e-3)
    wordless = Diffusion(replace(network.config, predicts="eps"))
    wordless.start_from(network)
    assert wordless.network.stem.weight.equal(network.network.stem.weight)
    assert not wordless.network.out.weight.any()  # the last layer predicts another thing


@torch.no_grad()
def test_a_checkpoint_keeps_the_words(tmp_path):
    one = model()
    one.save_pretrained(tmp_path)
    again = GLIDE.from_pretrained(tmp_path)
    tokens = again.tokenizer(["a red apple"])
    assert_close(again.encode(tokens).context, one.encode(one.tokenizer(["a red apple"])).context, atol=2e-3, rtol=2e-2)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointError, match="tokenizer"):
        GLIDE.from_pretrained(tmp_path)


@torch.no_grad()
def test_captions_and_embeddings_reach_the_picture_and_their_order_matters():
    one, (x, t) = model(), question(2)
    said = [one(x, t, one.encode(TOKENIZER([text] * 2))) for text in ("red apple", "apple red", "红苹果", "")]
    embedding = torch.nn.functional.normalize(torch.randn(2, CONFIG.embedding), dim=1)
    said.append(one(x, t, one.encode(TOKENIZER([""] * 2), embedding)))
    for i, a in enumerate(said):
        assert all((a - b).abs().max() > 1e-5 for b in said[:i])
    assert_close(said[3], one(x, t))  # the empty caption is what it hears when nothing is said


@torch.no_grad()
def test_what_is_told_does_not_depend_on_company():
    one, texts = model(), ["red apple", "a red apple in noto style", ""]
    embeddings = torch.randn(3, CONFIG.embedding)
    embeddings[1] = torch.nan
    together = one.encode(TOKENIZER(texts), embeddings)
    rows = [one.encode(TOKENIZER([text]), embeddings[i : i + 1]) for i, text in enumerate(texts)]
    stacked = Conditioning.stack(rows)
    assert_close(stacked.context, together.context, atol=1e-5, rtol=1e-5)
    assert_close(stacked.extra, together.extra, atol=1e-5, rtol=1e-5)
    assert_close(rows[1].extra, one.encode(TOKENIZER(texts[1:2])).extra)  # NaN is no embedding


def test_the_branch_that_is_told_nothing_depends_on_no_condition():
    one = model(text_dropout=1.0, embedding_dropout=1.0).train()
    embedding = torch.randn(2, CONFIG.embedding, requires_grad=True)
    one.loss(question(2)[0], TOKENIZER(["red apple", "apple"]), embedding)["loss"].backward()
    assert not embedding.grad.any()
    used = one.text.token_embedding.weight.grad.abs().sum(1).nonzero().flatten().tolist()
    assert set(used) == set(TOKENIZER([""])[0, :2].tolist())  # start and end: the caption's pieces were withheld


@pytest.mark.parametrize("kept", ["caption", "embedding"])
def test_captions_and_embeddings_are_withheld_independently(kept):
    one = model(text_dropout=float(kept != "caption"), embedding_dropout=float(kept != "embedding")).train()
    embedding, tokens = torch.randn(2, CONFIG.embedding, requires_grad=True), TOKENIZER(["red", "apple"])
    one.loss(question(2)[0], tokens, embedding)["loss"].backward()
    assert embedding.grad.any() == (kept == "embedding")
    assert bool(one.text.token_embedding.weight.grad[tokens[0, 1]].any()) == (kept == "caption")


def test_in_evaluation_nothing_is_withheld():
    one = model(text_dropout=1.0).eval()
    x, tokens = question(2)[0], TOKENIZER(["red", "apple"])
    losses = []
    for text in (tokens, TOKENIZER(["", ""])):
        torch.manual_seed(3)
        losses.append(one.loss(x, text)["loss"].item())
    assert losses[0] != losses[1]


@torch.no_grad()
def test_an_imagined_embedding_stands_in_for_none_and_never_for_an_empty_caption():
    one, tokens = model(), TOKENIZER(["red apple", ""])
    imagined = one.imagine(one.text(tokens)[1], tokens)
    assert_close(imagined.norm(dim=1), torch.stack([torch.tensor(1.0), one.no_embedding.norm()]))
    told = one.encode(tokens)
    assert_close(told.context, one.encode(tokens, imagined).context)
    assert_close(told.extra, one.encode(tokens, torch.full_like(imagined, torch.nan)).extra)
    assert imagined[1].equal(one.no_embedding)
    assert model(imagines=False).encode(tokens[:1]).extra.ne(told.extra[:1]).any()


def test_it_learns_to_imagine_from_the_captions_that_are_not_withheld():
    one = model().train()
    tokens, z = TOKENIZER(["red", "apple"]), torch.nn.functional.normalize(torch.randn(2, CONFIG.embedding), dim=1)
    descent = torch.optim.Adam(one.parameters(), 1e-2)
    for _ in range(60):
        found = one.loss(question(2)[0], tokens, z)
        descent.zero_grad()
        found["loss"].backward()
        descent.step()
    imagined = one.imagine(one.text(tokens)[1], tokens)
    near = imagined @ z.T
    assert found["astray"] < 0.2 and near.argmax(1).tolist() == [0, 1]
    assert "astray" not in model(text_dropout=1.0).train().loss(question(2)[0], tokens, z)


@torch.no_grad()
def test_equal_captions_are_read_once_and_each_row_gets_its_own(monkeypatch):
    one, tokens, read = model(), TOKENIZER(["apple", "", "red", "", "apple"]), []
    context, end = one.text(tokens)
    monkeypatch.setattr(
        one.text, "forward", lambda tokens, inner=one.text.forward: read.append(len(tokens)) or inner(tokens)
    )
    found = one.read(tokens)
    assert read == [3]
    assert_close(found[0], context, atol=1e-5, rtol=1e-5)
    assert_close(found[1], end, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_captions_imagine_better_while_the_u_net_is_held_still():
    before = model()
    one, tokens, embedding = (
        copy.deepcopy(before),
        TOKENIZER(["red", "apple"]),
        torch.nn.functional.normalize(torch.randn(2, CONFIG.embedding), dim=1),
    )
    update = TextUpdate(before, one, replace(glide.TINY, lr=5e-3), torch.device("cpu"))
    found = [update((tokens, embedding)) for _ in range(200)]
    assert found[-1]["astray"] < 0.1 < found[0]["astray"]
    assert found[0]["drift"] < 1e-6
    assert found[-1]["drift"] < 0.02
    assert (one.imagine(one.text(tokens)[1], tokens) @ embedding.T).argmax(1).tolist() == [0, 1]
    learned = {name for name, value in one.state_dict().items() if not value.equal(before.state_dict()[name])}
    assert learned and all(name.startswith(("text.", "imagined.")) for name in learned)
    x, t = question(2)
    told, known = (each.encode(tokens, embedding) for each in (one, before))
    assert_close(one(x, t, told), before(x, t, known), atol=0.2, rtol=0)  # told an embedding, it draws what it drew
    assert_close(
        one.encode(one.empty(1), embedding[:1]).context,
        before.encode(one.empty(1), embedding[:1]).context,
        atol=0.5,
        rtol=0,
    )


@pytest.mark.slow
def test_captions_go_on_to_imagine_by_the_command_line(tmp_path):
    small, folder = (
        ["--batch=8", "--warmup=64", "--device", "cpu", "--data", picture_folder(tmp_path / "pictures", 40, 16)],
        tmp_path / "runs",
    )
    torch.manual_seed(0)
    CLIP(clip.TINY.model, TOKENIZER).save_pretrained(tmp_path / "clip")
    model().save_pretrained(tmp_path / "start")
    sizes = [
        f"--{name.replace('_', '-')}={getattr(CONFIG, name)}"
        for name in (
            "image_size",
            "width",
            "blocks",
            "head",
            "steps",
            "vocab",
            "context",
            "text_width",
            "text_layers",
            "text_heads",
            "embedding",
        )
    ]
    run = [
        "glide",
        *sizes,
        "--multipliers=1,2",
        f"--clip-folder={tmp_path / 'clip'}",
        "--init",
        tmp_path / "start",
        f"--still={tmp_path / 'start'}",
        *small,
        "--runs",
        folder,
    ]
    for pictures in (64, 128):  # the second goes on
        main([str(option) for option in [*run, f"--pictures={pictures}"]])
    found, start = (GLIDE.from_pretrained(each).state_dict() for each in (folder / "glide/model", tmp_path / "start"))
    assert all(found[name].equal(start[name]) for name in found if name.startswith("network."))
    assert not found["imagined.weight"].equal(start["imagined.weight"])


def test_the_caller_keeps_his_tensors():
    one, tokens, embedding = model().train(), TOKENIZER(["red", "apple"]), torch.randn(2, CONFIG.embedding)
    before = tokens.clone(), embedding.clone()
    one.loss(question(2)[0], tokens, embedding)
    assert tokens.equal(before[0]) and embedding.equal(before[1])


def test_a_batch_is_a_function_of_its_step(tmp_path):
    pictures = data.load(16, picture_folder(tmp_path))
    one, two = (CaptionedPictures(pictures, TOKENIZER, 8) for _ in range(2))
    for _ in range(2):
        one(0)
    for a, b in zip(one(5), two(5), strict=False):
        assert a.equal(b)
    assert not one(5)[0].equal(one(6)[0])


def test_beside_pictures_come_their_captions_and_embeddings_which_may_be_kept_in_a_file(tmp_path):
    folder, table = picture_folder(tmp_path), tmp_path / "table.safetensors"
    torch.manual_seed(0)
    sees, small = CLIP(clip.TINY.model, TOKENIZER).eval(), data.load(16, folder)
    large = data.load(clip.TINY.model.image_size, folder)
    one, two = (EmbeddedPictures(sees, large, kept, small, TOKENIZER, 8) for kept in ("", str(table)))
    x, tokens, z = one(5)
    assert len(x) == len(tokens) == len(z) == 8 and table.exists()
    assert_close(z.norm(dim=1), torch.ones(8))
    assert x.equal(two(5)[0]) and tokens.equal(two(5)[1])
    assert_close(z, two(5)[2], atol=5e-3, rtol=0)  # in bfloat16 rows differ by their company
    assert EmbeddedPictures(sees, large, str(table), small, TOKENIZER, 8)(5)[2].equal(two(5)[2])
    with pytest.raises(data.DataError, match="another CLIP"):
        EmbeddedPictures(CLIP(clip.TINY.model, TOKENIZER).eval(), large, str(table), small, TOKENIZER, 8)
    table.write_bytes(table.read_bytes()[:100])
    with pytest.raises(data.DataError, match="no table of embeddings"):
        EmbeddedPictures(sees, large, str(table), small, TOKENIZER, 8)


def test_the_same_caption_and_seed_draw_the_same_picture_in_any_company():
    one = model()
    alone = draw(one, ["apple"], 3.0, [7], steps=4)
    assert_close(draw(one, ["red apple", "apple"], 3.0, [1, 7], steps=4)[1:], alone, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(draw(one, ["apple"], 1.0, [7], steps=4), alone, atol=1e-3)


@pytest.mark.slow
def test_it_trains_from_a_wordless_network_by_the_command_line(tmp_path):
    small = [
        "--batch=8",
        "--warmup=64",
        "--pictures=64",
        "--device",
        "cpu",
        "--data",
        picture_folder(tmp_path / "pictures", 40, 16),
    ]
    sizes = {"image_size": 16, "width": 16, "multipliers": (1, 2), "blocks": 1, "head": 8, "steps": 50}
    Diffusion(DiffusionConfig(**sizes, schedule="cosine", predicts="x0")).save_pretrained(tmp_path / "start")
    model_options = [
        "--image-size=16",
        "--width=16",
        "--multipliers=1,2",
        "--head=8",
        "--steps=50",
        "--vocab=600",
        "--context=16",
        "--text-width=32",
        "--text-layers=1",
        "--text-heads=2",
        "--embedding=16",
    ]
    options = ["glide", *model_options, *small, "--runs", tmp_path / "runs", "--init", tmp_path / "start"]
    main([str(option) for option in options])
    found = GLIDE.from_pretrained(tmp_path / "runs/glide/model")
    assert found.tokenizer.size <= 600 and (tmp_path / "runs/glide/sheet.png").exists()


@pytest.mark.slow
def test_what_is_measured_is_in_the_table(monkeypatch):
    from training.evaluation import glide as glide_report
    from training.files import ASSETS

    if not (ASSETS / "judge" / "model.safetensors").exists():
        pytest.skip("the judge does not ship yet")
    monkeypatch.setattr(glide_report, "evaluator", few)
    torch.manual_seed(0)
    found = glide_report.evaluate(GLIDE(replace(CONFIG, image_size=32, embedding=256), TOKENIZER).eval(), count=12)
    assert found["score"] == (found["judge_top5_en"] + found["judge_top5_seen"]) / 2
    assert found["real_top5"] > 0.2
    assert found["frechet_zh"] > 0
    if (ASSETS / "clip_judge" / "model.safetensors").exists():
        assert (
            found["real_clip_judge_top5"] > 0.2 > found["clip_judge_top5_en"] >= 0
        )  # an untrained network draws nothing that has a name
    text = glide_report.report({"glide": found | {"parameters": 1, "pictures": 2}, "judge": {}})
    assert "English" in text
    assert "Chinese" in text
    assert "embedding" in text
    assert glide_report.report({"judge": {}}) == ""
