"""The pages that show what one version changes to another."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from cgu_archive.corpus import comparison
from cgu_archive.corpus.comparison import Side
from cgu_archive.corpus.model import Mode, Service, Terms, Version
from cgu_archive.corpus.timeline import Standing
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.entries import COMPARED, Entry
from cgu_archive.pages.model import Archive, Held, Page
from cgu_archive.pages.services import documents
from cgu_archive.redline import redline_html
from cgu_archive.rendering import LinkPolicy, words


def compare_page(archive: Archive) -> Page:
    """Return the page that leads to every comparison, those with something to compare first."""
    shown = [document for service in archive.corpus.services for document in documents(archive, service)]
    shown.sort(key=lambda document: len(document.entries) < 2)
    return Page(
        address=addresses.COMPARE,
        title="Comparer",
        description="Ce que chaque version ajoute, supprime ou déplace.",
        body=fill("compare.html", addresses.COMPARE, documents=shown, most=COMPARED),
        kind="page",
        banners=words.general_banners(archive.mode),
    )


def comparison_pages(archive: Archive, service: Service, terms: Terms) -> Iterator[Page]:
    """Yield what each version changes to those before it, then what has changed since each of them."""
    told = _Told(archive, service, terms)
    for new in terms.published:
        for old in entries.earlier(terms, new):
            yield told.page(addresses.comparison(new.address, old.address), old, new, since=False)
    current = entries.current(archive, service, terms)
    if current is None:
        return
    for old in terms.published:
        address = addresses.since(service, terms, old.address)
        yield told.since(address, old, current.version)


class _Told:
    """The comparisons of one document; the same two texts are compared once."""

    def __init__(self, archive: Archive, service: Service, terms: Terms) -> None:
        self._archive = archive
        self._service = service
        self._terms = terms
        self._links = LinkPolicy(service.unlinked_hosts)
        self._texts: dict[str, comparison.Text] = {}
        self._redlines: dict[tuple[str, str], Markup] = {}

    def page(self, address: str, old: Version, new: Version, *, since: bool) -> Page:
        """Return the page at `address` that shows what changed from `old` to `new`."""
        before, after = self._entry(old), self._entry(new)
        name = self._service.name
        title = f"{name}, de {before.brief} à {after.brief}"
        if since:
            title = f"{name}, depuis {before.brief}"
        body = fill(
            "comparison.html",
            address,
            service=self._service,
            terms=self._terms,
            old=before,
            new=after,
            since=since,
            steps=self._steps(old, new),
            redline=self._redline(old, new),
            links=self._links,
            publisher_speaks=self._archive.mode is Mode.PUBLISHER,
        )
        description = f"Ce qui change de {before.name} à {after.name}."
        return self._made(address, title, description, body, new)

    def since(self, address: str, old: Version, current: Version) -> Page:
        """Return the page at `address` that shows what has changed since `old`, which may be nothing."""
        before = self._entry(old)
        if old != current and before.standing is not Standing.UPCOMING:
            return self.page(address, old, current, since=True)
        body = fill(
            "nothing_since.html",
            address,
            service=self._service,
            terms=self._terms,
            old=before,
            new=self._entry(current),
        )
        title = f"{self._service.name}, depuis {before.brief}"
        return self._made(address, title, f"Ce qui a changé depuis {before.name}.", body, old)

    def _made(self, address: str, title: str, description: str, body: str, version: Version) -> Page:
        return Page(
            address=address,
            title=title,
            description=description,
            body=body,
            kind="comparaison",
            banners=words.banners(self._service, version, self._archive.mode),
        )

    def _entry(self, version: Version) -> Entry:
        return entries.entry(self._archive, Held(self._service, self._terms, version))

    def _steps(self, old: Version, new: Version) -> list[Entry]:
        """Return the versions after `old` up to `new`, each of which has its reason."""
        published = self._terms.published
        first, last = published.index(old), published.index(new)
        return [self._entry(version) for version in published[first + 1 : last + 1]]

    def _redline(self, old: Version, new: Version) -> Markup:
        pair = (old.text_hash, new.text_hash)
        if pair not in self._redlines:
            published = self._terms.published
            found = comparison.compare(
                self._text(old),
                self._text(new),
                old_side=_side(old),
                new_side=_side(new),
                earlier=[_side(version) for version in published[: published.index(old)]],
            )
            self._redlines[pair] = Markup(redline_html(found, self._links))  # noqa: S704 - made from escaped words
        return self._redlines[pair]

    def _text(self, version: Version) -> comparison.Text:
        if version.text_hash not in self._texts:
            self._texts[version.text_hash] = comparison.read(version.text)
        return self._texts[version.text_hash]


def _side(version: Version) -> Side:
    return Side.of(version.text_hash, version.metadata)
