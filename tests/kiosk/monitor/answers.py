"""What `cgu-monitor --json` answers."""

from __future__ import annotations

import json
from typing import Any

from click.testing import Result


def answer(result: Result) -> dict[str, Any]:
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["verdict"] == "consistent" else 1), result.output
    return found
