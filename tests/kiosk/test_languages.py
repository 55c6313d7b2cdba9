"""English pages: chosen by the person, complete, and never what a decision records."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from sqlalchemy import Engine, create_engine, select

from kiosk import languages
from kiosk.acceptance.models import Decision
from kiosk.db import reading
from kiosk.languages import CATALOGUE
from kiosk.ledger.models import StatementRow
from kiosk.security import local_page
from tests.kiosk.web import EMAIL, Browser, Making, Site

KIOSK = CATALOGUE.parents[1]
KEYWORDS = {"_": None, "gettext": None, "marked": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|(?<!%)%(?![(%])")
RESIDUE = frozenset(
    "le la les un une des du de et ou où est sont vous votre vos nous pour par avec sans dans sur ce cette ces"
    " qui que quand au aux il elle pas ne plus été être cela se sa son ses".split()
)
"""French words that no English sentence has."""


def said() -> set[str]:
    """Everything that pages say through the catalogue."""
    with (CATALOGUE.parent / "extraction.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(KIOSK, methods, options, keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found if isinstance(message, str)}


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


def test_every_word_of_a_page_has_its_english_and_no_english_is_left_over() -> None:
    held = english()
    assert sorted(said() - held.keys()) == [], "make messages, then write the English"
    assert sorted(held.keys() - said()) == [], "make messages takes these away"
    assert [french for french, words in held.items() if not words.strip()] == []


def test_a_translation_keeps_the_places_of_its_values_and_the_spaces_around_it() -> None:
    for french, words in english().items():
        assert sorted(set(PLACEHOLDER.findall(french))) == sorted(set(PLACEHOLDER.findall(words))), french
        assert french.count("|") == words.count("|"), french
        assert french.endswith(" ") == words.endswith(" "), french


def test_english_is_not_typed_as_french() -> None:
    for words in english().values():
        assert not re.search(r"[\u00a0\u202f«»]| [;:!?]", words), words
        assert not RESIDUE & set(re.split(r"[^\w’]+", re.sub(r"\([^)]*\)|“[^”]*”", "", words))), words
