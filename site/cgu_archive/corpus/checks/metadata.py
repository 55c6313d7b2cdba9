"""Metadata that is missing, or that contradicts itself, the service or the other versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgu_archive.corpus.characters import named, undrawable
from cgu_archive.corpus.checks import dates
from cgu_archive.corpus.checks.named import said
from cgu_archive.corpus.checks.text import UNDRAWN, UNSEEN
from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import NewVersion, Origin, Service, SupportHours, Terms, Version
from cgu_archive.corpus.rules import NAMES, Rule, RuleKind, value_said

_ONE_OF = {
    RuleKind.NEW_VERSION: tuple(choice.value for choice in NewVersion),
    RuleKind.EFFECT: ("publication", "acceptance", "notified-date", "online"),
    RuleKind.PASSWORD_CLASSES: (1, 2, 3, 4),
}
_SINGLE = (
    RuleKind.PASSWORD_LENGTH,
    RuleKind.PASSWORD_CLASSES,
    RuleKind.PASSWORD_RENEWAL_DAYS,
    RuleKind.NEW_VERSION,
    RuleKind.CURE_DAYS,
    RuleKind.RETENTION_TRACE_DAYS,
    RuleKind.API_KEY_DAYS,
    RuleKind.SUPPORT_HOURS,
)
"""Settings that have one value."""
_HOURS = re.compile(r"[a-z]{3}-[a-z]{3} \d\d:\d\d-\d\d:\d\d")


def check(service: Service, version: Version) -> Iterator[Finding]:
    """Yield what is missing from the metadata of `version`, or cannot be true."""
    yield from _origin(version)
    yield from _unseen(version)
    yield from _undrawn(version)
    yield from dates.contradictions(version)
    yield from dates.cancellation(version)
    seen: set[str] = set()
    for rule in version.metadata.rules:
        if rule.id in seen:
            message = f"règle « {rule.id} » écrite deux fois."
            yield _finding(version, "rule-id", message, "Donnez un autre nom à l’une des deux.")
        seen.add(rule.id)
        yield from _value(version, rule)
        yield from _service_says(service, version, rule)
    yield from _two_values(version)


def among(terms: Terms, version: Version) -> Iterator[Finding]:
    """Yield what `version` says that the other versions of `terms` contradict."""
    corrected = version.metadata.corrects
    earlier = [other for other in terms.versions[: terms.versions.index(version)] if other.published]
    if corrected is not None and corrected not in [other.address.slug for other in earlier]:
        message = f"{said('corrects')} : « {corrected} » n’est pas une version publiée avant celle-ci."
        yield _finding(version, "corrects", message, "Nommez la version corrigée, ou écrivez null.")
    for other in earlier:
        name = other.address.slug
        if version.metadata.label is not None and other.metadata.label == version.metadata.label:
            received = version.metadata.origin is Origin.ACCESSION
            yield _finding(
                version,
                "label",
                f"{said('label')} : « {version.metadata.label} » est déjà celui de « {name} ».",
                "Deux textes différents ne portent pas le même numéro : choisissez-en un autre.",
                Severity.WARNING if received else Severity.ERROR,
            )
        if other.text == version.text and other.cancellation is None:
            message = f"mêmes octets que la version « {name} »."
            remedy = "Vérifiez qu’une nouvelle version est bien nécessaire."
            yield _finding(version, "identical", message, remedy, Severity.WARNING)


def _unseen(version: Version) -> Iterator[Finding]:
    """Yield the fields people read that hold a character nobody sees, or that turns the line round."""
    metadata = version.metadata
    written = {"label": metadata.label, "reason": metadata.reason, "summary": metadata.summary}
    for field, words in written.items():
        if found := UNSEEN.search(words or ""):
            message = f"{said(field)} : caractère invisible U+{ord(found[0]):04X}."
            yield _finding(version, "hidden-character", message, "Retirez-le.")


def _undrawn(version: Version) -> Iterator[Finding]:
    """Yield the fields that the PDF of the version shows and that hold a character without a glyph."""
    held = version.metadata
    said = {
        "label": held.label,
        "reason": held.reason,
        "summary": held.summary,
        "approval": held.approval and held.approval.body,
        "homologation": held.homologation and held.homologation.act,
        "attachments": " ".join(one.title for one in held.attachments),
    }
    for field, words in said.items():
        for character in undrawable(words or ""):
            message = f"champ « {field} » : aucune police fournie ne dessine {named(character)}."
            yield _finding(version, "undrawable", message, UNDRAWN)


def _origin(version: Version) -> Iterator[Finding]:
    metadata = version.metadata
    if metadata.origin is Origin.ACCESSION and metadata.published_at is not None:
        yield _finding(
            version,
            "accession",
            f"{said('published_at')} : attendu null pour un texte reçu d’ailleurs (origin: accession).",
            "Écrivez null : sa mise en ligne d’origine reste inconnue.",
        )
    if not version.published:
        return
    required: dict[str, object] = {"reason": metadata.reason, "archived_on": metadata.archived_on}
    if metadata.origin is Origin.PUBLICATION:
        required |= {"published_at": metadata.published_at, "reason_kind": metadata.reason_kind}
    for field, value in required.items():
        if value is None:
            message = f"{said(field)} : obligatoire pour une version publiée, et absent."
            yield _finding(version, "missing", message, "Remplissez-le avant de publier.")


def _value(version: Version, rule: Rule) -> Iterator[Finding]:
    expected = ", ".join(str(value) for value in _ONE_OF.get(rule.kind, ()))
    allowed = rule.value in _ONE_OF[rule.kind] if expected else True
    if rule.kind is RuleKind.SUPPORT_HOURS:
        expected = "mon-fri 07:30-19:30, par exemple"
        allowed = _HOURS.fullmatch(str(rule.value)) is not None
    if not allowed or rule.value is False:
        found = f"attendu {expected or 'true'}, trouvé {rule.value}."
        message = f"règle « {rule.name} » ({rule.id}), champ « value » : {found}"
        yield _finding(version, "rule-value", message, "Corrigez la valeur, ou retirez la règle.")


def _two_values(version: Version) -> Iterator[Finding]:
    """Yield the settings for which the text promises several values; the strictest applies."""
    for kind in _SINGLE:
        rules = [rule for rule in version.metadata.rules if rule.kind is kind]
        if len({rule.value for rule in rules}) > 1:
            values = ", ".join(f"{rule.said} ({rule.at})" for rule in rules)
            message = f"le texte donne plusieurs valeurs pour « {NAMES[kind]} » : {values}."
            remedy = "La plus stricte s’applique ; demandez à l’éditeur d’accorder son texte."
            yield _finding(version, "rule-contradiction", message, remedy, Severity.WARNING)


def _service_says(service: Service, version: Version, rule: Rule) -> Iterator[Finding]:
    """Yield where the settings of the service ask for less than the text promises."""
    asked: dict[RuleKind, tuple[str, str]] = {}
    if service.acceptance.new_version is NewVersion.NOTIFY:
        asked[RuleKind.NEW_VERSION] = ("acceptance.new_version", service.acceptance.new_version.value)
    if service.support_hours is not None:
        asked[RuleKind.SUPPORT_HOURS] = ("support_hours", _hours(service.support_hours))
    if rule.kind in asked and asked[rule.kind][1] != rule.value:
        field, value = asked[rule.kind]
        yield _finding(
            version,
            "rule-service",
            f"règle « {rule.name} » : le texte dit « {rule.said} »,"
            f" la description du service « {value_said(value)} ».",
            f"Le texte fait foi : accordez le champ « {field} » de la description du service (service.yml).",
            Severity.WARNING if version.published else Severity.ERROR,
        )


def _hours(hours: SupportHours) -> str:
    return f"{hours.days[0]}-{hours.days[-1]} {hours.opens:%H:%M}-{hours.closes:%H:%M}"


def _finding(
    version: Version, rule: str, message: str, remedy: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(f"{version.address}/version.yml", None, rule, message, remedy, severity)
