"""`cgu-monitor`: watch a published ledger from outside, and say as a witness what was seen; no database."""

from __future__ import annotations

from kiosk.monitor.cli import main

__all__ = ["main"]
