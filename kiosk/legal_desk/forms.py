"""Read what officers typed of a version; what cannot be read is noted by its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from cgu_archive.corpus.dates import PartialDate, typed_day
from cgu_archive.corpus.model import Approval, Homologation, Metadata, NewVersion, Service, Terms
from cgu_archive.corpus.reading import REASON_KINDS
from kiosk.legal_desk.acts import has_commands, undrawn
from kiosk.legal_desk.starting import MAX_SLUG, is_slug, proposed_slug
from kiosk.staff.pages import Errors

MAX_LABEL = 80
MAX_LINE = 300
MAX_REASON = 500
MAX_WORDS = 1000
MAX_SUMMARY = 4000
NOTHING = "Écrivez quelque chose."
_TOO_LONG = "Il faut au plus {most} caractères, sans caractère invisible."
_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What version is to be prepared: of which document, and called what."""

    service: Service
    terms: Terms
    label: str
    slug: str


def wanted(form: Mapping[str, str], offered: Mapping[str, Service], errors: Errors) -> Wanted | None:
    """Return the version that is to be prepared, or note what is missing."""
    chosen, _, document = form.get("document", "").partition("/")
    service = offered.get(chosen)
    terms = next((one for one in service.terms if one.slug == document), None) if service else None
    if terms is None:
        errors["document"] = "Choisissez le document."
    label = _line(form, "label", MAX_LABEL, errors)
    if not label:
        errors.setdefault("label", "Donnez le numéro ou le nom que les gens liront, par exemple v2.")
    slug = form.get("slug", "").strip() or proposed_slug(label)
    if not is_slug(slug) and not ("label" in errors and slug == proposed_slug(label)):
        errors["slug"] = (
            f"Il faut de 1 à {MAX_SLUG} caractères\u00a0: minuscules sans accent, chiffres, points et tirets."
        )
    return Wanted(service, terms, label, slug) if service and terms and not errors else None


def text(form: Mapping[str, str], name: str = "text") -> bytes:
    """Return a text that was typed, line ends as line feeds, the last line ended."""
    typed = form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
    return (typed if typed.endswith("\n") else typed + "\n").encode()


def words(form: Mapping[str, str], name: str, errors: Errors, *, must: bool = False) -> str | None:
    """Return what was said in at most 1,000 characters, or note what is wrong; None when nothing was."""
    typed = form.get(name, "").replace("\r\n", "\n").strip()
    if not typed:
        if must:
            errors[name] = NOTHING
        return None
    if len(typed) > MAX_WORDS:
        errors[name] = f"{MAX_WORDS} caractères au plus\u00a0; il y en a {len(typed)}."
    elif has_commands(typed):
        errors[name] = "Retirez les caractères invisibles."
    return typed


def reason_to_know(form: Mapping[str, str], errors: Errors) -> str:
    """Return why somebody wants to know who people are, or note what is wrong of it."""
    typed = " ".join(form.get("reason", "").split())
    if not typed:
        errors["reason"] = "Dites pourquoi\u00a0: c’est gardé avec votre nom."
    elif len(typed) > MAX_REASON or not typed.isprintable():
        errors["reason"] = _TOO_LONG.format(most=MAX_REASON)
    return typed


def why(form: Mapping[str, str], errors: Errors) -> tuple[str | None, str | None]:
    """Return why a version is made and of which kind that is, or note what cannot be read; None: not said."""
    kind = form.get("reason_kind", "") or None
    if kind is not None and kind not in REASON_KINDS:
        errors["reason_kind"] = "Choisissez une nature de la liste."
        kind = None
    return _line(form, "reason", MAX_WORDS, errors) or None, kind


def number(form: Mapping[str, str], name: str) -> int:
    """Return a number that the form carries; 0 when it is none, which is the number of nothing."""
    typed = form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _NUMBER else 0


def metadata(form: Mapping[str, str], held: Metadata, rule: NewVersion, errors: Errors) -> Metadata:
    """Return `held` with what was typed of the version, or note what cannot be read by its field.

    `rule` is what the service asks of people: a version may ask for more, never for less.
    """
    approval = _act(form, "approval", errors)
    homologation = _act(form, "homologation", errors)
    reason, kind = why(form, errors)
    effective, required = _day(form, "effective_on", errors), _day(form, "required_on", errors)
    if required is not None and effective is not None and required < effective:
        errors["required_on"] = "La fin du délai vient après la prise d’effet."
    return replace(
        held,
        label=_line(form, "label", MAX_LABEL, errors) or None,
        declared_on=_partial(form, "declared_on", errors),
        approved_on=approval[1] if approval else None,
        effective_on=effective,
        required_on=required,
        approval=Approval(*approval) if approval else None,
        homologation=Homologation(*homologation) if homologation else None,
        reason=reason,
        reason_kind=kind,
        summary=_summary(form, errors),
        asks=NewVersion.ACCEPT if may_ask_more(rule) and form.get("asks") == "accept" else None,
    )


def may_ask_more(rule: NewVersion) -> bool:
    """Whether a version may ask people for more than its service does."""
    return rule is NewVersion.NOTIFY


def shown(held: Metadata) -> dict[str, str]:
    """Return the fields of the form that say what `held` says."""
    approval, homologation = held.approval, held.homologation
    return {
        "label": held.label or "",
        "declared_on": str(held.declared_on or ""),
        "reason": held.reason or "",
        "reason_kind": held.reason_kind or "",
        "effective_on": str(held.effective_on or ""),
        "required_on": str(held.required_on or ""),
        "approval": approval.body if approval else "",
        "approval_on": str(approval.on) if approval else "",
        "homologation": homologation.act if homologation else "",
        "homologation_on": str(homologation.on) if homologation else "",
        "summary": held.summary or "",
        "asks": held.asks.value if held.asks else "",
    }


def _summary(form: Mapping[str, str], errors: Errors) -> str | None:
    typed = form.get("summary", "").replace("\r\n", "\n").strip()
    if len(typed) > MAX_SUMMARY:
        errors["summary"] = f"{MAX_SUMMARY} caractères au plus\u00a0; il y en a {len(typed)}."
    elif has_commands(typed):
        errors["summary"] = "Retirez les caractères invisibles."
    elif sign := undrawn(typed):
        errors["summary"] = sign
    return typed or None


def _line(form: Mapping[str, str], name: str, most: int, errors: Errors) -> str:
    typed = " ".join(form.get(name, "").split())
    if len(typed) > most or not typed.isprintable():
        errors[name] = _TOO_LONG.format(most=most)
    elif sign := undrawn(typed):
        errors[name] = sign
    return typed


def _act(form: Mapping[str, str], name: str, errors: Errors) -> tuple[str, date] | None:
    """Return who or what, and its day: both, or neither."""
    said, on = _line(form, name, MAX_LINE, errors), _day(form, f"{name}_on", errors)
    if said and on is None:
        errors.setdefault(f"{name}_on", "Donnez aussi le jour.")
    if on is not None and not said:
        errors.setdefault(name, "Dites aussi de quoi c’est le jour.")
    return (said, on) if said and on is not None else None


def _day(form: Mapping[str, str], name: str, errors: Errors) -> date | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        return typed_day(typed)
    except ValueError:
        errors[name] = "Donnez un jour, par exemple 2026-12-31."
        return None


def _partial(form: Mapping[str, str], name: str, errors: Errors) -> PartialDate | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        return PartialDate.parse(typed)
    except ValueError:
        errors[name] = "Donnez un jour (2026-12-31), un mois (2026-12) ou une année (2026)."
        return None
