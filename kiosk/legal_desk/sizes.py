"""How much the desk takes in at once: more than other pages, from officers alone, where it is needed."""

from __future__ import annotations

from flask import request

from cgu_archive.corpus.bounds import MAX_BYTES
from kiosk.db import reading
from kiosk.extensions import current_publisher, kiosk
from kiosk.legal_desk.pages import bp
from kiosk.security import keyed_hash
from kiosk.staff import browser, sessions

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 64 * 1024
"""The file, and the few fields sent with it."""
MAX_TYPED_BYTES = 3 * MAX_BYTES
"""A text that is typed: forms write an accented letter as six characters."""
FILES = frozenset({"legal_desk.receive", "legal_desk.receive_again", "legal_desk.visa", "legal_desk.attach"})
TEXTS = frozenset({"legal_desk.write_text", "legal_desk.preview_typed"})


@bp.url_value_preprocessor
def _take_more(endpoint: str | None, _values: dict[str, str] | None) -> None:
    """Allow a larger request before anything reads it, to whoever has the whole session of an officer."""
    if request.method != "POST" or endpoint not in FILES | TEXTS or not _comes_from_an_officer():
        return
    request.max_content_length = MAX_UPLOAD_BYTES if endpoint in FILES else MAX_TYPED_BYTES
    if endpoint in TEXTS:
        request.max_form_memory_size = MAX_TYPED_BYTES


def _comes_from_an_officer() -> bool:
    token = request.cookies.get(browser.cookie_name())
    if not token:
        return False
    with reading(kiosk().engine) as session:
        found = sessions.find(session, current_publisher().slug, token, at=kiosk().clock(), hasher=keyed_hash)
        return found is not None and found.proved_at is not None
