"""Small files that people join to a text, and those that they must not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZipFile

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer


def pdf(catalog: str = "", *more: str) -> bytes:
    """Return a PDF of one empty page, with more in its catalog and more objects, from number 4 on."""
    objects = (
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        *more,
    )
    raw, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(raw))
        raw += f"{number} 0 obj{one}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        raw
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\n".encode()
        + f"startxref\n{len(raw)}\n%%EOF\n".encode()
    )


def locked() -> bytes:
    """Return a PDF that a password protects."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdf())))
    writer.encrypt("secret", "secret")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def png() -> bytes:
    """Return a picture of one black point."""
    rows = zlib.compress(b"\x00\x00")
    chunks = (
        (b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")
    )  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def package(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip file of these parts."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def office(kind: str = "wordprocessingml.document.main", **more: bytes) -> bytes:
    """Return what passes for an office file, with more parts (`__` is a stroke, `_dot_` a stop)."""
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    return package({"[Content_Types].xml": f"application/{kind}+xml".encode()} | parts)


def opendocument(kind: str = "text", manifest: bytes = b"<manifest/>", *names: str) -> bytes:
    """Return what passes for an OpenDocument file, with more parts."""
    parts = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode()}
    return package(parts | {"META-INF/manifest.xml": manifest} | dict.fromkeys(names, b""))
