"""Build the archive: texts in, a folder of static files out, swapped in whole or not at all."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Protocol, cast
from xml.etree import ElementTree as ET

from mkdocs.commands.build import build as build_site
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException

from cgu_archive.corpus import checks
from cgu_archive.corpus.errors import CorpusError, InvalidCorpusError, Severity
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import attachment, load, text_name
from cgu_archive.corpus.manifest import manifest
from cgu_archive.corpus.model import Corpus, Mode
from cgu_archive.feeds import document, feeds
from cgu_archive.pages import addresses, entries
from cgu_archive.pages.history import history_files
from cgu_archive.pages.model import Archive, Operator
from cgu_archive.pages.texts import read
from cgu_archive.pdf import version_pdf
from cgu_archive.word import version_docx

CONFIG = Path(__file__).parents[2] / "mkdocs.yml"
"""The settings of the shell, at the root of the repository."""
PLUGIN = "cgu-archive"

Progress = Callable[[str], None]


class ArchiveNotBuiltError(CorpusError):
    """The archive could not be built; the previous one is untouched."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote."""

    out: Path
    pages: int
    files: int
    size: int
    """Bytes in all."""


class _Shell(Protocol):
    """The part of our mkdocs plugin that a build fills in."""

    archive: Archive | None
    config: Mapping[str, object]


def build_archive(
    texts: Path, out: Path, *, at: datetime, mode: str, progress: Progress, config_file: Path = CONFIG
) -> Built:
    """Build the archive of the folder `texts`, as it is at the instant `at`, into the folder `out`.

    The previous content of `out` is replaced at the very end, by a rename; any failure leaves it as it was.
    Raises `InvalidCorpusError` with every finding when the texts are not as they must be, `CorpusError` for
    a text that cannot be set, and `ArchiveNotBuiltError` for anything else.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        site = Path(folder) / "site"
        config = _settings(config_file, site)
        plugin = cast("_Shell", config.plugins[PLUGIN])
        plugin.archive = prepare(texts, at=at, mode=mode, settings=shell_settings(config), progress=progress)
        progress("Pages…")
        _run(config)
        built = _measure(site, out)
        _swap(site, out, Path(folder))
    return built


@dataclass(frozen=True, slots=True)
class ShellSettings:
    """What `mkdocs.yml` says that the pages must know."""

    site_url: str | None
    kiosk_url: str | None
    operator: Operator


def shell_settings(config: MkDocsConfig) -> ShellSettings:
    """Return what the settings of the shell say of where and by whom the archive is served."""
    options = cast("_Shell", config.plugins[PLUGIN]).config
    said = cast("Mapping[str, str | None]", options["operator"])
    return ShellSettings(
        site_url=config.site_url,
        kiosk_url=cast("str | None", options["kiosk_url"]),
        operator=Operator(**{key: said[key] for key in Operator.__dataclass_fields__}),
    )


def prepare(texts: Path, *, at: datetime, mode: str, settings: ShellSettings, progress: Progress) -> Archive:
    """Return the archive of the folder `texts`, its files made; raises as `build_archive` does."""
    speaks = _mode(mode)
    progress(f"Textes : {texts}")
    corpus = load(texts)
    findings = checks.errors(checks.check(corpus, lowest=Severity.ERROR))
    if findings:
        raise InvalidCorpusError(findings)
    archive = Archive(
        corpus=_shown(corpus, speaks, progress),
        mode=speaks,
        at=at,
        site_url=settings.site_url,
        kiosk_url=None if speaks is Mode.DOCUMENTARY else settings.kiosk_url,
        operator=settings.operator,
    )
    if not settings.operator.name:
        if speaks is Mode.PUBLISHER:
            raise ArchiveNotBuiltError(
                "mkdocs.yml, plugins.cgu-archive.operator.name : une archive d’éditeur doit dire qui"
                " l’exploite ; attendu un nom, trouvé rien."
            )
        progress("Mentions légales : exploitant non renseigné (mkdocs.yml, operator).")
    files = dict(_texts(archive)) | dict(_pdfs(archive, progress)) | feeds(archive)
    files |= dict(_word_files(archive))
    files |= history_files(archive)
    return replace(archive, files=files)


def finish(archive: Archive, site: Path, files: Mapping[str, bytes]) -> None:
    """Put the files of the archive, and those of its pages, into the built `site`, then what lists them all.

    Raises `ArchiveNotBuiltError` when a page already stands at the address of a file.
    """
    for address, content in chain(archive.files.items(), files.items(), _attachments(archive)):
        place = site / address
        if place.exists():
            raise ArchiveNotBuiltError(f"Deux fichiers ont l’adresse « {address} ».")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    if archive.site_url:
        (site / addresses.SITEMAP).write_bytes(_sitemap(archive, site))
    (site / addresses.MANIFEST).write_bytes(_manifest(archive, site))


def _manifest(archive: Archive, site: Path) -> bytes:
    """Return the corpus as JSON, with the hash and weight of every other file of the archive."""
    listed = [
        {"path": path.relative_to(site).as_posix(), "sha256": text_hash(content), "size": len(content)}
        for path, content in ((path, path.read_bytes()) for path in _files(site))
    ]
    said = {**manifest(archive.corpus, archive.at), "mode": archive.mode.value, "files": listed}
    return json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def _sitemap(archive: Archive, site: Path) -> bytes:
    pages = (path.relative_to(site).as_posix() for path in _files(site) if path.suffix == ".html")
    root = ET.Element("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    for page in pages:
        if page != "404.html":
            ET.SubElement(ET.SubElement(root, "url"), "loc").text = archive.permanent(page)
    return document(root)


def _files(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*") if path.is_file())


def _mode(mode: str) -> Mode:
    try:
        return Mode(mode)
    except ValueError as error:
        known = ", ".join(Mode)
        raise ArchiveNotBuiltError(f"Mode « {mode} » inconnu ; attendu l’un de : {known}.") from error


def _shown(corpus: Corpus, mode: Mode, progress: Progress) -> Corpus:
    """Return what may be shown: published versions only, and no fiction in a publisher's archive."""
    services = []
    for service in corpus.services:
        if service.fictional and mode is Mode.PUBLISHER:
            progress(f"{service.slug} : service imaginaire, laissé hors de l’archive d’un éditeur.")
            continue
        published = tuple(replace(terms, versions=terms.published) for terms in service.terms)
        if any(terms.versions for terms in published):
            services.append(replace(service, terms=published))
    services.sort(key=lambda service: service.fictional)
    return replace(corpus, services=tuple(services))


def _texts(archive: Archive) -> Iterator[tuple[str, bytes]]:
    for held in entries.held(archive.corpus):
        version = held.version
        read(version)  # refuses a text that no page could hold, by its file
        for number, earlier in enumerate(version.earlier_texts, start=1):
            yield f"{version.address}/{text_name(number)}", earlier
        yield addresses.text(version), version.text
        if version.source_text is not None:
            yield addresses.source(version), version.source_text


def _attachments(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield the files that go along with the texts, one in memory at a time."""
    for held in entries.held(archive.corpus):
        version = held.version
        for file, one in zip(version.attached, version.metadata.attachments, strict=True):
            yield addresses.attachment(version.address, one.name), attachment(file, one)


def _pdfs(archive: Archive, progress: Progress) -> Iterator[tuple[str, bytes]]:
    held = tuple(entries.held(archive.corpus))
    for number, one in enumerate(held, start=1):
        progress(f"PDF {number}/{len(held)} : {one.version.address}")
        page = addresses.version(one.version.address)
        yield (
            addresses.pdf(one.version.address),
            version_pdf(
                one.service,
                one.terms,
                one.version,
                mode=archive.mode,
                at=archive.at,
                permalink=archive.permanent(page) or page,
            ),
        )


def _word_files(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield each version as a Word document."""
    for one in entries.held(archive.corpus):
        page = addresses.version(one.version.address)
        permalink = archive.permanent(page) or page
        content = version_docx(one.service, one.terms, one.version, mode=archive.mode, permalink=permalink)
        yield addresses.docx(one.version.address), content


def _settings(config_file: Path, site: Path) -> MkDocsConfig:
    if not config_file.is_file():
        raise ArchiveNotBuiltError(
            f"« {config_file} » absent : l’archive se construit depuis le dépôt, qui le contient."
        )
    with _said() as said:
        try:
            return load_config(str(config_file), site_dir=str(site))
        except (Abort, MkDocsException) as error:
            raise ArchiveNotBuiltError("\n".join([*said, str(error)])) from error


def _run(config: MkDocsConfig) -> None:
    with _said() as said:
        try:
            build_site(config)
        except (Abort, MkDocsException) as error:
            raise ArchiveNotBuiltError("\n".join([*said, str(error)])) from error


class _Listener(logging.Handler):
    """Keeps what mkdocs warns of; in strict mode it stops the build and says only how many there were."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _said() -> Iterator[list[str]]:
    listener = _Listener()
    logger = logging.getLogger("mkdocs")
    logger.addHandler(listener)
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)


def _measure(site: Path, out: Path) -> Built:
    files = _files(site)
    return Built(
        out=out,
        pages=sum(path.suffix == ".html" for path in files),
        files=len(files),
        size=sum(path.stat().st_size for path in files),
    )


def _swap(site: Path, out: Path, folder: Path) -> None:
    """Put `site` in the place of `out` by renames, one build at a time; put `out` back if that fails."""
    site.chmod(0o755)
    previous = folder / "previous"
    with _alone(out.parent):
        if out.exists():
            out.rename(previous)
        try:
            site.rename(out)
        except OSError as error:
            if previous.exists():
                previous.rename(out)
            raise ArchiveNotBuiltError(f"« {out} » n’a pas pu être remplacé : {error}") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold `folder` for one build at a time; the lock goes with the process, whatever happens to it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
