"""Freeze versions into files: with `placing`, the only code of the corpus that writes.

A version is published when, and only when, `PUBLISHED` lists it; that line is written last: a machine that
stops at any instant leaves a draft or a publication, and doing the same again finishes the work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

from cgu_archive.corpus import (
    attachments,
    checks,
    fields,
    loader,
    notes,
    provisions,
    reading,
    register,
    writing,
)
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.errors import (
    InvalidCorpusError,
    PublicationRefusedError,
    UnknownAddressError,
)
from cgu_archive.corpus.hashing import metadata_hash, text_hash
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Address, Cancellation, Corpus, Metadata, Origin, Service, Terms, Version
from cgu_archive.corpus.notes import LinkRecord, Silence
from cgu_archive.corpus.placing import ATTACHED, METADATA, alone, bytes_of, place, take_back, write
from cgu_archive.corpus.register import Entry

_WORD = re.compile(r"\w+")


class Wish(TypedDict, total=False):
    """What the person who publishes says beside the draft."""

    reason: str | None
    """Replaces that of the draft."""
    reason_kind: str | None
    """Replaces that of the draft."""
    accession: bool
    """The text was received from elsewhere: its `published_at` stays unknown."""
    allow_identical: bool
    """A text with the bytes of the version before it is published all the same."""


def prepare(root: Path, address: Address | str, *, at: datetime, **wish: Unpack[Wish]) -> Version:
    """Return the version that `freeze` would publish; raises what it raises and writes nothing."""
    corpus = loader.load(root)
    draft = corpus.version(address)
    service = corpus.service(draft.address.service)
    terms = service.document(draft.address.terms)
    metadata = _dated(draft, corpus, at, wish)
    if not (wish.get("allow_identical") or draft.published):
        _refuse_identical(terms, draft)
    version = _frozen(draft, metadata)
    _refuse_errors(corpus, service, terms, version)
    return version


def freeze(root: Path, address: Address | str, *, at: datetime, **wish: Unpack[Wish]) -> Version:
    """Publish the draft at `address` of the texts in `root`, as of the instant `at`, and return it frozen.

    A publication that was interrupted is finished with the instant and the reason it had. Raises
    `PublicationRefusedError`, having written nothing, when the version is published, its reason missing, its
    bytes those of the version before it, or another publication under way; `InvalidCorpusError` when
    `checks` finds errors in it, in its service or in the register.
    """
    with alone(root):
        version = prepare(root, address, at=at, **wish)
        entry = _entry(version)
        write(root / str(version.address) / METADATA, _yml(entry, version.metadata))
        _append(root, entry)
        return version


def project(
    root: Path,
    address: Address | str,
    text: bytes,
    metadata: Metadata,
    *,
    source: bytes | None = None,
    attached: Mapping[str, bytes] | None = None,
) -> bool:
    """Write the publication of `text` and `metadata` into the texts of `root`, unless it is there already.

    `attached` are the bytes of its attachments, by name. For publications decided elsewhere: nothing is
    judged here. A draft at `address` that has the same words
    becomes the publication. Returns whether anything was written. Raises `PublicationRefusedError` when
    something else stands at `address`, or another publication is under way.
    """
    wanted = _place_of(address)
    with alone(root):
        _known(root, wanted)
        lines = _lines(root, wanted)
        entry = Entry(wanted, text_hash(text), metadata_hash(metadata.contractual()))
        files = _files(text, metadata, _yml(entry, metadata), source, attached)
        folder = root / str(wanted)
        take_back(folder)
        if lines and lines[-1] == entry:
            _refuse_differences(folder, files)
            return False
        if metadata.transcription != len(lines) + 1:
            raise PublicationRefusedError(
                f"« {wanted} » : attendu la transcription {len(lines) + 1},"
                f" trouvé {metadata.transcription}, sous d’autres empreintes."
            )
        _refuse_other_draft(folder, files, published=bool(lines))
        place(root, wanted, files)
        _append(root, entry)
        return True


def cancel(root: Path, address: Address | str, cancellation: Cancellation) -> bool:
    """Write beside a published version that it will not take effect, unless that is written already.

    Decided elsewhere: nothing is judged here. Returns whether anything was written. Raises
    `PublicationRefusedError` when the version is not published here, or was cancelled otherwise.
    """
    wanted = _place_of(address)
    raw = writing.cancellation_yml(cancellation)
    with alone(root):
        if not _lines(root, wanted):
            raise PublicationRefusedError(f"« {wanted} » n’est pas publiée ici.")
        file = root / str(wanted) / loader.CANCELLATION
        there = bytes_of(file)
        if there is not None and there != raw:
            raise PublicationRefusedError(f"« {file} » dit déjà autre chose. Restaurez-le.")
        if there is None:
            write(file, raw)
        return there is None


def note_silences(root: Path, address: Address | str, silences: Sequence[Silence]) -> bool:
    """Write beside a published version what people left as it stands in it; returns whether it was written.

    Nothing when nothing was left, or when a file of silences is there: people may have changed it since.
    Raises `PublicationRefusedError` when the version is not published here.
    """
    wanted = _place_of(address)
    with alone(root):
        if not _lines(root, wanted):
            raise PublicationRefusedError(f"« {wanted} » n’est pas publiée ici.")
        file = root / str(wanted) / notes.SILENCES
        if not silences or file.exists():
            return False
        write(file, writing.silences_yml(silences))
        return True


def create_draft(
    root: Path,
    address: Address | str,
    text: bytes,
    metadata: Metadata,
    *,
    source: bytes | None = None,
    attached: Mapping[str, bytes] | None = None,
) -> Path:
    """Create the folder of a draft and return it; raises `PublicationRefusedError` when one is there.

    `source` is what was received, kept under the name that the metadata give it; `attached` are the bytes of
    its attachments, by name.
    """
    wanted = _place_of(address)
    with alone(root):
        _known(root, wanted)
        folder = root / str(wanted)
        if folder.exists():
            raise PublicationRefusedError(f"« {wanted} » existe déjà. Choisissez un autre nom de version.")
        draft = writing.version_yml(metadata, None, None)
        files = _files(text, metadata, draft, source, attached)
        place(root, wanted, files)
        return folder


def _dated(draft: Version, corpus: Corpus, at: datetime, wish: Wish) -> Metadata:
    """Return the metadata of `draft` as they will be frozen."""
    metadata = draft.metadata
    asked = replace(
        metadata,
        origin=Origin.ACCESSION if wish.get("accession") else metadata.origin,
        reason=wish.get("reason") or metadata.reason,
        reason_kind=wish.get("reason_kind") or metadata.reason_kind,
        archived_on=metadata.archived_on or day_in_paris(at),
    )
    if asked.reason is None:
        raise PublicationRefusedError(f"« {draft.address} » : motif absent. Donnez-le, en une phrase.")
    if draft.published:
        _refuse_other_words(draft, corpus)
        if asked != metadata:
            raise PublicationRefusedError(
                f"« {draft.address} » : une transcription garde le motif et l’origine de la version."
            )
        return metadata
    written = (draft.written_text_hash, draft.written_metadata_hash)
    if written != (None, None):
        if asked != metadata or written != (draft.text_hash, draft.metadata_hash):
            raise PublicationRefusedError(
                f"« {draft.address} » : une publication interrompue l’avait déjà figée, autrement."
                " Terminez-la sans rien changer, ou remettez text_hash et metadata_hash à null."
            )
        return metadata
    if asked.origin is Origin.ACCESSION:
        return asked
    instant = at.astimezone(UTC).replace(microsecond=0)
    if asked.published_at not in (None, instant):
        raise PublicationRefusedError(
            f"« {draft.address} » : champ « published_at » : attendu null, ou l’instant de publication"
            f" demandé ({instant:%Y-%m-%dT%H:%M:%SZ}), trouvé {asked.published_at:%Y-%m-%dT%H:%M:%SZ}."
            " Demandez cet instant (--at), ou écrivez null."
        )
    return replace(asked, published_at=instant)


def _refuse_other_words(version: Version, corpus: Corpus) -> None:
    """Raise unless a new transcription of the published `version` waits, and says the words of the last."""
    entries, _ = register.parse(corpus.register)
    published = sum(entry.address == version.address for entry in entries)
    if version.metadata.transcription != published + 1:
        raise PublicationRefusedError(
            f"« {version.address} » est déjà publiée : ni le texte ni ses dates ne changent plus."
            " Faites une nouvelle version (cgu new)."
        )
    before = provisions.read(version.earlier_texts[-1]).text()
    if _WORD.findall(before) != _WORD.findall(provisions.read(version.text).text()):
        raise PublicationRefusedError(
            f"« {version.address} » : une transcription corrige la mise en forme, jamais les mots."
            " Faites une nouvelle version (cgu new)."
        )


def _refuse_identical(terms: Terms, draft: Version) -> None:
    if not terms.lasting:
        return
    last = terms.lasting[-1]
    if (last.text, last.metadata.attachments) == (draft.text, draft.metadata.attachments):
        raise PublicationRefusedError(
            f"« {draft.address} » a les mêmes octets que « {last.address} »."
            " Rien n’est à publier, sauf demande expresse (--same-text)."
        )


def rewrite_draft(root: Path, draft: Version, text: bytes) -> None:
    """Replace the text of `draft`, as it was read from `root`, by `text`.

    Raises `PublicationRefusedError` when it was published, or changed, in the meantime.
    """
    with alone(root):
        file = root / str(draft.address) / text_name(draft.metadata.transcription)
        if _lines(root, draft.address):
            raise PublicationRefusedError(f"« {draft.address} » est publiée : son texte ne change plus.")
        if bytes_of(file) != draft.text:
            raise PublicationRefusedError(f"« {file} » vient de changer. Recommencez.")
        write(file, text)


def write_links(root: Path, service: Service, records: Sequence[LinkRecord]) -> bool:
    """Replace the register of links of `service`, as it was read from `root`; returns whether it changed.

    Nothing frozen is touched. Raises `PublicationRefusedError` when somebody else writes there.
    """
    with alone(root):
        if tuple(records) == service.links:
            return False
        write(root / service.slug / notes.LINKS, writing.links_yml(records))
        return True


def _frozen(draft: Version, metadata: Metadata) -> Version:
    digest = metadata_hash(metadata.contractual())
    return replace(
        draft,
        metadata=metadata,
        metadata_hash=digest,
        written_text_hash=draft.text_hash,
        written_metadata_hash=digest,
        published=True,
    )


def _refuse_errors(corpus: Corpus, service: Service, terms: Terms, version: Version) -> None:
    """Raise `InvalidCorpusError` if publishing `version` would leave an error in it or in its service."""
    others = [other for other in terms.versions if other.address != version.address]
    published = [other for other in others if other.published]
    drafts = [other for other in others if not other.published]
    document = replace(terms, versions=(*published, version, *drafts))
    speaks = replace(service, terms=tuple(document if t.slug == terms.slug else t for t in service.terms))
    after = Corpus(
        tuple(speaks if other.slug == service.slug else other for other in corpus.services),
        corpus.register + _entry(version).line().encode("utf-8"),
    )
    if errors := checks.errors(checks.on_publishing(after, version.address)):
        raise InvalidCorpusError(errors)


def _entry(version: Version) -> Entry:
    return Entry(version.address, version.text_hash, version.metadata_hash)


def _yml(entry: Entry, metadata: Metadata) -> bytes:
    return writing.version_yml(metadata, entry.text_hash, entry.metadata_hash)


def _files(
    text: bytes, metadata: Metadata, yml: bytes, source: bytes | None, attached: Mapping[str, bytes] | None
) -> dict[str, bytes]:
    """Return what the folder of a version holds, by name; `yml` says its metadata."""
    files = {text_name(metadata.transcription): text, METADATA: yml}
    if metadata.source is not None and source is not None:
        files[metadata.source.file] = source
    return files | {f"{ATTACHED}{name}": raw for name, raw in (attached or {}).items()}


def _place_of(address: Address | str) -> Address:
    """Return `address`, of which each part may name a folder."""
    wanted = Address.parse(address) if isinstance(address, str) else address
    for part in (wanted.service, wanted.terms, wanted.slug):
        if not fields.SLUG.fullmatch(part):
            raise PublicationRefusedError(
                f"« {part} » ne peut servir d’adresse :"
                " employez minuscules sans accent, chiffres, points et tirets."
            )
    return wanted


def _known(root: Path, address: Address) -> None:
    """Raise unless `service.yml` names the document of `address`."""
    file = f"{address.service}/service.yml"
    raw = bytes_of(root / file)
    if raw is None:
        raise UnknownAddressError(f"Aucun service « {address.service} » dans les textes.")
    service, findings = fields.load(file, raw, lambda node: reading.service(address.service, {}, node))
    if service is None:
        raise InvalidCorpusError(findings)
    service.document(address.terms)


def _lines(root: Path, address: Address) -> list[Entry]:
    """Return what the register says of `address`, oldest first."""
    entries, findings = register.parse(bytes_of(root / register.NAME) or b"")
    if findings:
        raise InvalidCorpusError(findings)
    return [entry for entry in entries if entry.address == address]


def _refuse_differences(folder: Path, files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        if bytes_of(folder / name) != raw:
            raise PublicationRefusedError(
                f"« {folder / name} » n’est pas tel qu’il a été publié. Restaurez-le."
            )


def _refuse_other_draft(folder: Path, files: dict[str, bytes], *, published: bool) -> None:
    """Raise unless `folder` holds nothing, what is to be written, or the draft that it was made from."""
    held = folder / attachments.FOLDER
    for file in sorted(held.iterdir()) if held.is_dir() else ():
        if f"{ATTACHED}{file.name}" not in files:
            raise PublicationRefusedError(
                f"« {file} » n’est pas une pièce jointe de cette version. Retirez ce fichier."
            )
    for name, raw in files.items():
        there = bytes_of(folder / name)
        if there is None or there == raw or (name == METADATA and published):
            continue
        if name == METADATA:
            read, _ = fields.load(METADATA, there, reading.metadata)
            if read is not None and read[1:] == (None, None):
                continue
        raise PublicationRefusedError(
            f"« {folder / name} » est celui d’un autre brouillon. Déplacez ce brouillon à une autre adresse."
        )


def _append(root: Path, entry: Entry) -> None:
    published = bytes_of(root / register.NAME) or b""
    write(root / register.NAME, published + entry.line().encode("utf-8"))
