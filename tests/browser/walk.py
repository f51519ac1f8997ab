"""A walk through every panel of every tab: contrast and names by axe, raw keys, words of the other language.

    python -m pytest -n 0 tests/browser/walk.py     # some minutes; axe-core is there after `make check`

It takes a page through all rooms, so it is no part of `make test`.
"""

import re

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.browser
TABS = ("road", "autoencoders", "codebook", "gan", "dalle", "diffusion", "guidance", "clip", "dalle2", "compare")
AXE = ROOT / "tools" / "node_modules" / "axe-core" / "axe.min.js"
FINDINGS = """async where => {
    const found = await axe.run(where, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa"] });
    return found.violations.filter(one => ["serious", "critical"].includes(one.impact)).flatMap(one =>
        one.nodes.map(node => `${one.id} ${node.target.flat().join(" ")} ${node.html.slice(0, 160)}`));
}"""
# .tries: texts to begin with, some of them in the other language on purpose, since the networks read both
TEXTS = """() => {
    const found = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode()); ) {
        const parent = node.parentElement;
        if (parent.checkVisibility()
            && !parent.closest("script, style, pre, code, textarea, header, footer, .katex, .tries"))
            found.add(node.textContent.trim());
    }
    return [...found];
}"""
WRITTEN = """[...document.querySelectorAll("textarea, input[type=text]")]
    .flatMap(e => e.value.split("\\n")).filter(Boolean)"""
DRAWN = """[...document.querySelectorAll("summary, .play, svg[role=img], label span:only-of-type")]
    .every(e => !e.checkVisibility() || e.textContent.trim() || e.childElementCount || e.ariaLabel)"""
RAW = re.compile(
    r"\b[a-z]{2,}_[a-z0-9_]+\b|\b\d+\.\d{5,}|\b(?:style|group|tone):\w|\b[a-z]+\.\d+,[a-z]+\.\d+|\bonly adm\b"
)


def walk(page):
    """Opens every panel of every tab, one after the other."""
    for tab in TABS:
        page.locator(f"#{tab}-button").click()
        panels = page.locator(f"#{tab}-panels button[role=tab]")
        if tab != "road":
            panels.first.wait_for()
        for i in range(max(1, panels.count())):
            if panels.count():
                panels.nth(i).click()
            page.wait_for_timeout(600)
            page.wait_for_function(DRAWN)
            yield f"{tab} {i}"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make tools/node_modules/.package-lock.json")
@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_no_tab_has_a_serious_finding_a_raw_key_or_words_of_the_other_language(visit, scheme, locale):
    with visit(color_scheme=scheme, locale=locale) as page:
        page.evaluate(AXE.read_text())
        found = {}
        for place in walk(page):
            written = page.evaluate(WRITTEN)
            for text in page.evaluate(TEXTS):
                said = without(text, written)
                foreign = re.search("[\u4e00-\u9fff]", said) if locale == "en-US" else is_english(said)
                if RAW.search(text) or (foreign and text not in ("中文", "English")):
                    found.setdefault(text, place)
            for finding in page.evaluate(FINDINGS, "body" if place == "road 0" else f"#{place.split()[0]}"):
                found.setdefault(finding, place)
        assert found == {}


def without(text: str, written: list[str]) -> str:
    """What the page itself says in a text that quotes what the visitor wrote."""
    for line in sorted(written, key=len, reverse=True):
        text = text.replace(line, "")
    return text


def is_english(text: str) -> bool:
    """Whether it is a phrase of three English words or more without a Chinese one; names and numbers are none."""
    return not re.search("[\u4e00-\u9fff]", text) and len(re.findall(r"\b[a-z]{3,}\b", text)) >= 3
