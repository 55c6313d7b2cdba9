"""The register of links of a service at the legal desk: what texts lead to, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from cgu_archive.corpus.linked import LinkState, OutwardLink, outward
from cgu_archive.corpus.model import Service
from kiosk.ledger.administration import Means
from kiosk.legal_desk.errors import ChangedSinceError, LegalDeskError, RefusedError
from kiosk.notices import services as tasks
from kiosk.staff.errors import OfficerError
from kiosk.staff.officers import Person, let_act
from kiosk.staff.roles import Role
from kiosk.texts import links, services
from kiosk.texts.errors import PublicationConflictError
from kiosk.texts.links import Deed, LinkDeed
from kiosk.texts.models import LinkAct, PublishedVersion

KEEPERS = (Role.AUTHOR, Role.PUBLISHER)
"""The roles that keep the register."""
_POSSIBLE: dict[LinkState, tuple[LinkDeed, ...]] = {
    LinkState.UNVERIFIED: (LinkDeed.VERIFIED, LinkDeed.REMOVED),
    LinkState.VERIFIED: (LinkDeed.VERIFIED, LinkDeed.REMOVED),
    LinkState.REMOVED: (LinkDeed.RESTORED,),
    LinkState.REFUSED: (),
}


class UnknownLinkError(LegalDeskError):
    """No text of this service leads to this address."""


@dataclass(frozen=True, slots=True)
class Register:
    """The links out of the texts of one service, and what was done with them."""

    service: Service
    """With its register as acts left it."""
    links: tuple[OutwardLink, ...]
    acts: tuple[LinkAct, ...]
    """Oldest first."""
    read_now: frozenset[str]
    """Addresses of the versions that people read now, or will."""

    def find(self, url: str) -> OutwardLink:
        """Return the link to `url`; raises `UnknownLinkError`."""
        found = next((one for one in self.links if one.url == url), None)
        if found is None:
            raise UnknownLinkError("Aucun texte de ce service ne mène à cette adresse.")
        return found

    def done_with(self, url: str) -> tuple[LinkAct, ...]:
        """Return what was done with a link, oldest first."""
        return tuple(act for act in self.acts if act.url == url)


def possible(link: OutwardLink) -> tuple[LinkDeed, ...]:
    """Return what may be done with a link as it stands."""
    return _POSSIBLE[link.state]


def register(session: Session, service: Service, at: datetime) -> Register:
    """Return the links of every published version of `service`, what is read now or later first."""
    done = links.acts(session, service.slug)
    kept = replace(service, links=links.records(service, done))
    now: list[PublishedVersion] = []
    earlier: list[PublishedVersion] = []
    for terms in service.terms:
        current = services.current(session, service.slug, terms.slug, at)
        for version in services.history(session, service.slug, terms.slug, texts=True)[::-1]:
            lasting = current is None or version.sequence >= current.sequence
            (now if lasting else earlier).append(version)
    read = outward(kept, [(services.address(version), version.text) for version in (*now, *earlier)])
    addresses = frozenset(str(services.address(version)) for version in now)
    return Register(kept, read, tuple(done), addresses)


def do(
    session: Session,
    service: Service,
    officer: Person,
    url: str,
    act: LinkDeed,
    *,
    reason: str | None,
    form_id: str,
    means: Means,
    at: datetime,
) -> None:
    """Write down what an officer does with a link, and have the files follow. The caller commits.

    Every page of the kiosk shows it, or not, from then on; the archive, once it is built again. Raises
    `OfficerError`, `UnknownLinkError`, `RefusedError` when the link stands otherwise, `ChangedSinceError`.
    """
    role = next((one for one in KEEPERS if officer.may(one, service.slug, at)), KEEPERS[0])
    let_act(session, officer, role, at, (service.slug,))
    if officer.publisher != service.publisher.slug:
        raise OfficerError("Ce service est celui d’un autre éditeur.")
    found = register(session, service, at)
    if any(one.form_id == form_id for one in found.acts):
        raise ChangedSinceError("Ce formulaire a déjà été envoyé\u00a0: relisez l’état de ce lien.")
    if act not in possible(found.find(url)):
        raise RefusedError("L’état de ce lien a changé, et ne permet plus cet acte\u00a0: relisez-le.")
    try:
        number = links.do(
            session, service, Deed(url, act, reason, officer.id, officer.function, form_id), means, at
        )
    except PublicationConflictError as error:
        raise ChangedSinceError(str(error)) from error
    key = f"{tasks.LINKS}:{service.slug}:{number}"
    tasks.enqueue(session, tasks.LINKS, key, {"service": service.slug}, at)
