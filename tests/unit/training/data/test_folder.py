"""A folder of one's own pictures: every kind of file with the right pixels, the same as in the app; and its list."""

import ast
import base64
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from playground.images.pictures import to_tensor
from playground.images.uploads import accept
from tests.helpers import ROOT, is_one_sentence, picture_folder
from tests.runs import refused
from training.data.decode import to_rgba
from training.data.folder import read_rows
from training.data.pictures import load_folder
from training.files import DataError

RAMP = np.arange(64 * 64).reshape(64, 64)  # 0 … 4095


def of(folder: Path, name: str = "0.png") -> np.ndarray:
    """The pixels (S, S, 4) that training sees of a file, unscaled."""
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": name}))
    with Image.open(folder / name) as file:
        size = min(file.size)
    return load_folder(folder, size).rgba[0]


def noise(mode: str, size: tuple[int, int] = (64, 64)) -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    rng = np.random.default_rng(bands)
    return Image.frombytes(mode, size, rng.integers(0, 256, size[0] * size[1] * bands, dtype=np.uint8).tobytes())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_says(tmp_path, orientation):
    picture = noise("RGB")
    exif = Image.Exif()
    exif[274] = orientation
    picture.save(tmp_path / "0.png", exif=exif)
    x = np.asarray(picture)
    turned = {1: x, 2: x[:, ::-1], 3: x[::-1, ::-1], 4: x[::-1]}
    turned |= {5: x.swapaxes(0, 1), 6: np.rot90(x, -1), 7: x[::-1, ::-1].swapaxes(0, 1), 8: np.rot90(x)}
    assert np.array_equal(of(tmp_path)[..., :3], turned[orientation])


def test_a_broken_exif_block_leaves_a_picture_as_it_lies(tmp_path):
    picture = noise("RGB")
    picture.save(tmp_path / "0.png", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05broken")
    assert np.array_equal(of(tmp_path)[..., :3], np.asarray(picture))


@pytest.mark.parametrize(
    "name, values, expected",
    [
        ("16 bits", (RAMP * 16).astype(np.uint16), RAMP * 16 / 257),
        ("16 dark bits", (RAMP // 64).astype(np.uint16), RAMP // 64 / 257),
        ("32 bits", (RAMP * 16).astype(np.int32), RAMP * 16 / 257),
        ("32 bits of 8", (RAMP // 16).astype(np.int32), RAMP // 16),
        ("32 bits, all used", (RAMP * 400_000).astype(np.int32), RAMP / 4095 * 255),
        ("fractions", (RAMP / 4095).astype(np.float32), RAMP / 4095 * 255),
        ("fractions that overshoot", (RAMP / 4095 * 1.2 - 0.1).astype(np.float32), (RAMP / 4095 * 1.2 - 0.1) * 255),
        ("fractions of 255", (RAMP / 16.1).astype(np.float32), RAMP / 16.1),
        ("with holes", np.where(RAMP % 2, np.nan, 1.0).astype(np.float32), np.where(RAMP % 2, 0, 255)),
        ("nothing", np.zeros((64, 64), np.float32), RAMP * 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_more_than_eight_bits_are_scaled_and_not_cut_off(tmp_path, name, values, expected):
    Image.fromarray(values).save(tmp_path / "0.tiff")
    found = of(tmp_path, "0.tiff")
    assert (found[..., 3] == 255).all() and np.array_equal(found[..., 0], found[..., 2])
    assert np.abs(found[..., 0] - np.clip(expected, 0, 255)).max() <= 0.51


def test_palettes_alpha_and_inks_keep_their_colours(tmp_path):
    palette = Image.new("P", (64, 64), 1)
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.paste(0, (0, 0, 64, 32))
    palette.save(tmp_path / "0.png", transparency=0)
    found = of(tmp_path)
    assert found[0, 0, 3] == 0 and found[63, 0].tolist() == [200, 100, 50, 255]
    Image.merge("LA", [Image.new("L", (64, 64), 90), Image.new("L", (64, 64), 40)]).save(tmp_path / "0.png")
    assert of(tmp_path)[5, 5].tolist() == [90, 90, 90, 40]
    Image.new("CMYK", (64, 64), (255, 0, 0, 0)).save(tmp_path / "0.tiff")
    assert of(tmp_path, "0.tiff")[5, 5].tolist() == [0, 255, 255, 255]
    Image.new("1", (64, 64), 1).save(tmp_path / "0.png")
    assert of(tmp_path)[5, 5].tolist() == [255, 255, 255, 255]


KINDS = [("RGB", "png"), ("RGBA", "png"), ("L", "png"), ("LA", "png"), ("P", "png"), ("I;16", "png"), ("1", "png")]
KINDS += [("RGB", "jpeg"), ("CMYK", "jpeg"), ("RGBA", "webp"), ("P", "gif")]


@pytest.mark.parametrize("mode, kind", KINDS)
def test_training_sees_what_the_app_sees(tmp_path, mode, kind):
    exif = Image.Exif()
    exif[274] = 6
    picture = Image.fromarray((RAMP * 16).astype(np.uint16)) if mode == "I;16" else None
    picture = picture or (noise("RGB").convert(mode) if mode in ("1", "P") else noise(mode))
    picture.save(tmp_path / f"0.{kind}", **({} if kind == "gif" else {"exif": exif}))
    of(tmp_path, f"0.{kind}")
    seen = load_folder(tmp_path, 64).on()[0]
    data = base64.b64encode((tmp_path / f"0.{kind}").read_bytes()).decode()
    shown = to_tensor(accept(f"data:image/{kind};base64,{data}")[0])[0]
    torch.testing.assert_close(seen, shown, atol=1.01 / 127.5, rtol=0)  # alpha is rounded once in the app


def test_what_is_upright_already_is_left_alone():
    picture = noise("RGBA")
    assert to_rgba(picture).tobytes() == picture.tobytes()


# ---- metadata.jsonl -------------------------------------------------------------------------------------------------


def texts(folder: Path, **row: object) -> list[str]:
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "0.png", **row}))
    return read_rows(folder / "metadata.jsonl")[0].texts


@pytest.mark.parametrize("key", ["text", "caption", "prompt"])
def test_words_stand_under_one_of_three_names_as_a_string_or_a_list(tmp_path, key):
    assert texts(tmp_path, **{key: "a cat"}) == ["a cat"]
    assert texts(tmp_path, **{key: [" a cat ", "", "kitty"]}) == ["a cat", "kitty"]
    assert texts(tmp_path, **{"text": None, "caption": " ", "prompt": [], key: "a cat"}) == ["a cat"]


def test_the_first_name_that_has_words_counts(tmp_path):
    assert texts(tmp_path, prompt="third", caption="second", text="first") == ["first"]
    assert texts(tmp_path, prompt="third", caption=["second"], text="") == ["second"]
    assert texts(tmp_path) == texts(tmp_path, text=None) == texts(tmp_path, caption=["", " "]) == []


@pytest.mark.parametrize("value", [5, 0, True, 2.5, {"en": "a cat"}, ["a cat", 3], [None], [["a cat"]]])
@pytest.mark.parametrize("key", ["text", "prompt"])
def test_anything_else_is_refused_with_its_line(tmp_path, key, value):
    (tmp_path / "metadata.jsonl").write_text(f'\n{{"file_name": "0.png", "{key}": {json.dumps(value)}}}')
    with pytest.raises(DataError) as error:
        read_rows(tmp_path / "metadata.jsonl")
    assert is_one_sentence(str(error.value)) and "Line 2 of" in str(error.value) and key in str(error.value)


def test_several_texts_of_a_picture_are_all_captions_of_it(tmp_path):
    picture_folder(tmp_path, 1)
    assert texts(tmp_path, text=["a cat", "a kitty"])
    assert load_folder(tmp_path, 16).captions == [{"en": ["a cat", "a kitty"]}]


@pytest.mark.parametrize("mark, end", [("", "\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")])
def test_a_list_may_begin_with_a_byte_order_mark(tmp_path, mark, end):
    picture_folder(tmp_path, 2)
    rows = [json.dumps({"file_name": f"{i}.png", "text": f"猫 {i}"}, ensure_ascii=False) for i in range(2)]
    (tmp_path / "metadata.jsonl").write_bytes((mark + end.join(rows) + end).encode())
    assert [each["en"] for each in load_folder(tmp_path, 16).captions] == [["猫 0"], ["猫 1"]]


READS = {
    "clip": ["--image-size=16", "--patch=4", "--width=32", "--heads=2", "--vocab=600", "--text-width=32"],
    "glide": ["--image-size=16", "--width=16", "--head=8", "--vocab=600"],
}


@pytest.mark.parametrize("recipe", READS)
def test_a_picture_of_which_nothing_is_said_is_refused_where_words_are_read(tmp_path, capsys, recipe):
    picture_folder(tmp_path, 30)
    rows = [{"file_name": f"{i}.png", "text": "" if i == 17 else "a disc"} for i in range(30)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    said = refused(recipe, *READS[recipe], "--data", tmp_path, "--runs", tmp_path / "runs", "--device", "cpu")
    assert "Line 18 of" in said and "says nothing of 17.png" in said and "text, caption or prompt" in said
    assert "%|" not in capsys.readouterr().err


# ---- every text file ------------------------------------------------------------------------------------------------


def unsaid(path: Path) -> list[int]:
    """The lines at which a file opens a text without saying in which encoding."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        owner = getattr(getattr(node.func, "value", None), "id", "")
        said = {keyword.arg for keyword in node.keywords}
        modes = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        by_open = name == "open" and isinstance(node.func, ast.Name) and not any("b" in mode for mode in modes[-1:])
        by_path = name in ("read_text", "write_text") and isinstance(node.func, ast.Attribute) and owner != "archive"
        by_process = owner == "subprocess" and "text" in said
        if (by_open or by_path or by_process) and "encoding" not in said:
            found.append(node.lineno)
    return found


ROOMS = ("models", "training", "playground")
FILES = [ROOT / "app.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


def test_no_text_is_read_or_written_in_the_systems_code_page():
    assert {str(path.relative_to(ROOT)): lines for path in FILES if (lines := unsaid(path))} == {}
    assert unsaid(ROOT / "tests" / "helpers.py"), "the search itself finds what there is"
