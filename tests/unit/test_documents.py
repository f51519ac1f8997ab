"""What the documents say is there: links, paths, functions, commands, tables, pictures; and the README stays short."""

import ast
import importlib.util
import re
import subprocess
import tomllib
from functools import cache

import pytest
import yaml

from tests.helpers import ROOT
from training import recipes

LONGEST = 200  # lines of the README
LARGEST = 120_000  # bytes of a picture
OURS = (
    "app.py",
    "assets/",
    "docs/",
    "models/",
    "lessons/",
    "playground/",
    "tests/",
    "tools/",
    "training/",
)  # below the root
PLACEHOLDER = re.compile(r"(^|/)(NAME|TAB|RECIPE|CODE|FOLDER)([./]|$)")
SCAFFOLD = {  # what the guide of contributing makes, and nobody else has
    "models/mean.py",
    "training/recipes/mean.py",
    "playground/tabs/mean/__init__.py",
    "playground/tabs/mean/average.py",
    "playground/locales/en/mean.json",
    "playground/locales/zh/mean.json",
}
TERMS = {
    "KL",
    "Nat",
    "PSNR",
    "Fréchet distance",
    "Precision",
    "Recall",
    "Entropy",
    "Logit",
    "η",
    "x̂₀",
    "ε̂",
    "z_i",
    "z_t",
    "x_T",
    "ADM",
    "R1",
    "R2",
    "Prior",
    "Guidance",
    "Judge",
    "Held out",
    "Codebook",
    "Commitment",
    "Perplexity",
    "ELBO",
    "EMA",
    "Classifier-free guidance",
    "SSIM",
    "Embedding",
    "Token",
    "Temperature",
    "Posterior",
    "Truncation",
    "DDIM",
    "DPM-Solver++",
    "Modality gap",
    "Zero-shot",
    "Distillation",
}


@cache
def documents() -> dict[str, str]:
    """Every Markdown file of the repository by its path, but for the model cards, which evaluate writes."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    names = [name for name in done.stdout.split("\0") if name and not re.fullmatch(r"assets/\w+/README.md", name)]
    return {name: (ROOT / name).read_text("utf-8") for name in sorted(names)}


def prose(text: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def guides() -> list[str]:
    """The documents that tell how things are now; the logs tell how they were."""
    return [name for name in documents() if name not in ("CHANGELOG.md", "training/LOG.md")]


def test_the_documents_are_there():
    expected = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "training/LOG.md", "assets/emoji/CREDITS.md"}
    expected |= {f"docs/{name}.md" for name in ("ARCHITECTURE", "GLOSSARY", "MEASURED", "TRAINING", "DEPLOY", "TEACH")}
    assert not expected - documents().keys()


def test_the_readme_is_short():
    assert len(documents()["README.md"].splitlines()) <= LONGEST


@pytest.mark.parametrize("name", documents())
def test_every_relative_link_leads_somewhere(name):
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(documents()[name])):
        path, _, anchor = target.partition("#")
        if re.match(r"https?:|\?", target):  # a lesson's link into the app is tested with the lessons
            continue
        found = (ROOT / name).parent / path if path else ROOT / name
        if not found.exists() or anchor and anchor not in anchors(found.read_text("utf-8")):
            lost.append(target)
    assert not lost


@pytest.mark.parametrize("name", guides())
def test_every_path_that_is_named_exists(name):
    spans = re.findall(r"`([^`\s]+)`", prose(documents()[name]))
    paths = {span for span in spans if span.startswith(OURS) and not PLACEHOLDER.search(span)}
    assert not {path for path in paths - SCAFFOLD if not (ROOT / path).exists()}


@cache
def defined(path: str) -> set[str]:
    """Functions, classes, methods and constants of a file: "run", "App.stream", "MODEL"."""
    text = (ROOT / path).read_text("utf-8")
    if not path.endswith(".py"):
        return set(re.findall(r"\b(?:function|const|let) (\w+)", text)) | set(re.findall(r"^\s+(\w+) = ", text, re.M))
    found = set()
    for node in ast.parse(text).body:
        found |= named(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for inner in node.body for name in named(inner)}
    return found


def named(node: ast.stmt) -> set[str]:
    """The names that a statement defines or imports."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def steps() -> list[tuple[str, str]]:
    """(file, name) of every row of the walks."""
    rows = re.findall(r"^\| `([\w/.]+\.(?:py|js))` \| ([^|]+) \|", documents()["docs/ARCHITECTURE.md"], re.M)
    return [(path, name) for path, names in rows for name in re.findall(r"`([\w.]+)`", names)]


def test_every_step_of_the_walks_is_in_its_file():
    assert len(steps()) > 80
    assert not [f"{path}: {name}" for path, name in steps() if name not in defined(path)]


def test_the_search_for_names_finds_what_is_there_and_only_that(tmp_path):
    path = tmp_path / "some.py"
    path.write_text("A, B = 1, 2\nclass C:\n    d: int = 3\n    def e(self):\n        f = 1\ndef g():\n    pass\n")
    assert defined(str(path)) == {"A", "B", "C", "C.d", "C.e", "g"}


def commands() -> list[str]:
    """The lines of all shell examples, less their remarks; chains taken apart."""
    lines = [line for name in guides() for block in blocks(documents()[name], "sh") for line in block.splitlines()]
    return [part.strip() for line in lines for part in line.partition("#")[0].split("&&") if part.strip()]


def test_every_command_that_is_named_can_be_given():
    called = [re.search(r"-m (training|tests)(\S*) ?(\S*)", command) for command in commands()]
    modules = {found[1] + found[2] for found in called if found}
    trained = {found[3] for found in called if found and found[1] + found[2] == "training"}
    mentioned = {name for text in map(documents().get, guides()) for name in re.findall(r"`python -m ([\w.]+)", text)}
    assert len(modules) > 10 and len(trained) > 10
    assert not {name for name in modules | mentioned if importlib.util.find_spec(name) is None}
    assert not trained - {*recipes.names(), "all", "mean", "RECIPE"}


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {found for command in commands() for found in re.findall(r"^make (\S+)", command)}
    assert {"app", "check", "test"} <= targets
    assert not {target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.M)}


def test_every_table_has_its_place():
    sources = [
        path.read_text("utf-8") for part in ("training", "tests/benchmarks") for path in (ROOT / part).rglob("*.py")
    ]
    calls = r'\bfill\(ROOT, "([\w-]+)"|\bpublish\(found, RESULT, "([\w-]+)"'
    written = {one or other for text in sources for one, other in re.findall(calls, text)}
    places = re.findall(r"<!-- ([\w-]+) -->\n.*?<!-- /\1 -->", documents()["docs/MEASURED.md"], re.S)
    assert len(written) > 8 and sorted(places) == sorted(written)


def entries() -> dict[str, list[str]]:
    """The glossary: the paragraphs of every term."""
    parts = re.split(r"^## (.+)$", documents()["docs/GLOSSARY.md"], flags=re.M)[1:]
    return {term: text.strip().split("\n\n") for term, text in zip(parts[::2], parts[1::2], strict=True)}


def test_the_glossary_has_the_terms_of_the_app():
    assert not TERMS - entries().keys()


@pytest.mark.parametrize("term", entries())
def test_a_term_is_explained_in_two_sentences_and_has_its_paper(term):
    text, paper = entries()[term]
    assert len(re.split(r"(?<=[.!?])\s+(?=[A-Z0-9])", text)) == 2 and text.endswith(".")
    assert re.fullmatch(r"From .+ \d{4}: \[.+\]\(https://\S+\)", paper)


def test_every_tab_has_a_small_picture():
    tabs = {path.parent.name for path in (ROOT / "playground" / "tabs").glob("*/__init__.py")}
    taken = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "pictures").glob("*.webp")}
    assert taken.keys() == tabs, "python -m tests.browser.pictures takes them"
    assert not {name for name, size in taken.items() if size > LARGEST}


def test_one_version_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    newest = re.search(r"^## \[(.+)\] - (\S+)$", documents()["CHANGELOG.md"], re.M)
    assert newest is not None and (newest[1], newest[2]) == (version, str(citation["date-released"]))
    assert str(citation["version"]) == version


def test_the_citation_has_what_the_format_asks_for():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0" and all("name" in author for author in citation["authors"])
