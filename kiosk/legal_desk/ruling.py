"""The rules of a draft: what the software enforces changes with the text, when somebody says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from flask import redirect, request, url_for

from cgu_archive.corpus import checks, provisions
from cgu_archive.corpus.checks import RuleChange
from cgu_archive.corpus.errors import UnreadableTextError
from cgu_archive.corpus.hashing import canonical, text_hash
from cgu_archive.corpus.rules import Rule
from kiosk.extensions import db, kiosk
from kiosk.legal_desk import forms
from kiosk.legal_desk.drafts import Content, Held
from kiosk.legal_desk.editing import present
from kiosk.legal_desk.errors import LegalDeskError
from kiosk.legal_desk.pages import bp, desk, held, held_as
from kiosk.legal_desk.policy import Act, possible
from kiosk.legal_desk.writing import revise
from kiosk.security import public
from kiosk.staff.browser import current_officer
from kiosk.staff.errors import OfficerError
from kiosk.staff.pages import Answer, Errors, page
from kiosk.staff.roles import Role

CHANGED = "Règles changées avec le texte."
_DIGITS = 32


@bp.route("/brouillons/<draft_id>/regles", methods=["GET", "POST"])
@public
def rules(draft_id: str) -> Answer:
    """Show the rules of a draft and what the text asks to change in them; change those that are chosen."""
    found, errors = held_as(draft_id, Role.AUTHOR), Errors()
    what = present(found)
    if request.method == "POST":
        made = changed(what, set(request.form.getlist("change")), set(request.form.getlist("drop")))
        try:
            revise(
                db(), desk(), current_officer(), draft_id,
                replace(what, metadata=replace(what.metadata, rules=made)), kiosk().clock(),
                seen=forms.number(request.form, "seen"), words=CHANGED,
            )  # fmt: skip
        except (LegalDeskError, OfficerError) as error:
            db().rollback()
            errors["change"] = str(error)
            found = held(draft_id)
        else:
            db().commit()
            return redirect(url_for("legal_desk.rules", draft_id=draft_id), 303)
    return _page(found, what, errors)


def _page(found: Held, what: Content, errors: Errors) -> Answer:
    return page(
        "legal_desk/rules",
        errors,
        draft=found,
        rules=what.metadata.rules,
        changes=[(one, key(one)) for one in offered(what)],
        writable=possible(Act.REVISED, found.standing),
    )


def offered(what: Content) -> tuple[RuleChange, ...]:
    """Return what the text asks to change in the rules; nothing when it cannot be read."""
    try:
        return checks.proposed_rules(provisions.read(what.text), what.metadata.rules)
    except UnreadableTextError:
        return ()


def key(change: RuleChange) -> str:
    """Return what a form calls a change: all that it says, hashed."""
    said = [None if one is None else one.contractual() for one in (change.before, change.after)]
    return text_hash(canonical({"change": said}))[:_DIGITS]


def changed(what: Content, taken: Collection[str], dropped: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules with the changes called `taken`, without those whose identifiers are `dropped`."""
    chosen = [one for one in offered(what) if key(one) in taken]
    after = {one.before.id: one.after for one in chosen if one.before is not None}
    kept = [after.get(rule.id, rule) for rule in what.metadata.rules if rule.id not in dropped]
    new = [one.after for one in chosen if one.before is None]
    return tuple(rule for rule in (*kept, *new) if rule is not None)
