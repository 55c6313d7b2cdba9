"""The nginx example, served by a real nginx: same headers as the kiosk, nothing else than files."""

from __future__ import annotations

import os
import pwd
import re
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.security import HEADERS
from tests.conftest import ROOT

EXAMPLE = ROOT / "kiosk" / "deployment" / "nginx.conf"


@dataclass(frozen=True)
class Served:
    """A running nginx: its TLS port and what to trust."""

    port: int
    context: ssl.SSLContext

    def get(
        self, path: str, *, host: str = "archive-cgu.example.fr", method: str = "GET"
    ) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}", method=method, headers={"Host": host}
        )
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("nginx")
    for parent in (folder, *folder.parents):
        if parent.owner() == pwd.getpwuid(os.getuid()).pw_name and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)  # nginx's workers are another user
    archive = folder / "archive"
    archive.mkdir()
    (archive / "index.html").write_text("<!doctype html><title>Archive</title>")
    (archive / "404.html").write_text("<!doctype html><title>Introuvable</title>")
    (archive / "texte.md").write_text("# Conditions")
    (archive / ".git").mkdir()
    (archive / ".git" / "config").write_text("secret")
    ledger = folder / "registre"
    (ledger / "tile" / "0").mkdir(parents=True)
    (ledger / "checkpoint").write_text("cgu.example.fr/registre\n")
    (ledger / ".checkpoint.draft").write_text("unfinished")
    (ledger / "tile" / "0" / "000").write_bytes(b"\x00" * 32)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, tls = free_port(), free_port()
    text = EXAMPLE.read_text()
    for old, new in {
        "/srv/cgu/build/archive": str(archive),
        "/srv/cgu/registre/": f"{ledger}/",
        "/etc/ssl/cgu/fullchain.pem": str(certificate),
        "/etc/ssl/cgu/privkey.pem": str(key),
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/var/log/nginx/": f"{folder}/",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl http2;",
    }.items():
        assert old in text, f"the example no longer says {old}"
        text = text.replace(old, new)
    text = re.sub(r"\n\s*listen \[::\]:.*;", "", text)
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(
        ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"], stderr=subprocess.PIPE
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", tls)) == 0:
                    break
            assert process.poll() is None, process.stderr.read().decode()  # type: ignore[union-attr]
            time.sleep(0.05)
        yield Served(tls, ssl.create_default_context(cafile=certificate))
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.requirement("P-50", "S-39")
@pytest.mark.parametrize(
    "path", ["/", "/texte.md", "/nowhere", "/registre/checkpoint", "/registre/tile/0/000"]
)
def test_every_answer_of_the_archive_carries_the_kiosk_s_headers(served: Served, path: str) -> None:
    _, headers, _ = served.get(path)
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_only_reading_is_possible(served: Served) -> None:
    assert served.get("/", method="POST")[0] in (403, 405)
    assert served.get("/", method="DELETE")[0] in (403, 405)


def test_hidden_files_are_not_served(served: Served) -> None:
    status, _, body = served.get("/.git/config")
    assert status == 404
    assert b"secret" not in body


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        ("/registre/checkpoint", 200, "no-cache"),
        ("/registre/tile/0/000", 200, "public, max-age=31536000, immutable"),
        ("/registre/tile/0/001", 404, None),
        ("/registre/.checkpoint.draft", 404, None),
        ("/registre/..%2fkey.pem", 404, None),
        ("/texte.md", 200, None),
    ],
)
def test_the_ledger_is_kept_for_ever_but_for_what_is_written_again(
    served: Served, path: str, status: int, kept: str | None
) -> None:
    found, headers, body = served.get(path)
    assert (found, headers.get("Cache-Control")) == (status, kept)
    assert b"unfinished" not in body


def test_a_text_is_served_as_utf_8_markdown(served: Served) -> None:
    status, headers, body = served.get("/texte.md")
    assert (status, body) == (200, b"# Conditions")
    assert headers["Content-Type"] == "text/markdown; charset=utf-8"


def test_a_missing_page_says_so_in_the_archive_s_own_words(served: Served) -> None:
    status, _, body = served.get("/nowhere")
    assert status == 404
    assert "Introuvable" in body.decode()


def test_the_kiosk_is_behind_its_own_host_name(served: Served) -> None:
    """No kiosk runs here: the proxy answers for it, and the archive does not."""
    status, _, body = served.get("/", host="cgu.example.fr")
    assert status == 502
    assert b"Archive" not in body
