"""A bundle of evidence has one form: other bytes are refused, and nothing in it leads anywhere else."""

from __future__ import annotations

import io
import shutil
import stat
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.proof import bundle
from kiosk.proof.errors import AlteredError, MalformedError, ProofError

FILES = {"LISEZ-MOI.pdf": b"%PDF-", "textes/soffi/cgu/v1/texte.md": "Été\n".encode(), "vide.txt": b""}
RAW = bundle.pack(FILES)
ZEROS = b"0" * 64


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP as anybody's tool makes it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content, compress_type=method)
    return stream.getvalue()


def entry(name: bytes, content: bytes = b"x", size: int | None = None) -> bytes:
    """A local entry, as `pack` writes it, with any name and any size said."""
    length = len(content) if size is None else size
    head = (10, 0, 0, 0, 0x21, zlib.crc32(content), length, length, len(name), 0)
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", *head) + name + content


def test_what_is_packed_is_unpacked_with_its_list() -> None:
    found = bundle.unpack(RAW)
    assert {name: found[name] for name in FILES} == FILES
    assert found.keys() - FILES.keys() == {bundle.LISTING}
    assert bundle.faults(found) == {}


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    assert bundle.pack(dict(reversed(FILES.items()))) == RAW


def test_others_open_it_and_find_no_date_and_no_compression(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(RAW)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted([*FILES, bundle.LISTING])
        for one in archive.infolist():
            assert one.date_time == (1980, 1, 1, 0, 0, 0)
            assert one.compress_type == zipfile.ZIP_STORED
            assert stat.S_IMODE(one.external_attr >> 16) == 0o644
    if shutil.which("unzip"):
        (tmp_path / "preuve.zip").write_bytes(RAW)
        subprocess.run(["unzip", "-q", "preuve.zip"], cwd=tmp_path, check=True)
        done = subprocess.run(["sha256sum", "--check", "--quiet", bundle.LISTING], cwd=tmp_path, check=True)
        assert done.returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "a/",
        ".cache",
        "a\\b",
        "C:x",
        "é",
        "",
        "a" * 201,
        "a/.b",
        "a\nb",
        "texte.md.",
        "a./b",
        "a ",
        "CON",
        "justificatifs/con.receipt.json",
        "nul/a",
        "Lpt1.txt",
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused_both_ways(name: str) -> None:
    with pytest.raises(MalformedError):
        bundle.pack({name: b"x"})
    with pytest.raises(MalformedError):
        bundle.unpack(entry(name.encode()))
    with pytest.raises(MalformedError):
        bundle.unpack(zipped((name or "x/", b"x")))


def test_a_file_that_is_a_folder_too_is_refused() -> None:
    with pytest.raises(MalformedError, match="both"):
        bundle.pack({"a": b"x", "a/b": b"y"})


@pytest.mark.parametrize("other", ["TEXTES/x.md", "textes/X.MD", "sha256sums", "textes/x.md/y"])
def test_paths_that_some_systems_take_for_one_are_refused_both_ways(other: str) -> None:
    files = {"textes/x.md": b"x", other: b"y"}
    with pytest.raises(MalformedError, match=r"capital|both"):
        bundle.pack(files)
    whole = {**files, bundle.LISTING: bundle.listing(files)}
    with pytest.raises(MalformedError, match=r"capital|both"):
        bundle.unpack(b"".join(bundle._parts(whole)))


@pytest.mark.parametrize("name", ["console.txt", "a/com/b", "com10", "nulle.part"])
def test_a_name_that_only_begins_like_a_device_is_taken(name: str) -> None:
    assert name in bundle.unpack(bundle.pack({name: b"x"}))


def test_the_list_is_never_given() -> None:
    with pytest.raises(MalformedError, match=bundle.LISTING):
        bundle.pack({bundle.LISTING: b""})


def test_compressed_files_are_refused_unread() -> None:
    bomb = zipped((bundle.LISTING, bytes(10_000_000)), method=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 20_000
    with pytest.raises(ProofError):
        bundle.unpack(bomb)


def test_a_symbolic_link_is_refused() -> None:
    link = zipfile.ZipInfo("lien", (1980, 1, 1, 0, 0, 0))
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files = [(link, b"/etc/passwd"), (bundle.LISTING, bundle.listing({"lien": b"/etc/passwd"}))]
    with pytest.raises(MalformedError, match="another form"):
        bundle.unpack(zipped(*files))


def test_a_file_packed_again_by_another_tool_is_refused_in_words() -> None:
    again = zipped(*bundle.unpack(RAW).items())
    with pytest.raises(MalformedError, match="packed again"):
        bundle.unpack(again)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK",
        RAW[:20],
        RAW[:-1],
        RAW + b"\0",
        b"\0" + RAW,
        entry(b"a") + RAW,
        entry(b"a") * 2,
        entry(b"a", size=2**31),
        entry(b"a", size=100),
        entry(b"a", bytes(0))[:-1],
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_anything_else_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        bundle.unpack(raw)


def test_sizes_and_numbers_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_FILES", 3)
    with pytest.raises(MalformedError, match="files"):
        bundle.pack(FILES)
    with pytest.raises(MalformedError, match="files"):
        bundle.unpack(RAW)
    monkeypatch.setattr(bundle, "MAX_FILES", 4)
    monkeypatch.setattr(bundle, "MAX_BYTES", len(RAW) - 1)
    with pytest.raises(MalformedError, match="bytes"):
        bundle.pack(FILES)
    with pytest.raises(MalformedError, match="bytes"):
        bundle.unpack(RAW)
    monkeypatch.setattr(bundle, "MAX_BYTES", len(RAW))
    assert bundle.pack(FILES) == RAW
    monkeypatch.setattr(bundle, "MAX_FILE_BYTES", 4)
    with pytest.raises(MalformedError, match="bytes"):
        bundle.pack(FILES)
    with pytest.raises(MalformedError, match="bytes"):
        bundle.unpack(RAW)


@pytest.mark.parametrize("name", FILES)
def test_a_byte_changed_in_a_file_names_it(name: str) -> None:
    content = FILES[name]
    at = RAW.index(name.encode() + content) + len(name)
    for place in range(len(content)):
        altered = bytearray(RAW)
        altered[at + place] ^= 1
        with pytest.raises(AlteredError, match=name):
            bundle.unpack(bytes(altered))


def test_no_byte_changes_unseen() -> None:
    for place in range(len(RAW)):
        for flip in (1, 0x80):
            altered = bytearray(RAW)
            altered[place] ^= flip
            with pytest.raises(ProofError):
                bundle.unpack(bytes(altered))


@given(st.binary(max_size=300), st.integers(0, len(RAW)), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_bytes_put_anywhere_give_only_our_errors(noise: bytes, at: int, cut: int) -> None:
    raw = RAW[:at] + noise + RAW[at + cut :]
    try:
        found = bundle.unpack(raw)
    except ProofError:
        assert raw != RAW
    else:
        assert raw == RAW
        assert set(found) == {*FILES, bundle.LISTING}


def test_files_that_are_not_the_ones_listed_are_named() -> None:
    files = bundle.unpack(RAW)
    changed = files | {"vide.txt": b"x", "autre.txt": b"y"}
    del changed["LISEZ-MOI.pdf"]
    found = bundle.faults(changed)
    assert list(found) == ["LISEZ-MOI.pdf", "autre.txt", "vide.txt"]
    assert [str(one).split(": ")[1] for one in found.values()] == [
        "listed, and not there", "not in the list of files", "another content than the one listed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "listing",
    [
        b"", b"x", b"\xff", ZEROS + b"  a", ZEROS + b" a\n", ZEROS + b"  b\n" + ZEROS + b"  a\n",
        (ZEROS + b"  a\n") * 2, b"#\n" + ZEROS + b"  a\n", b"A" * 64 + b"  a\n",
    ],
)  # fmt: skip
def test_a_list_in_another_form_is_malformed(listing: bytes) -> None:
    with pytest.raises(MalformedError, match=bundle.LISTING):
        bundle.faults({bundle.LISTING: listing})
