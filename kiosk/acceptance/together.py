"""The documents that one box stands for, on one screen (requirement O-08): what is shown, what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import abort, request
from markupsafe import Markup

from cgu_archive.corpus.model import Metadata, Mode, Terms
from kiosk.acceptance import asking, bundled, confirmations, early, exposure, forms, writing
from kiosk.acceptance.asking import Asked, Holder, Past
from kiosk.acceptance.bundled import Part
from kiosk.acceptance.changes import Changes
from kiosk.acceptance.errors import NotDecidableError, StaleFormError
from kiosk.acceptance.gate import asked_of_person
from kiosk.acceptance.policy import Kind
from kiosk.acceptance.services import Organisation, Shown
from kiosk.accounts import browser
from kiosk.extensions import current_service, db, kiosk, request_at
from kiosk.ledger import receipts
from kiosk.ledger.comparisons import Packed
from kiosk.security import serializer
from kiosk.texts import services as texts
from kiosk.texts.models import PublishedVersion
from kiosk.texts.reading import text_html
from kiosk.traces.services import Event

FORM_SALT = "decision-form"


@dataclass(frozen=True, slots=True)
class Beside:
    """Another document under the box, as the screen shows it."""

    document: Terms
    asked: Asked
    version: PublishedVersion
    changes: Changes | None
    shown: Shown
    signed: str
    """What the form carries of it, in the field `field`."""
    metadata: Metadata

    @property
    def field(self) -> str:
        """The name of its field in the form."""
        return field_of(self.document)

    @property
    def text(self) -> Markup:
        """The whole text."""
        return text_html(current_service(), self.version)

    @property
    def effective_at(self) -> datetime | None:
        """When the version takes effect, when that is still to come."""
        return early.effective_at(self.asked, request_at())

    @property
    def steps(self) -> list[tuple[PublishedVersion, Metadata]]:
        """The versions that came since the one that the person accepted."""
        return [(step, texts.metadata(step)) for step in self.changes.steps] if self.changes else []


def field_of(document: Terms) -> str:
    """Return the field of the form that says what was shown of a document beside the first."""
    return f"shown-{document.slug}"


def documents(document: Terms) -> tuple[Terms, ...]:
    """Return the documents under the box of `document`, that on whose page they are decided first."""
    service = current_service()
    named = service.acceptance.together
    return tuple(map(service.document, named)) if document.slug in named else (document,)


def refuse_incomplete(kind: Kind) -> None:
    """Raise `NotDecidableError` for an acceptance that nobody can give here."""
    if kind in (Kind.ACCEPTED, Kind.AWAITING) and specimen_only():
        raise NotDecidableError(kind.value)


def specimen_only() -> bool:
    """Whether nobody can accept here: the publisher has still to deposit documents that the box names."""
    return current_service().acceptance.incomplete and kiosk().settings.mode is Mode.PUBLISHER


def to_read(document: Terms, wanted: Mapping[str, str]) -> list[Asked]:
    """Return what the person is asked of `document` and of the others under its box, in their order.

    `wanted` names versions to come, by document, to be decided before their dates.
    """
    found = {one.answer.document.terms: one for one in asked_of_person() if one.service == current_service()}
    return early.under_box(db(), [found[one.slug] for one in documents(document)], wanted, request_at())


def wanted(document: Terms) -> dict[str, str]:
    """Return the versions to come that the address names, by document."""
    named = {one.slug: f"version-{one.slug}" for one in documents(document)} | {document.slug: "version"}
    return {terms: slug for terms, name in named.items() if (slug := request.args.get(name))}


def beside(
    document: Terms, asked: Sequence[Asked], first: Shown, holder: str, *, sent: Sequence[Shown] = ()
) -> tuple[Beside, ...]:
    """Return what the screen of `first` shows of the other documents under its box; none for most boxes.

    `asked` is what `to_read` returns. `sent` is what an earlier screen showed, to show again: raises
    `StaleFormError` when that is not the same.
    """
    found = []
    for number, (other, mine) in enumerate(zip(documents(document)[1:], asked[1:], strict=True)):
        version = mine.version
        if version is None:
            abort(503)
        compared = exposure.compared(mine, version)
        if sent:
            exposure.refuse_other(sent[number], version, compared)
        shown = replace(
            first,
            form_id=sent[number].form_id if sent else kiosk().randomness(16).hex(),
            terms=other.slug,
            version=version.slug,
            text_hash=version.text_hash,
            compared_with=compared.since.slug if compared else None,
            comparison_hash=compared.redline.hash if compared else None,
        )
        signed = forms.sign(shown, holder, serializer(FORM_SALT))
        found.append(Beside(other, mine, version, compared, shown, signed, texts.metadata(version)))
    return tuple(found)


def carried(document: Terms, first: Shown, holder: str) -> tuple[Shown, ...]:
    """Return what the form says was shown beside `first`; raises `StaleFormError`."""
    found = []
    box = documents(document)
    if box[0] is not document:  # its page leads to that of the first
        raise StaleFormError(document.slug)
    for other in box[1:]:
        shown = forms.shown(request.form.get(field_of(other), ""), holder, serializer(FORM_SALT))
        same = (first.service, other.slug, first.shown_at, first.screen)
        if (shown.service, shown.terms, shown.shown_at, shown.screen) != same:
            raise StaleFormError(other.slug)
        found.append(shown)
    return tuple(found)


def record(
    account: Holder,
    shown: Sequence[Shown],
    comparisons: Sequence[Packed | None],
    kind: Kind,
    organisation: Organisation | None,
    *,
    signed_in_at: datetime,
    at: datetime,
) -> Past:
    """Write every decision of one click, its traces and its mail; return the first in the person's own name.

    The account is locked; the caller commits. Raises as `bundled.decide_all`.
    """
    mine = current_service()
    whole, head = asking.to_decide(db(), kiosk().services, mine, account.id, at)
    asked = {one.answer.document.terms: one for one in whole if one.service.slug == mine.slug}
    asked |= {one.terms: early.to_come(db(), asked[one.terms], one.version, at) for one in shown}
    for one in asked.values():
        early.refuse_closed(one, kind, at)
    parts = [Part(asked[one.terms], one, packed) for one, packed in zip(shown, comparisons, strict=True)]
    made, rows = bundled.decide_all(
        db(),
        parts,
        account=account,
        kind=kind,
        organisation=organisation,
        environment=kiosk().settings.mode.value,
        retention=forms.retention(mine, kiosk().services_of(account.publisher)),
        checkpoint=receipts.naming(db(), head, at),
        signed_in_at=signed_in_at,
        at=at,
        randomness=kiosk().randomness,
    )
    forms_sent = {one.form_id for one in shown}
    own = [one for one in made if one.form_id in forms_sent] or made
    if rows:
        versions = {part.version.id: part.version for part in parts}
        traces = [
            browser.trace_row(Event.DECIDED, account.id, mine.slug, number)
            for number in dict.fromkeys(one.version_id for one in made)
        ]
        mail = confirmations.decided_together(account, own[0], made, versions)
        writing.write(db(), [*rows, *traces, mail], account, parts[0].asked)
    return own[0]
