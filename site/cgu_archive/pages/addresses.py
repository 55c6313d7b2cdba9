"""Where each page and file of the archive is: addresses that answer for ever."""

from __future__ import annotations

import posixpath

from cgu_archive.corpus.attachments import FOLDER
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Address, Service, Terms, Version

HOME = "index.html"
TEXTS = "textes.html"
COMPARE = "comparer.html"
VERIFY = "verifier.html"
DATES = "dates.html"
MAP = "plan-du-site.html"
LEGAL = "mentions-legales.html"
FEED = "atom.xml"
MANIFEST = "manifest.json"
SITEMAP = "sitemap.xml"


def service(value: Service) -> str:
    """Return the page of a service."""
    return f"{value.slug}/index.html"


def dates(value: Service) -> str:
    """Return the page that says which text applied when."""
    return f"{value.slug}/dates.html"


def feed(value: Service) -> str:
    """Return the Atom feed of a service."""
    return f"{value.slug}/atom.xml"


def version(address: Address) -> str:
    """Return the page that holds the whole text of a version."""
    return f"{address}/index.html"


def history(address: Address) -> str:
    """Return the page that tells the history of each provision of a version."""
    return f"{address}/histoire.html"


def history_file(owner: Service, terms: Terms) -> str:
    """Return the file that tells the history of a document to machines."""
    return f"{owner.slug}/{terms.slug}/histoire.json"


def text(value: Version) -> str:
    """Return the file of the hashed bytes of a version."""
    return f"{value.address}/{text_name(value.metadata.transcription)}"


def attachment(address: Address, name: str) -> str:
    """Return the file that goes along with a version, under its own name."""
    return f"{address}/{FOLDER}/{name}"


def source(value: Version) -> str:
    """Return the file of the text as it was received."""
    return f"{value.address}/source.txt"


def pdf(address: Address) -> str:
    """Return the PDF of a version, named so that a saved copy says what it is."""
    return f"{address}/{address.service}-{address.terms}-{address.slug}.pdf"


def docx(address: Address) -> str:
    """Return the Word document of a version, named as its PDF."""
    return f"{pdf(address).removesuffix('.pdf')}.docx"


def comparison(new: Address, old: Address) -> str:
    """Return the page that shows what `new` changes to `old`, two versions of one document."""
    return f"{new}/depuis/{old.slug}.html"


def since(owner: Service, terms: Terms, old: Address) -> str:
    """Return the page that shows what has changed since `old`, up to the version read today."""
    return f"{owner.slug}/{terms.slug}/depuis/{old.slug}.html"


def changes(page: str, kind: str) -> str:
    """Return the file beside the `page` of a comparison, of a `kind` (``docx``, ``pdf``)."""
    return f"{page.removesuffix('.html')}.{kind}"


def relative(target: str, page: str) -> str:
    """Return `target` as a link from `page`; it works on any host and from a folder on disk."""
    path, mark, anchor = target.partition("#")
    return posixpath.relpath(path, posixpath.dirname(page) or ".") + mark + anchor
