"""Who must decide again is what the service says; an author may ask more of people, never less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cgu_archive.corpus import reading
from cgu_archive.corpus.drafting import blank
from cgu_archive.corpus.errors import InvalidCorpusError
from cgu_archive.corpus.hashing import canonical
from cgu_archive.corpus.model import Corpus, NewVersion
from kiosk.acceptance.asking import asks
from kiosk.legal_desk import forms
from kiosk.staff.pages import Errors

ACCEPT, NOTIFY = NewVersion.ACCEPT, NewVersion.NOTIFY


@pytest.mark.parametrize(
    ("rule", "typed", "asked", "effect"),
    [
        (ACCEPT, {}, None, ACCEPT),
        (ACCEPT, {"asks": "accept"}, None, ACCEPT),
        (ACCEPT, {"asks": "notify"}, None, ACCEPT),
        (NOTIFY, {}, None, NOTIFY),
        (NOTIFY, {"asks": "accept"}, ACCEPT, ACCEPT),
        (NOTIFY, {"asks": "notify"}, None, NOTIFY),
        (NOTIFY, {"asks": "rien"}, None, NOTIFY),
    ],
)
def test_what_a_version_asks_of_people(
    corpus: Corpus, rule: NewVersion, typed: dict[str, str], asked: NewVersion | None, effect: NewVersion
) -> None:
    service = corpus.service("soffi")
    service = replace(service, acceptance=replace(service.acceptance, new_version=rule))
    errors = Errors()
    made = forms.metadata(typed, blank("v2"), rule, errors)
    assert errors == {}
    assert made.asks is asked
    assert asks(service, made) is effect
    assert ("asks" in made.contractual()) is (asked is not None), "said in what is approved, or not at all"


@pytest.mark.parametrize("said", ["notify", "rien", None, 1])
def test_a_state_that_asks_less_is_not_read(said: object) -> None:
    with pytest.raises(InvalidCorpusError):
        reading.frozen(canonical(blank("v2").contractual() | {"asks": said}))  # type: ignore[dict-item]
