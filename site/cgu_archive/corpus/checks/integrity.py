"""Published bytes and frozen metadata are what `PUBLISHED` says, for ever.

The hash beside a text proves nothing alone: whoever edits the text can edit the hash. So both are compared
with the register, and the register with earlier copies of itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from cgu_archive.corpus import register
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.hashing import metadata_hash, short, text_hash
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.model import Corpus, Version
from cgu_archive.corpus.register import Entry

_RESTORE = "Restaurez ce fichier depuis son historique ; tout changement est une nouvelle version (cgu new)."
_APPEND_ONLY = "Restaurez ces lignes : on ajoute à la fin de ce fichier, on n’y change et n’y retire rien."
_PLAIN_SOURCES = (".txt", ".md")
"""Sources kept here as received; others carry names and comments, only their hash is public."""


def check(corpus: Corpus, previous: bytes | None, checkpoint: bytes | None) -> Iterator[Finding]:
    """Yield what was altered, removed or left half-done."""
    for earlier, origin in ((previous, "son historique"), (checkpoint, "la copie de contrôle")):
        if earlier is not None and register.removed_or_changed(earlier, corpus.register):
            yield _rewritten(earlier, corpus.register, origin)
    entries, _ = register.parse(corpus.register)
    lines: defaultdict[str, list[tuple[int, Entry]]] = defaultdict(list)
    for number, entry in enumerate(entries, start=1):
        lines[str(entry.address)].append((number, entry))
    held: set[str] = set()
    for _, _, version in corpus.versions():
        address = str(version.address)
        held.add(address)
        yield from _published(version, lines[address]) if version.published else _draft(version)
        yield from _source(version)
    for address, published in lines.items():
        if address not in held:
            yield Finding(
                register.NAME,
                published[0][0],
                "version-missing",
                f"la version publiée « {address} » n’a plus de dossier.",
                "Restaurez ce dossier depuis son historique : une version publiée ne se retire pas.",
            )


def _rewritten(earlier: bytes, now: bytes, origin: str) -> Finding:
    before, after = earlier.splitlines(), now.splitlines()
    same = next((i for i, line in enumerate(before) if after[i : i + 1] != [line]), len(before))
    return Finding(
        register.NAME,
        same + 1,
        "register-rewritten",
        f"des lignes ont été retirées ou modifiées depuis {origin}.",
        _APPEND_ONLY,
    )


def _published(version: Version, lines: Sequence[tuple[int, Entry]]) -> Iterator[Finding]:
    folder, metadata = str(version.address), version.metadata
    if len(lines) != metadata.transcription:
        yield Finding(
            f"{folder}/version.yml",
            None,
            "transcription",
            f"champ « transcription » : attendu {len(lines)} (nombre de lignes de cette version dans"
            f" {register.NAME}), trouvé {metadata.transcription}.",
            "Publiez la transcription (cgu publish), ou restaurez ce champ.",
        )
    texts = (*version.earlier_texts, version.text)
    for number, (text, (line, entry)) in enumerate(zip(texts, lines, strict=False), start=1):
        digest = text_hash(text)
        if digest != entry.text_hash:
            file = f"{folder}/{text_name(number)}"
            yield _altered("text-altered", file, "texte", entry.text_hash, digest, line)
        frozen = metadata_hash(replace(metadata, transcription=number).contractual())
        if frozen != entry.metadata_hash:
            file = f"{folder}/version.yml"
            yield _altered("metadata-altered", file, "métadonnées", entry.metadata_hash, frozen, line)
    yield from _written(version)


def _altered(rule: str, file: str, what: str, expected: str, found: str, line: int) -> Finding:
    return Finding(
        file,
        None,
        rule,
        f"{what} : empreinte attendue {short(expected)} ({register.NAME}, ligne {line}),"
        f" trouvée {short(found)}.",
        _RESTORE,
    )


def _written(version: Version) -> Iterator[Finding]:
    for field, written, actual in _hashes(version):
        if written != actual:
            found = "null" if written is None else short(written)
            yield Finding(
                f"{version.address}/version.yml",
                None,
                field.replace("_", "-"),
                f"champ « {field} » : attendu {short(actual)}, trouvé {found}.",
                "Restaurez la version publiée depuis son historique.",
            )


def _hashes(version: Version) -> tuple[tuple[str, str | None, str], ...]:
    return (
        ("text_hash", version.written_text_hash, version.text_hash),
        ("metadata_hash", version.written_metadata_hash, version.metadata_hash),
    )


def _draft(version: Version) -> Iterator[Finding]:
    """Yield what the hashes of a draft say: none is a draft, both right a publication to be finished."""
    file = f"{version.address}/version.yml"
    hashes = _hashes(version)
    if all(written is None for _, written, _ in hashes):
        return
    if all(written == actual for _, written, actual in hashes):
        yield Finding(
            file,
            None,
            "interrupted",
            f"publication interrompue : figée, mais absente de {register.NAME}.",
            "Relancez cgu publish, qui la termine.",
            Severity.WARNING,
        )
        return
    yield Finding(
        file,
        None,
        "draft-hash",
        "les empreintes d’un brouillon sont écrites par cgu publish ; celles-ci ne sont pas les siennes.",
        "Remettez text_hash et metadata_hash à null.",
    )


def _source(version: Version) -> Iterator[Finding]:
    source = version.metadata.source
    if source is None:
        return
    file = f"{version.address}/{source.file}"
    if version.source_text is None:
        if PurePath(source.file).suffix in _PLAIN_SOURCES:
            yield Finding(file, None, "source-missing", "texte reçu : fichier absent.", _RESTORE)
    elif (found := text_hash(version.source_text)) != source.hash:
        message = f"texte reçu : empreinte attendue {short(source.hash)}, trouvée {short(found)}."
        yield Finding(file, None, "source-altered", message, _RESTORE)
