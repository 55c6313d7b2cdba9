"""The file of evidence that is handed to a court: a ZIP of one only form (README.md, « Evidence bundle »).

Nothing in it is compressed, dated or hidden: the same files give the same bytes, and other bytes are refused.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Mapping

from kiosk.proof.errors import AlteredError, MalformedError, ProofError

LISTING = "SHA256SUMS"
MAX_BYTES = 500_000_000
MAX_FILES = 5_000
MAX_FILE_BYTES = 60_000_000
MAX_NAME = 200

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_DEVICE = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])(?:\.[^/]*)?")
"""What Windows takes for a device, in lower case, whatever follows its first full stop."""
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")

# APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16: stored, of 1 January 1980, -rw-r--r--.
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION, _UNIX, _DAY, _MODE = 10, 3 << 8 | 10, 0x21, 0o100644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the bundle of `files` (contents by path), with the list of their hashes.

    Raises `MalformedError` when it would not be taken back by `unpack`.
    """
    if LISTING in files:
        raise MalformedError("bundle: {} is written here", LISTING)
    whole = {**files, LISTING: listing(files)}
    _check(whole)
    return b"".join(_parts(whole))


def unpack(raw: bytes) -> dict[str, bytes]:
    """Return the files of the bundle `raw` by path, the list of hashes among them; nothing is believed yet.

    Raises `MalformedError` unless every byte is as `pack` would write it, and `AlteredError`, which names the
    file, when one is not what its ZIP entry says.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError("bundle: at most {} bytes expected, {} found", MAX_BYTES, len(raw))
    found: dict[str, bytes] = {}
    at = 0
    while raw[at : at + 4] == _LOCAL_MARK:
        if len(found) == MAX_FILES:
            raise MalformedError("bundle: at most {} files expected", MAX_FILES)
        if len(raw) - at < _LOCAL.size:
            raise MalformedError("bundle: cut short")
        *_, crc, _, size, length, _ = _LOCAL.unpack_from(raw, at)
        name = _name(raw[at + _LOCAL.size :][:length] if length <= MAX_NAME else b"")
        begin = at + _LOCAL.size + length
        at = begin + size
        if name in found or size > MAX_FILE_BYTES or at > len(raw):
            raise MalformedError("bundle: {}: once, and at most {} bytes expected", name, MAX_FILE_BYTES)
        found[name] = raw[begin:at]
        if zlib.crc32(found[name]) != crc:
            raise AlteredError("{}: its bytes are not those that were put in the bundle", name)
    _check(found)
    _check_form(raw, found)
    return found


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def listing(files: Mapping[str, bytes]) -> bytes:
    """Return the list that ``sha256sum --check`` reads: one line a file, in the order of their paths."""
    lines = (f"{digest(files[name])}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def faults(files: Mapping[str, bytes]) -> dict[str, ProofError]:
    """Return what is wrong with files, by path, going by their list of hashes.

    A file that is not in the list, not there or not the one listed is altered. Raises `MalformedError` when
    the list itself is missing or malformed.
    """
    listed = _listed(files.get(LISTING, b""))
    found: dict[str, ProofError] = {}
    for name in sorted(listed.keys() | files.keys() - {LISTING}):
        if name not in files:
            found[name] = AlteredError("{}: listed, and not there", name)
        elif name not in listed:
            found[name] = AlteredError("{}: not in the list of files", name)
        elif digest(files[name]) != listed[name]:
            found[name] = AlteredError("{}: another content than the one listed", name)
    return found


def _listed(raw: bytes) -> dict[str, str]:
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedError("{}: ASCII expected", LISTING) from error
    lines = _LINE.findall(text)
    found = {name: held for held, name in lines}
    if not found or "".join(f"{held}  {name}\n" for name, held in sorted(found.items())) != text:
        raise MalformedError("{}: a hash and a path a line, each once and sorted, expected", LISTING)
    return found


def _name(raw: bytes) -> str:
    """Return the path written `raw`: relative, going down only, one that every system writes as it is."""
    text = raw.decode("ascii", "replace")
    parts = text.casefold().split("/")
    lost = any(part.endswith(".") or _DEVICE.fullmatch(part) for part in parts)
    if lost or not _NAME.fullmatch(text):
        raise MalformedError("bundle: no path that a file of it may have: {!r}", text[:MAX_NAME])
    return text


def _check(files: Mapping[str, bytes]) -> None:
    if LISTING not in files:
        raise MalformedError("bundle: a ZIP with {}, as it was handed out, expected", LISTING)
    if len(files) > MAX_FILES:
        raise MalformedError("bundle: at most {} files expected, {} found", MAX_FILES, len(files))
    for name, content in files.items():
        _name(name.encode()[: MAX_NAME + 1])
        if len(name) > MAX_NAME or len(content) > MAX_FILE_BYTES:
            raise MalformedError(
                "bundle: {}: {} characters, {} bytes at most expected",
                name[:MAX_NAME],
                MAX_NAME,
                MAX_FILE_BYTES,
            )
    folders = {name[:at] for name in files for at, letter in enumerate(name) if letter == "/"}
    if folders & files.keys():
        raise MalformedError("bundle: a path that is both a file and a folder")
    paths = folders | files.keys()
    if len({path.casefold() for path in paths}) < len(paths):
        raise MalformedError("bundle: paths that differ in capital letters alone, which some systems mix up")
    each = (_LOCAL.size + _CENTRAL.size + 2 * len(name) + len(content) for name, content in files.items())
    if sum(each) + _END.size > MAX_BYTES:
        raise MalformedError("bundle: at most {} bytes expected", MAX_BYTES)


def _check_form(raw: bytes, files: Mapping[str, bytes]) -> None:
    at = 0
    for part in _parts(files):
        if raw[at : at + len(part)] != part:
            break
        at += len(part)
    else:
        if at == len(raw):
            return
    raise MalformedError("bundle: a ZIP in another form than the one handed out; was it packed again?")


def _parts(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the bytes of the ZIP, part by part."""
    central: list[bytes] = []
    at = 0
    for name in sorted(files):
        content, path = files[name], name.encode()
        fields = (_VERSION, 0, 0, 0, _DAY, zlib.crc32(content), len(content), len(content), len(path), 0)
        central += (_CENTRAL.pack(_CENTRAL_MARK, _UNIX, *fields, 0, 0, 0, _MODE, at), path)
        yield from (_LOCAL.pack(_LOCAL_MARK, *fields), path, content)
        at += _LOCAL.size + len(path) + len(content)
    length = sum(len(part) for part in central)
    yield from central
    yield _END.pack(_END_MARK, 0, 0, len(files), len(files), length, at, 0)
