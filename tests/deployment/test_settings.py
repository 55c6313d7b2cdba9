"""The table of settings: every name that the kiosk reads stands in it, and no other."""

from __future__ import annotations

import re

from kiosk.config import Settings
from tests.conftest import ROOT

TABLE = (ROOT / "kiosk" / "deployment" / "REGLAGES.md").read_text("utf-8")
NAME = re.compile(r"(?<![A-Z0-9_])(?:KIOSK(?:_[A-Z0-9]+)+|DATABASE_URL)(?![A-Z0-9_])")
ROWS = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in TABLE.splitlines() if "| `" in line]


def default(name: str) -> str:
    (found,) = (row[2] for row in ROWS if row[0] == f"`{name}`")
    return found.strip("`")


def test_every_setting_that_is_read_stands_in_the_table_and_no_other() -> None:
    read = {name for file in (ROOT / "kiosk").rglob("*.py") for name in NAME.findall(file.read_text("utf-8"))}
    assert {"KIOSK_SCREENS_DIR", "KIOSK_PORT", "DATABASE_URL"} < read
    assert [name for name in sorted(read) if f"`{name}`" not in [row[0] for row in ROWS]] == []
    assert [row[0] for row in ROWS if row[0].strip("`") not in read] == []


def test_every_row_says_what_it_means_its_default_and_an_example() -> None:
    assert ROWS
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_the_defaults_are_those_of_the_kiosk() -> None:
    read = Settings.from_environment({"KIOSK_DATA_DIR": "<KIOSK_DATA_DIR>"})
    assert {
        "KIOSK_SCREENS_DIR": str(read.screens_dir),
        "KIOSK_PDF_DIR": str(read.pdf_dir),
        "KIOSK_LEDGER_DIR": str(read.ledger_dir),
        "KIOSK_SIGNER": str(read.signer_socket),
        "KIOSK_MODE": read.mode.value,
        "KIOSK_TEXTS_DIR": str(read.texts_dir),
        "KIOSK_ARCHIVE_DIR": str(read.archive_dir),
        "KIOSK_PUBLIC_URL": read.public_url,
        "KIOSK_TRUSTED_PROXIES": str(read.trusted_proxies),
        "KIOSK_ADMINISTRATION": str(int(read.administration)),
        "KIOSK_EVIDENCE_DESK": str(int(read.evidence_desk)),
        "KIOSK_SHARED_TERMINAL": str(int(read.shared_terminal)),
        "KIOSK_SANCTIONS": str(int(read.sanctions)),
        "KIOSK_BACKLOG_ALERT": f"{read.backlog_alert.total_seconds():.0f}",
        "KIOSK_TSA_INTERVAL": f"{read.stamp_every.total_seconds():.0f}",
        "KIOSK_NOTICE_HOLD": f"{read.notice_hold.total_seconds():.0f}",
        "KIOSK_NOTICE_RATE": str(read.notices_per_minute),
    } == {
        name: default(name)
        for name in (
            "KIOSK_SCREENS_DIR", "KIOSK_PDF_DIR", "KIOSK_LEDGER_DIR", "KIOSK_SIGNER", "KIOSK_MODE",
            "KIOSK_TEXTS_DIR", "KIOSK_ARCHIVE_DIR", "KIOSK_PUBLIC_URL", "KIOSK_TRUSTED_PROXIES",
            "KIOSK_ADMINISTRATION", "KIOSK_EVIDENCE_DESK", "KIOSK_SANCTIONS", "KIOSK_SHARED_TERMINAL",
            "KIOSK_BACKLOG_ALERT", "KIOSK_TSA_INTERVAL", "KIOSK_NOTICE_HOLD", "KIOSK_NOTICE_RATE",
        )
    }  # fmt: skip


def test_the_table_is_found_from_the_first_page() -> None:
    assert "(kiosk/deployment/REGLAGES.md)" in (ROOT / "README.md").read_text("utf-8")
