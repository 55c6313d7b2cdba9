"""What a person is shown of a change before they decide, and what a decision may say that they were shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Response, make_response
from werkzeug.wrappers import Response as AnyResponse

from cgu_archive.corpus.model import Address
from kiosk.acceptance import changes, forms
from kiosk.acceptance.asking import Asked
from kiosk.acceptance.changes import Changes
from kiosk.acceptance.errors import NotDecidableError, StaleFormError
from kiosk.acceptance.policy import Kind, applicable_version
from kiosk.acceptance.services import Shown
from kiosk.accounts import browser
from kiosk.extensions import current_service, db, kiosk, request_at
from kiosk.ledger import comparisons
from kiosk.ledger.comparisons import Packed
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.traces.afterwards import leave_afterwards
from kiosk.traces.services import Event


def compared(asked: Asked, version: PublishedVersion) -> Changes | None:
    """Return what changed since the version this person accepted, if that is another one."""
    document = asked.answer.document
    held = applicable_version(document.decisions, request_at(), current=document.current)
    if held is None or held == version.id:
        return None
    old = texts.get(db(), held)
    return changes.since(db(), current_service(), old, version, kiosk().settings.mode)


def traced(page: AnyResponse | str | tuple[str, int], version: PublishedVersion) -> Response:
    """Return `page`, which leaves a trace that `version` was shown, to whom has an account."""
    response, person = make_response(page), browser.current_person()
    if person is None:
        return response
    return leave_afterwards(
        response, person.account_id, Event.SHOWN, service=version.service, version_id=version.id
    )


def refuse_other(shown: Shown, version: PublishedVersion, found: Changes | None) -> None:
    """Raise `StaleFormError` unless `version` and `found`, about to be shown, are what `shown` says."""
    told = (found.since.slug, found.redline.hash) if found else (None, None)
    carried = (shown.version, shown.text_hash, shown.compared_with, shown.comparison_hash)
    if carried != (version.slug, version.text_hash, *told):
        raise StaleFormError(f"{shown.service}/{shown.terms}")


def to_keep(shown: Shown) -> Packed | None:
    """Return the comparison that was shown, unless it is kept already; raises `StaleFormError`.

    It is made again here, in no transaction, when this process does not hold it: nobody waits for it. Should
    it not be the one that was shown, another release made that one, and the person is asked to look again.
    """
    if shown.comparison_hash is None or comparisons.is_kept(db(), shown.comparison_hash):
        return None
    old, new = (
        texts.by_address(db(), Address(shown.service, shown.terms, str(slug)))
        for slug in (shown.compared_with, shown.version)
    )
    mode = kiosk().settings.mode
    made = changes.between(db(), current_service(), old, new, mode, around=_unlocked)
    if made.hash != shown.comparison_hash:
        raise StaleFormError(f"{shown.service}/{shown.terms}")
    return made.packed


def termination() -> str | None:
    """Return what who ends the agreement for a breach declares, where the text lets them (S-54)."""
    acceptance = current_service().acceptance
    if acceptance.termination is None or acceptance.together:
        return None
    return forms.termination(acceptance.termination)


def terminating(shown: Shown) -> Shown:
    """Return what was shown to who ends the agreement; raises `NotDecidableError` where no text lets them."""
    declared = termination()
    if declared is None:
        raise NotDecidableError(Kind.TERMINATED.value)
    return replace(shown, statements=(declared,))


@contextmanager
def _unlocked() -> Iterator[None]:
    """Let others write meanwhile."""
    db().rollback()
    yield
