"""What a received file is, from its bytes; its name may only confirm it."""

from __future__ import annotations

import re
from pathlib import PurePath

from cgu_archive.importing.model import ImportRefusedError, Kind
from cgu_archive.importing.packages import MAX_RECEIVED, Package

_BY_NAME = {
    ".docx": Kind.DOCX,
    ".dotx": Kind.DOCX,
    ".odt": Kind.ODT,
    ".ott": Kind.ODT,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".txt": Kind.TEXT,
    "": Kind.TEXT,
}
_NAMES = {
    Kind.DOCX: "un document Word (.docx)",
    Kind.ODT: "un document OpenDocument (.odt)",
    Kind.HTML: "une page HTML (.html)",
    Kind.MARKDOWN: "du Markdown (.md)",
    Kind.TEXT: "du texte (.txt)",
}
_MACROS = (".docm", ".dotm")
_ACCEPTED = "Sont acceptés : .docx, .odt, .html, .md et .txt."
_MACRO = "Fichier refusé : il contient des macros. Enregistrez-le en « Document Word (.docx) », sans macro."
_OPENDOCUMENT = b"application/vnd.oasis.opendocument.text"
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_COMMENTS = 20
"""Comments that may stand before a page of HTML."""
_REFUSED = (
    (
        b"%PDF",
        "C’est un PDF : il garde l’image des pages, pas les titres ni les numéros. Demandez le fichier Word, "
        "ou copiez le texte dans un fichier .txt. Les PDF de cette archive portent leur texte exact en pièce "
        "jointe (texte.md) : enregistrez-la et importez-la.",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "Document protégé par un mot de passe, ou à l’ancien format Word (.doc). Retirez le mot de passe, ou "
        "enregistrez-le en « Document Word (.docx) ».",
    ),
    (b"{\\rtf", "C’est un fichier RTF. Enregistrez-le en « Document Word (.docx) »."),
)


def kind(name: str, content: bytes) -> Kind:
    """Return what `content` is; raises `ImportRefusedError` when it is nothing that is read here."""
    if len(content) > MAX_RECEIVED:
        raise ImportRefusedError(
            f"Le fichier dépasse {MAX_RECEIVED // 1024**2} Mio. Retirez-en les images, puis recommencez."
        )
    if not content.strip():
        raise ImportRefusedError("Le fichier est vide.")
    suffix = PurePath(name).suffix.lower()
    if suffix in _MACROS:
        raise ImportRefusedError(_MACRO)
    for head, why in _REFUSED:
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(head):
            raise ImportRefusedError(why)
    found = _of_bytes(content)
    said = _BY_NAME.get(suffix)
    if said is None:
        raise ImportRefusedError(f"« {suffix} » n’est pas une sorte de fichier acceptée. {_ACCEPTED}")
    texts = (Kind.MARKDOWN, Kind.TEXT)
    if found is said or (found is Kind.TEXT and said in (*texts, Kind.HTML)):
        return said
    raise ImportRefusedError(
        f"Le nom du fichier annonce {_NAMES[said]}, son contenu est {_NAMES[found]}."
        " Renommez-le ou vérifiez-le."
    )


def _of_bytes(content: bytes) -> Kind:
    if content.startswith(b"PK"):
        return _of_package(Package(content))
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportRefusedError(f"Ce fichier n’est ni un document ni du texte. {_ACCEPTED}")
    return Kind.HTML if _HTML.match(_beginning(content)) else Kind.TEXT


def _beginning(content: bytes) -> bytes:
    """Return the head of `content` after the mark of its encoding and its comments."""
    at = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    for _ in range(_COMMENTS):
        at += len(content[at : at + 200]) - len(content[at : at + 200].lstrip())
        if not content.startswith(b"<!--", at) or (end := content.find(b"-->", at)) < 0:
            break
        at = end + 3
    return content[at : at + 200]


def _of_package(package: Package) -> Kind:
    names = package.names
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise ImportRefusedError(_MACRO)
    mimetype = (package.read("mimetype") or b"").strip()
    if mimetype.startswith(_OPENDOCUMENT):
        manifest = package.read("META-INF/manifest.xml") or b""
        if b"encryption-data" in manifest:
            raise ImportRefusedError(
                "Fichier protégé par un mot de passe : retirez la protection, puis recommencez."
            )
        if any(name.startswith(("Basic/", "Scripts/")) for name in names):
            raise ImportRefusedError(
                "Fichier refusé : il contient des macros. Retirez-les, puis recommencez."
            )
        return Kind.ODT
    types = package.read("[Content_Types].xml") or b""
    if b"macroEnabled" in types:
        raise ImportRefusedError(_MACRO)
    if b"wordprocessingml" in types:
        return Kind.DOCX
    raise ImportRefusedError(
        f"Ce fichier est une archive, pas un document de traitement de texte. {_ACCEPTED}"
    )
