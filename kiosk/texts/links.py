"""The links out of the texts of a service: what was done with each, and what pages may show from then on.

An act is read with the version that a page shows: it counts in every process from its commit on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cgu_archive.corpus import fields, freezing, loader
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.model import Service
from cgu_archive.corpus.notes import LINKS, LinkRecord, links
from cgu_archive.rendering import LinkPolicy, link_policy
from kiosk.ledger import administration
from kiosk.ledger.administration import Means
from kiosk.texts.errors import PublicationConflictError
from kiosk.texts.kept import Kept
from kiosk.texts.models import LinkAct, PublishedVersion

MAX_REASON = 500
_REGISTERS: Kept[tuple[str, int, int], tuple[LinkRecord, ...] | None] = Kept(64)


class LinkDeed(StrEnum):
    """What is done with a link."""

    VERIFIED = "verified"
    """Somebody looked at the page that it leads to."""
    REMOVED = "removed"
    RESTORED = "restored"


Standing = Mapping[str, date | None]
"""Each address that was removed or shown again, and the day it was removed; None: it is shown."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done with a link, by whom."""

    url: str
    act: LinkDeed
    reason: str | None
    """Of a removal, public."""
    officer_id: str
    function: str
    form_id: str


@lru_cache(maxsize=64)
def read(standing: str | None) -> Standing:
    """Return what `LinkAct.standing` says; nothing when nothing was done."""
    said = {} if standing is None else json.loads(standing)
    return MappingProxyType({url: on and date.fromisoformat(on) for url, on in said.items()})


def as_left(service: Service, version: PublishedVersion) -> Service:
    """Return `service` with its register as acts left it: they count more than the file it was read from."""
    said = read(version.link_standing)
    if not said:
        return service
    known = {record.url: record for record in service.links}
    for url, on in said.items():
        record = known.get(url)
        if on is not None:
            known[url] = replace(record, removed_on=on) if record else LinkRecord(url, on, on, None)
        elif record is not None:
            known[url] = replace(record, removed_on=None, reason=None)
    return replace(service, links=tuple(known.values()))


def on_file(texts_dir: Path, service: Service) -> Service:
    """Return `service` with its register as the files of the texts say it by now.

    For what shows no text of a version: the worker writes there what was done with a link, within seconds.
    A register that is not there, or cannot be read, is as it was when the process began.
    """
    file = texts_dir / service.slug / LINKS
    try:
        read_from = file.stat()
        found = _REGISTERS.get(
            (str(file), read_from.st_mtime_ns, read_from.st_size),
            lambda: fields.load(str(file), file.read_bytes(), links)[0],
        )
    except OSError:
        return service
    return service if found is None else replace(service, links=found)


def policy(service: Service, version: PublishedVersion) -> LinkPolicy:
    """Return which links a page of `version` may show, as things stand in the transaction that read it."""
    return link_policy(as_left(service, version))


def within(version: PublishedVersion, addresses: Collection[str]) -> list[str]:
    """Return those of `addresses` that the text of `version` holds, sorted; with none, it is not read."""
    return [one for one in sorted(addresses) if one in unquote(version.text.decode("utf-8", "replace"))]


def acts(session: Session, service: str) -> list[LinkAct]:
    """Return what was done with the links of a service, oldest first."""
    return list(session.scalars(select(LinkAct).where(LinkAct.service == service).order_by(LinkAct.number)))


def do(session: Session, service: Service, deed: Deed, means: Means, at: datetime) -> int:
    """Write down what is done with a link; returns the number of the act. The caller commits.

    A removal hides the link from every page of the kiosk from then on. The ledger seals every act. Raises
    `PublicationConflictError` when somebody else acted on the register at the same instant, or the same form
    was sent twice.
    """
    last = session.scalar(
        select(LinkAct).where(LinkAct.service == service.slug).order_by(LinkAct.number.desc()).limit(1)
    )
    standing = {url: on and on.isoformat() for url, on in read(last.standing if last else None).items()}
    if deed.act is not LinkDeed.VERIFIED:
        standing[deed.url] = day_in_paris(at).isoformat() if deed.act is LinkDeed.REMOVED else None
    number = (last.number if last else 0) + 1
    session.add(
        LinkAct(
            service=service.slug, number=number, url=deed.url, act=deed.act.value, reason=deed.reason,
            officer_id=deed.officer_id, function=deed.function, at=at, form_id=deed.form_id,
            standing=json.dumps(standing, sort_keys=True),
        )
    )  # fmt: skip
    try:
        session.flush()
        administration.record(
            session,
            means,
            administration.Operator(deed.function, deed.officer_id),
            administration.Deed(
                administration.Act(f"link-{deed.act.value}"), service.publisher.slug,
                record_of(service.slug, number), (service.slug,), deed.reason, about=hash_of(deed.url),
            ),
            at,
        )  # fmt: skip
    except IntegrityError as error:
        raise PublicationConflictError(
            "Quelqu’un a agi sur ces liens au même instant, ou ce formulaire a déjà été envoyé."
            " Rien n’a été enregistré de plus : relisez la page."
        ) from error
    return number


def record_of(service: str, number: int) -> str:
    """Return what the ledger calls the row of an act on a link."""
    return f"link_act/{service}/{number}"


def hash_of(url: str) -> str:
    """Return the hash by which the ledger names a link."""
    return text_hash(url.encode())


def records(service: Service, done: Iterable[LinkAct]) -> tuple[LinkRecord, ...]:
    """Return the register of `service` once acts were `done`, oldest first.

    A link is verified the day that somebody first looked at its page: who removes it did.
    """
    known = {record.url: record for record in service.links}
    for act in done:
        on = day_in_paris(act.at)
        record = known.get(act.url) or LinkRecord(act.url, on, None, None)
        match LinkDeed(act.act):
            case LinkDeed.REMOVED:
                record = replace(record, removed_on=on, reason=act.reason)
            case LinkDeed.RESTORED:
                record = replace(record, removed_on=None, reason=None)
            case LinkDeed.VERIFIED:
                pass
        known[act.url] = record
    return tuple(known.values())


def project(texts_dir: Path, service: str, done: Iterable[LinkAct]) -> bool:
    """Write in the files of the texts what acts on links say; returns whether anything was to be written.

    Raises `CorpusError` when the texts cannot be read, or somebody else writes there.
    """
    found = loader.load(texts_dir).service(service)
    return freezing.write_links(texts_dir, found, records(found, done))
