"""The house keeps its order: imports point one way, every model keeps its contract, nothing too big or unsafe ships."""

import ast
import dataclasses
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Collection
from functools import cache, partial
from pathlib import Path

import pytest

from models.pretrained import Pretrained
from tests.helpers import ROOT, finish, training
from training import recipes

HELPERS = {"__init__", "inference", "layers", "pretrained", "process", "unet"}  # of models/: no idea of the road
PICKLES = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle"}
ORDER = ["models", "training", "playground", "app"]  # each may import those before it
BANNED = {
    "models": {"gradio", "argparse", "matplotlib", "open_clip", "diffusers", "tqdm"},
    "training": {"gradio", "open_clip", "diffusers", "matplotlib"},
    "playground": {"diffusers", "matplotlib"},
    "app": {"diffusers"},
}
MODELS = sorted(p.stem for p in (ROOT / "models").glob("*.py") if p.stem not in HELPERS)


def sources(part: str) -> list[Path]:
    return [ROOT / "app.py"] if part == "app" else sorted((ROOT / part).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path, module_level: bool = False) -> set[str]:
    """Full names of what a file imports, each `from a import b` as a and a.b."""
    nodes = (
        outside_functions(ast.parse(path.read_text("utf-8")))
        if module_level
        else ast.walk(ast.parse(path.read_text("utf-8")))
    )
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node, path)
            found |= {base} | {f"{base}.{name.name}" for name in node.names}
    return found


def base_of(node: ast.ImportFrom, path: Path) -> str:
    """The full name of what stands behind `from`."""
    above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
    return ".".join((*above, *([node.module] if node.module else [])))


def outside_functions(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield node
            yield from outside_functions(node)


def reaches(names: set[str], package: str) -> bool:
    return any(name == package or name.startswith(package + ".") for name in names)


@pytest.mark.parametrize("part", ORDER)
def test_imports_point_one_way(part):
    above = ORDER[ORDER.index(part) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for path in sources(part)
        for other in [*above, "tests"]
        if reaches(imports(path), other)
    ]
    assert not wrong


@pytest.mark.parametrize("part", ORDER)
def test_no_part_imports_what_it_must_do_without(part):
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for path in sources(part)
        for other in BANNED[part]
        if reaches(imports(path, module_level=True), other)
    ]
    assert not wrong


@pytest.mark.parametrize("package", ["gradio", "diffusers"])
def test_models_and_training_never_import_the_app_library_or_diffusers_even_late(package):
    assert not [path for part in ("models", "training") for path in sources(part) if reaches(imports(path), package)]


def test_recipes_never_import_each_other():
    wrong = [
        f"{path.relative_to(ROOT)} imports {other}"
        for path in (ROOT / "training" / "recipes").glob("*.py")
        if path.stem != "__init__"
        for other in imports(path) & {module_of(other) for other in (ROOT / "training" / "recipes").glob("[!_]*.py")}
    ]
    assert not wrong


# Rooms of playground/, each of which may import those before it and itself; `tabs` are the last but the app's root.
ROOMS = ["shell", "serving", "images", "widgets", "requests", "panels", "restoring", "discovery", "lessons", "tabs"]


def room_of(name: str) -> str | None:
    """ "playground.tabs.gan.lab" → "tabs", "playground" → "", anything else → None."""
    parts = name.split(".")
    return None if parts[0] != "playground" else parts[1] if len(parts) > 1 else ""


def tab_of(name: str) -> str | None:
    """ "playground.tabs.gan.lab" → "gan"."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["playground", "tabs"] and len(parts) > 2 else None


def modules() -> dict[str, Path]:
    """Every module of the app by its full name."""
    return {module_of(path): path for part in ORDER for path in sources(part)}


@cache
def arrows() -> dict[str, set[str]]:
    """Of each module the modules that it imports, wherever in the file; `from package import module` is of the module
    alone."""
    known = modules()
    return {name: targets(path, known) - {name} for name, path in known.items()}


def targets(path: Path, known: Collection[str]) -> set[str]:
    """Those of the known modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node, path)
            found |= {full if (full := f"{base}.{name.name}") in known else base for name in node.names}
    return found & set(known)


def test_every_file_of_the_app_stands_in_a_room():
    assert {room_of(name) for name in modules() if name.startswith("playground.")} == set(ROOMS)


def wrong_arrows(forbidden) -> list[tuple[str, str]]:
    """The arrows (importing module, imported module) that forbidden(importing, imported) is true of."""
    return [(name, other) for name, others in arrows().items() for other in others if forbidden(name, other)]


def points_back(room, order: list[str], name: str, other: str) -> bool:
    """Whether both modules are in rooms of that order, and the imported one's comes later."""
    return {room(name), room(other)} <= set(order) and order.index(room(other)) > order.index(room(name))


def test_a_room_imports_only_rooms_before_it():
    assert not wrong_arrows(partial(points_back, room_of, ROOMS))


def test_a_tab_never_imports_another_tab():
    assert not wrong_arrows(lambda name, other: tab_of(name) and tab_of(other) not in (None, tab_of(name)))


def test_nobody_but_the_tabs_and_the_root_imports_a_tab():
    wrong = {name for name, others in arrows().items() if any(tab_of(other) for other in others) and not tab_of(name)}
    assert not wrong


# Rooms of training/, each of which may import those before it and itself: "loop" is what every run needs, "commands" is
# the rest, which nobody below imports.
LOOP = {"files", "precision", "checkpoint", "resuming", "optimizers", "loop"}
TRAINING_ROOMS = ["loop", "data", "families", "evaluation", "recipes", "commands"]
COMMANDS = {"__main__", "evaluate", "chain", "pack", "studies", "teacher"}


def training_room_of(name: str) -> str | None:
    """ "training.data.atlas" → "data", "training.checkpoint" → "loop"; None for the root and for all else."""
    parts = name.split(".")
    if parts[0] != "training" or len(parts) == 1:
        return None
    return "loop" if parts[1] in LOOP else "commands" if parts[1] in COMMANDS else parts[1]


def test_every_file_of_training_stands_in_a_room():
    assert {training_room_of(name) for name in modules() if name.startswith("training.")} == set(TRAINING_ROOMS)


def test_a_room_of_training_imports_only_rooms_before_it():
    assert not wrong_arrows(partial(points_back, training_room_of, TRAINING_ROOMS))


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Nodes of a circle, each of which leads to the next; none where there is none."""
    done: set[str] = set()

    def search(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for other in sorted(graph.get(node, ())):
            if found := search(other, [*path, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := search(node, []))), [])


def test_modules_import_each_other_in_no_circle():
    assert not circle(arrows())


def test_the_law_finds_a_circle_and_only_a_circle():
    assert circle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"a"}}) == ["a", "a"]


def test_the_law_knows_a_room_that_comes_later():
    assert points_back(room_of, ROOMS, "playground.shell.theme", "playground.tabs.gan.lab")
    assert not points_back(room_of, ROOMS, "playground.tabs.gan.lab", "playground.shell.theme")
    assert not points_back(room_of, ROOMS, "playground.tabs.gan.lab", "models.gan")


def test_the_law_sees_relative_late_and_nested_imports(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "training" / "recipes" / "imagined.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from .. import deep\nfrom .near import thing\nif True:\n    import a.b as c\n"
        "def late():\n    from d import e\n"
    )
    early = {"training", "training.deep", "training.recipes.near", "training.recipes.near.thing", "a.b"}
    assert imports(path, module_level=True) == early
    assert imports(path) == early | {"d", "d.e"}


EXPLAINED = ("playground/serving", "playground/requests", "training/data", "training/evaluation")
THEIRS = {"preprocess"}  # methods that Gradio explains


def bare(body: list[ast.stmt], above: str = "") -> list[str]:
    """Public functions, classes and methods without a docstring."""
    found = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name[0] != "_":
            found += [] if ast.get_docstring(node) or node.name in THEIRS else [above + node.name]
            found += bare(node.body, f"{node.name}.") if isinstance(node, ast.ClassDef) else []
    return found


@pytest.mark.parametrize("room", EXPLAINED)
def test_what_is_public_in_a_room_is_explained(room):
    named = {path.relative_to(ROOT): bare(ast.parse(path.read_text("utf-8")).body) for path in sources(room)}
    assert not {path: names for path, names in named.items() if names}


def test_no_line_of_a_style_is_wider_than_those_of_the_code():
    lines = [
        (path, line) for path in (ROOT / "playground").rglob("*.css") for line in path.read_text("utf-8").split("\n")
    ]
    assert not [(path.name, line) for path, line in lines if len(line) > 120]


def test_there_are_models():
    assert {"autoencoder", "judge", "pca"} <= set(MODELS)


def networks(module) -> list[type]:
    return [
        c
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, Pretrained) and c is not Pretrained and c.__module__ == module.__name__
    ]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_file_opens_with_its_idea_and_defines_a_network(name):
    module = importlib.import_module(f"models.{name}")
    assert module.__doc__ and len(module.__doc__.strip()) > 40
    kinds = {c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__}
    if any(dataclasses.is_dataclass(c) and c.__name__.endswith("Config") for c in kinds):
        assert networks(module), f"models/{name}.py has a config but no network of it"


@pytest.mark.parametrize("name", MODELS)
def test_every_network_has_a_frozen_config_a_loss_and_a_sample(name):
    module = importlib.import_module(f"models.{name}")
    for network in networks(module):
        config = getattr(module, network.__name__ + "Config", None)
        assert config is not None, f"{network.__name__} needs {network.__name__}Config beside it"
        assert dataclasses.is_dataclass(config) and config.__dataclass_params__.frozen
        assert callable(network.loss) and callable(network.sample)
        config()  # every field has a default


@pytest.mark.parametrize("name", MODELS)
def test_every_config_field_is_explained(name):
    lines = (ROOT / "models" / f"{name}.py").read_text("utf-8").splitlines()
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("Config"):
            bare = [
                f.target.id for f in node.body if isinstance(f, ast.AnnAssign) and "#" not in lines[f.end_lineno - 1]
            ]
            assert not bare, f"{node.name}: {bare}"


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_keeps_its_contract_and_states_its_command(name):
    recipe = recipes.get(name)
    assert f"python -m training {name}" in recipe.__doc__
    assert type(recipe.TINY) is type(recipe.CONFIG) and recipe.CONFIG.__dataclass_params__.frozen


WATCH = """
import importlib, sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn"):
        seen.append((event, str(args[:2])))
    if event == "open" and isinstance(args[0], str) and args[0].startswith(sys.argv[1]):
        if not args[0].endswith((".py", ".pyc", ".pyi")) and "/.venv/" not in args[0] and "__pycache__" not in args[0]:
            seen.append((event, args[0]))
import torch, numpy, PIL.Image, huggingface_hub, safetensors.torch
sys.addaudithook(watch)
for name in sys.argv[2:]:
    importlib.import_module(name)
assert not seen, seen
late = [m for m in ("gradio", "open_clip", "matplotlib", "diffusers", "resvg_py") if m in sys.modules]
assert not late, late
"""


@pytest.mark.process
def test_importing_models_and_training_does_no_work():
    names = [module_of(p) for part in ("models", "training") for p in sources(part) if p.stem != "__main__"]
    assert finish(training(ROOT, *names, start=("-c", WATCH))) == ""


def shipped() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    listed = [ROOT / name for name in done.stdout.split("\0") if name]
    return [p for p in {*listed, *(ROOT / "assets").rglob("*")} if p.is_file()]


def test_no_shipped_file_is_over_16_mib():
    assert not [(p.name, p.stat().st_size) for p in shipped() if p.stat().st_size > 16 * 2**20]


def test_no_pickle_is_shipped():
    assert not [p for p in shipped() if p.suffix in PICKLES]
    loads = [
        p
        for part in ORDER
        for p in sources(part)
        if reaches(imports(p), "pickle") or re.search(r"(?<!safetensors\.)torch\.load\b", p.read_text("utf-8"))
    ]
    assert not loads
