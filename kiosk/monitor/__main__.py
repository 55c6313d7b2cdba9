"""Let `python -m kiosk.monitor` do what `cgu-monitor` does."""

from __future__ import annotations

from kiosk.monitor import main

main()
