"""The pages that show what one version changes to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from cgu_archive.corpus import comparison
from cgu_archive.corpus.comparison import Comparison, Side
from cgu_archive.corpus.dates import start_of_day
from cgu_archive.corpus.model import Address, Mode, Service, Terms, Version
from cgu_archive.corpus.timeline import Standing
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.bodies import fill
from cgu_archive.pages.entries import COMPARED, Entry, FileLink
from cgu_archive.pages.model import Archive, Held, Page
from cgu_archive.pages.services import documents
from cgu_archive.redline import redline_html
from cgu_archive.redline.docx import AUTHOR, redline_docx
from cgu_archive.redline.printing import redline_pdf
from cgu_archive.rendering import link_policy, words


@dataclass(frozen=True, slots=True)
class _Shown:
    """One comparison, as a page and as files."""

    html: Markup
    files: Mapping[str, bytes]
    """By kind; the PDF is made for neighbours alone: `cgu compare` makes that of any others."""


_Pair = tuple[Address, Address]
"""The version one starts from, and the one that changes it."""
_NO_FILES: Mapping[str, bytes] = {}
_LABELS = {"docx": "Word, modifications suivies (DOCX)", "pdf": "Comparaison en PDF"}
_TITLE = "Comparaison\u00a0: {} → {}"


def compare_page(archive: Archive) -> Page:
    """Return the page that leads to every comparison, those with something to compare first."""
    shown = [document for service in archive.corpus.services for document in documents(archive, service)]
    shown.sort(key=lambda document: len(document.entries) < 2)
    kiosk = archive.kiosk_url.rstrip("/") if archive.kiosk_url is not None else None
    return Page(
        address=addresses.COMPARE,
        title="Comparer",
        description="Ce que chaque version ajoute, supprime ou déplace.",
        body=fill("compare.html", addresses.COMPARE, documents=shown, most=COMPARED, kiosk=kiosk),
        kind="page",
        banners=words.general_banners(archive.mode),
    )


def comparison_pages(archive: Archive, service: Service, terms: Terms) -> Iterator[Page]:
    """Yield, for each version, what it changes to those before it, then what has changed since it."""
    current = entries.current(archive, service, terms)
    yield from _Told(archive, service, terms, current.version if current else None).pages()


class _Told:
    """The comparisons of one document: each made once, and dropped after its last page, as the texts are."""

    def __init__(self, archive: Archive, service: Service, terms: Terms, latest: Version | None) -> None:
        self._archive = archive
        self._service = service
        self._terms = terms
        self._latest = latest
        self._links = link_policy(service)
        self._texts: dict[str, comparison.Text] = {}
        self._redlines: dict[_Pair, _Shown] = {}
        self._past = archive.pasts.of(service, terms)
        hashes = {version.address: version.text_hash for version in terms.published}
        self._pages_left = Counter(self._pairs())
        self._readings_left = Counter(hashes[address] for pair in self._pages_left for address in pair)

    def pages(self) -> Iterator[Page]:
        """Yield, for each version, what it changes to those before it, then what has changed since it."""
        for new in self._terms.published:
            for old in entries.earlier(self._terms, new):
                yield self.page(addresses.comparison(new.address, old.address), old, new, since=False)
            if self._latest is not None:
                address = addresses.since(self._service, self._terms, new.address)
                yield self.since(address, new, self._latest)

    def _pairs(self) -> Iterator[_Pair]:
        """Yield the two versions of each page."""
        for new in self._terms.published:
            for old in entries.earlier(self._terms, new):
                yield old.address, new.address
            if self._latest is not None and self._has_been_read(new, self._latest):
                yield new.address, self._latest.address

    def _has_been_read(self, old: Version, latest: Version) -> bool:
        """Whether there may be something to read since `old`: it took effect, and is not the latest."""
        return old != latest and self._entry(old).standing not in (Standing.UPCOMING, Standing.CANCELLED)

    def page(self, address: str, old: Version, new: Version, *, since: bool) -> Page:
        """Return the page at `address` that shows what changed from `old` to `new`."""
        before, after = self._entry(old), self._entry(new)
        name = self._service.name
        title = f"{name}, de {before.brief} à {after.brief}"
        if since:
            title = f"{name}, depuis {before.brief}"
        shown = self._shown(old, new)
        beside = {kind: addresses.changes(address, kind) for kind in shown.files}
        if since and "pdf" in beside:  # it stays beside the page of these two, for ever
            beside["pdf"] = addresses.changes(addresses.comparison(new.address, old.address), "pdf")
        files = {
            beside[kind]: content for kind, content in shown.files.items() if not (since and kind == "pdf")
        }
        body = fill(
            "comparison.html",
            address,
            service=self._service,
            terms=self._terms,
            old=before,
            new=after,
            since=since,
            steps=self._steps(old, new),
            redline=shown.html,
            files=[
                FileLink(beside[kind], _LABELS[kind], words.weight(len(content)))
                for kind, content in shown.files.items()
            ],
            past=self._past,
            links=self._links,
            publisher_speaks=self._archive.mode is Mode.PUBLISHER,
        )
        description = f"Ce qui change de {before.name} à {after.name}."
        return self._made(address, title, description, body, new, files)

    def since(self, address: str, old: Version, current: Version) -> Page:
        """Return the page at `address` that shows what has changed since `old`, which may be nothing."""
        if self._has_been_read(old, current):
            return self.page(address, old, current, since=True)
        before = self._entry(old)
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

    def _made(
        self,
        address: str,
        title: str,
        description: str,
        body: str,
        version: Version,
        files: Mapping[str, bytes] = _NO_FILES,
    ) -> Page:
        return Page(
            address=address,
            title=title,
            description=description,
            body=body,
            kind="comparaison",
            banners=words.banners(self._service, version, self._archive.mode),
            files=files,
        )

    def _entry(self, version: Version) -> Entry:
        return entries.entry(self._archive, Held(self._service, self._terms, version))

    def _steps(self, old: Version, new: Version) -> list[Entry]:
        """Return the versions after `old` up to `new`, each of which has its reason; none that was cancelled.

        But for `new` itself.
        """
        published = self._terms.published
        between = published[published.index(old) + 1 : published.index(new)]
        return [self._entry(version) for version in (*between, new) if version in (*self._terms.lasting, new)]

    def _shown(self, old: Version, new: Version) -> _Shown:
        pair = (old.address, new.address)
        if pair not in self._redlines:
            published = self._terms.published
            found = comparison.compare(
                self._text(old),
                self._text(new),
                old_side=_side(old),
                new_side=_side(new),
                earlier=[
                    _side(one)
                    for one in published[: published.index(new)]
                    if one != old and one.cancellation is None
                ],
            )
            self._redlines[pair] = self._show(found, old, new)
            self._drop_texts(old, new)
        shown = self._redlines[pair]
        self._pages_left[pair] -= 1
        if not self._pages_left[pair]:
            del self._redlines[pair]
        return shown

    def _show(self, found: Comparison, old: Version, new: Version) -> _Shown:
        """Show a comparison; its files say the day the new version was known, not that of the build."""
        names = self._entry(old).name, self._entry(new).name
        at = _known_at(new) or self._archive.at
        banners = words.banners(self._service, new, self._archive.mode)
        published = self._terms.published
        follows = published.index(new) - published.index(old) == 1
        beside = follows or old == entries.earlier(self._terms, new)[0]
        title = _TITLE.format(*names)
        docx = redline_docx(found, title=title, author=AUTHOR, at=at, links=self._links, notices=banners)
        files = {"docx": docx}
        if beside:
            files["pdf"] = redline_pdf(found, names=names, at=at, links=self._links, banners=banners)
        return _Shown(Markup(redline_html(found, self._links)), files)  # noqa: S704 - made from escaped words

    def _text(self, version: Version) -> comparison.Text:
        if version.text_hash not in self._texts:
            self._texts[version.text_hash] = comparison.read(version.text)
        return self._texts[version.text_hash]

    def _drop_texts(self, *read: Version) -> None:
        for version in read:
            self._readings_left[version.text_hash] -= 1
            if not self._readings_left[version.text_hash]:
                self._texts.pop(version.text_hash, None)


def _known_at(version: Version) -> datetime | None:
    """Return the first instant a version was known here; None for one that says nothing of it."""
    held = version.metadata
    if held.published_at is not None:
        return held.published_at
    return start_of_day(held.archived_on) if held.archived_on is not None else None


def _side(version: Version) -> Side:
    return Side.of(version.text_hash, version.metadata)
