"""The browser app: `build()` puts together the shell and one room per file found in tabs/."""

import threading

import gradio as gr
from starlette.middleware import Middleware

from playground import discovery, tabs
from playground.images import atlas
from playground.panels import House
from playground.serving import checkpoints, device
from playground.shell import languages, page, theme
from playground.shell.patches import describe_once
from playground.shell.share import from_link
from playground.widgets.header.header import header
from playground.widgets.tray.tray import tray

TITLE = "Road to DALL·E 2 · 通往 DALL·E 2 之路"
LATENT_MAPS = ("ae_2d", "dae_2d", "vae_2d")
RESTORED = "() => { setTimeout(() => window.playground.stale(true), 60); }"
OPENED = "() => { if (window.playground.restored().panel) setTimeout(() => window.playground.stale(true), 60); }"


def build() -> gr.Blocks:
    """The app, not yet launched."""
    modules = discovery.find(tabs)
    gr.set_static_paths([checkpoints.assets() / "emoji", *(checkpoints.assets() / name for name in LATENT_MAPS)])
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(600, 3600)) as demo:
        quiet = gr.HTML(visible=False)
        header()
        specimen = tray(atlas.opening(), elem_id="tray")
        with gr.Tabs(elem_id="rooms", overflow_behavior="wrap", selected=discovery.name_of(modules[0])) as rooms:
            house = House(specimen, rooms, tuple(discovery.name_of(module) for module in modules), quiet)
            for module in modules:
                _room(house, module)
        _wire_recipes(demo, house)
    describe_once(demo)
    return demo


def _room(house: House, module):
    house.tab = discovery.name_of(module)
    with gr.Tab(
        languages.word(module.TITLE), id=house.tab, elem_id=house.tab, elem_classes=[f"family-{module.FAMILY}"]
    ):
        module.render(house)


def _wire_recipes(demo: gr.Blocks, house: House):
    """A recipe comes back by a link (at load) or inside a dropped PNG (from the tray)."""

    def from_address(request: gr.Request):
        return house.restore(from_link(str(request.query_params))) or house.open(request.query_params.get("tab"))

    def from_png(event: gr.EventData):
        return house.restore(event._data) or {house.rooms: gr.skip()}

    silent = dict(outputs=house.outputs(), **house.silent, api_visibility="private", queue=False)
    demo.load(from_address, None, **silent).then(None, js=OPENED)
    house.tray.recipe(from_png, None, **silent).then(None, js=RESTORED)


def launch_options() -> dict:
    """Everything `launch` is told, spelled out: a Space's environment flips several defaults."""
    families = {discovery.name_of(module): module.FAMILY for module in discovery.find(tabs)}
    return dict(
        ssr_mode=False,
        run_history=False,
        max_threads=256,
        pwa=False,
        share=False,
        footer_links=["api"],
        i18n=languages.i18n(),
        theme=theme.theme(),
        css=theme.css(families),
        max_file_size="4mb",
        enable_monitoring=False,
        show_error=False,
        state_session_capacity=500,
        blocked_paths=[str(checkpoints.ROOT / name) for name in ("training", "tests", "data", "runs")],
        app_kwargs={"middleware": [Middleware(page.PageScript)], "max_body_size": 5_000_000},
    )


def warm():
    """Load what the first visitor needs, behind his back."""

    def work():
        for step in (
            device.half_is_faster,
            *(step for module in discovery.find(tabs) for step in getattr(module, "WARM", ())),
        ):
            try:
                step()
            except Exception as error:  # a missing checkpoint is told in its panel; the app is already up
                print(f"not warmed: {error}")

    threading.Thread(target=work, daemon=True, name="warm").start()
