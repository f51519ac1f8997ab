"""The glossary says every term in both languages, in two sentences each, and the document says the same."""

import re

import pytest

from playground.shell import glossary
from playground.shell.page import served
from tests.helpers import ROOT

SENTENCES = {"en": re.compile(r"[.?!](?=\s|$)"), "zh": re.compile("[。？！]")}


def test_both_languages_and_the_papers_have_the_same_terms_in_the_same_order():
    terms = [list(glossary._read(name)) for name in ("en", "zh", "papers")]
    assert terms[0] == terms[1] == terms[2] and len(terms[0]) > 100


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_entry_has_a_name_two_sentences_words_and_a_paper(language):
    for term, entry in glossary.entries(language).items():
        assert entry["name"] and entry["words"], term
        assert len(SENTENCES[language].findall(entry["text"])) == 2, term
        assert len(entry["paper"]) == 3 and entry["paper"][2].startswith("https://"), term


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_word_names_one_term_only(language):
    words = [word for entry in glossary.entries(language).values() for word in entry["words"]]
    assert sorted(words) == sorted(set(words))


def test_chinese_entries_are_chinese():
    assert not [e for e in glossary.entries("zh").values() if len(re.findall("[一-鿿]", e["text"])) < 20]


def test_the_document_is_the_glossary():
    assert (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8") == glossary.document()


def test_the_page_can_ask_for_each_language():
    assert {"glossary/en.json", "glossary/zh.json"} <= served().keys()
