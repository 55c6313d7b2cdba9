"""The words people read in the archive and the kiosk: states, names of versions, dates, hours, weights."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from unicodedata import normalize

from cgu_archive.corpus.dates import PARIS, PartialDate, day_in_paris
from cgu_archive.corpus.hashing import short
from cgu_archive.corpus.model import Metadata, Mode, Origin, Publisher, Service, SupportHours, Version
from cgu_archive.corpus.timeline import Standing

UNKNOWN = "Non renseigné dans le texte source"
DECLARED = "Date que le texte porte"
OFFERED = "Document proposé au téléchargement"
DEMONSTRATION = "Démonstration : les décisions enregistrées ici n’ont aucun effet."
COPY = "Copie documentaire, non officielle. Seule la publication de chaque éditeur fait foi."
CHECKED = "Vérification automatique, non exhaustive : lisez la comparaison."
SUMMARY = "Résumé de l’éditeur, sans valeur contractuelle"

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_DAYS = {
    "mon": "lundi", "tue": "mardi", "wed": "mercredi", "thu": "jeudi",
    "fri": "vendredi", "sat": "samedi", "sun": "dimanche",
}  # fmt: skip
STANDINGS = {
    Standing.DRAFT: "Brouillon",
    Standing.UPCOMING: "À venir",
    Standing.IN_FORCE: "En vigueur",
    Standing.LAST_KNOWN: "Dernière version connue",
    Standing.SUPERSEDED: "Remplacée",
    Standing.CANCELLED: "Annulée avant effet",
}
_CONTRACTED = re.compile(r"(?:Département|Ministère|Conseil|Centre|Groupement)\b")
_VOWEL = re.compile(r"[AEIOUYÀÂÉÈÊËÎÏÔÛÜH]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(r"(?<=\S) (?=[:;?!»])")
_AFTER = re.compile("« ")


def french(text: str) -> str:
    """Return `text` with its ordinary spaces before « : ; ? ! » and inside guillemets made unbreakable."""
    return _AFTER.sub("«\u00a0", _BEFORE.sub("\u00a0", text))


def unaccented(text: str) -> tuple[str, ...]:
    """Return the words of `text` that have accents or ligatures, written without them, for the search."""
    found = {word for word in _WORD.findall(text.lower()) if not word.isascii()}
    return tuple(sorted({_plain(word) for word in found} - {""}))


def _plain(word: str) -> str:
    word = word.replace("œ", "oe").replace("æ", "ae")
    return normalize("NFKD", word).encode("ascii", "ignore").decode()


def of(name: str) -> str:
    """Return `name` after « de »: « de DGEFP », « d’OCAPIAT », « du Département du Pas-de-Calais »."""
    if _CONTRACTED.match(name):
        return f"du {name}"
    return f"d’{name}" if _VOWEL.match(name) else f"de {name}"


def day(value: date | datetime) -> str:
    """Return a day in full: ``1er mars 2026``; of an instant, the day it is in Paris."""
    if isinstance(value, datetime):
        value = day_in_paris(value)
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number} {_MONTHS[value.month - 1]} {value.year}"


def partial(value: PartialDate) -> str:
    """Return a date that may lack its day or month: ``janvier 2024``; nothing is invented."""
    if value.month is None:
        return str(value.year)
    if value.day is None:
        return f"{_MONTHS[value.month - 1]} {value.year}"
    return day(value.earliest)


def instant(value: datetime) -> str:
    """Return an instant in Paris time: ``6 janvier 2025 à 9 h 00``; midnight is left unsaid."""
    local = value.astimezone(PARIS)
    if (local.hour, local.minute) == (0, 0):
        return day(local.date())
    return f"{day(local.date())} à {local.hour} h {local.minute:02}"


def hours(support: SupportHours) -> str:
    """Return « du lundi au vendredi, de 7 h 30 à 19 h 30 »; the hours are those of Paris."""
    first, last = (_DAYS[support.days[at]] for at in (0, -1))
    return f"du {first} au {last}, de {_clock(support.opens)} à {_clock(support.closes)}"


def _clock(at: time) -> str:
    return f"{at.hour} h {at.minute:02}" if at.minute else f"{at.hour} h"


def weight(size: int) -> str:
    """Return a number of bytes as people say it: ``54,3 ko``, ``1,2 Mo``; a space that does not break."""
    if size < 1000:
        return f"{size}\u00a0octets"
    if size < 1_000_000:
        return f"{size / 1000:.1f}\u00a0ko".replace(".", ",")
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")


def received_on(version: Version) -> date | None:
    """Return the day the text was received: that of its source, else its entry into the archive."""
    source = version.metadata.source
    return source.received_on if source else version.metadata.archived_on


def dated(declared_on: PartialDate | None, approved_on: date | None) -> str | None:
    """Return « du 29 mars 2024 », « de janvier 2024 », « approuvée le 8 avril 2025 »: the best date known."""
    if declared_on is not None:
        return f"{'du' if declared_on.day is not None else 'de'} {partial(declared_on)}"
    return f"approuvée le {day(approved_on)}" if approved_on is not None else None


def brief(version: Version) -> str:
    """Return the shortest honest name of a version: its label, else its best date."""
    metadata = version.metadata
    if metadata.label:
        return metadata.label
    if known := dated(metadata.declared_on, metadata.approved_on):
        return f"version {known}"
    received = received_on(version)
    return f"version reçue le {day(received)}" if received else f"version {version.address.slug}"


def name(version: Version) -> str:
    """Return the full name of a version; one without label says so, one without date shows its hash."""
    metadata = version.metadata
    if metadata.label:
        return f"version {metadata.label}"
    if metadata.declared_on or metadata.approved_on:
        return f"{brief(version)}, sans numéro"
    return f"{brief(version)}, sans date ni numéro, empreinte {short(version.text_hash)}"


def standing(value: Standing, service: Service, mode: Mode) -> str:
    """Return the state of a version; only its publisher, or a fiction, says « En vigueur »."""
    if value is Standing.IN_FORCE and not speaks(service, mode):
        value = Standing.LAST_KNOWN
    return STANDINGS[value]


def speaks(service: Service, mode: Mode) -> bool:
    """Whether the archive may state here what is in force: its publisher runs it, or all is fiction."""
    return mode is Mode.PUBLISHER or (mode is Mode.DEMONSTRATION and service.fictional)


def banners(service: Service, version: Version | None, mode: Mode) -> tuple[str, ...]:
    """Return what the reader must know first of a page about `service`, or about one version of it."""
    said = [DEMONSTRATION] if mode is Mode.DEMONSTRATION else []
    if service.fictional:
        said.append("Service imaginaire : ce texte n’engage personne.")
    elif mode is not Mode.PUBLISHER:
        said.append(_copy_notice(service.publisher, version))
    return tuple(said)


def general_banners(mode: Mode) -> tuple[str, ...]:
    """Return what the reader must know first of a page about no service in particular."""
    match mode:
        case Mode.PUBLISHER:
            return ()
        case Mode.DEMONSTRATION:
            return (DEMONSTRATION, COPY)
        case Mode.DOCUMENTARY:
            return (COPY,)


def notices(service: Service, mode: Mode) -> tuple[str, ...]:
    """Return the sentences due at the foot of every page; the publisher's own only when it speaks."""
    return service.notices + (service.publisher_notices if mode is Mode.PUBLISHER else ())


def _copy_notice(publisher: Publisher, version: Version | None) -> str:
    owner = of(publisher.name)
    received = received_on(version) if version else None
    when = f", reçu le {day(received)}" if received else ""
    return f"Copie documentaire, non officielle. Texte {owner}{when}. Seule la publication {owner} fait foi."


def origin(version: Version) -> str:
    """Return how a version entered the archive."""
    if version.metadata.origin is Origin.PUBLICATION:
        return "Publiée depuis cette archive"
    return "Reçue d’ailleurs (versement)"


def dates(version: Version) -> tuple[tuple[str, str | None], ...]:
    """Return the six dates of a version, never merged, with their names; None where unknown."""
    metadata = version.metadata
    published = metadata.published_at
    return (
        (DECLARED, partial(metadata.declared_on) if metadata.declared_on else None),
        ("Approbation", day(metadata.approved_on) if metadata.approved_on else None),
        ("Mise en ligne", instant(published) if published else None),
        ("Prise d’effet", instant(metadata.effective_at) if metadata.effective_at else None),
        ("Acceptation exigée à partir de", instant(metadata.required_at) if metadata.required_at else None),
        ("Entrée dans cette archive", day(metadata.archived_on) if metadata.archived_on else None),
    )


def document_date(metadata: Metadata) -> datetime | None:
    """Return the date that files made from a version bear, in UTC: publication, else entry in the archive."""
    if metadata.published_at is not None:
        return metadata.published_at.astimezone(UTC)
    return datetime.combine(metadata.archived_on, time(), UTC) if metadata.archived_on else None


def today(at: datetime) -> str:
    """Return the day it is in Paris at `at`, in full."""
    return day(day_in_paris(at))
