"""The handlers of the CLIP room without a browser: cosines, searches, what a visitor may write, what was never read."""

import json
import math
import shutil
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

from models.clip import CLIP
from playground.images import atlas, clip_index, pictures, specimen
from playground.requests import words
from playground.serving import checkpoints, pretrained_clip, validation
from playground.serving.clip import Ours, backend
from playground.shell import share
from playground.shell.languages import catalogue, sentence
from playground.tabs.clip import modality_gap, retrieval, similarity, word_swap, zero_shot
from playground.tabs.clip.model_choice import model_field, state
from tests.helpers import is_one_sentence, link_assets
from tests.panels import forget_checkpoints
from tests.tiny import open_clip_folder
from training.evaluation import clip as clip_report
from training.files import ASSETS

pytestmark = pytest.mark.slow
NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u202egnp.exe",
    "a\x00b\x07c",
    "🦊🦊",
    "שלום עולם",
    "مرحبا",
    "ゆき",
    "한국어",
    "word " * 400,
    "a" * 10_000,
    "{n} ${value} {{value}}",
    "\ud800 half",
    "!!!",
    "’ “ ”",
    "Ａ ｆｏｘ",
]


@pytest.fixture
def x(playground):
    return specimen.tensor(None)


@pytest.fixture
def own(assets, tmp_path, monkeypatch):
    """A folder of assets whose CLIP may be changed."""
    link_assets(assets, tmp_path, "clip")
    shutil.copytree(assets / "clip", tmp_path / "clip")
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    forget_checkpoints()
    yield tmp_path
    forget_checkpoints()


def names(language: str, count: int = 3) -> list[str]:
    first = atlas.opening()
    return [atlas.names(atlas.drawing(first["style"], tile))[language] for tile in range(count)]


def keys(value: dict) -> list[str]:
    return [remark[0] for remark in value["remarks"]]


def panels(x, text: str) -> dict:
    return {
        "matrix": lambda: similarity.similarity(x, similarity.friends(), text),
        "zeroshot": lambda: zero_shot.zero_shot(x, text, "phrasings"),
        "search": lambda: retrieval.retrieval(x, "words", text),
        "swap": lambda: word_swap.word_swap(x, text, "a", text),
    }


def test_a_cosine_is_that_of_the_two_towers_in_both_languages(x):
    captions = names("en") + names("zh")
    value = similarity.similarity(x, similarity.friends(), "\n".join(captions))
    model = CLIP.from_pretrained(checkpoints.assets() / "clip")
    shown = [
        specimen.tensor(None),
        *(
            specimen.tensor({"kind": "atlas", "style": s, "tile": t})
            for s, t in similarity.on_shelf(similarity.friends())
        ),
    ]
    with torch.inference_mode():
        table = model.encode_text(model.tokenizer(captions)) @ model.encode_image(torch.cat(shown)).T
    assert_close(torch.tensor(value["cosine"]), table, atol=2e-4, rtol=0)
    assert value["scale"] == pytest.approx(model.scale.item())
    assert value["captions"] == captions
    assert len(value["pictures"]) == len(shown)


def test_labels_are_read_as_written_or_as_the_mean_of_their_phrasings(x):
    labels = [names("en")[0], names("zh")[1]]
    plain, mean = (zero_shot.zero_shot(x, "\n".join(labels), way)["cosine"] for way in zero_shot.WAYS)
    model = CLIP.from_pretrained(checkpoints.assets() / "clip")
    vectors = torch.cat(
        [clip_report.name_vectors(model, labels[:1], "en"), clip_report.name_vectors(model, labels[1:], "zh")]
    )
    seen = backend().pictures(x)[0]
    assert_close(torch.tensor(mean), vectors @ seen, atol=2e-4, rtol=0)
    assert_close(torch.tensor(plain), backend().texts(labels) @ seen, atol=2e-5, rtol=0)


def test_a_drawing_finds_itself_and_a_search_is_in_order(x):
    first = atlas.opening()
    figures = [f for row in retrieval.retrieval(x, "picture", "")["rows"] for f in row["figures"]]
    assert figures[0]["src"] == pictures.data_url(x[0]) and figures[0]["numbers"][0][1] == "1.000"
    assert (
        figures[0]["label"][1]["style"] == f"style.{first['style']}" and len(figures) <= retrieval.ROW * retrieval.ROWS
    )
    cosines = [float(f["numbers"][0][1]) for f in figures]
    assert cosines == sorted(cosines, reverse=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_find_the_drawing_whose_vector_is_nearest(x, language):
    text = names(language)[0]
    found = retrieval.retrieval(x, "words", text)
    drawings = clip_index.load_index()
    best = drawings.places[int((backend().texts([text]) @ drawings.vectors[: drawings.ready].T).argmax())]
    assert found["rows"][0]["figures"][0]["alt"] == similarity.card(best)["label"]
    assert not set(keys(found)) & {
        "clip.unread",
        "clip.foreign",
    }


def test_every_drawing_without_skin_tone_is_searched_once(x):
    drawings = clip_index.load_index()
    assert (
        len(set(drawings.places))
        == len(drawings.places)
        == sum(not tone for tiles in atlas.table()["pictures"].values() for _, tone, _ in tiles)
    )
    assert clip_index.load_index() is drawings


def test_shipped_vectors_are_used_where_the_weights_match_and_only_there(own):
    found, stamp = clip_index.places(), checkpoints.stamp("clip")
    vectors = torch.nn.functional.normalize(
        torch.randn(len(found), CLIP.from_pretrained(own / "clip").config.embedding), dim=1
    )
    for weights, used in (("00000000", False), (stamp, True)):
        save_file({"features": vectors.half()}, own / "clip" / clip_index.FILE, {"weights": weights})
        made = clip_index._shipped(checkpoints.assets(), checkpoints.stamp("clip"))
        assert (made is not None) == used
    assert_close(made.vectors, vectors, atol=1e-3, rtol=0)
    save_file({"features": vectors[1:].half()}, own / "clip" / clip_index.FILE, {"weights": stamp})
    assert clip_index._shipped(checkpoints.assets(), stamp) is None
    (own / "clip" / clip_index.FILE).write_bytes(b"no tensors")
    assert clip_index._shipped(checkpoints.assets(), stamp) is None and clip_index.load_index().ready


def test_training_writes_the_vectors_that_the_app_takes(own, monkeypatch):
    class Few:
        tone = torch.tensor([0, 1, -1])

        def take(self, which):
            assert which.tolist() == [True, False, True]
            return "plain"

    monkeypatch.setattr(clip_report.data, "load", lambda size: Few())
    monkeypatch.setattr(clip_report, "picture_vectors", lambda model, some: torch.ones(len(clip_index.places()), 4) / 2)
    clip_report.extras(None, own / "clip")
    assert load_file(own / "clip" / clip_index.FILE)["features"].dtype == torch.float16
    assert clip_index._shipped(checkpoints.assets(), checkpoints.stamp("clip")).missing == 0


def test_a_gallery_that_is_being_filled_tells_how_far_it_is_and_never_waits(x, monkeypatch):
    monkeypatch.setattr(Ours, "most", 4)
    monkeypatch.setattr(clip_index, "_indices", {})
    monkeypatch.setattr(clip_index, "_shipped", lambda *_: None)
    monkeypatch.setattr(
        clip_index, "threading", SimpleNamespace(Thread=lambda **_: SimpleNamespace(start=lambda: None))
    )  # the rest comes later
    value = retrieval.retrieval(x, "picture", "")
    assert keys(value) == ["clip.partly"] and sum(len(row["figures"]) for row in value["rows"]) == 4
    drawings = clip_index.load_index()
    if drawings.missing < 100:
        drawings.fill(backend())
        assert keys(retrieval.retrieval(x, "picture", "")) == []
        assert_close(
            drawings.vectors, backend().pictures(clip_index.picture_tensors(drawings.places)), atol=1e-4, rtol=0
        )


@pytest.mark.parametrize("name", ["matrix", "zeroshot", "search"])
@pytest.mark.parametrize("text", ["", "   ", "\n\n \t", "\x00\x01", "\u202e"])
def test_nothing_written_is_told_in_one_sentence(x, name, text):
    value = panels(x, text)[name]()
    assert set(value) == {"note"}
    assert value["note"][0] in catalogue("en")
    assert not catalogue("zh")[value["note"][0]].isascii()


@pytest.mark.parametrize("name", ["matrix", "zeroshot", "search", "swap"])
@pytest.mark.parametrize("text", NASTY)
def test_anything_may_be_written(x, name, text):
    value = panels(x, text)[name]()
    assert "note" in value or value["remarks"] is not None
    for number in value.get("cosine", []):
        assert all(math.isfinite(one) for one in (number if isinstance(number, list) else [number]))
    for key, places in value.get("remarks", []):
        assert catalogue("en")[key].format(**places) and catalogue("zh")[key].format(**places)


@pytest.mark.parametrize("name", ["matrix", "zeroshot", "search", "swap"])
@pytest.mark.parametrize("wrong", [None, 7, ["fox"], {"a": 1}, True, "x" * 20_001])
def test_what_is_no_text_is_refused(x, name, wrong):
    with pytest.raises(validation.Refused) as refusal:
        panels(x, wrong)[name]()
    assert not refusal.value.say("zh").isascii() and "\n" not in str(refusal.value)


def test_lines_are_cleaned_and_each_counts_once():
    written = words.lines("  Fox \n\nfox\nＦＯＸ\ncat\x07 \u202edog\n", 6)
    assert written.lines == ["Fox", "cat dog"] and [r[0] for r in written.remarks] == ["clip.once"]
    many = words.lines("\n".join(f"label {i}" for i in range(30)), 20)
    assert len(many.lines) == 20 and many.remarks == [["clip.first", {"n": 20}]]


def test_words_that_no_training_caption_held_are_named_and_the_others_are_not(x):
    known = " ".join(names("en"))
    assert words.unread(f"an emoji of {known} on a blue background") == []
    assert words.unread(names("zh")[0] + "，白色背景") == []
    assert words.unread(f"a zorblify {known}") == ["zorblify"] and words.unread("🦊 a") == ["🦊"]
    assert words.unread("𠮷龘") == ["𠮷龘"] and words.unread("שלום") == ["שלום"]
    assert words.unread("DRAWING Drawing ｄｒａｗｉｎｇ") == []
    value = similarity.similarity(x, "", f"a zorblify {known}\nקצר")
    assert ["clip.unread", {"words": words.quoted(["zorblify"])}] in value["remarks"]
    assert [
        "clip.foreign",
        {"words": words.quoted(["קצר"])},
    ] in value["remarks"]


def test_words_that_a_language_model_taught_are_told_apart_from_those_never_read():
    taught, told = (
        frozenset({"zorblify", "ice cream"}),
        ["Zorblify", "a blorp zorblify", "blorp", "zorblify 猫", "ice cream"],
    )
    found = words.never_read(told, taught)
    quoted = {key: values["words"] for key, values in found}
    assert quoted["clip.taught"] == words.quoted(["zorblify"])
    assert quoted["clip.foreign"].startswith(words.quoted(["blorp"]))
    assert quoted["clip.unread"].startswith(words.quoted(["blorp"]))
    assert list(quoted) == [
        "clip.taught",
        "clip.unread",
        "clip.foreign",
    ]
    assert words.never_read(["blorp"], taught, "guidance.foreign") == [
        ["guidance.foreign", {"words": words.quoted(["blorp"])}]
    ]


def test_the_room_tells_which_words_its_clip_was_taught(x, own):
    (own / "clip" / "taught.txt").write_text("zorblify\n")
    assert ["clip.taught", {"words": words.quoted(["zorblify"])}] in retrieval.retrieval(x, "words", "a zorblify")[
        "remarks"
    ]


def test_the_shipped_clip_was_taught_words_that_no_caption_has():
    taught, said = (
        CLIP.from_pretrained(ASSETS / "clip").taught,
        clip_report.concepts()["said"],
    )
    assert "astronomer" in taught - said and len(taught - said) > 10_000


def test_a_chinese_character_is_read_only_beside_a_neighbour_it_had_in_training(playground):
    phrase = next(
        zh for _, _, zh, *_ in atlas.table()["concepts"] if len(zh) >= 3 and all("一" <= c <= "鿿" for c in zh)
    )
    assert words.unread(phrase) == []
    assert words.unread(phrase[:2]) == []
    assert words.unread(phrase + "龘") == ["龘"]


def test_a_long_caption_is_told_to_be_cut_and_a_short_one_is_not(x):
    assert "clip.cut" in keys(retrieval.retrieval(x, "words", "drawing " * 60))
    assert "clip.cut" not in keys(retrieval.retrieval(x, "words", "a drawing"))


def test_a_visitors_word_is_never_taken_for_a_key_of_the_catalogue():
    assert words.quoted(["busy"]) not in catalogue("en") and words.quoted(["x"] * 20).endswith("…")


def test_one_label_alone_is_said_to_be_no_choice(x):
    assert "clip.alone" in keys(zero_shot.zero_shot(x, "a drawing", "as_written"))


@pytest.mark.parametrize(
    "shelf",
    [None, 7, "x", "nowhere.1", "one.99999999", "one.-1", "a.1," * 9, "../x.1", "one.٣", ["one.1"], "one.1;one.2"],
)
def test_a_bad_shelf_is_refused(x, shelf):
    with pytest.raises(validation.Refused):
        similarity.similarity(x, shelf, "a drawing")


def test_an_empty_shelf_leaves_the_specimen(x):
    value = similarity.similarity(x, "", "a drawing")
    assert len(value["pictures"]) == len(value["cosine"][0]) == 1


@pytest.mark.parametrize("wrong", [("search", "by"), ("zeroshot", "way")])
def test_other_choices_are_refused(x, wrong):
    with pytest.raises(validation.Refused):
        retrieval.retrieval(x, "sound", "a") if wrong[0] == "search" else zero_shot.zero_shot(x, "a", "loudly")


@pytest.mark.parametrize(
    ("caption", "old", "new", "after"),
    [
        ("a red heart", "red", "blue", "a blue heart"),
        ("A RED red heart", "red", "blue", "A blue red heart"),
        ("红色的心", "红色", "蓝色", "蓝色的心"),
        ("a.b c", "a.b", r"\1", r"\1 c"),
        ("a heart", "a", "", "heart"),
    ],
)
def test_one_word_is_swapped_where_it_stands_first(caption, old, new, after):
    assert word_swap.swapped(caption, old, new) == (caption, after)


@pytest.mark.parametrize(
    ("caption", "old", "key"),
    [("a starred thing", "red", "swap.absent"), ("", "red", "swap.empty"), ("red", " ", "swap.empty")],
)
def test_a_word_that_is_not_there_is_told(x, caption, old, key):
    assert word_swap.word_swap(x, caption, old, "blue")["note"][0] == key


def test_the_same_word_instead_changes_nothing_and_another_moves_by_its_product(x):
    text = "a drawing"
    same = word_swap.word_swap(x, text, "drawing", "drawing")
    assert same["remarks"][0][1] | {"near": "1.000", "new": 0} == same["remarks"][0][1]
    assert [[f["label"] for f in row["figures"]] for row in same["rows"][:1]] == [
        [f["label"] for f in row["figures"]] for row in same["rows"][1:2]
    ]
    other, drawings = word_swap.word_swap(x, text, "drawing", "emoji"), clip_index.load_index()
    before, after = backend().texts(["a drawing", "a emoji"])
    gain = drawings.vectors[: drawings.ready] @ (after - before)
    assert float(other["rows"][2]["figures"][0]["numbers"][0][1]) == pytest.approx(
        (gain - gain.mean()).max().item(), abs=1e-3
    )


def test_the_gap_is_the_distance_of_the_means_and_closes(x):
    style = next(iter(atlas.table()["pictures"]))
    value = modality_gap.modality_gap(x, style, 0)
    found = modality_gap.sphere(checkpoints.assets(), checkpoints.stamp("clip"), style)
    texts = torch.cat([found.vectors["en"], found.vectors["zh"]])
    assert float(dict(map(tuple, value["numbers"]))["gap.length"]) == pytest.approx(
        (found.vectors["pictures"].mean(0) - texts.mean(0)).norm().item(), abs=1e-3
    )
    assert float(modality_gap.modality_gap(x, style, 1)["numbers"][0][1]) < float(value["numbers"][0][1]) / 2
    assert {len(points) for points in value["points"].values()} == {len(value["names"])}
    assert value == modality_gap.modality_gap(x, style, 0)


def test_the_plane_is_that_of_largest_variance():
    points = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * torch.tensor([9.0, 1, 1, 4, 1, 1])
    plane = torch.tensor(modality_gap.main_directions(points)(points))
    covariance = (points - points.mean(0)).T @ (points - points.mean(0))
    assert_close(plane.square().sum(0), torch.linalg.eigvalsh(covariance).flip(0)[:2], atol=1, rtol=1e-3)


@pytest.mark.parametrize(
    "wrong", [("nowhere", 0), (None, 0), ("", 1.5), ("", math.nan), ("", "x"), ("", None), ("", -0.1)]
)
def test_a_bad_gap_is_refused(x, wrong):
    with pytest.raises(validation.Refused):
        modality_gap.modality_gap(x, wrong[0] if wrong[0] != "" else next(iter(atlas.table()["pictures"])), wrong[1])


@pytest.mark.parametrize("damage", ["missing", "damaged", "no tokenizer"])
def test_a_bad_checkpoint_is_told_in_every_panel(own, damage):
    x = specimen.tensor(None)
    if damage == "no tokenizer":
        (own / "clip" / "tokenizer.json").unlink()
    elif damage == "missing":
        shutil.rmtree(own / "clip")
    else:
        (own / "clip" / "model.safetensors").write_bytes(b"no tensors")
    calls = [
        *(panels(x, "a drawing")[name] for name in ("matrix", "zeroshot", "search", "swap")),
        lambda: modality_gap.modality_gap(x, next(iter(atlas.table()["pictures"])), 0),
    ]
    for call in calls:
        key, values = call()["note"]
        assert key.startswith("checkpoint.")
        assert values["name"] == "clip"
        assert sentence(key, "zh", **values)


def test_long_captions_come_back_with_a_recipe():
    text = "\n".join(["a rather long caption of some drawing"] * 6)
    recipe = {
        "tab": "clip",
        "panel": "matrix",
        "settings": {"captions": text, "shelf": "noto.12,fluent flat.7"},
        "specimen": None,
    }
    assert share.clean(recipe) == recipe and share.from_link(share.to_link(recipe))["settings"]["captions"] == text


# open_clip


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """(folder, model, transform of pictures, tokenizer): a small open_clip model of random weights, saved as open_clip
    saves one."""
    folder = tmp_path_factory.mktemp("tiny")
    model = open_clip_folder(folder)
    torch.save(model.state_dict(), folder / "weights.pt")
    open_clip = pretrained_clip.imported()
    open_clip.add_model_config(folder / "tiny.json")
    return (
        folder,
        model,
        open_clip.create_model_and_transforms(f"local-dir:{folder}")[2],
        open_clip.get_tokenizer("tiny"),
    )


def awaited(asked: str, monkeypatch) -> dict:
    """What the field of a panel hears once the model that is asked for is there, or is known not to come."""
    monkeypatch.setenv(pretrained_clip.VARIABLE, asked)
    monkeypatch.setattr(pretrained_clip, "_loading", {})
    deadline = time.monotonic() + 60
    while (said := state())["wait"] and time.monotonic() < deadline:
        time.sleep(0.05)
    return said


def ways(folder) -> dict[str, str]:
    return {"file": f"tiny/{folder}/weights.pt", "folder": f"local-dir:{folder}"}


def seen(model, transform, x) -> torch.Tensor:
    """(B, E) of pictures (B, 3, 64, 64) by open_clip's own way from a picture to the network."""
    from torchvision.transforms.functional import to_pil_image

    with torch.inference_mode():
        return model.encode_image(
            torch.stack([transform(to_pil_image(((one + 1) * 127.5).round().byte())) for one in x]), normalize=True
        )


@pytest.mark.parametrize("way", ["file", "folder"])
def test_cosines_of_open_clip_are_those_of_its_own_towers(x, theirs, monkeypatch, way):
    folder, model, transform, read = theirs
    assert awaited(ways(folder)[way], monkeypatch) == {"note": None, "wait": False}
    captions = ["a photo of a fox", "红苹果", "HTML &amp; <b>"]
    value = similarity.similarity(x, similarity.friends(), "\n".join(captions), pretrained_clip.NAME)
    shown = torch.cat([x, clip_index.picture_tensors(similarity.on_shelf(similarity.friends()))])
    with torch.inference_mode():
        words_seen = model.encode_text(read(captions), normalize=True)
    assert_close(
        torch.tensor(value["cosine"]), words_seen @ seen(model, transform, shown).T, atol=3e-3, rtol=0
    )  # its way rounds to 8 bits
    assert value["scale"] == pytest.approx(model.logit_scale.exp().item())
    plain = zero_shot.zero_shot(x, "\n".join(captions), "as_written", pretrained_clip.NAME)
    assert plain["cosine"] == pytest.approx([row[0] for row in value["cosine"]], abs=1e-4)
    assert keys(value) == keys(plain) == ["open_clip.by"]
    told = json.dumps(value | {"pictures": []})
    assert str(folder) not in told


def test_open_clip_searches_and_swaps_in_its_own_space(x, theirs, monkeypatch):
    folder, model, transform, read = theirs
    awaited(f"local-dir:{folder}", monkeypatch)
    monkeypatch.setattr(clip_index, "_indices", {})
    monkeypatch.setattr(
        clip_index, "threading", SimpleNamespace(Thread=lambda **_: SimpleNamespace(start=lambda: None))
    )  # the rest comes later
    other = clip_index.load_index(backend(pretrained_clip.NAME))
    assert other.vectors.shape[1] == 16
    assert clip_index.load_index() is not other
    assert clip_index.load_index(backend(pretrained_clip.NAME)) is other
    found = retrieval.retrieval(x, "picture", "", pretrained_clip.NAME)
    cosines = [float(figure["numbers"][0][1]) for row in found["rows"] for figure in row["figures"]]
    assert cosines == sorted(cosines, reverse=True) and keys(found)[0] == "open_clip.by"
    said = word_swap.word_swap(x, "a red fox", "red", "blue", pretrained_clip.NAME)["remarks"][0][1]
    with torch.inference_mode():
        before, after = model.encode_text(read(["a red fox", "a blue fox"]), normalize=True)
    assert float(said["near"]) == pytest.approx(float(before @ after), abs=1e-3)
    assert float(said["before"]) == pytest.approx(float(before @ seen(model, transform, x)[0]), abs=4e-3)


@pytest.mark.parametrize("text", NASTY)
def test_open_clip_may_be_told_anything(x, theirs, monkeypatch, text):
    monkeypatch.setenv(pretrained_clip.VARIABLE, f"local-dir:{theirs[0]}")
    pretrained_clip.loading().model or awaited(f"local-dir:{theirs[0]}", monkeypatch)
    value = similarity.similarity(x, "", text, pretrained_clip.NAME)
    assert "note" in value or all(math.isfinite(number) for row in value["cosine"] for number in row)
    assert len(text) < 1000 or "clip.cut" in keys(value)


def test_a_text_is_cut_where_open_clip_cuts_it(theirs, monkeypatch):
    awaited(f"local-dir:{theirs[0]}", monkeypatch)
    clip = backend(pretrained_clip.NAME)
    assert clip.context == 12
    assert not clip.too_long("a " * 10)
    assert clip.too_long("a " * 11)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("tiny/nowhere.pt", "no_weights"),
        ("tiny", "no_weights"),
        ("no such model/at all", "no_weights"),
        ("local-dir:/nowhere", "no_weights"),
        ("tiny/{folder}/damaged.pt", "no_weights"),
        ("tiny/{folder}/tiny.json", "no_weights"),
    ],
)
def test_weights_that_cannot_be_loaded_are_one_sentence_and_ours_goes_on(x, theirs, monkeypatch, capsys, asked, key):
    (theirs[0] / "damaged.pt").write_bytes((theirs[0] / "weights.pt").read_bytes()[:5000])
    said = awaited(asked.format(folder=theirs[0]), monkeypatch)
    assert said["note"][0] == f"open_clip.{key}" and not said["wait"]
    for name in ("matrix", "zeroshot", "search"):
        with pytest.raises(validation.Refused) as refusal:
            {
                "matrix": lambda: similarity.similarity(x, "", "a", pretrained_clip.NAME),
                "zeroshot": lambda: zero_shot.zero_shot(x, "a", "as_written", pretrained_clip.NAME),
                "search": lambda: retrieval.retrieval(x, "words", "a", pretrained_clip.NAME),
            }[name]()
        assert is_one_sentence(str(refusal.value))
        assert "权重" in refusal.value.say("zh")
        assert str(theirs[0]) not in str(refusal.value)
    assert similarity.similarity(x, "", "a")["cosine"]
    log = capsys.readouterr().out
    assert "its weights cannot be loaded" in log
    assert log.count("\n") == 1
    assert "Traceback" not in log


def test_a_package_that_is_missing_is_told(x, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    said = awaited("ViT-B-32/laion2b_s34b_b79k", monkeypatch)
    assert said == {"note": ["open_clip.no_package", {"name": "ViT-B-32/laion2b_s34b_b79k"}], "wait": False}


def test_a_model_on_its_way_keeps_nobody_waiting_and_is_given_up_one_day(x, monkeypatch):
    monkeypatch.setenv(pretrained_clip.VARIABLE, "ViT-B-32/slow")
    monkeypatch.setattr(pretrained_clip, "_loading", {})
    there = threading.Event()
    monkeypatch.setattr(pretrained_clip, "OpenClip", lambda asked: there.wait(600))
    with pytest.raises(validation.Refused, match="still being loaded"):
        similarity.similarity(x, "", "a", pretrained_clip.NAME)
    assert state()["wait"]
    pretrained_clip.loading().began -= 60 * pretrained_clip.LONGEST + 1
    assert state() == {
        "note": ["open_clip.slow", {"name": "ViT-B-32/slow", "minutes": pretrained_clip.LONGEST}],
        "wait": False,
    }
    there.set()


def test_without_the_variable_there_is_no_trace_of_it(x, monkeypatch):
    monkeypatch.delenv(pretrained_clip.VARIABLE, raising=False)
    monkeypatch.setattr(pretrained_clip, "Loading", None)
    assert model_field() == {} and pretrained_clip.loading() is None
    with pytest.raises(validation.Refused) as refusal:
        similarity.similarity(x, "", "a", pretrained_clip.NAME)
    assert "must be one of: clip" in str(refusal.value)


@pytest.mark.parametrize(
    ("asked", "parts", "name"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", ("ViT-B-32", "laion2b_s34b_b79k"), "ViT-B-32/laion2b_s34b_b79k"),
        ("ViT-B-32//a/b/c.pt", ("ViT-B-32", "/a/b/c.pt"), "ViT-B-32/c.pt"),
        ("local-dir:/a/tiny", ("local-dir:/a/tiny", None), "tiny"),
        ("hf-hub:org/model", ("hf-hub:org/model", None), "model"),
        ("ViT-B-32", ("ViT-B-32", None), "ViT-B-32"),
    ],
)
def test_a_model_is_named_by_model_and_weights(asked, parts, name):
    assert pretrained_clip.split(asked) == parts and pretrained_clip.called(asked) == name
