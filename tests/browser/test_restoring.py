"""What a visitor typed comes back by the link and by the PNG, in every panel that has a field to type in: by the PNG in
each of them, by the link in one of each tab: the same script asks for both."""

import base64
import io
import json
import urllib.request
from urllib.parse import urlencode

import pytest
from PIL import Image, PngImagePlugin

from playground.shell import share

pytestmark = pytest.mark.browser
DROP = """async data => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), carried = new DataTransfer();
    carried.items.add(new File([bytes], "recipe.png", { type: "image/png" }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
FIELDS = (
    """() => [...document.querySelectorAll(".widget-phrases textarea")].filter(e => e.offsetParent).map(e => e.value)"""
)


@pytest.fixture(scope="module")
def fields(described) -> dict[tuple[str, str], list[str]]:
    """{(tab, panel): the settings that are typed, in the page's order}, as the served app describes itself."""
    return {place: typed for place, (typed, _) in described.items()}


@pytest.fixture(scope="module")
def steps(described) -> dict[tuple[str, str], dict]:
    """{(tab, panel): two steps, where it asks for a number of them}: what is drawn meanwhile is looked at by nobody."""
    return {place: {"steps": 2} if "steps" in every else {} for place, (_, every) in described.items()}


@pytest.fixture(scope="module")
def described(app_url) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
    """{(tab, panel): its settings that are typed, all of them}, in the page's order."""
    with urllib.request.urlopen(f"{app_url}/config") as answer:
        config = json.load(answer)
    typed = {one["id"] for one in config["components"] if "widget-phrases" in (one["props"].get("elem_classes") or [])}
    with urllib.request.urlopen(f"{app_url}/gradio_api/info") as answer:
        endpoints = json.load(answer)["named_endpoints"]
    found = {}
    for one in config["dependencies"]:
        endpoint, wanted = endpoints.get(f"/{one['api_name']}"), typed & set(one["inputs"])
        if endpoint and wanted:
            names = [parameter["parameter_name"] for parameter in endpoint["parameters"]]
            settings = dict(zip(one["inputs"], names, strict=True))
            found[tuple(one["api_name"].split("_", 1))] = [settings[k] for k in sorted(wanted)], names
    return found


def texts(panel: str, names: list[str]) -> dict[str, str]:
    return {name: f"{panel} {k}: 一只红狐狸 & “a=b”" for k, name in enumerate(names)}


def picture(recipe: dict) -> str:
    chunk, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    chunk.add_itxt(share.CHUNK, json.dumps(recipe))
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=chunk)
    return base64.b64encode(buffer.getvalue()).decode()


def holds(page, wanted: dict[str, str]):
    page.wait_for_function(f"wanted => String(({FIELDS})()) === wanted", arg=",".join(wanted.values()))


def test_there_are_fields_in_many_panels(fields):
    assert len(fields) > 12 and ("road", "draw") in fields


def test_a_png_brings_back_what_was_typed_in_every_panel(visit, fields, steps):
    with visit() as page:
        for (tab, panel), names in fields.items():
            settings = texts(panel, names)
            recipe = {"tab": tab, "panel": panel, "settings": settings | steps[tab, panel], "specimen": None}
            page.evaluate(DROP, picture(recipe))
            page.wait_for_selector(f"#{tab}-button[aria-selected=true]")
            holds(page, settings)
        assert not page.errors


def test_a_link_brings_back_what_was_typed_in_every_tab(visit, fields, steps):
    last = {tab: (panel, names) for (tab, panel), names in fields.items()}
    assert len(last) >= 5
    for tab, (panel, names) in last.items():
        settings = texts(panel, names)
        with visit("/?" + urlencode({"tab": tab, "panel": panel, **settings, **steps[tab, panel]})) as page:
            page.wait_for_selector(f"#{tab}-button[aria-selected=true]")
            holds(page, settings)
            assert not page.errors


def test_the_link_that_the_road_hands_out_holds_the_prompt_and_brings_it_back(visit):
    said = "a red circle, nothing else"
    recipe = ".widget-exhibit:visible .recipe"
    with visit() as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator(".widget-phrases textarea:visible").fill(said)
        page.locator(recipe, has_text=said).wait_for()
        page.get_by_role("button", name="Copy link").locator("visible=true").click()
        page.get_by_role("button", name="Copied").wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
    with visit(link[link.index("/?") :]) as page:
        assert page.locator(".widget-phrases textarea:visible").input_value() == said
        page.locator(recipe, has_text=said).wait_for()
