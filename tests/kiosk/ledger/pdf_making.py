"""A small PDF with a receipt in it."""

from __future__ import annotations

from datetime import UTC, datetime

from cgu_archive import pdf
from kiosk.ledger.attestation import RECEIPT_FILE

RECEIPT = b'{"format": "cgu-receipt/2"}\n'
AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
_HTML = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Attestation</title></head>
<body><h1>Attestation</h1><p>Conditions acceptées.</p></body></html>"""


def document(*attached: pdf.Attached) -> bytes:
    """Return a PDF with the files `attached`, by default the receipt."""
    files = attached or (pdf.Attached(RECEIPT_FILE, RECEIPT, "Justificatif", "Data"),)
    return pdf.typeset(_HTML, identifier="a" * 64, dated=AT.replace(microsecond=0), attached=files)
