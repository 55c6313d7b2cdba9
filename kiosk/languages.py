"""The languages of pages: French, which alone binds, and English for whoever asks for it.

What proves a decision, the words of its box and buttons, mails, receipts and papers stay French.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    has_request_context,
    redirect,
    request,
    url_for,
)
from flask_babel import get_domain, get_locale
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from kiosk.extensions import SAFE_METHODS, babel, csrf, kiosk
from kiosk.security import local_page, public

FRENCH = "fr"
ENGLISH = "en"
LANGUAGES = {FRENCH: "Français", ENGLISH: "English"}
"""How each language calls itself."""
CATALOGUE = Path(__file__).parent / "translations" / "en.po"
FRENCH_ROOMS = frozenset({"administration", "evidence", "legal_desk", "measures", "staff"})
"""Blueprints whose pages are for the staff of French publishers, and exist in French alone."""
COOKIE = "langue"
"""Its value is one of `LANGUAGES`; who reads in French has none, and reading leaves no other cookie."""
_OURS = "same-origin"

bp = Blueprint("languages", __name__)


def init_app(app: Flask) -> None:
    """Let the pages of `app` speak the language that a person chose."""
    babel.init_app(app, default_locale=FRENCH, default_timezone="Europe/Paris", locale_selector=chosen)
    with app.app_context():
        held = get_domain()
        held.cache[ENGLISH, held.domain[0]] = catalogue()
    csrf.exempt(bp)
    app.jinja_env.filters["french"] = french
    app.jinja_env.globals.update(language=language, lang_fr=lang_fr, colon=colon)
    app.context_processor(lambda: {"other_language": _other, "this_page": _this_page})


@cache
def catalogue() -> Translations:
    """Return the English of every message, compiled once by a process."""
    compiled = BytesIO()
    with CATALOGUE.open("rb") as file:
        write_mo(compiled, read_po(file, locale=ENGLISH))
    compiled.seek(0)
    return Translations(compiled)


def chosen() -> str:
    """Return the language of the request: what the person chose here, else French; nothing is guessed."""
    if not has_request_context() or request.blueprint in FRENCH_ROOMS:
        return FRENCH
    held = request.cookies.get(COOKIE)
    return held if held in LANGUAGES else FRENCH


def language() -> str:
    """Return the language of the page."""
    locale = get_locale()
    return FRENCH if locale is None else str(locale.language)


# What templates call


def french(words: object) -> Markup:
    """Return `words`, which exist in French alone, marked so in a page of another language (RGAA 8.7)."""
    text = escape(words)
    return text if language() == FRENCH else Markup('<span lang="fr">{}</span>').format(text)


def lang_fr() -> Markup:
    """Return the attribute of an element whose words exist in French alone; nothing in a French page."""
    return Markup("") if language() == FRENCH else Markup(' lang="fr"')


def colon() -> str:
    """Return a colon as the language of the page spaces it."""
    return "\u00a0:" if language() == FRENCH else ":"


def _other() -> tuple[str, str] | None:
    """Return the code and the name of the language to offer; None on pages that exist in French alone."""
    if bp.name not in current_app.blueprints or request.blueprint in FRENCH_ROOMS:
        return None
    code = ENGLISH if language() == FRENCH else FRENCH
    return code, LANGUAGES[code]


def _this_page() -> str:
    """Return where to come back to once the language is chosen: here, if the page opens by itself."""
    adapter = current_app.create_url_adapter(request)
    if request.method in SAFE_METHODS or (adapter is not None and adapter.test(request.path, "GET")):
        return request.full_path.removesuffix("?")
    return url_for("site.landing")


@bp.post("/langue")
@public
def choose() -> Response:
    """Keep the language that a person chose, for as long as their browser is open.

    The form bears no token, so that pages that only show a text need no session: browsers say whether it
    comes from a page of ours.
    """
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES or request.headers.get("Sec-Fetch-Site", _OURS) != _OURS:
        abort(400)
    answer = redirect(local_page(request.form.get("page")) or url_for("site.landing"), 303)
    answer.set_cookie(COOKIE, wanted, secure=kiosk().settings.secure, httponly=True, samesite="Lax", path="/")
    return answer
