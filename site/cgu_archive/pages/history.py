"""The page that tells, for one version, since when each sentence stands there and what it replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from cgu_archive.corpus.comparison import ChangeKind, Place
from cgu_archive.corpus.hashing import canonical
from cgu_archive.corpus.lives import Event, Former, Life, Sentence, Told
from cgu_archive.corpus.model import Mode, Service, Terms, Version
from cgu_archive.pages import addresses, entries, lineage
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.model import Archive, Held, Page
from cgu_archive.pages.past import Past
from cgu_archive.redline import places
from cgu_archive.rendering import Note, link_policy, words

MOST_REMOVED = 20
"""Removed sentences shown of one provision: the last ones. The comparisons show them all."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A sentence that is no more: its words, its versions, and where its own history is told."""

    text: str
    stood: str
    link: str


@dataclass(frozen=True, slots=True)
class _Line:
    """Sentences that follow one another, since when they stand there, and what the only one replaced."""

    texts: tuple[str, ...]
    since: str
    changed: bool
    """Whether the oldest version held says it otherwise, or not at all."""
    replaced: tuple[_Replaced, ...]
    again: str


@dataclass(frozen=True, slots=True)
class _Stop:
    """How a provision was cited in some versions, with a link to it in the first and last of them."""

    name: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Happening:
    """What one version did to a provision, and the comparison that shows it."""

    version: str
    said: str
    link: str


@dataclass(frozen=True, slots=True)
class _Section:
    """The history of one provision."""

    address: str
    name: str
    told: str
    stops: tuple[_Stop, ...]
    happenings: tuple[_Happening, ...]
    lines: tuple[_Line, ...]
    removed: tuple[_Replaced, ...]
    more_removed: int


def _page(archive: Archive, held: Held, past: Past) -> Page:
    service, terms, version = held.service, held.terms, held.version
    address = addresses.history(version.address)
    teller = _Teller(past, version)
    entry = entries.entry(archive, held)
    sections = tuple(teller.sections())
    body = fill(
        "history.html",
        address,
        service=service,
        terms=terms,
        entry=entry,
        past=past,
        sections=sections,
        ended=tuple(teller.ended()),
        links=link_policy(service),
        publisher_speaks=archive.mode is Mode.PUBLISHER,
    )
    return Page(
        address=address,
        title=f"{service.name}, {entry.brief} : histoire de chaque disposition",
        description=words.french(f"{terms.title}, {entry.name} : depuis quand chaque phrase est là."),
        body=body,
        kind="histoire",
        banners=words.banners(service, version, archive.mode),
    )


def history_pages(archive: Archive, service: Service, terms: Terms) -> Iterator[Page]:
    """Yield the history page of each version of a document that has several."""
    if len(terms.published) < 2:
        return
    past = archive.pasts.of(service, terms)
    for version in terms.published:
        held = Held(service, terms, version)
        if past is not None and version in past.versions:
            yield _page(archive, held, past)
        else:
            yield _cancelled(archive, held)


def _cancelled(archive: Archive, held: Held) -> Page:
    """Return the page of a version that never took effect: its address answers, it is no step."""
    service, terms, version = held.service, held.terms, held.version
    address = addresses.history(version.address)
    entry = entries.entry(archive, held)
    current = entries.current(archive, service, terms)
    return Page(
        address=address,
        title=f"{service.name}, {entry.brief} : annulée avant effet",
        description=words.french(f"{terms.title}, {entry.name} : cette version ne s’est jamais appliquée."),
        body=fill("no_history.html", address, service=service, terms=terms, entry=entry, current=current),
        kind="histoire",
        banners=words.banners(service, version, archive.mode),
    )


def history_files(archive: Archive) -> Mapping[str, bytes]:
    """Return, by address, the history of each document of several versions, as JSON."""
    return {
        addresses.history_file(service, terms): canonical(past.to_json())
        for service in archive.corpus.services
        for terms in service.terms
        if (past := archive.pasts.of(service, terms)) is not None
    }


def notes(past: Past, version: Version, current: Version | None, page: str) -> Mapping[str, Note]:
    """Return what the page of a version adds to each provision: its history, and where it is today."""
    if version not in past.versions:  # cancelled: its provisions have no history
        return {}
    rank = past.rank(version)
    today = past.rank(current) if current is not None else rank
    link = addresses.relative(addresses.history(version.address), page)
    found: dict[str, Note] = {}
    for address, told in past.history.versions[rank].items():
        life = past.history.lives[told.life]
        name = places.short(life.places[rank - life.first])
        label = escape(f"Histoire : {name}")
        beside = (
            f' <a class="histoire hors-texte" href="{escape(f"{link}#{address}")}" aria-label="{label}">'
            "histoire</a>"
        )
        below = _today(past, told.life, rank, today, page) if today > rank else ""
        found[address] = Note(beside, below)
    return found


def _today(past: Past, life: int, rank: int, today: int, page: str) -> str:
    """Return where a provision of the version of rank `rank` is in the version read today, when it left."""
    before = past.history.lives[life].places[rank - past.history.lives[life].first]
    after = past.history.whereabouts(life, today)
    if after is None:
        return _below(_gone(past, life) + _left(past, life, rank, today), None, page)
    follower, place = after
    target = f"{addresses.version(past.versions[today].address)}#{place.address}"
    in_today = f"dans {past.the(today)}"
    if follower != life:
        return _below(f"{lineage.agreed(before, 'Réuni')} {places.to(place)} {in_today}", target, page)
    if lineage.cited(place) != lineage.cited(before):
        return _below(f"{lineage.agreed(before, 'Devenu')} {places.short(place)} {in_today}", target, page)
    if any(ChangeKind.MOVED in event.kinds for event in _own_events(past, life, rank, today)):
        return _below(f"{lineage.agreed(before, 'Déplacé')} {in_today}", target, page)
    return ""


def _own_events(past: Past, life: int, rank: int, today: int) -> Iterator[Event]:
    """Yield what happened to a provision itself after one version, up to another."""
    for event in past.history.lives[life].events:
        is_own = event.source is None and event.target is None and not event.is_passage
        if rank < event.at <= today and is_own:
            yield event


def _gone(past: Past, life: int) -> str:
    """Return which version deleted a provision, or the one it was merged into."""
    last = past.history.lives[list(past.history.followers(life))[-1]]
    said = f"{lineage.agreed(last.places[-1], 'Supprimé')} par {past.the(last.last + 1)}"
    if last.ending is not None and last.ending.kind is ChangeKind.NUMBER_REUSED:
        said += ", où un autre texte prend son numéro"
    return said


def _left(past: Past, life: int, rank: int, today: int) -> str:
    """Return where what a deleted provision held is in the version read today, if it is there."""
    held = (past.history.whereabouts(told.life, today) for told in past.history.within(life, rank))
    names = [places.short(found[1]) for found in held if found is not None]
    if not names:
        return ""
    return f" ; ce que cette disposition contenait est encore dans {past.the(today)} : {', '.join(names)}"


def _below(said: str, target: str | None, page: str) -> str:
    html = escape(words.french(said), quote=False)
    if target is not None:
        html = f'<a href="{escape(addresses.relative(target, page))}">{html}</a>'
    return f'<p class="devenu hors-texte">{html}</p>'


class _Teller:
    """Tells the provisions of one version."""

    def __init__(self, past: Past, version: Version) -> None:
        self._past = past
        self._rank = past.rank(version)
        self._page = addresses.history(version.address)

    def sections(self) -> Iterator[_Section]:
        for told in self._past.history.versions[self._rank].values():
            if told.title or told.sentences:
                yield self._section(told)

    def ended(self) -> Iterator[tuple[str, str, str]]:
        """Yield the provisions that this version has no more: name, how they ended, where they last stood."""
        for life in self._past.history.lives:
            if life.last == self._rank - 1 and life.ending is not None:
                place = life.places[-1]
                said = words.french(lineage.ending(self._past, life, life.ending))
                yield places.name(place), said, self._history_of(place.address, life.last)

    def _section(self, told: Told) -> _Section:
        life = self._past.history.lives[told.life]
        place = life.places[self._rank - life.first]
        removed = [former for former in life.removed if former.until < self._rank]
        return _Section(
            address=place.address,
            name=places.name(place),
            told=lineage.told(self._past, life),
            stops=tuple(self._stops(life)),
            happenings=tuple(self._happenings(life)),
            lines=tuple(self._lines(self._said(told, life))),
            removed=tuple(map(self._replaced, removed[-MOST_REMOVED:])),
            more_removed=max(len(removed) - MOST_REMOVED, 0),
        )

    def _said(self, told: Told, life: Life) -> Sequence[Sentence]:
        """Return the sentences of a provision; its title among them when it was not always the same."""
        new_title = any(title.origin.since > life.first for title in told.title)
        return (*told.title, *told.sentences) if new_title or not told.sentences else told.sentences

    def _stops(self, life: Life) -> Iterator[_Stop]:
        for stay in lineage.stays(life):
            ranks = dict.fromkeys((stay.first, stay.last))
            links = tuple(
                (self._past.names[rank], self._provision(life.places, life, rank)) for rank in ranks
            )
            yield _Stop(stay.name, links)

    def _happenings(self, life: Life) -> Iterator[_Happening]:
        versions = self._past.versions
        for at, events in groupby(life.events, key=lambda event: event.at):
            said = " ; ".join(lineage.event(self._past, event) for event in events)
            link = addresses.comparison(versions[at].address, versions[at - 1].address)
            yield _Happening(self._past.names[at], words.french(said), link)

    def _lines(self, sentences: Sequence[Sentence]) -> Iterator[_Line]:
        """Yield each sentence that replaced another or came back alone, the others by age."""
        for (_, alone), group in groupby(sentences, key=_age):
            together = list(group)
            yield from (self._line([sentence]) for sentence in together) if alone else [self._line(together)]

    def _line(self, sentences: Sequence[Sentence]) -> _Line:
        origin = sentences[0].origin
        since = f"{'Depuis' if origin.since else 'Dès'} {self._past.the(origin.since)}"
        again = ""
        if origin.stood is not None:
            first, last = origin.stood
            again = f"Cette phrase était déjà là de {self._past.the(first)} à {self._past.the(last)}"
            if first == last:
                again = f"Cette phrase était déjà là dans {self._past.the(first)}"
        return _Line(
            texts=tuple(sentence.text.replace("\t", " | ") for sentence in sentences),
            since=since,
            changed=origin.since > 0,
            replaced=tuple(map(self._replaced, origin.replaced)),
            again=again,
        )

    def _replaced(self, former: Former) -> _Replaced:
        first, last = former.sentence.origin.since, former.until
        stood = f"dans {self._past.the(last)}"
        if first < last:
            stood = f"de {self._past.the(first)} à {self._past.the(last)}"
        text = former.sentence.text.replace("\t", " | ")
        return _Replaced(text, stood, self._history_of(former.address, last))

    def _provision(self, cited: Sequence[Place], life: Life, rank: int) -> str:
        place = cited[rank - life.first]
        return f"{addresses.version(self._past.versions[rank].address)}#{place.address}"

    def _history_of(self, address: str, rank: int) -> str:
        return f"{addresses.history(self._past.versions[rank].address)}#{address}"


def _age(sentence: Sentence) -> tuple[int, bool]:
    """Return since when a sentence stands, and whether there is more to tell of it."""
    origin = sentence.origin
    return origin.since, bool(origin.replaced or origin.stood)
