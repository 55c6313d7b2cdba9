"""What a file that is to go along with a text really is, and whether people may be given it.

Its bytes decide; its name may only confirm them. Nothing here shows or runs what a file holds.
"""

from __future__ import annotations

import re
import struct
from pathlib import PurePath

from cgu_archive.corpus.attachments import FORMATS, MAX_BYTES, MAX_NAME, is_name, suffix
from cgu_archive.corpus.numbering import slug
from cgu_archive.importing import ImportRefusedError
from cgu_archive.importing.packages import Package, parse
from kiosk.legal_desk import pdf_apart
from kiosk.legal_desk.errors import RefusedError
from kiosk.legal_desk.pdf_apart import Found

ACCEPTED = "PDF, PNG, JPEG, ODT, ODS, DOCX ou XLSX sans macro, CSV, texte brut"
_ALIKE = {"jpeg": "jpg", "jpe": "jpg", "text": "txt"}
"""Other ends of names for the same format."""
_PNG, _JPEG, _JPEG_END = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd9"
_OPENDOCUMENT = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_OFFICE = ((b"wordprocessingml.document.main", "docx"), (b"spreadsheetml.sheet.main", "xlsx"))
_RUNS = re.compile(
    r"vbaproject|vbadata|/activex/|/embeddings/|^basic/|^scripts/|/macrosheets/", re.IGNORECASE
)
"""Parts of an office file that run, or that hold another file."""
_MAX_RELATIONS = 1024 * 1024
"""Of a part that says what another leads to, in bytes."""
_LINKED = "/hyperlink"
"""How the one type of relation ends that only a click follows (ISO/IEC 29500-2, 9.3)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_MARKUP = re.compile(r"\s*(?:<[!?a-z]|#!|\{\\rtf|%!)", re.IGNORECASE)
"""How pages, images in words and programs begin: they are no plain text."""
_LOCKED = "Ce fichier est protégé par un mot de passe\u00a0: retirez la protection, puis recommencez."
_DAMAGED = "Ce fichier est abîmé ou tronqué\u00a0: ouvrez-le, enregistrez-le de nouveau, puis recommencez."
_MACRO = (
    "Ce fichier contient des macros, ou un autre fichier qui pourrait s’exécuter\u00a0:"
    " enregistrez-le sans eux, puis recommencez."
)
_FETCHES = (
    "Ce fichier va chercher ailleurs, dès qu’on l’ouvre, un modèle, une image ou un objet : joignez-le en"
    " PDF, ou enregistrez-le sans lien vers un autre fichier, puis recommencez."
)

_PRINT = (
    "enregistrez-le sans cela (par exemple «\u00a0Imprimer\u00a0», puis"
    " «\u00a0Enregistrer en PDF\u00a0»), et recommencez."
)
_OF_PDF = {
    Found.LOCKED: _LOCKED,
    Found.BROKEN: _DAMAGED,
    Found.TOO_MUCH: "Ce PDF est trop lourd à vérifier\u00a0: imprimez-le en PDF, puis recommencez.",
    Found.RUNS: f"Ce PDF contient un programme (JavaScript par exemple), ou en lance un\u00a0: {_PRINT}",
    Found.SENDS: f"Ce PDF envoie ce que l’on y tape, ou prend des données ailleurs\u00a0: {_PRINT}",
    Found.HIDES: f"Ce PDF contient un autre fichier, caché dedans\u00a0: {_PRINT}",
}


def named(typed: str, content: bytes) -> str:
    """Return the name that a file sent under the name `typed` will have: plain, its end that of its format.

    Raises `RefusedError`, which says why, for what is not accepted.
    """
    if "/" in typed or "\\" in typed or "\x00" in typed or typed.startswith("."):
        raise RefusedError("Le nom de ce fichier désigne un dossier\u00a0: renommez-le, puis recommencez.")
    if len(typed) > MAX_NAME:
        raise RefusedError(f"Le nom de ce fichier dépasse {MAX_NAME} caractères\u00a0: raccourcissez-le.")
    if not content:
        raise RefusedError("Ce fichier est vide.")
    if len(content) > MAX_BYTES:
        raise RefusedError(
            f"Ce fichier dépasse {MAX_BYTES // 1024**2} Mio\u00a0: allégez-le, puis recommencez."
        )
    said = PurePath(typed).suffix.lower().removeprefix(".")
    said = _ALIKE.get(said, said)
    if said not in FORMATS:
        raise RefusedError(f"Ce format n’est pas accepté. Sont acceptés\u00a0: {ACCEPTED}.")
    found = _format(content)
    plain = {"txt", "csv"}
    if found != said and not {found, said} <= plain:
        raise RefusedError(
            f"Le nom du fichier annonce\u00a0: {FORMATS[said].name}\u00a0; son contenu"
            f" est\u00a0: {FORMATS[found].name}."
            " Renommez-le ou vérifiez-le."
        )
    name = f"{slug(PurePath(typed).stem) or 'fichier'}.{said}"
    if not is_name(name):
        raise RefusedError("Ce nom de fichier ne s’écrit pas sur tous les ordinateurs\u00a0: changez-le.")
    return name


def media_type(name: str) -> str:
    """Return the media type of an attachment of this name."""
    return FORMATS[suffix(name)].media_type


def _format(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        _refuse_harmful_pdf(content)
        return "pdf"
    if content.startswith(_PNG):
        _refuse_broken_png(content)
        return "png"
    if content.startswith(_JPEG):
        if not content.endswith(_JPEG_END):
            raise RefusedError(_DAMAGED)
        return "jpg"
    if content.startswith(b"PK"):
        return _of_package(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RefusedError(
            "C’est un document protégé par un mot de passe, ou d’un ancien format (.doc, .xls)."
            " Retirez le mot de passe, ou enregistrez-le dans un format récent."
        )
    return _of_text(content)


def _of_text(content: bytes) -> str:
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"Ce fichier n’est ni du texte en UTF-8, ni d’un format accepté ({ACCEPTED})."
        ) from error
    if _CONTROL.search(words) or _MARKUP.match(words):
        raise RefusedError(
            "Ce fichier est une page, une image décrite par des mots ou un programme, pas un texte brut."
            f" Sont acceptés\u00a0: {ACCEPTED}."
        )
    return "txt"


def _refuse_broken_png(content: bytes) -> None:
    """Walk its chunks (PNG 5.3): nothing stands after the last one."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        if len(content) - at < 12:
            raise RefusedError(_DAMAGED)
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
    if at != len(content):
        raise RefusedError(_DAMAGED)


def _of_package(content: bytes) -> str:
    try:
        package = Package(content)
        if any(_RUNS.search(name) for name in package.names):
            raise RefusedError(_MACRO)
        mimetype = (package.read("mimetype") or b"").strip()
        if b"encryption-data" in (package.read("META-INF/manifest.xml") or b""):
            raise RefusedError(_LOCKED)
        types = package.read("[Content_Types].xml") or b""
        if any(_fetches(package, name) for name in package.names if name.lower().endswith(".rels")):
            raise RefusedError(_FETCHES)
    except ImportRefusedError as error:
        raise RefusedError(str(error)) from error
    if mimetype in _OPENDOCUMENT:
        return _OPENDOCUMENT[mimetype]
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise RefusedError(_MACRO)
    for mark, found in _OFFICE:
        if mark in types:
            return found
    raise RefusedError(f"Ce fichier est une archive, pas un document. Sont acceptés\u00a0: {ACCEPTED}.")


def _fetches(package: Package, name: str) -> bool:
    """Whether a part of relations leads out of the file otherwise than by a link that people follow.

    A template of this kind brings its macros with it. Raises `ImportRefusedError`.
    """
    content = package.read(name) or b""
    if len(content) > _MAX_RELATIONS:
        return True
    return any(
        one.get("TargetMode") == "External" and not one.get("Type", "").endswith(_LINKED)
        for one in parse(content).iter("{*}Relationship")
    )


def _refuse_harmful_pdf(content: bytes) -> None:
    """Raise `RefusedError` for a PDF that is encrypted, that runs something or hides another file."""
    found = pdf_apart.look(content)
    if found is not Found.NOTHING:
        raise RefusedError(_OF_PDF[found])
