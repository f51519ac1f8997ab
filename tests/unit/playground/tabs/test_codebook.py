"""The Codebook room: what is shown is what the networks give, changes change their cells, and foreign input is
refused."""

import pytest
import torch
from torch.testing import assert_close

from models.vqvae import VQVAE, VQVAEConfig
from playground.images import pictures, specimen, tokens, uploads
from playground.serving.validation import Refused
from playground.tabs.codebook import code_atlas, grids, token_surgery
from tests.helpers import is_one_sentence, link_assets, opened, picture
from tests.panels import forget_checkpoints

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def booked(assets, tmp_path_factory):
    """The assets with both codebooks."""
    folder = tmp_path_factory.mktemp("booked")
    link_assets(assets, folder)
    for name, widths in (("vqvae", (16,)), ("vqvae_8", (16, 16))):
        if not (folder / name / "model.safetensors").exists():
            torch.manual_seed(1)
            VQVAE(VQVAEConfig(codes=64, width=8, widths=widths, blocks=(1,) * len(widths))).save_pretrained(
                folder / name
            )
    return folder


@pytest.fixture
def x(booked, monkeypatch):
    return opened(booked, monkeypatch)


def codes(text: str) -> list[int]:
    return [int(code) for code in text.split(" ")]


@pytest.mark.parametrize("model", tokens.MODELS)
def test_without_changes_the_picture_is_the_reconstruction(x, booked, model):
    found = token_surgery.surgery(x, model, None, "nothing", "")
    alone = VQVAE.from_pretrained(booked / model).eval()
    with torch.inference_mode():
        assert codes(found["was"]) == codes(found["now"]) == alone.encode(x).flatten().tolist()
        assert_close(picture(found["drawn"]), alone.reconstruct(x), atol=0.02, rtol=0)
    assert found["drawn"] == found["back"] and picture(found["src"]).equal(x)


@pytest.mark.parametrize("model", tokens.MODELS)
def test_a_change_changes_its_cell_and_the_picture_of_those_tokens_is_drawn(x, booked, model):
    before = token_surgery.surgery(x, model, None, "nothing", "")
    code = (codes(before["was"])[20] + 1) % 64
    found = token_surgery.surgery(x, model, None, "nothing", f"{model} 20={code}")
    was, now = codes(found["was"]), codes(found["now"])
    assert [i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b] == [20] and now[20] == code
    with torch.inference_mode():
        side = {"vqvae": 16, "vqvae_8": 8}[model]
        alone = VQVAE.from_pretrained(booked / model).eval().decode(torch.tensor(now).view(1, side, side))
    assert_close(picture(found["drawn"]), alone, atol=0.02, rtol=0)
    assert (
        token_surgery.surgery(x, model, None, "nothing", f"{tokens.MODELS[model == 'vqvae']} 3=1")["now"]
        == before["was"]
    )


@pytest.mark.parametrize(
    ("half", "inside"),
    [
        ("left", lambda r, c: c < 8),
        ("right", lambda r, c: c >= 8),
        ("top", lambda r, c: r < 8),
        ("bottom", lambda r, c: r >= 8),
    ],
)
def test_half_of_the_tokens_are_the_other_pictures(x, half, inside):
    other = {"kind": "png", "src": pictures.data_url(-x[0])}
    mine, others = (tokens.encode("vqvae", each).flatten().tolist() for each in (x, specimen.tensor(other)))
    now = codes(token_surgery.surgery(x, "vqvae", other, half, "")["now"])
    assert now == [others[i] if inside(i // 16, i % 16) else mine[i] for i in range(256)] and mine != others


@pytest.mark.parametrize(
    "edits",
    [
        "vqvae 256=0",
        "vqvae 0=99999",
        "vqvae -1=3",
        "vqvae 1",
        "vqvae 1=2=3",
        "vqvae 1=a",
        " 1=2",
        7,
        [1],
        {"a": 1},
        "x" * 5000,
        "vqvae" + " 1=1" * 201,
        "vqvae 1=1 ",
        "<b>",
    ],
)
def test_changes_that_are_none_are_refused_in_one_sentence(x, edits):
    with pytest.raises(Refused) as refusal:
        token_surgery.surgery(x, "vqvae", None, "nothing", edits)
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("best", None, "nothing", ""),
        ("vqvae", None, "middle", ""),
        ("vqvae", {"kind": "png", "src": "data:,x"}, "left", ""),
        (None, None, "nothing", ""),
    ],
)
def test_what_cannot_be_used_is_refused(x, wrong):
    with pytest.raises(Refused):
        token_surgery.surgery(x, *wrong)


@pytest.mark.parametrize("model", tokens.MODELS)
def test_each_code_of_the_book_is_the_middle_of_a_picture_of_itself_alone(x, booked, model):
    book, alone = tokens.book(model), VQVAE.from_pretrained(booked / model).eval()
    side, cell = alone.side, 64 // alone.side
    sheet = pictures.to_tensor(uploads.open_safely(uploads.unpack(book["sprite"])))
    for code in (0, 33, book["codes"] - 1):
        with torch.inference_mode():
            drawn = alone.decode(torch.full((1, side, side), code))[:, :, 32 : 32 + cell, 32 : 32 + cell]
        row, column = divmod(code, tokens.COLUMNS)
        assert_close(
            sheet[:, :, row * cell : (row + 1) * cell, column * cell : (column + 1) * cell], drawn, atol=0.02, rtol=0
        )
    distances = torch.cdist(alone.codebook.codes, alone.codebook.codes)
    assert all(
        k != code and distances[code, k] <= distances[code].sort().values[tokens.NEAR] + 1e-5
        for code in (0, 5)
        for k in book["near"][code]
    )


def test_the_atlas_counts_the_specimens_own_codes(x):
    found = code_atlas.codebook(x, "vqvae")
    assert found["mine"] == torch.bincount(tokens.encode("vqvae", x).flatten(), minlength=found["codes"]).tolist()
    assert len(found["places"]) == len(found["shares"]) == len(found["colours"]) == found["codes"]
    assert 0 <= found["used"] <= 1


def test_independent_tokens_are_the_seeds_and_no_drawing(x):
    rows = grids.grids(x, 3)["rows"]
    assert rows == grids.grids(x, 3)["rows"] != grids.grids(x, 4)["rows"]
    assert [len(one["figures"]) for one in rows] == [3, 4]
    assert rows[0]["figures"][1]["numbers"][1] == [
        "number.bits",
        f"{tokens.encode('vqvae', x).numel() * torch.tensor(float(tokens.network('vqvae').config.codes)).log2():,.0f}",
    ]


def test_without_a_codebook_one_sentence_says_so(x, booked, tmp_path, monkeypatch):
    link_assets(booked, tmp_path, "vqvae")
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    forget_checkpoints()
    assert (
        token_surgery.surgery(x, "vqvae", None, "nothing", "")["note"][1]["name"]
        == "vqvae"
        == code_atlas.codebook(x, "vqvae")["note"][1]["name"]
    )
    figures = grids.grids(x, 1)["rows"][0]["figures"]
    assert figures[1]["note"][1]["name"] == "vqvae"
    assert figures[2]["src"]
    assert tokens.offered("vqvae") is None
    assert tokens.offered("<b>") is None and tokens.offered(["vqvae"]) is None
