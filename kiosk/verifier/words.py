"""What `cgu-verify` says to people, in French and in English, and how it names what a statement holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kiosk.proof import checkpoint, note
from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import Receipt, State
from kiosk.proof.statement import Statement
from kiosk.proof.times import Bounds
from kiosk.proof.verify import Step, Verdict

if TYPE_CHECKING:
    from kiosk.proof.token import Attested

LATE = timedelta(hours=26)
"""A token that comes later than this after the stated time is said to: one is asked for every hour."""


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is said in one language."""

    establishes: str
    verdicts: Mapping[Verdict, str]
    """That of `ALTERED` ends where the number of the step comes."""
    steps: Mapping[Step, str]
    yes: str
    no: str
    not_examined: str
    not_applicable: str
    colon: str
    says: str
    claims: str
    """Before what the file says, when it is not proved."""
    comparison_not_examined: str
    comparison_unread: str
    no_seal: str
    unattested: str
    by_server: str
    attested: str
    """With `{at}`, `{accuracy}` in seconds and `{authority}`."""
    by_nobody: str
    late: str
    """With `{hours}`."""
    leaf: str
    """With `{index}`, `{size}` and `{origin}`."""
    states: Mapping[State, str]
    labels: Mapping[str, str]
    kinds: Mapping[str, str]
    fields: Mapping[str, str]
    other_field: str
    """With `{name}`."""
    no_label: str

    def verdict(self, verdict: Verdict, refused: ProofError | None) -> str:
        """Return the verdict on a file, with the step that refused it."""
        said = self.verdicts[verdict]
        return f"{said}{refused.step}" if refused and verdict is Verdict.ALTERED else said


FRENCH = Words(
    establishes=(
        "Établit : quel texte, quelle décision, quel compte, quelle heure et qui l’atteste."
        " N’établit pas : qui était devant l’écran, que le texte a été lu, que ses clauses sont licites."
        " Ce n’est pas une signature électronique qualifiée."
    ),
    verdicts={
        Verdict.INTACT: "Intact",
        Verdict.UNATTESTED: "Intact, heure non attestée",
        Verdict.ALTERED: "Altéré ou incomplet : étape ",
        Verdict.UNKNOWN_KEY: "Clé inconnue",
        Verdict.SPECIMEN: "Spécimen sans valeur",
    },
    steps={
        Step.FORMAT: "format du justificatif",
        Step.STATEMENT: "enregistrement sous sa forme canonique",
        Step.DISCLOSURES: "données personnelles jointes conformes à l’enregistrement",
        Step.SIGNATURE: "signature du registre par une clé connue",
        Step.INCLUSION: "enregistrement présent dans le registre signé",
        Step.TIME: "heures concordantes, jetons d’horodatage valables s’il y en a",
        Step.ENVIRONMENT: "enregistrement d’un éditeur, non d’une démonstration",
        Step.WITNESSES: "registre vu par assez de témoins connus",
        Step.WHOLE: "fichier complet",
        Step.TEXT: "texte joint identique au texte visé",
        Step.COMPARISON: (
            "comparaison jointe identique à celle que la décision désigne, faite de ces deux textes"
        ),
        Step.SEAL: "cachet du PDF par un certificat connu",
    },
    yes="oui",
    no="NON",
    not_examined="non examiné",
    not_applicable="sans objet",
    colon=" : ",
    says="L’enregistrement dit :",
    claims="Le fichier dit, sans que cela soit prouvé :",
    comparison_not_examined=(
        "La comparaison jointe est celle dont la décision porte l’empreinte, et contient les deux textes,"
        " octet pour octet. Ce qu’elle marque comme ajouté, supprimé ou déplacé n’est pas réexaminé : pour le"
        " contrôler, comparez de nouveau les deux textes."
    ),
    comparison_unread=(
        "La comparaison jointe n’est pas lue : aucune clé de confiance n’a signé ce justificatif."
    ),
    no_seal=(
        "Ce PDF ne porte pas de cachet : seul le justificatif qu’il contient est vérifié, pas ce qui est"
        " imprimé."
    ),
    unattested="heure du serveur, non attestée par un tiers",
    by_server="heure du serveur",
    attested="{at}, à {accuracy} s près, attesté par {authority}",
    by_nobody="personne ne l’atteste",
    late="L’attestation de l’heure vient {hours} heures après l’heure dite : seule la première est établie.",
    leaf="feuille {index} d’un registre de {size}, {origin}",
    states={
        State.SIGNED: "signé, pas encore scellé",
        State.SEALED: "scellé",
        State.STAMPED: "horodaté",
    },
    labels={
        "about": "Objet", "text": "Texte", "label": "Numéro", "text_hash": "Empreinte du texte",
        "time": "Heure", "earliest": "Au plus tôt", "latest": "Au plus tard",
        "environment": "Environnement", "state": "État", "leaf": "Registre", "undisclosed": "Non divulgué",
    },
    kinds={
        "accepted": "acceptée", "refused": "refusée", "deferred": "reportée", "renounced": "renonciation",
        "publication": "publication d’une version", "accession": "entrée d’un texte reçu",
        "contestation": "contestation d’une décision", "notification": "avis envoyé",
        "exposure": "relevé de ce qui a été montré", "erasure": "effacement de données personnelles",
        "sanction": "mesure prise sur un compte", "key-change": "changement de clé du registre",
        "screens": "écran de décision", "incident": "incident du registre",
    },
    fields={
        "account": "compte", "email": "adresse", "organisation_name": "organisation", "siren": "SIREN",
        "siret": "SIRET", "profile": "profil", "capacity_declaration": "qualité déclarée",
        "words": "motif", "grounds": "griefs",
    },
    other_field="Champ « {name} »",
    no_label="non renseigné dans le texte source",
)  # fmt: skip
ENGLISH = Words(
    establishes=(
        "Establishes: which text, which decision, which account, which time and who attests it. Does not"
        " establish: who was before the screen, that the text was read, that its clauses are lawful."
        " This is not a qualified electronic signature. Only the French text is binding."
    ),
    verdicts={
        Verdict.INTACT: "Intact",
        Verdict.UNATTESTED: "Intact, time not attested",
        Verdict.ALTERED: "Altered or incomplete: step ",
        Verdict.UNKNOWN_KEY: "Unknown key",
        Verdict.SPECIMEN: "Specimen without value",
    },
    steps={
        Step.FORMAT: "format of the receipt",
        Step.STATEMENT: "statement in its canonical form",
        Step.DISCLOSURES: "personal data disclosed agree with the statement",
        Step.SIGNATURE: "signed for the ledger by a known key",
        Step.INCLUSION: "statement is in the signed ledger",
        Step.TIME: "times agree, time tokens hold if there are any",
        Step.ENVIRONMENT: "statement of a publisher, not of a demonstration",
        Step.WITNESSES: "ledger seen by enough known witnesses",
        Step.WHOLE: "file complete",
        Step.TEXT: "text given is the text decided on",
        Step.COMPARISON: "comparison given is the one the decision names, made of these two texts",
        Step.SEAL: "PDF sealed by a known certificate",
    },
    yes="yes",
    no="NO",
    not_examined="not examined",
    not_applicable="does not apply",
    colon=": ",
    says="The statement says:",
    claims="The file says, without proof:",
    comparison_not_examined=(
        "The comparison given is the one whose hash the decision carries, and holds both texts, byte for"
        " byte. What it marks as added, removed or moved is not examined: to check that, compare the two"
        " texts again."
    ),
    comparison_unread="The comparison given is not read: no trusted key signed this receipt.",
    no_seal="This PDF bears no seal: only the receipt in it is verified, not what is printed.",
    unattested="time of the server, attested by no third party",
    by_server="time of the server",
    attested="{at}, give or take {accuracy} s, attested by {authority}",
    by_nobody="nobody attests it",
    late="The time is attested {hours} hours after the stated time: only the former is established.",
    leaf="leaf {index} of a ledger of {size}, {origin}",
    states={
        State.SIGNED: "signed, not sealed yet",
        State.SEALED: "sealed",
        State.STAMPED: "time-stamped",
    },
    labels={
        "about": "About", "text": "Text", "label": "Number", "text_hash": "Hash of the text",
        "time": "Time", "earliest": "At the earliest", "latest": "At the latest",
        "environment": "Environment", "state": "State", "leaf": "Ledger", "undisclosed": "Not disclosed",
    },
    kinds={
        "accepted": "accepted", "refused": "refused", "deferred": "deferred", "renounced": "renounced",
        "publication": "publication of a version", "accession": "entry of a text that was received",
        "contestation": "contestation of a decision", "notification": "notice sent",
        "exposure": "record of what was shown", "erasure": "erasure of personal data",
        "sanction": "measure taken on an account", "key-change": "change of the ledger's key",
        "screens": "screen of the decision", "incident": "incident of the ledger",
    },
    fields={
        "account": "account", "email": "address", "organisation_name": "organisation", "siren": "SIREN",
        "siret": "SIRET", "profile": "profile", "capacity_declaration": "declared capacity",
        "words": "words", "grounds": "grounds",
    },
    other_field="Field “{name}”",
    no_label="not given in the source text",
)  # fmt: skip
LANGUAGES = {"fr": FRENCH, "en": ENGLISH}


def facts(held: Receipt, said: Statement, bounds: Bounds, words: Words) -> dict[str, str]:
    """Return what the statement, its proof and the disclosures say, label to value; nothing is verified.

    `bounds` are the times between which it was made, as a verification found them.
    """
    told = {words.labels[name]: value for name, value in _said(held, said, bounds, words)}
    told |= {_label(one.field, words): one.value for one in held.disclosures}
    closed = sorted(set(said.commitments) - {one.field for one in held.disclosures})
    if closed:
        told[words.labels["undisclosed"]] = ", ".join(words.fields.get(name, name) for name in closed)
    return {label: printable(value) for label, value in told.items()}


def lateness(said: Statement, attested: Attested | None, words: Words) -> str | None:
    """Return what is to be said when the time was attested long after the stated one."""
    at = _instant(said.members.get("at"))
    if at is None or attested is None or attested.at - at <= LATE:
        return None
    return words.late.format(hours=(attested.at - at) // timedelta(hours=1))


def _said(held: Receipt, said: Statement, bounds: Bounds, words: Words) -> Iterator[tuple[str, str]]:
    members = said.members
    kind = str(members.get("kind"))
    yield "about", words.kinds.get(str(members.get("decision")), words.kinds.get(kind, kind))
    document = members.get("document")
    if isinstance(document, Mapping):
        yield "text", "/".join(str(document.get(name)) for name in ("service", "terms", "version"))
        yield "label", str(document.get("label") or words.no_label)
        yield "text_hash", str(document.get("text_hash"))
    clock = words.unattested if bounds.latest is None else words.by_server
    yield "time", f"{members.get('at')} ({clock})"
    yield "earliest", _attested(bounds.earliest, words)
    yield "latest", _attested(bounds.latest, words)
    yield "state", words.states[held.state]
    leaf = _leaf(held, words)
    if leaf:
        yield "leaf", leaf
    yield "environment", str(members.get("environment"))


def _attested(found: Attested | None, words: Words) -> str:
    """Return which time is attested, how exactly and by whom; or that none is."""
    if found is None:
        return words.by_nobody
    at = f"{found.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    accuracy = f"{found.accuracy.total_seconds():g}"
    return words.attested.format(at=at, accuracy=accuracy, authority=found.authority)


def _leaf(held: Receipt, words: Words) -> str | None:
    """Return where the statement is, as the receipt says; None when it says nothing that can be read."""
    if held.proof is None:
        return None
    try:
        head = checkpoint.parse(note.parse(held.proof.checkpoint).text)
    except ProofError:
        return None
    return words.leaf.format(index=held.proof.index, size=head.size, origin=head.origin)


def _label(field: str, words: Words) -> str:
    """Return how a disclosed field is named; one we do not know must not pass for what the statement says."""
    known = words.fields.get(field)
    return known[0].upper() + known[1:] if known else words.other_field.format(name=printable(field))


def _instant(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def printable(value: str) -> str:
    """Return `value` on one line, without what could rewrite a terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value
    )
