"""The browser app: `build()` puts together the shell and one tab per package found in tabs/."""

import threading
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl

import gradio as gr
from starlette.middleware import Middleware

from models.pretrained import CheckpointError
from playground import discovery, lessons, restoring, tabs
from playground.images import atlas
from playground.panels import App
from playground.serving import checkpoints, class_routes, device
from playground.serving.validation import Refused, answering
from playground.shell import api, languages, theme
from playground.shell.compression import Compressed, Kept
from playground.shell.guard import Guard
from playground.shell.languages import visitor_language
from playground.shell.log import failed
from playground.shell.patches import describe_once, tell_no_host
from playground.shell.request_body import MAX_BODY
from playground.shell.rooms import Rooms
from playground.shell.share import from_link
from playground.widgets.diagram.diagram import diagram
from playground.widgets.gallery.gallery import gallery
from playground.widgets.header.header import header
from playground.widgets.lessonbar.lessonbar import lesson_bar
from playground.widgets.sharing.sharing import sharing
from playground.widgets.tray.tray import tray

TITLE = "Road to DALL·E 2 · 通往 DALL·E 2 之路"
LATENT_MAPS = ("ae_2d", "dae_2d", "vae_2d")
ARRIVED = "() => window.playground.arrive()"  # what a recipe sets must be there
RESTORED = "lost => { window.playground.tell(lost); setTimeout(() => window.playground.stale(true), 60); }"
OPENED = f"lost => {{ if (window.playground.restored().panel) ({RESTORED})(lost); }}"


def build() -> gr.Blocks:
    """The app, not yet launched."""
    found = discovery.find(tabs)
    names = tuple(map(discovery.name_of, found))
    gr.set_static_paths(served())
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(600, 3600)) as demo:
        quiet = gr.HTML(visible=False)
        header()
        gallery()
        sharing()
        bar = lesson_bar([], lessons.lesson, elem_id="lesson")
        specimen = tray(atlas.opening(), main=True, elem_id="tray")
        with gr.Tabs(elem_id="rooms", overflow_behavior="wrap", selected=names[0]) as outer:
            app = App(specimen, outer, names, quiet)
            for tab in found:
                _render_tab(app, tab)
        bar.props["lessons"] = lessons.offered(app)
        _wire_recipes(demo, app)
        vars(demo)["rooms"] = Rooms(demo, app.silent, restoring.places(app))
    describe_once(demo)
    api.tell_truly(demo)
    tell_no_host(demo)
    return demo


def served() -> list[Path]:
    """The folders whose files a page may ask for."""
    return [checkpoints.assets() / name for name in ("emoji", *LATENT_MAPS)]


def _render_tab(app: App, tab: ModuleType) -> None:
    app.tab = discovery.name_of(tab)
    with gr.Tab(languages.word(tab.TITLE), id=app.tab, elem_id=app.tab, elem_classes=[f"family-{tab.FAMILY}"]):
        if hasattr(tab, "ROOM"):
            diagram(app.tab, tab.ROOM)
        if len(tab.PANELS) == 1:
            app.section, app.page = None, ""
            _render_panel(app, next(iter(tab.PANELS.values())))
        else:
            _render_panels(app, tab)


def _render_panels(app: App, tab: ModuleType) -> None:
    """The panels of a tab on inner tabs."""
    look = dict(elem_id=f"{app.tab}-panels", overflow_behavior="wrap")
    with gr.Tabs(selected=discovery.opens(tab), **look) as app.section:
        for app.page, panel in tab.PANELS.items():
            with gr.Tab(languages.word(f"panel.{app.page}"), id=app.page, elem_id=f"{app.tab}-{app.page}"):
                _render_panel(app, panel)


def _render_panel(app: App, panel: ModuleType) -> None:
    """A panel whose files are not what they should be says so; the others are there."""
    try:
        panel.render(app)
    except Exception as error:
        failed(error)
        gr.Markdown(languages.word("panel.damaged"))


def _wire_recipes(demo: gr.Blocks, app: App) -> None:
    """A recipe comes back by the address (the page tells it at load) or inside a dropped PNG (from the tray)."""

    @answering
    def from_address(request: gr.Request, address):
        address = address if isinstance(address, str) else ""
        return restored(from_link(address), request) or app.open(dict(parse_qsl(address)).get("tab"))

    @answering
    def from_png(request: gr.Request, event: gr.EventData):
        return restored(event._data, request) or {app.tabs: gr.skip()}

    def restored(recipe, request: gr.Request) -> dict:
        found, language = restoring.restore(app, recipe), visitor_language(request)
        words = languages.catalogue(language)
        lost = ", ".join(words.get(f"setting.{name}", name) for name in restoring.lost(app, recipe))
        return found and found | {app.quiet: lost and languages.sentence("recipe.lost", language, names=lost)}

    silent = dict(outputs=[*restoring.outputs(app), app.quiet], **app.silent, api_visibility="private", queue=False)
    demo.load(from_address, app.quiet, js=ARRIVED, **silent).then(None, app.quiet, js=OPENED)
    # not "always_last", which sends the first recipe once more in place of the last
    app.tray.recipe(from_png, None, **silent, trigger_mode="multiple").then(None, app.quiet, js=RESTORED)


def launch_options() -> dict:
    """Everything `launch` is told, spelled out: a Space's environment flips several defaults."""
    families = {discovery.name_of(tab): tab.FAMILY for tab in discovery.find(tabs)}
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
        app_kwargs={
            "middleware": [Middleware(Guard, served()), Middleware(Kept), Middleware(Compressed)],
            "routes": class_routes.routes(lessons.question),
            "max_body_size": MAX_BODY,
        },
    )


def warm() -> None:
    """Loads what the first visitor needs, behind their back."""
    threading.Thread(target=_warm, daemon=True, name="warm").start()


def _warm() -> None:
    steps = [step for tab in discovery.find(tabs) for step in getattr(tab, "WARM", ())]
    for step in (device.half_is_faster, *steps):
        try:
            step()
        except (CheckpointError, Refused):
            continue  # it is told in its panel
        except Exception as error:  # the app is already up
            failed(error)
