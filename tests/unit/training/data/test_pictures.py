"""The emoji set's rules on packages made here, the folder data set, batches, and the set that ships."""

import base64
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.testing import assert_close

from tests.helpers import ROOT, finish, is_one_sentence, picture_folder, training
from training.data import atlas, emoji
from training.data.packages import Package, PackageError
from training.data.pictures import Batches, DataError, Pictures, composite, load_folder, shift
from training.data.render import rasterise, render_style, svg_of
from training.data.styles import STYLES, Style

RED = '<path fill="#f00" d="M0 0h16v16H0z"/>'


# ---- packages made here ---------------------------------------------------------------------------------------------


def package(folder: Path, members: dict[str, object], name: str = "@iconify-json/made-here") -> Package:
    """An npm archive with JSON members, and the package that asks for it by its right hash."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Package(name, "1.0.0", "")
    with tarfile.open(folder / made.filename, "w:gz") as tar:
        for member, content in members.items():
            data = json.dumps(content).encode()
            entry = tarfile.TarInfo(f"package/{member}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    digest = hashlib.sha512((folder / made.filename).read_bytes()).digest()
    return replace(made, integrity="sha512-" + base64.b64encode(digest).decode())


def icons(*names: str, aliases: dict | None = None) -> dict:
    return {"icons": {name: {"body": RED} for name in names}, "aliases": aliases or {}, "width": 16, "height": 16}


def concept(character: str, en: str) -> emoji.Concept:
    return emoji.Concept(character, en, en, "Objects")


WAVE, BOTH, APPLE, HEART = (
    concept("👋", "waving hand"),
    concept("🧑‍🤝‍🧑", "people holding hands"),
    concept("🍎", "red apple"),
    concept("❤️", "red heart"),
)


def style(made: Package, **changes) -> Style:
    return Style("made here", "Made Here", "", made, "", "", "", **changes)


def drawn(tmp_path, members: dict, concepts: list, **changes) -> list[tuple]:
    made = package(tmp_path, members)
    return [(d.concept, d.tone, d.icon) for d in emoji.match(style(made, **changes), made.fetch(tmp_path), concepts)]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("flag: Côte d’Ivoire", "flag-cote-d-ivoire"),
        ("red apple", "red-apple"),
        ("keycap: #", "keycap"),
        ("ON! arrow", "on-arrow"),
        ("piñata", "pinata"),
        ("1st place medal", "1st-place-medal"),
        ("  A  -- b ", "a-b"),
        ("小", ""),
    ],
)
def test_slugs(name, expected):
    assert emoji.slug(name) == expected


@given(st.text())
def test_a_slug_holds_lower_case_letters_digits_and_single_hyphens_and_is_its_own_slug(name):
    slug = emoji.slug(name)
    assert (
        all(part and part.isascii() and part.isalnum() and part == part.lower() for part in slug.split("-")) or not slug
    )
    assert emoji.slug(slug) == slug


@pytest.mark.parametrize(
    "character, expected", [("🍎", "1f34e"), ("❤️", "2764"), ("🧑‍🤝‍🧑", "1f9d1-200d-1f91d-200d-1f9d1"), ("#️⃣", "23-20e3")]
)
def test_code_points_leave_the_variation_selector_out(character, expected):
    assert emoji.code_points(character) == expected


def test_drawings_are_found_by_code_points_with_or_without_the_selector(tmp_path):
    chars = {"1f34e": "apple-of-theirs", "2764-fe0f": "heart-of-theirs", "1f999": "llama"}
    found = drawn(
        tmp_path,
        {"icons.json": icons("apple-of-theirs", "heart-of-theirs", "llama"), "chars.json": chars},
        [APPLE, HEART],
    )
    assert found == [(0, 0, "apple-of-theirs"), (1, 0, "heart-of-theirs")]


def test_drawings_are_found_by_name_hyphens_aside(tmp_path):
    found = drawn(tmp_path, {"icons.json": icons("redapple", "red-heart", "green-apple")}, [APPLE, HEART])
    assert found == [(0, 0, "redapple"), (1, 0, "red-heart")]


def test_an_alias_is_a_drawing_and_a_name_that_no_icon_has_is_none(tmp_path):
    found = drawn(
        tmp_path,
        {"icons.json": icons("apple", aliases={"red-apple": {"parent": "apple"}}), "chars.json": {"2764": "gone"}},
        [APPLE, HEART],
    )
    assert found == [(0, 0, "red-apple")]


def test_skin_tones_are_found_by_name_and_come_after_all_plain_drawings(tmp_path):
    names = icons("waving-hand-dark-skin-tone", "waving-hand", "waving-hand-light-skin-tone", "red-apple")
    assert drawn(tmp_path, {"icons.json": names}, [WAVE, APPLE]) == [
        (0, 0, "waving-hand"),
        (1, 0, "red-apple"),
        (0, 1, "waving-hand-light-skin-tone"),
        (0, 5, "waving-hand-dark-skin-tone"),
    ]


def test_a_package_may_name_skin_tones_without_the_words(tmp_path):
    names = icons("waving-hand", "waving-hand-medium-dark")
    assert (0, 4, "waving-hand-medium-dark") in drawn(tmp_path, {"icons.json": names}, [WAVE], tone_suffix="")


def test_one_tone_for_both_people_counts_and_mixed_tones_are_left_out(tmp_path):
    chars = {
        "1f9d1-200d-1f91d-200d-1f9d1": "plain",
        "1f9d1-1f3fb-200d-1f91d-200d-1f9d1-1f3fb": "same",
        "1f9d1-1f3fb-200d-1f91d-200d-1f9d1-1f3ff": "mixed",
    }
    found = drawn(tmp_path, {"icons.json": icons("plain", "same", "mixed"), "chars.json": chars}, [BOTH])
    assert found == [(0, 0, "plain"), (0, 1, "same")]


def test_an_unseen_style_has_no_skin_tones(tmp_path):
    found = drawn(tmp_path, {"icons.json": icons("waving-hand", "waving-hand-dark-skin-tone")}, [WAVE], unseen=True)
    assert found == [(0, 0, "waving-hand")]


# ---- names and keywords ---------------------------------------------------------------------------------------------


def made_concepts(tmp_path, monkeypatch, characters: dict[str, tuple[str, str, list[str]]]) -> list[emoji.Concept]:
    """Concepts read from packages made here; each character has a name, a group and keywords."""

    def annotations(key):
        return {key: {"annotations": {c: {"tts": [n], "default": words} for c, (n, _, words) in characters.items()}}}

    names = {c: {"name": n, "group": g} for c, (n, g, _) in characters.items()}
    monkeypatch.setattr(emoji, "NAMES", package(tmp_path, {"data-by-emoji.json": names}, "names"))
    monkeypatch.setattr(
        emoji,
        "CLDR",
        package(
            tmp_path,
            {f"annotations/{lang}/annotations.json": annotations("annotations") for lang in ("en", "zh")},
            "cldr",
        ),
    )
    monkeypatch.setattr(
        emoji,
        "CLDR_DERIVED",
        package(
            tmp_path,
            {
                f"annotationsDerived/{lang}/annotations.json": {"annotationsDerived": {"annotations": {}}}
                for lang in ("en", "zh")
            },
            "derived",
        ),
    )
    monkeypatch.setattr(emoji, "EMOJILIB", package(tmp_path, {"dist/emoji-en-US.json": {}}, "emojilib"))
    return emoji.read_concepts(tmp_path)


def test_one_keyword_in_ten_is_held_out_by_the_rule_and_never_the_name(tmp_path, monkeypatch):
    words = [f"word {i}" for i in range(400)] + ["Red Apple", "red apple", "word 1"]
    (apple,) = made_concepts(tmp_path, monkeypatch, {"🍎": ("red apple", "Food & Drink", words)})
    expected = {w for w in words[:400] if int(hashlib.sha256(f"🍎|{w}".encode()).hexdigest()[:8], 16) % 10 == 0}
    for language in ("en", "zh"):
        assert set(apple.held_out[language]) == expected and 20 < len(expected) < 65
        assert not set(apple.keywords[language]) & expected
        assert sorted(apple.keywords[language] + apple.held_out[language]) == sorted(set(words[:400]))


@pytest.mark.parametrize(
    "name, group, flip",
    [
        ("red apple", "Food & Drink", True),
        ("cat", "Animals & Nature", True),
        ("flag: France", "Flags", False),
        ("left arrow", "Symbols", False),
        ("one o’clock", "Travel & Places", False),
        ("waving hand", "People & Body", False),
        ("thumbs up", "People & Body", False),
        ("input latin letters", "Symbols", False),
        ("backhand index pointing right", "People & Body", False),
    ],
)
def test_what_would_mean_something_else_is_never_mirrored(tmp_path, monkeypatch, name, group, flip):
    (found,) = made_concepts(tmp_path, monkeypatch, {"🍎": (name, group, [])})
    assert found.flip is flip


# ---- held-out pairs -------------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=4), st.text(min_size=1, max_size=8))
def test_a_pair_is_held_out_by_the_first_32_bits_of_its_hash(character, name):
    first = int.from_bytes(hashlib.sha256(f"{character}|{name}".encode("utf-8", "surrogatepass")).digest()[:4], "big")
    assert emoji.is_held_out(character, name) == (first % 20 == 0)
    assert emoji.is_held_out(character, name, 10) == (first % 10 == 0)


def test_about_one_pair_in_twenty_is_held_out():
    share = np.mean([emoji.is_held_out(chr(0x1F300 + i), s.name) for i in range(1500) for s in STYLES])
    assert share == pytest.approx(0.05, abs=0.006)


# ---- fetching -------------------------------------------------------------------------------------------------------


def test_a_package_that_is_there_and_whole_is_used_without_npm(tmp_path, monkeypatch):
    made = package(tmp_path, {"icons.json": icons("red-apple")})
    monkeypatch.setenv("PATH", "")
    archive = made.fetch(tmp_path)
    assert archive.members == {"icons.json"} and "red-apple" in archive.json("icons.json")["icons"]


def test_a_damaged_package_is_named_with_what_to_do(tmp_path):
    made = package(tmp_path, {"icons.json": icons("red-apple")})
    file = tmp_path / made.filename
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(PackageError, match="is damaged .*: delete it and run this again") as error:
        made.fetch(tmp_path)
    assert str(file) in str(error.value) and is_one_sentence(str(error.value))


def test_without_npm_the_file_to_fetch_by_hand_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageError, match="npm is not installed") as error:
        STYLES[0].package.fetch(tmp_path / "raw")
    assert f"put iconify-json-noto-1.2.9.tgz into {tmp_path / 'raw'}" in str(error.value)
    assert is_one_sentence(str(error.value))


def test_npm_that_fails_is_quoted(tmp_path, monkeypatch):
    (tmp_path / "npm").write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(PackageError, match="could not fetch .*noto@1.2.9 .*E404.*check the network") as error:
        STYLES[0].package.fetch(tmp_path / "raw")
    assert is_one_sentence(str(error.value))


@pytest.mark.process
def test_the_data_command_without_npm_ends_with_a_sentence(tmp_path):
    code = (
        "from pathlib import Path; from training.data import __main__ as data; "
        f"data.build.__defaults__ = (Path({str(tmp_path)!r}), (32,)); data.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ | {"PATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 1
    assert "npm is not installed" in done.stderr
    assert is_one_sentence(done.stderr)


# ---- drawing --------------------------------------------------------------------------------------------------------

LEFT = '<path fill="#f00" d="M0 0h8v16H0z"/>'  # the left half is red


def test_an_icon_becomes_a_complete_svg_with_its_own_box_or_the_sets():
    known = {
        "icons": {"a": {"body": RED}, "b": {"body": RED, "left": 1, "top": 2, "width": 3, "height": 4}},
        "width": 32,
        "height": 24,
    }
    assert 'viewBox="0 0 32 24"' in svg_of(known, "a") and 'viewBox="1 2 3 4"' in svg_of(known, "b")
    assert 'viewBox="0 0 16 16"' in svg_of({"icons": {"a": {"body": RED}}}, "a")
    assert all('xmlns:xlink="http://www.w3.org/1999/xlink"' in svg_of(known, name) for name in "ab")


def test_an_alias_is_drawn_as_its_parent_and_mirrored_where_it_says_so():
    pytest.importorskip("resvg_py")
    known = icons(aliases={"same": {"parent": "half"}, "other": {"parent": "half", "hFlip": True}})
    known["icons"]["half"] = {"body": LEFT, "left": 0}
    half, same, other = (rasterise(svg_of(known, name), 16) for name in ("half", "same", "other"))
    assert (half[:, :8] == [255, 0, 0, 255]).all() and (half[:, 8:, 3] == 0).all()
    assert np.array_equal(half, same) and np.array_equal(half[:, ::-1], other)


def test_a_mirrored_icon_stays_in_its_box_when_that_does_not_begin_at_zero():
    pytest.importorskip("resvg_py")
    known = icons(aliases={"other": {"parent": "half", "hFlip": True}})
    known["icons"]["half"] = {"body": LEFT, "left": -4, "top": 0, "width": 16, "height": 16}
    half, other = (rasterise(svg_of(known, name), 16) for name in ("half", "other"))
    assert half[..., 3].any() and np.array_equal(half[:, ::-1], other)


@pytest.mark.parametrize("width, height", [(16, 8), (8, 16), (16, 15)])
@pytest.mark.parametrize("size", [16, 32])
def test_a_drawing_that_is_not_square_is_centred(width, height, size):
    pytest.importorskip("resvg_py")
    picture = rasterise(
        svg_of(
            {
                "icons": {
                    "a": {"body": f'<path fill="#00f" d="M0 0h{width}v{height}H0z"/>', "width": width, "height": height}
                }
            },
            "a",
        ),
        size,
    )
    assert picture.shape == (size, size, 4) and picture.dtype == np.uint8
    rows, columns = np.nonzero(picture[..., 3].max(1))[0], np.nonzero(picture[..., 3].max(0))[0]
    longest = max(len(rows), len(columns))
    assert longest == size
    for found, side in ((rows, height), (columns, width)):
        assert abs(len(found) - size * side / max(width, height)) <= 1
        assert abs(found[0] - (size - 1 - found[-1])) <= 1


def test_alpha_is_straight():
    pytest.importorskip("resvg_py")
    picture = rasterise(
        svg_of({"icons": {"a": {"body": '<path fill="#f00" fill-opacity=".5" d="M0 0h16v16H0z"/>'}}}, "a"), 8
    )
    assert_close(picture[4, 4].astype(int), np.array([255, 0, 0, 128]), atol=1, rtol=0)


def test_a_style_is_rendered_to_one_file_in_one_move(tmp_path):
    pytest.importorskip("resvg_py")
    made = package(tmp_path, {"icons.json": icons("red-apple", "red-heart")})
    seen = []
    drawings = [emoji.Drawing(0, 0, "red-apple"), emoji.Drawing(1, 0, "red-heart")]
    render_style(made.fetch(tmp_path), drawings, 8, tmp_path / "8" / "made.npy", seen.append)
    pictures = np.load(tmp_path / "8" / "made.npy")
    assert pictures.shape == (2, 8, 8, 4)
    assert (pictures == [255, 0, 0, 255]).all()
    assert sum(seen) == 2
    assert [p.name for p in (tmp_path / "8").iterdir()] == ["made.npy"]


# ---- the table and the atlas ----------------------------------------------------------------------------------------


def test_a_toned_drawing_is_held_out_exactly_when_its_plain_one_is():
    concepts = [
        replace(
            concept(chr(0x1F300 + i), f"thing {i}"),
            group="Objects",
            keywords={"en": [], "zh": []},
            held_out={"en": [], "zh": []},
        )
        for i in range(200)
    ]
    drawings = {s.name: [emoji.Drawing(i, tone, "") for tone in (0, 3) for i in range(200)] for s in STYLES}
    table = atlas.table_of(concepts, drawings)
    for name, rows in table["pictures"].items():
        plain = {c: out for c, tone, out in rows if tone == 0}
        assert plain == {c: out for c, tone, out in rows if tone == 3}
        assert plain == {i: emoji.is_held_out(c.emoji, name) for i, c in enumerate(concepts)}
    assert json.loads(json.dumps(table)) == table


@pytest.mark.parametrize("count", [1, 44, 45, 100])
def test_a_page_of_the_atlas_is_lossless_wherever_something_is_seen(tmp_path, count):
    tiles = np.random.default_rng(count).integers(0, 256, (count, 64, 64, 4), dtype=np.uint8)
    tiles[..., 3] = np.where(tiles[..., 3] < 60, 0, np.where(tiles[..., 3] > 200, 255, tiles[..., 3]))
    atlas.write_page(tmp_path / "page.webp", tiles)
    back = atlas.read_page(tmp_path / "page.webp", count)
    assert back.shape == tiles.shape and np.array_equal(back[..., 3], tiles[..., 3])
    seen = tiles[..., 3] > 0
    assert np.array_equal(back[seen], tiles[seen])


# ---- pictures and weights -------------------------------------------------------------------------------------------


def some_pictures(count: int = 60, size: int = 8) -> Pictures:
    """Concepts in the eight styles, some toned, some held out, some not to be mirrored."""
    rng = np.random.default_rng(0)
    rows = [(i % 20, i // 20 % 8, 0) for i in range(count)] + [(i, 0, tone) for i in range(3) for tone in range(1, 6)]
    concepts, styles, tones = np.array(rows).T
    rgba = rng.integers(0, 256, (len(rows), size, size, 4), dtype=np.uint8)
    return Pictures(
        rgba,
        concepts,
        styles,
        tones,
        concepts % 3,
        (concepts + styles) % 7 == 0,
        [{"en": ["x"]}] * len(rows),
        tuple(s.name for s in STYLES),
        ("a", "b", "c"),
        concepts % 2 == 0,
    )


def test_training_holds_no_held_out_pair_and_no_unseen_style():
    pictures = some_pictures(200)
    train = pictures.training()
    unseen = [i for i, s in enumerate(STYLES) if s.unseen]
    assert unseen and np.isin(pictures.style, unseen).any()
    assert not train.held_out.any() and not np.isin(train.style, unseen).any()
    assert len(train) == (~pictures.held_out & ~np.isin(pictures.style, unseen)).sum()


def test_validation_holds_the_held_out_pairs_without_tones_and_nothing_of_training():
    pictures = some_pictures(200)
    valid = pictures.validation()
    assert len(valid)
    assert valid.held_out.all()
    assert (valid.tone <= 0).all()
    assert not valid.unseen.any()

    def key(p):
        return set(zip(p.concept.tolist(), p.style.tolist(), strict=True))

    assert not key(valid) & key(pictures.training())


def test_taking_keeps_everything_in_step():
    pictures = some_pictures()
    some = pictures.take(np.array([5, 2, 7]))
    assert len(some) == 3 and some.concept.tolist() == pictures.concept[[5, 2, 7]].tolist()
    assert np.array_equal(some.rgba, pictures.rgba[[5, 2, 7]]) and some.styles == pictures.styles
    assert some.captions == [pictures.captions[i] for i in (5, 2, 7)]
    assert some.flip.tolist() == pictures.flip[[5, 2, 7]].tolist()


def test_a_pair_weighs_the_same_however_many_skin_tones_it_has():
    pictures = some_pictures()
    weights = pictures.weights()
    assert weights.sum() == pytest.approx(1)
    per_pair = {}
    for c, s, g, w in zip(pictures.concept, pictures.style, pictures.group, weights, strict=True):
        per_pair[g, c, s] = per_pair.get((g, c, s), 0) + w
    for group in range(3):
        inside = [w for (g, *_), w in per_pair.items() if g == group]
        assert inside == pytest.approx([inside[0]] * len(inside))


def test_a_group_weighs_as_the_root_of_its_pairs():
    pictures = some_pictures()
    totals = [pictures.weights()[pictures.group == g].sum() for g in range(3)]
    counts = [
        len(set(zip(pictures.concept[pictures.group == g], pictures.style[pictures.group == g], strict=True)))
        for g in range(3)
    ]
    assert_close(torch.tensor(totals) / totals[0], (torch.tensor(counts, dtype=torch.float64) / counts[0]).sqrt())


@given(st.integers(0, 255), st.integers(0, 255), st.floats(-1, 1))
def test_a_picture_lies_over_its_background_in_the_share_of_its_alpha(value, alpha, background):
    rgba = torch.tensor([value, value, value, alpha], dtype=torch.uint8).expand(1, 1, 1, 4)
    expected = (value / 127.5 - 1) * alpha / 255 + background * (1 - alpha / 255)
    assert_close(
        composite(rgba, background), torch.full((1, 3, 1, 1), expected, dtype=torch.float32), atol=1e-5, rtol=1e-5
    )


def test_each_picture_may_have_its_own_background():
    rgba, colours = (
        torch.zeros(2, 4, 4, 4, dtype=torch.uint8),
        torch.tensor([[1.0, 0, -1], [0.5, 0.5, 0.5]]).view(2, 3, 1, 1),
    )
    assert composite(rgba, colours).equal(colours.expand(2, 3, 4, 4))


@pytest.mark.parametrize("dy, dx", [(0, 0), (2, -1), (-2, 2)])
def test_shifting_moves_whole_pixels_and_repeats_the_edge(dy, dx):
    x = torch.rand(1, 3, 8, 8)
    moved = shift(x, dy, dx)
    rows, columns = (torch.arange(8) - d for d in (dy, dx))
    assert moved.equal(x[:, :, rows.clamp(0, 7)][:, :, :, columns.clamp(0, 7)])


# ---- batches --------------------------------------------------------------------------------------------------------


def test_a_batch_depends_on_the_step_and_the_seed_alone():
    pictures = some_pictures()
    batches, others = Batches(pictures, 16, seed=3), Batches(pictures, 16, seed=3)
    later = batches(9)
    for step in random.Random(0).sample(range(20), 20):
        torch.manual_seed(step)
        batches(step)
    assert batches(9).equal(later) and others(9).equal(later)
    assert not batches(10).equal(later) and not Batches(pictures, 16, seed=4)(9).equal(later)


def test_making_a_batch_leaves_the_global_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    Batches(some_pictures(), 4)(1)
    assert torch.rand(3).equal(expected)


def test_batches_are_pictures_in_bounds():
    x = Batches(some_pictures(), 16)(0)
    assert x.shape == (16, 3, 8, 8)
    assert x.dtype == torch.float32
    assert x.abs().max() <= 1


def test_pictures_are_drawn_by_weight():
    pictures = some_pictures()
    batches = Batches(pictures, 500)
    drawn = np.bincount(np.concatenate([batches.indices(step) for step in range(60)]), minlength=len(pictures)) / 30_000
    assert np.abs(drawn - pictures.weights()).max() < 0.004


@pytest.mark.parametrize("flip", [True, False])
def test_only_what_may_be_mirrored_is_mirrored_about_half_the_time(flip):
    rgba = np.zeros((1, 12, 12, 4), np.uint8)
    rgba[:, :, :6] = [255, 255, 255, 255]  # white left, black right
    rgba[:, :, 6:, 3] = 255
    one, zero = np.ones(1, np.int64), np.zeros(1, np.int64)
    pictures = Pictures(rgba, zero, zero, zero, zero, one < 0, [{}], ("a",), ("a",), np.array([flip]))
    x = torch.cat([Batches(pictures, 50)(step) for step in range(6)])
    mirrored = (x[:, 0, :, 0].mean(1) < 0).float().mean().item()
    assert 0.4 < mirrored < 0.6 if flip else mirrored == 0


def test_one_background_in_five_is_coloured_and_none_is_dark():
    pictures = replace(some_pictures(), rgba=np.zeros((75, 8, 8, 4), np.uint8))
    colours = torch.cat([Batches(pictures, 100)(step)[:, :, 4, 4] for step in range(10)])
    coloured = (colours < 1).any(1).float().mean().item()
    assert coloured == pytest.approx(0.2, abs=0.04) and colours.min() >= 0.2 - 1e-6


# ---- a folder of pictures -------------------------------------------------------------------------------------------


def test_a_folder_of_captioned_pictures_is_a_data_set(tmp_path):
    pictures = load_folder(picture_folder(tmp_path, 30), 16)
    assert pictures.rgba.shape == (30, 16, 16, 4) and pictures.captions[7]["en"] == ["picture 7"]
    assert pictures.held_out.tolist() == [emoji.is_held_out(f"{i}.png", "folder") for i in range(30)]
    assert len(pictures.training()) + len(pictures.validation()) == 30
    with Image.open(tmp_path / "5.png") as image:
        assert np.array_equal(pictures.rgba[5], np.asarray(image))


def test_a_folder_of_a_single_picture_trains_on_it(tmp_path):
    held_out = next(f"{i}.png" for i in range(200) if emoji.is_held_out(f"{i}.png", "folder"))
    Image.new("RGB", (9, 9), "red").save(tmp_path / held_out)
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": held_out, "text": None}))
    assert len(load_folder(tmp_path, 16).training()) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("shape", [(1, 1), (40, 7), (16, 16)])
def test_any_kind_of_picture_becomes_a_square_with_alpha(tmp_path, mode, shape):
    Image.new(mode, shape).save(tmp_path / "a.tiff")
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.tiff", "text": "a"}\n\n')
    assert load_folder(tmp_path, 16).rgba.shape == (1, 16, 16, 4)


def folder_error(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        load_folder(folder, 16)
    assert is_one_sentence(str(error.value)), str(error.value)
    return str(error.value)


def test_a_folder_without_captions_is_told_what_is_missing(tmp_path):
    assert "metadata.jsonl is missing: one JSON object a line" in folder_error(tmp_path)
    assert "metadata.jsonl is missing" in folder_error(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "line, said",
    [
        ('{"file_name": "0.png", ', "Line 31"),
        ("not json", "Line 31"),
        ("[1, 2]", "Line 31"),
        ('"0.png"', "Line 31"),
        ('{"text": "no name"}', "Line 31"),
        ('{"file_name": 3}', "Line 31"),
        ('{"file_name": "gone.png"}', "gone.png"),
        ('{"file_name": "."}', "cannot be read"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, said):
    picture_folder(tmp_path, 30)
    with (tmp_path / "metadata.jsonl").open("a") as listing:
        listing.write(f"\n{line}\n")
    assert said in folder_error(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_list_is_named(tmp_path, content):
    (tmp_path / "metadata.jsonl").write_bytes(content)
    assert "names no pictures" in folder_error(tmp_path)


def test_captions_that_are_no_utf_8_are_named(tmp_path):
    (tmp_path / "metadata.jsonl").write_bytes(b'{"file_name": "\xff\xfe"}')
    assert "UTF-8" in folder_error(tmp_path)


def test_unusual_line_separators_inside_a_caption_are_kept(tmp_path):
    picture_folder(tmp_path, 1)
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "0.png", "text": "a\u2028b"}', encoding="utf-8")
    assert load_folder(tmp_path, 16).captions[0]["en"] == ["a\u2028b"]


def bomb() -> bytes:
    """A PNG header that claims 30000 × 30000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 6, 0, 0, 0))
        + chunk(b"IDAT", b"")
    )


@pytest.mark.parametrize("kind", ["text", "empty", "truncated", "bomb", "svg"])
def test_a_file_that_is_no_picture_is_named(tmp_path, kind):
    whole = (picture_folder(tmp_path, 1, size=64) / "0.png").read_bytes()
    (tmp_path / "0.png").write_bytes(
        {
            "text": b"hello",
            "empty": b"",
            "truncated": whole[: len(whole) // 2],
            "bomb": bomb(),
            "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        }[kind]
    )
    said = folder_error(tmp_path)
    assert "0.png cannot be read as a picture" in said


# ---- what ships -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> dict:
    return json.loads((atlas.FOLDER / "table.json").read_text(encoding="utf-8"))


def test_the_shipped_flags_are_those_of_the_rule(table):
    for name, rows in table["pictures"].items():
        for c, tone, out in rows:
            assert out == emoji.is_held_out(table["concepts"][c][0], name), (name, c, tone)


def test_the_shipped_keywords_are_split_by_the_rule_and_never_hold_the_name(table):
    for character, en, zh, _, en_words, zh_words, _, en_out, zh_out in table["concepts"]:
        for name, kept, out in ((en, en_words, en_out), (zh, zh_words, zh_out)):
            assert name.lower() not in kept + out
            assert all(emoji.is_held_out(character, w, 10) for w in out)
            assert not any(emoji.is_held_out(character, w, 10) for w in kept)


def test_the_shipped_table_has_each_picture_once_plain_ones_first(table):
    assert set(table["pictures"]) == set(table["styles"]) == {s.name for s in STYLES}
    for name, rows in table["pictures"].items():
        keys = [(c, tone) for c, tone, _ in rows]
        assert len(keys) == len(set(keys)) and all(0 <= c < len(table["concepts"]) and 0 <= t <= 5 for c, t in keys)
        toned = [t > 0 for _, t in keys]
        assert toned == sorted(toned)
        assert not (table["styles"][name]["unseen"] and any(toned))


def test_the_shipped_pages_have_a_tile_for_each_picture_and_nothing_behind_the_last(table):
    for name, rows in table["pictures"].items():
        file = table["styles"][name]["file"]
        for suffix, count in (("", sum(t == 0 for _, t, _ in rows)), ("-tones", sum(t > 0 for _, t, _ in rows))):
            page = atlas.FOLDER / f"{file}{suffix}.webp"
            assert page.exists() == (count > 0), page
            if count:
                with Image.open(page) as image:
                    assert image.width == atlas.COLUMNS * atlas.TILE
                    assert image.height == -(-count // atlas.COLUMNS) * atlas.TILE


def test_a_shipped_page_holds_drawings_and_only_as_many_as_the_table_says(table):
    count = sum(t == 0 for _, t, _ in table["pictures"]["firefox"])
    rows = -(-count // atlas.COLUMNS)
    tiles = atlas.read_page(atlas.FOLDER / "firefox.webp", rows * atlas.COLUMNS)
    visible = tiles[..., 3].reshape(len(tiles), -1).max(1) > 0
    assert visible[:count].all() and not visible[count:].any()


def test_about_a_twentieth_of_the_shipped_pairs_is_held_out(table):
    flags = [out for rows in table["pictures"].values() for _, tone, out in rows if tone == 0]
    assert np.mean(flags) == pytest.approx(0.05, abs=0.006)


def test_every_source_is_credited(table):
    text = (atlas.FOLDER / "CREDITS.md").read_text("utf-8")
    for style in STYLES:
        assert all(word in text for word in (style.title, style.author, style.licence, style.url)), style.name


@pytest.mark.process
def test_without_the_built_data_the_shipped_atlas_is_loaded():
    code = (
        "from pathlib import Path; from training.data import pictures as data; "
        "data.DATA = Path('/nowhere'); p = data.load(16); "
        "assert p.rgba.shape[1:] == (16, 16, 4) and len(p) == len(p.captions) == len(p.concept) == len(p.rgba), "
        "p.rgba.shape; "
        "assert p.rgba[..., 3].max((1, 2)).all(); assert p.validation().held_out.all()\n"
        "try: data.load(128)\n"
        "except data.DataError as e: assert 'python -m training.data' in str(e)"
    )
    assert finish(training(start=("-c", code))) == ""
