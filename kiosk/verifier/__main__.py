"""Let `python -m kiosk.verifier` do what `cgu-verify` does."""

from __future__ import annotations

from kiosk.verifier import main

main()
