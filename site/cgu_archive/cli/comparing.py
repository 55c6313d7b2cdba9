"""`cgu compare`: the two texts named on the command line, and the files that tell what changed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from cgu_archive.cli.speech import in_line
from cgu_archive.corpus import comparison, loader
from cgu_archive.corpus.bounds import MAX_BYTES
from cgu_archive.corpus.comparison import Comparison, Side, Text
from cgu_archive.corpus.errors import CorpusError, UnknownAddressError, UnreadableTextError
from cgu_archive.corpus.model import Corpus, Mode, Service, Terms, Version
from cgu_archive.redline import redline_terminal
from cgu_archive.redline.docx import AUTHOR, redline_docx
from cgu_archive.redline.page import redline_page
from cgu_archive.rendering import link_policy, words
from cgu_archive.rendering.words import weight

SUFFIXES = (".md", ".markdown", ".txt", "")
"""How the name of a file of Markdown may end."""


class OutputRefusedError(CorpusError):
    """A file cannot be written where it is asked for; none was."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text, as it was asked for, and what is known of it."""

    asked: str
    text: Text
    side: Side = field(default_factory=Side)
    version: Version | None = None
    terms: Terms | None = None
    service: Service | None = None

    @property
    def name(self) -> str:
        """What people call it: « SOFFi, version v2 (soffi/cgu/v2) », or the name of the file."""
        if self.version is None or self.service is None:
            return os.fsencode(Path(self.asked).name).decode(errors="replace")
        return f"{self.service.name}, {words.brief(self.version)} ({self.version.address})"


def find(texts: Path, asked: str) -> Named:
    """Return the text of a file of Markdown, else of the version that has this address.

    Raises `UnreadableTextError` that names the file, `UnknownAddressError` when there is neither.
    """
    file = Path(asked)
    if file.is_dir():
        raise UnknownAddressError(f"« {in_line(asked)} » est un dossier ; {_EXPECTED}")
    if file.exists():
        return Named(asked, _read_file(file))
    if file.is_absolute() or file.suffix.lower() in SUFFIXES[:-1] or asked.startswith("."):
        raise UnknownAddressError(f"le fichier « {in_line(asked)} » n’existe pas ; {_EXPECTED}")
    corpus = loader.load(texts)
    try:
        version = corpus.version(asked)
    except UnknownAddressError as error:
        raise UnknownAddressError(f"{error} Aucun fichier n’a ce nom ; {_EXPECTED}") from error
    return _versioned(corpus, asked, version)


_EXPECTED = (
    "attendu l’adresse d’une version (service/document/version, voir cgu list) "
    "ou le chemin d’un fichier en Markdown."
)


def _versioned(corpus: Corpus, asked: str, version: Version) -> Named:
    service = corpus.service(version.address.service)
    terms = service.document(version.address.terms)
    return Named(asked, _read(asked, version.text), side_of(version), version, terms, service)


def side_of(version: Version) -> Side:
    """Return what a comparison knows of a version."""
    return Side.of(version.text_hash, version.metadata)


def _read_file(file: Path) -> Text:
    if file.suffix.lower() not in SUFFIXES:
        raise UnreadableTextError(
            f"{in_line(file)} : attendu un fichier .md, .markdown ou .txt, trouvé « {in_line(file.suffix)} »."
            " Enregistrez le texte en Markdown."
        )
    with file.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise UnreadableTextError(
            f"{in_line(file)} : plus de {weight(MAX_BYTES)}, le plus qu’un texte peut avoir."
        )
    return _read(str(file), raw)


def _read(name: str, raw: bytes) -> Text:
    """Return a text; what is wrong with it is said with its name."""
    try:
        return comparison.read(raw)
    except UnreadableTextError as error:
        said = str(error)
        raise UnreadableTextError(f"{in_line(name)} : {said[0].lower()}{said[1:]}") from error


def compare(old: Named, new: Named) -> Comparison:
    """Return what changed, warned by the other versions published before the new one."""
    earlier: list[Side] = []
    if new.terms is not None and old.terms is not None and new.version is not None:
        published = new.terms.published
        before = published[: published.index(new.version)] if new.version in published else published
        earlier = [side_of(one) for one in before if one != old.version and one.cancellation is None]
    return comparison.compare(old.text, new.text, old_side=old.side, new_side=new.side, earlier=earlier)


def shown(found: Comparison, stream: TextIO) -> str:
    """Return what changed as `stream` can show it: in colour on a terminal, unless NO_COLOR says not to."""
    colour = stream.isatty() and "NO_COLOR" not in os.environ
    return redline_terminal(found, colour=colour, width=shutil.get_terminal_size().columns)


def refuse_outputs(outputs: Mapping[str, Path], inputs: Sequence[str], *, force: bool) -> None:
    """Raise `OutputRefusedError` when a file cannot be written where it is asked for, before any work."""
    read = {_real(Path(name), name) for name in inputs if Path(name).exists()}
    taken: dict[Path, str] = {}
    for option, file in outputs.items():
        place = _real(file, option)
        if place in taken:
            raise OutputRefusedError(
                f"{taken[place]} et {option} nomment le même fichier, « {in_line(file)} »."
            )
        taken[place] = option
        if place in read:
            raise OutputRefusedError(f"{option} : « {in_line(file)} » est l’un des textes à comparer.")
        if not place.parent.is_dir():
            raise OutputRefusedError(f"{option} : le dossier « {in_line(file.parent)} » n’existe pas.")
        if file.is_symlink() and not force:
            raise OutputRefusedError(
                f"{option} : « {in_line(file)} » est un lien ; --force écrit là où il mène."
            )
        if place.exists() and not (force and place.is_file()):
            remedy = "--force le remplace." if place.is_file() else "nommez un fichier."
            raise OutputRefusedError(f"{option} : « {in_line(file)} » existe déjà ; {remedy}")


def _real(file: Path, option: str) -> Path:
    """Return where a path leads, through links."""
    try:
        return file.resolve()
    except RuntimeError as error:  # as Python 3.11 and 3.12 say it
        raise OutputRefusedError(
            f"{option} : « {in_line(file)} » mène à des liens qui tournent en rond."
        ) from error


def write(
    found: Comparison,
    old: Named,
    new: Named,
    outputs: Mapping[str, Path],
    *,
    mode: Mode,
    at: datetime,
    force: bool = False,
) -> None:
    """Write the files asked for by option, all made before the first is written, each whole or not at all.

    Without `force`, a file that came there meanwhile is left as it is. Raises `OSError` with the name of the
    file that was asked for.
    """
    telling = _Telling(found, old, new, mode, at)
    makers: Mapping[str, Callable[[], bytes]] = {
        "--html": telling.html, "--pdf": telling.pdf, "--docx": telling.docx
    }  # fmt: skip
    made = [(file, makers[option]()) for option, file in outputs.items()]
    for file, content in made:
        put(file, content, force=force)


def put(file: Path, content: bytes, *, force: bool) -> None:
    """Write a file whole or not at all; without `force`, one that is there is left as it is.

    Raises `OSError` with the name of the file that was asked for.
    """
    try:
        (_replace if force else _create)(file, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error


def _create(file: Path, content: bytes) -> None:
    """Write a file where there is none, not even a link."""
    with file.open("xb") as stream:
        try:
            stream.write(content)
            stream.flush()
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def _replace(file: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there."""
    place = file.resolve()
    beside = place.with_name(f".cgu-{secrets.token_hex(8)}")
    _create(beside, content)
    try:
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class _Telling:
    """Makes the files that tell one comparison."""

    def __init__(self, found: Comparison, old: Named, new: Named, mode: Mode, at: datetime) -> None:
        self._found = found
        self._names = (old.name, new.name)
        self._at = at
        versions = [(side.service, side.version) for side in (old, new) if side.service]
        services = [service for service, _ in versions]
        banners = [line for service, version in versions for line in words.banners(service, version, mode)]
        notices = [
            line
            for service in services
            for line in (*service.notices, *(service.publisher_notices if mode is Mode.PUBLISHER else ()))
        ]
        self._banners = tuple(dict.fromkeys(banners))
        self._notices = tuple(dict.fromkeys(notices))
        self._links = link_policy(*services)

    def html(self) -> bytes:
        page = redline_page(
            self._found, names=self._names, links=self._links, banners=self._banners, notices=self._notices
        )
        return page.encode()

    def pdf(self) -> bytes:
        from cgu_archive.redline.printing import redline_pdf  # WeasyPrint takes a second to load

        return redline_pdf(
            self._found,
            names=self._names,
            at=self._at,
            links=self._links,
            banners=self._banners,
            notices=self._notices,
        )

    def docx(self) -> bytes:
        title = f"Comparaison\u00a0: {self._names[0]} → {self._names[1]}"
        notices = (*self._banners, *self._notices)
        return redline_docx(
            self._found, title=title, author=AUTHOR, at=self._at, links=self._links, notices=notices
        )
