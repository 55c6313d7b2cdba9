"""What the pages are made from and what they are: plain values, no mkdocs type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cgu_archive.corpus.model import Corpus, Mode, Service, Terms, Version
from cgu_archive.pages.past import Pasts
from cgu_archive.rendering import Contents


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this copy of the archive, for its legal notices; None where nobody said."""

    name: str | None = None
    address: str | None = None
    contact: str | None = None
    director: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything a build knows: the texts, the instant, who speaks, and the files beside the pages."""

    corpus: Corpus
    """Only what may be shown: published versions, and no fiction in a publisher's archive."""
    mode: Mode
    at: datetime
    """The instant the archive speaks of, in UTC."""
    site_url: str | None
    """Where the archive will be served, with a final ``/``; None when unknown."""
    kiosk_url: str | None
    """Where one signs in to decide; None when there is no kiosk."""
    operator: Operator
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files offered beside the pages, by address."""
    pasts: Pasts = field(default_factory=Pasts, compare=False)
    """What each document was before, told once and shared by all that is made from this archive."""

    def permanent(self, address: str) -> str | None:
        """Return the absolute address of a page or file; None when the site's own is unknown."""
        return f"{self.site_url}{address}" if self.site_url else None


@dataclass(frozen=True, slots=True)
class Held:
    """One version with the service and the document it belongs to."""

    service: Service
    terms: Terms
    version: Version


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """One answer the search may give: a place on a page and its words, in plain text."""

    anchor: str
    """Address on the page; empty for its top."""
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where it is, and what stands between the header and the footer."""

    address: str
    """Path from the root of the site, ending in ``.html``."""
    title: str
    description: str
    body: str
    """HTML, the page's only `h1` included."""
    kind: str
    """A class for the theme: ``accueil``, ``service``, ``version``, ``comparaison``, ``page``."""
    banners: tuple[str, ...] = ()
    """Sentences that stand above everything else."""
    contents: tuple[Contents, ...] = ()
    search: tuple[SearchEntry, ...] = ()
    """Empty for a page kept out of the search."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files offered by this page alone, by address."""
    feeds: tuple[tuple[str, str], ...] = ()
    """Title and address of the Atom feeds that announce changes of what this page shows."""
