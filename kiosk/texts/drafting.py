"""Find what is to be published: a draft of the texts folder, or a Markdown file."""

from __future__ import annotations

from dataclasses import replace

from cgu_archive.corpus.drafting import blank
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Metadata, Version
from kiosk.texts.errors import PublicationRefusedError


def from_files(corpus: Corpus, address: Address) -> Version:
    """Return the draft at `address`; raises `UnknownAddressError`, or `PublicationRefusedError`."""
    version = corpus.version(address)
    if version.published:
        raise PublicationRefusedError(
            f"« {address} » est déjà publiée et ne change plus. Préparez une nouvelle version"
            " (« cgu new »), puis publiez-la."
        )
    return version


def from_markdown(address: Address, text: bytes, label: str | None, former: Metadata | None) -> Version:
    """Return a draft at `address` whose words are `text`.

    It promises the rules of `former`, the version it follows, and keeps its attachments; checks refuse a rule
    whose words are gone.
    """
    metadata = blank(label or address.slug, former.rules if former else ())
    metadata = replace(metadata, attachments=former.attachments if former else ())
    return Version(
        address=address,
        text=text,
        metadata=metadata,
        text_hash=text_hash(text),
        metadata_hash=metadata_hash(metadata.contractual()),
        written_text_hash=None,
        written_metadata_hash=None,
        published=False,
    )
