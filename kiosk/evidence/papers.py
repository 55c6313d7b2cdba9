"""What a bundle says to people: its first page, what was online, how to verify by hand. In French."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment

from cgu_archive import pdf
from cgu_archive.corpus.characters import undrawable
from cgu_archive.corpus.model import Service
from kiosk.evidence.gathering import Entry
from kiosk.evidence.online import Online
from kiosk.evidence.services import Request
from kiosk.ledger.proofs import Head
from kiosk.ledger.receipts import Standing
from kiosk.ledger.saying import DECISIONS, FIELDS, instant, templates
from kiosk.presentation import version_name
from kiosk.proof.statement import Kind
from kiosk.proof.verify import DEMONSTRATION
from kiosk.texts.models import PublishedVersion

_TEMPLATES = Path(__file__).parent.parent / "templates" / "evidence"
_OTHERS = {Kind.CONTESTATION: "la contestation"}
_ELSEWHERE = "voir les justificatifs"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a bundle would hold and does not."""

    what: str
    """`attestation`, `pdf`, `publication`, `screen`, `telling`, `pictures`, `previous` or `unsealed`."""
    of: str
    """Of which decision, version or screen; of records that were not sealed, how many."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, with all that is told of it."""

    name: str
    """What its files are named."""
    entry: Entry
    raw: bytes
    """Its receipt."""
    service: Service
    version: PublishedVersion
    compared: PublishedVersion | None
    """The version that it was shown compared with."""
    online: tuple[Online, ...]
    """What everybody could read when it was made."""
    standing: Standing


@dataclass(frozen=True, slots=True)
class Story:
    """What the papers tell."""

    request: Request
    approved_at: datetime
    service: Service
    """One of the publisher's, for its name and notices."""
    decided: tuple[Decided, ...]
    others: tuple[Entry, ...]
    """Contestations and notices sent, oldest first."""
    head: Head
    missing: tuple[Missing, ...]
    files: tuple[str, ...]
    """What the bundle holds beside the papers, by path."""
    release: str
    """Version of this software."""
    closed_at: datetime | None = None
    """When the account was deleted, if it was by the approval."""
    attested: bool = True
    """Whether a third party attests something in the bundle: a time, or a state of the ledger."""

    @property
    def specimen(self) -> bool:
        """Whether a demonstration made it."""
        return any(one.entry.statement.members["environment"] == DEMONSTRATION for one in self.decided)

    @property
    def person(self) -> tuple[tuple[str, str], ...]:
        """What is known of the person, label and value; empty once it was destroyed."""
        return tuple(_person([*(one.entry for one in self.decided), *self.others]))

    def holds(self, folder: str) -> bool:
        """Whether the bundle has something in `folder`."""
        return any(name.startswith(folder) for name in self.files)

    def named(self, digest: str | None) -> str | None:
        """Return what the statement of this hash is, « l’acceptation du… »; None: not there."""
        for entry in (*(one.entry for one in self.decided), *self.others):
            if entry.statement.hash == digest:
                decision = DECISIONS.get(str(entry.statement.members.get("decision")))
                word = decision.the if decision else _OTHERS.get(entry.kind)
                return word and f"{word} du {instant(entry.at)}"
        return None

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services where something was decided."""
        return tuple(sorted({one.service.name for one in self.decided}))


def first_page(story: Story) -> bytes:
    """Return the PDF that a judge reads first: whose file, what it proves and what not, how to verify."""
    return _typeset("lisez_moi.html", story)


def online_page(story: Story) -> bytes:
    """Return the PDF of what everybody could read online at the time of each decision."""
    return _typeset("en_ligne.html", story)


def by_hand(story: Story) -> bytes:
    """Return the text of what to type to verify everything with the tools of others alone."""
    return f"{_environment().get_template('verifier.txt').render(story=story)}\n".encode()


def _typeset(template: str, story: Story) -> bytes:
    html = _environment().get_template(template).render(story=story)
    return pdf.typeset(
        html, identifier=story.request.id, dated=story.approved_at.astimezone(UTC).replace(microsecond=0)
    )


def _person(entries: list[Entry]) -> Iterator[tuple[str, str]]:
    opened = [one for entry in entries for one in entry.openings]
    for name, label in FIELDS.items():
        values = dict.fromkeys(_drawn(one.value) for one in opened if one.field == name)
        if values:
            yield label, ", ".join(values)


def _drawn(value: str, elsewhere: str = _ELSEWHERE) -> str:
    """Return a value that the bundled fonts can draw, or where to read it."""
    return elsewhere if undrawable(value) else value


def _stated(text: str) -> str:
    """Return in words an instant as statements write it."""
    return instant(datetime.fromisoformat(text))


@cache
def _environment() -> Environment:
    environment = templates(_TEMPLATES)
    environment.filters |= {"version_name": version_name, "drawn": _drawn, "stated": _stated}
    environment.globals["decisions"] = DECISIONS
    return environment
