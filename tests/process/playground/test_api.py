"""The served app from outside: its API, its limits, its first page."""

import re
import urllib.error
import urllib.request

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.api import call, post
from tests.helpers import ROOT
from tests.uploads import BAD, NOISE, saved, url

PLAYGROUND = ROOT / "playground"
PANELS = {
    "road_draw",
    *(f"autoencoders_{name}" for name in ("rebuild", "map", "draws", "between", "arithmetic", "dimensions", "ladder")),
    *(f"diffusion_{name}" for name in ("forward", "steps", "levels", "branches", "twins", "parting", "redraw")),
    *(f"clip_{name}" for name in ("matrix", "zeroshot", "search", "gap", "swap")),
    *(f"codebook_{name}" for name in ("surgery", "codes", "grids")),
    *(f"gan_{name}" for name in ("samples", "lapse", "directions", "mixing", "quiz", "lab")),
    *(
        f"dalle2_{name}"
        for name in ("stages", "prior", "ablation", "fails", "variations", "blend", "edit", "grid", "components", "few")
    ),
    *(f"guidance_{name}" for name in ("prompt", "microscope", "attention", "faceoff", "sheet", "inpaint", "curve")),
    *(f"compare_{name}" for name in ("side", "specimen", "models", "claims")),
}


@pytest.fixture(scope="module")
def client(app_url):
    client = Client(app_url, verbose=False)
    yield client
    client.close()


def test_the_api_is_one_endpoint_per_panel_and_nothing_else(client, assets):
    opened = (
        {f"dalle_{name}" for name in ("write", "causal", "complete", "rerank")}
        if (assets / "dalle" / "model.safetensors").exists()
        else set()
    )
    assert {
        name.strip("/") for name in client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    } == PANELS | opened


def test_one_small_component_bears_the_status_of_every_panel(config):
    """With every message of a run the page searches and copies all that ever bore one."""
    events = [one for one in config["dependencies"] if one["backend_fn"]]
    assert all(
        one["show_progress_on"] == [config["components"][0]["id"]]
        for one in events
        if one["api_visibility"] == "public"
    )
    assert max(len(one["show_progress_on"] or one["outputs"]) for one in events) <= 8 < len(events)


def test_settings_have_their_names_in_the_api(client):
    value = client.predict(seed=5, kind="gaussian", api_name="/autoencoders_rebuild")
    assert value["recipe"]["settings"]["kind"] == "gaussian" and value["recipe"]["settings"]["seed"] == 5


def test_a_panel_answers_with_pictures_a_recipe_and_a_link(client):
    value = client.predict(None, "mask", 0.5, 7, api_name="/autoencoders_rebuild")
    assert len(value["rows"][0]["figures"]) == 6
    assert value["recipe"]["settings"] == {
        "kind": "mask",
        "amount": 0.5,
        "seed": 7,
    }
    assert value["link"].startswith("?tab=autoencoders&panel=rebuild&kind=mask")


@pytest.mark.parametrize(
    "values",
    [
        (None, "mask", 7, 7),
        (None, "mask", -1, 7),
        (None, "blur", 0.5, 7),
        (None, "mask", "much", 7),
        (None, "mask", None, 7),
        (None, "mask", 0.5, -3),
        (None, "mask", 0.5, 10**30),
        (7, "mask", 0.5, 7),
        ({"kind": "png", "src": "data:image/png;base64,AAAA"}, "mask", 0.5, 7),
    ],
)
def test_bad_values_past_the_sliders_are_one_error_and_the_app_lives(client, values):
    with pytest.raises(AppError) as error:
        client.predict(*values, api_name="/autoencoders_rebuild")
    assert "Traceback" not in str(error.value)
    assert client.predict(None, "mask", 0.5, 7, api_name="/autoencoders_rebuild")["rows"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", '"0.5"', "{}"])
def test_raw_json_that_is_no_number_is_refused(app_url, client, config, value):
    index = next(d["id"] for d in config["dependencies"] if d["api_name"] == "autoencoders_rebuild")
    body = f'{{"data": [null, "mask", {value}, 7], "fn_index": {index}, "session_hash": "raw"}}'
    post(f"{app_url}/gradio_api/queue/join", body.encode())
    assert client.predict(None, "mask", 0.5, 7, api_name="/autoencoders_rebuild")["rows"]


@pytest.mark.parametrize("name", [name for name in BAD if name != "a file too heavy"])
def test_a_bad_upload_gets_its_sentence_in_the_visitors_language(app_url, config, name):
    for language, alphabet in (("en", str.isascii), ("zh", lambda text: not text.isascii())):
        status, answer = call(app_url, config, "receive", BAD[name][0], **{"accept-language": language})
        assert status == 200
        assert set(answer) == {"error"}
        assert alphabet(answer["error"].replace("×", "x"))


def test_a_good_upload_becomes_a_specimen(app_url, config, client):
    status, answer = call(app_url, config, "receive", url(saved(NOISE)))
    assert status == 200
    assert answer["specimen"]["kind"] == "png"
    assert "60 × 90" in answer["note"]
    assert client.predict(answer["specimen"], 3, api_name="/autoencoders_ladder")["rows"][0]["figures"][0]["src"]


def test_a_body_of_six_megabytes_is_refused(app_url, config):
    assert call(app_url, config, "receive", "data:image/png;base64," + "A" * 6_000_000)[0] == 413


@pytest.mark.parametrize("point", [None, "x", [1], [1e9, 0], [None, 0], {"a": 1}])
def test_the_map_answers_nonsense_with_nothing(app_url, config, point):
    assert call(app_url, config, "decode", point) == (200, None)


def test_the_map_draws_a_point(app_url, config):
    status, answer = call(app_url, config, "decode", [0.25, -0.5])
    assert status == 200 and all(src.startswith("data:image/") for src in answer.values())


def page(address: str, **headers) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def test_the_page_script_stands_before_everything_else(app_url):
    status, text = page(app_url)
    assert status == 200 and text.index("window.playground") < text.index("<script type=")


def test_the_scripts_are_served_as_they_lie_there_and_may_be_kept(app_url):
    _, text = page(app_url)
    folder = re.search(r'<link rel="modulepreload" href="(scripts/\w+/)', text)[1]
    for name in (path.relative_to(PLAYGROUND).as_posix() for path in PLAYGROUND.rglob("*.js")):
        with urllib.request.urlopen(f"{app_url}/{folder}{name}") as answer:
            assert (
                answer.headers.get_content_type() == "text/javascript"
                and "immutable" in answer.headers["cache-control"]
            )
            assert answer.read() == (PLAYGROUND / name).read_bytes()
    assert {page(f"{app_url}/{folder}{name}")[0] for name in ("panels.py", "../../app.py", "shell/none.js")} == {404}


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=app.py", "/gradio_api/file=/etc/passwd", "/monitoring", "/gradio_api/file=playground/panels.py"],
)
def test_nothing_but_the_assets_is_served(app_url, path):
    assert page(app_url + path)[0] in (403, 404)


def test_a_raw_run_past_the_queue_is_closed(app_url):
    assert post(f"{app_url}/gradio_api/run/autoencoders_rebuild", b'{"data": [null, "mask", 0.5, 7]}')[0] == 404


def test_without_any_assets_the_page_comes_and_a_panel_says_what_to_do(serve_briefly, tmp_path):
    url = serve_briefly(tmp_path)
    assert page(url)[0] == 200
    client = Client(url, verbose=False)
    with pytest.raises(AppError, match="choose, sketch or upload"):
        client.predict(None, seed=1, api_name="/autoencoders_draws")
    client.close()


def test_a_lesson_of_the_lab_answers_over_the_wire_and_refuses_what_it_is_not(app_url, config):
    settings = {"shape": "ring", "points": "", "loss": "relativistic", "penalty": "penalty", "seed": 0}
    question = {"page": "over the wire", "settings": settings, "steps": 2, "only": "", "t": 20}
    status, answer = call(app_url, config, "teach", question)
    assert status == 200 and answer["toys"]["gan"]["steps"] == answer["toys"]["diffusion"]["steps"] <= 2
    for wrong in (
        None,
        [],
        {**question, "steps": 1e9},
        {**question, "settings": {**settings, "shape": "<b>"}},
        {**question, "page": 3},
    ):
        status, answer = call(app_url, config, "teach", wrong)
        assert status == 200 and answer.keys() == {"note"}
