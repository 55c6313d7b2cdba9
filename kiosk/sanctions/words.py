"""How this room says things in French: measures, grounds, clauses, rights, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cgu_archive.corpus.dates import day_in_paris, start_of_day
from cgu_archive.corpus.model import Publisher
from cgu_archive.corpus.provisions import Kind, Provision
from cgu_archive.rendering.words import day
from kiosk.ledger.saying import instant, marked
from kiosk.sanctions.policy import DEFAULT_DAYS, MOST_DAYS, Act, Ground, Measure, State

MEASURES: Mapping[Measure, str] = {
    Measure.WARNING: marked("avertissement"),
    Measure.CONTENT: marked("retrait de données ou de fichiers du service"),
    Measure.RESTRICTION: marked("retrait de l’accès aux données et fichiers dans le service"),
    Measure.RIGHT: marked("suspension d’un droit"),
    Measure.SUSPENSION: marked("suspension de l’accès au service"),
    Measure.TERMINATION: marked("résiliation de l’accès au service"),
    Measure.DELETION: marked("suppression du compte"),
}
GROUNDS: Mapping[Ground, str] = {
    Ground.BREACH: marked("manquement"),
    Ground.NOT_CURED: marked("manquement non réparé dans le délai"),
    Ground.SERIOUS: marked("manquement grave"),
    Ground.REPEATED: marked("manquement répété"),
}
ACTS: Mapping[Act, str] = {
    Act.NOTICE: marked("Avis avant mesure"),
    Act.URGENT: marked("Mesure prise d’urgence"),
    Act.ANSWER: marked("Votre réponse"),
    Act.MEASURE: marked("Décision"),
    Act.DROPPED: marked("Procédure close sans mesure"),
    Act.RESTORED: marked("Mesure levée"),
}
STATES: Mapping[State, str] = {
    State.WAITING: marked("réponse attendue"),
    State.DUE: marked("délai passé, à décider"),
    State.TAKEN: marked("mesure prise"),
    State.ENDED: marked("mesure arrivée à son terme"),
    State.DROPPED: marked("close sans mesure"),
    State.RESTORED: marked("mesure levée"),
}
TEXT = 1000
"""Most characters of facts, of an answer, of what is asked."""
CONTACT = 300
SHORT = "Rien n’a été enregistré : « {label} » fait {found} signes, {most} au plus sont gardés."
MISSING: Mapping[str, str] = {
    "measure": "La mesure envisagée manque.",
    "right": "Le droit suspendu manque : l’un de ceux du service.",
    "provision": "La disposition du texte manque, ou n’est pas dans la version qui lie la personne.",
    "ground": "Le fondement manque, ou ne permet pas cette mesure dans ce texte.",
    "facts": "Les faits reprochés manquent.",
    "actions": "Ce que la personne doit faire pour rétablir son accès manque (« rien » se dit aussi).",
    "contact": "Le contact où voir le dossier et demander à être entendu manque.",
    "assistance": "Le droit d’être assisté, de voir le dossier et d’être entendu n’est pas dit.",
    "urgency": "L’urgence n’est pas motivée : sans elle, la personne est entendue d’abord.",
    "days": f"Le délai de réponse manque, ou sort de {{least}} à {MOST_DAYS} jours calendaires.",
    "until": "Cette mesure n’a pas de terme, ou le terme donné est déjà passé.",
    "graver": "Cette mesure est plus lourde que celle de l’avis : il faut un nouvel avis.",
    "not-urgent": "Cette mesure ne se prend jamais avant d’avoir entendu la personne.",
    "answer": marked("Écrivez votre réponse."),
}
"""What an act that is refused lacks, by name of field."""
LABELS: Mapping[str, str] = {
    "facts": "Faits", "actions": "Ce qui est demandé", "contact": "Contact", "urgency": "Urgence",
    "answer": "Votre réponse",
}  # fmt: skip


def measure(what: Measure, right: str | None) -> str:
    """Return a measure in words: « suspension du droit « DPC Express » »."""
    return MEASURES[what] if right is None else f"suspension du droit « {right} »"


def measure_on(what: Measure, right: str | None, ground: Ground) -> str:
    """Return a measure and why the text allows it, as statements say it."""
    return f"{measure(what, right)} ({GROUNDS[ground]})"


def clause(provision: Provision) -> str:
    """Return how a provision is cited: « article 9, « Sanctions » », « paragraphe 61 »."""
    label = provision.label or {Kind.PARAGRAPH: "paragraphe", Kind.SECTION: "section"}.get(provision.kind)
    number = f"{label} {provision.number}" if label and provision.number else provision.number
    title = f"« {provision.title} »" if provision.title else None
    return ", ".join(part for part in (number, title) if part) or f"« {provision.address} »"


def clause_of(provisions: Iterable[Provision], address: str) -> str:
    """Return how the provision at `address` is cited."""
    return next((clause(one) for one in provisions if one.address == address), address)


def assistance(publisher: Publisher) -> str:
    """Return what the person may do before anything is decided (CRPA, articles L. 121-1, L. 122-1, L. 122-2).

    First of all, not to answer: whoever may be punished is told so (Déclaration de 1789, article 9). The code
    binds public bodies; the others are held to the same here.
    """
    cited = (
        " (code des relations entre le public et l’administration, articles L. 121-1, L. 122-1 et L. 122-2)"
        if publisher.public
        else ""
    )
    return (
        "Rien ne vous oblige à répondre. Vous pouvez répondre par écrit, vous faire assister par un conseil"
        " ou représenter par un mandataire de votre choix, demander communication du dossier qui vous"
        " concerne, et demander à être entendu"
        f" de vive voix{cited}."
    )


def ending(at: datetime) -> str:
    """Return until when, before a noun: « 30 novembre 2026 inclus (heure de Paris) » when a day ends then."""
    if start_of_day(day_in_paris(at)) != at:
        return instant(at)
    return f"{day(at - timedelta(seconds=1))} inclus (heure de Paris)"


def least_days(least: int) -> str:
    """Return what is said of a time to answer that is missing, too short or too long."""
    return MISSING["days"].format(least=least or DEFAULT_DAYS)
