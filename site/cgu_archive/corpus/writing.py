"""Write the small files of texts: always the same keys in the same order, to compare line by line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

import yaml

from cgu_archive.corpus.fields import SLUG
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Cancellation, Metadata
from cgu_archive.corpus.notes import LINKS_FORMAT, SILENCES_FORMAT, LinkRecord, Silence
from cgu_archive.corpus.reading import CANCELLATION_FORMAT, METADATA_KEYS, MORE_KEYS, VERSION_FORMAT

_PLAIN = frozenset(
    {"format", "origin", "reason_kind", "corrects", "file", "id", "kind", "at"}
    | {"hash", "text_hash", "metadata_hash", "name", "media_type", "sha256"}
)
"""Keys whose values are words of a closed list, names or hashes: they read well without quotes."""
_NO_WRAP = 1_000_000


def version_yml(metadata: Metadata, text_hash: str | None, metadata_hash: str | None) -> bytes:
    """Return the `version.yml` that says `metadata` and both hashes (None in a draft)."""
    frozen = metadata.contractual()
    content: dict[str, Json] = {key: frozen[key] for key in (*METADATA_KEYS, *MORE_KEYS) if key in frozen}
    content |= {"format": VERSION_FORMAT, "text_hash": text_hash, "metadata_hash": metadata_hash}
    return _yml(content)


def links_yml(records: Iterable[LinkRecord]) -> bytes:
    """Return the `links.yml` that says `records`, in their order."""
    return _yml({"format": LINKS_FORMAT, "links": [_link(record) for record in records]})


def _link(record: LinkRecord) -> Json:
    said: dict[str, Json] = {"url": record.url, "checked_on": record.checked_on.isoformat()}
    if record.removed_on is not None:
        said |= {"removed_on": record.removed_on.isoformat(), "reason": record.reason}
    return said


def silences_yml(silences: Iterable[Silence]) -> bytes:
    """Return the `silences.yml` that says `silences`, in their order."""
    return _yml({"format": SILENCES_FORMAT, "silences": [_silence(silence) for silence in silences]})


def _silence(silence: Silence) -> Json:
    places: dict[str, Json] = {"words": silence.words, "at": silence.at}
    said: dict[str, Json] = {"rule": silence.rule} | {key: one for key, one in places.items() if one}
    return said | {"reason": silence.reason, "on": silence.on.isoformat(), "by": silence.by}


def cancellation_yml(cancellation: Cancellation) -> bytes:
    """Return the `cancellation.yml` that says `cancellation`, to the second."""
    at = cancellation.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _yml({"format": CANCELLATION_FORMAT, "at": at, "reason": cancellation.reason})


def _yml(content: dict[str, Json]) -> bytes:
    written = yaml.dump(
        _quoted(content, ""),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_NO_WRAP,
        encoding="utf-8",
    )
    return bytes(written)


class _Words(str):
    """A text written between double quotes, as people expect of a sentence or a date."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes lists indented under their key, and never an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _words(dumper: yaml.SafeDumper, words: _Words) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(words), style='"')


_Dumper.add_representer(_Words, _words)


def _quoted(value: Json, key: str) -> object:
    """Return `value` with the texts that people read marked for double quotes."""
    if isinstance(value, str):
        bare = key in _PLAIN or (key == "value" and SLUG.fullmatch(value))
        return value if bare else _Words(value)
    if isinstance(value, dict):
        return {name: _quoted(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner, key) for inner in value]
    return value
