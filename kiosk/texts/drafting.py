"""Find what is to be published: a draft of the texts folder, or a Markdown file."""

from __future__ import annotations

from dataclasses import replace

from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.model import Address, Corpus, Metadata, Origin, Version
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

    It promises the rules of `former`, the version it follows; checks refuse one whose words are gone.
    """
    metadata = _blank(former)
    metadata = replace(metadata, label=label or address.slug)
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


def _blank(former: Metadata | None) -> Metadata:
    """Return the metadata of a draft that nobody said anything of."""
    return Metadata(
        label=None, origin=Origin.PUBLICATION, declared_on=None, approved_on=None, published_at=None,
        effective_on=None, required_on=None, archived_on=None, approval=None, homologation=None, reason=None,
        reason_kind=None, summary=None, corrects=None, source=None, transcription=1,
        rules=former.rules if former else (),
    )  # fmt: skip
