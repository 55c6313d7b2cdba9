"""Read a folder of texts into a `Corpus`. The only code of the archive that reads the texts from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from cgu_archive.corpus import attachments, fields, notes, reading, register
from cgu_archive.corpus.attachments import Attachment
from cgu_archive.corpus.errors import Finding, InvalidCorpusError, Severity
from cgu_archive.corpus.fields import Node
from cgu_archive.corpus.hashing import metadata_hash, short, text_hash
from cgu_archive.corpus.model import Address, Cancellation, Corpus, Service, Terms, Version

T = TypeVar("T")

MAX_BYTES = 5_000_000
"""Longest file read; the text of a version is bounded further where it is parsed (`bounds`)."""
CANCELLATION = "cancellation.yml"
"""Beside a version that was cancelled before it took effect."""
_MISSING = "Restaurez-le depuis l’historique, ou retirez le dossier s’il est vide."
_GIVE_BACK = "Restaurez ce fichier, ou corrigez le brouillon ; rien ne change dans une version publiée."
_UNLISTED = "Retirez ce fichier, ou annoncez-le sous « attachments » dans un brouillon."
_NAMES = "Employez minuscules sans accent, chiffres, points et tirets : ce nom sert d’adresse."


def load(root: Path) -> Corpus:
    """Return the corpus of the folder `root`.

    Raises `InvalidCorpusError` with every finding when a file is missing, unreadable or not as expected.
    """
    loading = _Loading(root)
    corpus = loading.corpus()
    if loading.findings:
        raise InvalidCorpusError(tuple(loading.findings))
    return corpus


def text_name(transcription: int) -> str:
    """Return the file name of a transcription: the first is ``texte.md``, then ``texte-2.md`` and so on."""
    return "texte.md" if transcription <= 1 else f"texte-{transcription}.md"


def attachment(file: Path, said: Attachment) -> bytes:
    """Return the bytes of an attachment of a version that was loaded, verified once more.

    Raises `InvalidCorpusError` when they are not those that `said` promises.
    """
    wrong = _wrong(file, said)
    if wrong is not None:
        name = "/".join(file.parts[-5:])
        raise InvalidCorpusError((Finding(name, None, "attachment", *wrong),))
    return file.read_bytes()


def attachments_of(version: Version) -> dict[str, bytes]:
    """Return the bytes of the attachments of a version that was loaded, by name; raises as `attachment`."""
    listed = version.metadata.attachments
    return {one.name: attachment(file, one) for file, one in zip(version.attached, listed, strict=True)}


def _wrong(file: Path, said: Attachment) -> tuple[str, str] | None:
    """Return what is wrong with the file of an attachment, and what to do; None when nothing is."""
    try:
        if file.is_symlink() or not file.is_file():
            return "pièce jointe annoncée : fichier absent, ou simple lien vers un autre.", _GIVE_BACK
        size = file.stat().st_size
        if size != said.size:
            return f"pièce jointe : {said.size} octets attendus, {size} trouvés.", _GIVE_BACK
        found = text_hash(file.read_bytes())
    except OSError as error:
        return f"illisible ({error.strerror}).", "Vérifiez ses droits."
    if found != said.sha256:
        return (
            f"pièce jointe : empreinte attendue {short(said.sha256)}, trouvée {short(found)}.",
            _GIVE_BACK,
        )
    return None


class _Loading:
    """One reading of the folder, gathering findings on its way."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.findings: list[Finding] = []
        self._order: dict[str, int] = {}

    def corpus(self) -> Corpus:
        if not self._root.is_dir():
            self._note(".", f"le dossier « {self._root} » n’existe pas.", "Donnez le dossier des textes.")
            return Corpus(())
        raw = self._read(self._root / register.NAME, optional=True) or b""
        entries, findings = register.parse(raw)
        self.findings.extend(findings)
        self._order = {address: index for index, address in enumerate(register.latest(entries))}
        services = [self._service(folder) for folder in self._folders(self._root)]
        return Corpus(tuple(service for service in services if service is not None), raw)

    def _service(self, folder: Path) -> Service | None:
        terms = {document.name: self._terms(document) for document in self._folders(folder)}
        file = folder / "service.yml"
        raw = self._read(file)
        if raw is None:
            return None
        service, findings = fields.load(
            self._name(file), raw, lambda root: reading.service(folder.name, terms, root)
        )
        self.findings.extend(findings)
        if service is None:
            return None
        return replace(service, links=self._noted(folder / notes.LINKS, notes.links))

    def _noted(self, file: Path, read: Callable[[Node], tuple[T, ...]]) -> tuple[T, ...]:
        """Return what people noted in `file`; nothing when it is not there."""
        raw = self._read(file, optional=True)
        if raw is None:
            return ()
        found, findings = fields.load(self._name(file), raw, read)
        self.findings.extend(findings)
        return found or ()

    def _terms(self, folder: Path) -> Terms:
        found = [self._version(version) for version in self._folders(folder)]
        versions = [version for version in found if version is not None]
        versions.sort(key=lambda v: (self._order.get(str(v.address), len(self._order)), v.address.slug))
        return Terms(folder.name, "", tuple(versions))

    def _version(self, folder: Path) -> Version | None:
        file = folder / "version.yml"
        raw = self._read(file)
        if raw is None:
            return None
        read, findings = fields.load(self._name(file), raw, reading.metadata)
        self.findings.extend(findings)
        if read is None:
            return None
        metadata, written_text_hash, written_metadata_hash = read
        text = self._read(folder / text_name(metadata.transcription))
        earlier = [self._read(folder / text_name(number)) for number in range(1, metadata.transcription)]
        source = self._read(folder / metadata.source.file, optional=True) if metadata.source else None
        if text is None:
            return None
        cancelled = self._cancellation(folder / CANCELLATION)
        attached = self._attached(folder / attachments.FOLDER, metadata.attachments)
        address = Address(folder.parent.parent.name, folder.parent.name, folder.name)
        return Version(
            address=address,
            text=text,
            metadata=metadata,
            text_hash=text_hash(text),
            metadata_hash=metadata_hash(metadata.contractual()),
            written_text_hash=written_text_hash,
            written_metadata_hash=written_metadata_hash,
            published=str(address) in self._order,
            source_text=source,
            earlier_texts=tuple(raw or b"" for raw in earlier),
            silences=self._noted(folder / notes.SILENCES, notes.silences),
            cancellation=cancelled,
            attached=attached,
        )

    def _attached(self, folder: Path, listed: tuple[Attachment, ...]) -> tuple[Path, ...]:
        """Return where the attachments `listed` stand: all of them in `folder`, as promised, and no more."""
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            self._note(self._name(folder), "dossier attendu, autre chose trouvé.", "Mettez un vrai dossier.")
            return ()
        names = {one.name for one in listed}
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.name not in names and not file.name.startswith("."):
                self._note(self._name(file), "pièce jointe que version.yml n’annonce pas.", _UNLISTED)
        files = tuple(folder / one.name for one in listed)
        for file, one in zip(files, listed, strict=True):
            wrong = _wrong(file, one)
            if wrong is not None:
                self._note(self._name(file), *wrong)
        return files

    def _cancellation(self, file: Path) -> Cancellation | None:
        raw = self._read(file, optional=True)
        if raw is None:
            return None
        found, findings = fields.load(self._name(file), raw, reading.cancellation)
        self.findings.extend(findings)
        return found

    def _read(self, file: Path, *, optional: bool = False) -> bytes | None:
        try:
            if file.stat().st_size > MAX_BYTES:
                self._note(self._name(file), f"plus de {MAX_BYTES} octets.", "Vérifiez ce fichier.")
                return None
            return file.read_bytes()
        except FileNotFoundError:
            if not optional:
                self._note(self._name(file), "fichier absent.", _MISSING)
        except OSError as error:
            self._note(self._name(file), f"illisible ({error.strerror}).", "Vérifiez ses droits.")
        return None

    def _folders(self, folder: Path) -> Iterator[Path]:
        """Yield the folders in `folder` by name, hidden ones and links out of the corpus left aside."""
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink() and not path.name.startswith((".", "_")):
                if not fields.SLUG.fullmatch(path.name):
                    self._note(self._name(path), "nom de dossier refusé.", _NAMES)
                else:
                    yield path

    def _name(self, file: Path) -> str:
        return file.relative_to(self._root).as_posix()

    def _note(self, file: str, message: str, remedy: str) -> None:
        self.findings.append(Finding(file, None, "file", message, remedy, Severity.ERROR))
