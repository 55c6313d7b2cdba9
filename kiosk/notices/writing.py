"""What mails say: the same words from a web process, the worker or a command."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from kiosk.ledger.saying import templates
from kiosk.presentation import version_name

_TEMPLATES = Path(__file__).parent.parent / "templates"


def written(template: str, **values: Any) -> tuple[str, str]:
    """Return the subject and the body of the mail of `template` (``mails/decision.txt``).

    Its first line is the subject.
    """
    subject, _, body = _environment().get_template(template).render(**values).partition("\n")
    return subject.strip(), body.strip() + "\n"


@cache
def _environment() -> Environment:
    made = templates(_TEMPLATES, markup=False)
    made.filters["version_name"] = version_name
    return made
