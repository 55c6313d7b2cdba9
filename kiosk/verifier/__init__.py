"""`cgu-verify`: check receipts offline, with public keys only; neither web, database nor network."""

from __future__ import annotations

from kiosk.verifier.cli import main
from kiosk.verifier.judging import Given, judge

__all__ = ["Given", "judge", "main"]
