"""Open the zip files that Word and LibreOffice write, and the XML in them, trusting neither.

Limits are checked on what a file declares and again on what comes out of it. No document type, no entity, no
request to anywhere.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from lxml import etree

from cgu_archive.importing.model import ImportRefusedError

MAX_RECEIVED = 20 * 1024 * 1024
"""Longest file accepted, in bytes."""
MAX_ENTRIES = 4000
MAX_PART = 40 * 1024 * 1024
"""Longest part that is read, in bytes once inflated."""
MAX_INFLATED = 400 * 1024 * 1024
"""What all the parts of a file may declare together, pictures included."""

MAX_TAGS = 2_000_000
"""Signs « < » in one part: a tree of more would fill the memory."""

Element = Any
"""An element of lxml, which ships no types."""

_BAD_NAME = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|\\|\x00")
_ENCRYPTED = 0x1
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of office files (ISO/IEC 29500-2, OpenDocument 1.3, part 2). `zipfile` inflates any other whole,
however little is read of it: some hundred bytes would fill the memory."""
_SAVE_AGAIN = "Ouvrez-le, enregistrez-le de nouveau, puis recommencez."


class Package:
    """The parts of a zip file, read one at a time."""

    def __init__(self, content: bytes) -> None:
        """Check everything that the file declares; raises `ImportRefusedError`."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError) as error:
            raise ImportRefusedError(
                f"Fichier tronqué ou abîmé : il ne s’ouvre pas. {_SAVE_AGAIN}"
            ) from error
        if len(entries) > MAX_ENTRIES:
            raise ImportRefusedError(f"Fichier refusé : {len(entries)} parties, {MAX_ENTRIES} au plus.")
        seen: set[str] = set()
        for entry in entries:
            self._check(entry, seen)
        if sum(entry.file_size for entry in entries) > MAX_INFLATED:
            raise ImportRefusedError(
                "Fichier refusé : décompressé, il dépasserait 400 Mio. Retirez ses images, puis recommencez."
            )
        self._names = {entry.filename: entry for entry in entries}

    def _check(self, entry: zipfile.ZipInfo, seen: set[str]) -> None:
        name = entry.filename
        if _BAD_NAME.search(name) or _BAD_NAME.search(entry.orig_filename):
            raise ImportRefusedError(
                "Fichier refusé : une de ses parties a un nom qui sort de son dossier. "
                "Un traitement de texte n’écrit rien de tel."
            )
        if name.lower() in seen:
            raise ImportRefusedError(f"Fichier refusé : deux parties portent le même nom. {_SAVE_AGAIN}")
        seen.add(name.lower())
        if entry.flag_bits & _ENCRYPTED:
            raise ImportRefusedError(
                "Fichier protégé par un mot de passe : retirez la protection, puis recommencez."
            )
        if entry.compress_type not in _COMPRESSIONS:
            raise ImportRefusedError(
                "Fichier refusé : il est compressé comme aucun traitement de texte ne le fait. " + _SAVE_AGAIN
            )

    @property
    def names(self) -> frozenset[str]:
        """The names of the parts."""
        return frozenset(self._names)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a part, None when there is none; raises `ImportRefusedError`."""
        entry = self._names.get(name)
        if entry is None:
            return None
        try:
            with self._zip.open(entry) as stream:
                content = stream.read(MAX_PART + 1)
        except (
            zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError
        ) as error:  # fmt: skip
            raise ImportRefusedError(f"Fichier tronqué ou abîmé : il ne se lit pas. {_SAVE_AGAIN}") from error
        if len(content) > MAX_PART:
            raise ImportRefusedError(
                "Fichier refusé : une de ses parties dépasse 40 Mio une fois décompressée. "
                "Retirez ce qui n’est pas du texte, puis recommencez."
            )
        return content

    def xml(self, name: str) -> Element | None:
        """Return the root of a part of XML, None when there is none; raises `ImportRefusedError`."""
        content = self.read(name)
        return None if content is None else parse(content)


def refuse_tags(content: bytes) -> None:
    """Raise `ImportRefusedError` when `content` has more tags than a text of people ever has."""
    if content.count(b"<") > MAX_TAGS:
        raise ImportRefusedError("Fichier refusé : trop long ou trop découpé. Coupez-le, puis recommencez.")


def parse(content: bytes) -> Element:
    """Return the root of `content`, XML without document type; raises `ImportRefusedError`."""
    refuse_tags(content)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise ImportRefusedError(f"Fichier abîmé : son contenu ne se lit pas. {_SAVE_AGAIN}") from error
    if root.getroottree().docinfo.internalDTD is not None or root.getroottree().docinfo.doctype:
        raise ImportRefusedError(
            "Fichier refusé : il déclare des entités, qui peuvent tirer d’ailleurs ce qu’on lit. "
            "Un traitement de texte n’écrit rien de tel."
        )
    return root
