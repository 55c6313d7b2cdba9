"""What a draft says of itself before anybody says anything."""

from __future__ import annotations

from dataclasses import replace

from cgu_archive.corpus import loader
from cgu_archive.corpus.model import Metadata, Origin, Version
from cgu_archive.corpus.rules import Rule


def blank(label: str | None, rules: tuple[Rule, ...] = (), corrects: str | None = None) -> Metadata:
    """Return the metadata of a new draft: all is to be said, but the rules that it keeps."""
    return Metadata(
        label=label,
        origin=Origin.PUBLICATION,
        declared_on=None,
        approved_on=None,
        published_at=None,
        effective_on=None,
        required_on=None,
        archived_on=None,
        approval=None,
        homologation=None,
        reason=None,
        reason_kind=None,
        summary=None,
        corrects=corrects,
        source=None,
        transcription=1,
        rules=rules,
    )


def following(base: Version | None, label: str | None) -> tuple[Metadata, dict[str, bytes]]:
    """Return the metadata of a new draft that follows `base`, and the bytes of the attachments it keeps.

    `base` was read from a folder. Raises `InvalidCorpusError` when an attachment changed there since.
    """
    if base is None:
        return blank(label), {}
    made = replace(blank(label, base.metadata.rules), attachments=base.metadata.attachments)
    return made, loader.attachments_of(base)
