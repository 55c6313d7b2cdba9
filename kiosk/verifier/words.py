"""The words of `cgu-verify`, in French and in English, and how it names what a statement holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.proof.errors import ProofError
from kiosk.proof.receipt import State
from kiosk.proof.verify import Step, Verdict


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is said in one language."""

    establishes: str
    """What stands on every verdict that does not refuse (WORDS: fixed)."""
    would_establish: str
    """The same under a verdict that refuses, under which nothing is established."""
    promised: str
    """Of a receipt that is signed and not sealed."""
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
    unsealed: str
    """The verdict on a PDF without a seal, when nothing says that it should bear one."""
    no_seal: str
    inside: str
    """Before the verdict on the receipt in a PDF."""
    sealed: str
    """When a PDF says that it was sealed; with `{by}` and `{at}`."""
    seal_attested: str
    """With `{at}`, `{accuracy}` in seconds and `{authority}`."""
    seal_unattested: str
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
    members: Mapping[str, str]
    """Labels of what a statement says beyond its text and its time: kind and member, in the order to tell."""
    values: Mapping[str, Mapping[str, str]]
    """Words for some of their values; under "" that for none, where none is to be told."""
    more: str
    """At the end of a list that is cut short; with `{count}`."""
    unreadable: str
    """For a value that is neither a text nor a whole number."""

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
    would_establish=(
        "Rien n’est établi tant que ce verdict tient. Un justificatif intact établit : quel texte, quelle"
        " décision, quel compte, quelle heure et qui l’atteste. Il n’établit pas : qui était devant l’écran,"
        " que le texte a été lu, que ses clauses sont licites."
        " Ce n’est pas une signature électronique qualifiée."
    ),
    promised=(
        "Promis, non scellé : le registre s’est engagé à inscrire cet enregistrement, et rien ici ne montre"
        " qu’il l’a fait. Téléchargez de nouveau le justificatif : une fois scellé, il le montre."
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
    unsealed="PDF sans cachet, ce qui est imprimé n’est pas vérifié",
    inside="Justificatif joint",
    sealed="Cachet de {by}, daté du {at}",
    seal_attested="existait au plus tard le {at}, à {accuracy} s près, attesté par {authority}",
    seal_unattested="date non attestée",
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
        "decision": "décision", "accepted": "acceptée", "refused": "refusée", "deferred": "reportée",
        "renounced": "renonciation", "terminated": "résiliation",
        "awaiting": "acceptée, dans l’attente de l’accord du représentant légal",
        "publication": "publication d’une version",
        "accession": "entrée d’un texte reçu",
        "contestation": "contestation d’une décision", "notification": "avis envoyé",
        "exposure": "relevé de ce qui a été montré", "erasure": "effacement de données personnelles",
        "sanction": "mesure concernant un compte", "drafting": "travail sur un brouillon",
        "cancellation": "annulation d’une version avant effet", "key-change": "changement de clé du registre",
        "screens": "écran de décision", "incident": "incident du registre",
    },
    fields={
        "account": "compte", "email": "adresse", "organisation_name": "organisation", "siren": "SIREN",
        "siret": "SIRET", "profile": "profil", "capacity_declaration": "qualité déclarée",
        "officer": "personne qui a agi, par son numéro", "words": "motif", "grounds": "griefs",
        "actions": "ce qui est demandé", "answer": "réponse", "contact": "dossier et audition",
        "urgency": "urgence",
    },
    other_field="Champ « {name} »",
    no_label="non renseigné dans le texte source",
    members={
        "decision.capacity": "Qualité",
        "decision.wording.box": "Case",
        "decision.together": "Sous la même case",
        "decision.exposure.compared_with": "Comparée à l’écran avec",
        "decision.previous": "Décision précédente",
        "decision.retention": "Données gardées",
        "contestation.about": "Décision contestée",
        "publication.reason": "Motif",
        "publication.dates.declared_on": "Date du texte",
        "publication.dates.approved_on": "Approuvée le",
        "publication.dates.published_at": "Publiée le",
        "publication.dates.effective_on": "En vigueur le",
        "publication.dates.required_on": "Exigée le",
        "accession.reason": "Motif",
        "accession.dates.declared_on": "Date du texte",
        "accession.dates.archived_on": "Entrée dans l’archive le",
        "notification.purpose": "But de l’avis",
        "notification.channel": "Voie",
        "notification.state": "Remise",
        "notification.about": "Enregistrement concerné",
        "notification.mail_hash": "Empreinte du message",
        "exposure.day": "Jour",
        "exposure.count": "Lignes du relevé",
        "exposure.digest": "Empreinte du relevé",
        "erasure.act": "Cause",
        "erasure.statements": "Enregistrements concernés",
        "erasure.decided_by": "Décidé par",
        "erasure.remedy": "Recours",
        "sanction.act": "Acte",
        "sanction.about": "Enregistrement concerné",
        "sanction.provision": "Disposition",
        "sanction.measure": "Mesure",
        "sanction.until": "Jusqu’au",
        "sanction.answer_by": "Réponse possible jusqu’au",
        "sanction.decided_by": "Décidé par",
        "sanction.remedy": "Recours",
        "drafting.draft": "Brouillon",
        "drafting.number": "Rang de l’acte",
        "drafting.act": "Acte",
        "drafting.service": "Service",
        "drafting.terms": "Document",
        "drafting.revision": "État du texte",
        "drafting.content_hash": "Empreinte du contenu",
        "drafting.place": "Endroit",
        "drafting.about": "Acte auquel il répond",
        "drafting.function": "Par",
        "drafting.due_at": "Prévue le",
        "cancellation.reason": "Motif",
        "cancellation.decided_by": "Décidé par",
        "key-change.old": "Clé remplacée",
        "key-change.new": "Nouvelle clé",
        "key-change.reason": "Motif",
        "key-change.size": "Feuilles du registre alors",
        "screens.release": "Version du logiciel",
        "screens.screen": "Empreinte de l’écran",
        "screens.files": "Fichiers de l’écran",
        "incident.nature": "Nature",
        "incident.details": "Détails",
    },
    values={
        "decision.capacity": {
            "self": "en son nom", "organisation": "au nom d’une organisation",
            "representative": "accord du représentant légal",
        },
        "notification.channel": {"mail": "courriel", "folder": "fichier, sans envoi"},
        "notification.state": {
            "handed": "remis au serveur", "refused": "non remis",
            "bounced": "non remis : revenu au serveur",
        },
        "erasure.act": {
            "account": "suppression du compte", "request": "demande d’effacement",
            "term": "fin de la durée de conservation",
        },
        "erasure.statements": {"": "aucun"},
        "sanction.act": {
            "answer": "réponse de la personne", "dropped": "procédure close sans mesure",
            "measure": "mesure décidée", "notice": "avis avant mesure",
            "restored": "mesure levée", "urgent": "mesure prise d’urgence",
        },
        "sanction.until": {"": "sans terme fixé"},
        "drafting.act": {
            "abandoned": "brouillon abandonné", "approved": "approbation",
            "cancelled": "annulation avant effet, demandée ou confirmée", "commented": "commentaire",
            "linked": "lien de lecture ouvert", "opened": "brouillon ouvert",
            "published": "publication", "resolved": "commentaire clos",
            "returned": "renvoyé à l’auteur", "revised": "texte modifié",
            "scheduled": "publication programmée", "silenced": "signalement écarté",
            "submitted": "soumis à approbation",
            "uncancelled": "demande d’annulation retirée", "unlinked": "lien de lecture fermé",
            "unscheduled": "programmation levée", "visa": "visa externe",
            "withdrawn": "approbation retirée",
        },
        "key-change.reason": {
            "routine": "remplacement prévu", "lost": "clé perdue", "stolen": "clé volée",
        },
        "incident.nature": {"clock": "horloge du serveur", "recovery": "reprise du registre"},
    },
    more="et {count} autres",
    unreadable="illisible",
)  # fmt: skip
ENGLISH = Words(
    establishes=(
        "Establishes: which text, which decision, which account, which time and who attests it. Does not"
        " establish: who was before the screen, that the text was read, that its clauses are lawful."
        " This is not a qualified electronic signature. Only the French text is binding."
    ),
    would_establish=(
        "Nothing is established as long as this verdict stands. An intact receipt establishes: which text,"
        " which decision, which account, which time and who attests it. It does not establish: who was before"
        " the screen, that the text was read, that its clauses are lawful."
        " This is not a qualified electronic signature. Only the French text is binding."
    ),
    promised=(
        "Promised, not sealed: the ledger undertook to enter this statement, and nothing here shows that it"
        " did. Download the receipt again: once it is sealed, it shows that."
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
    unsealed="PDF without a seal, what is printed is not verified",
    inside="Receipt inside",
    sealed="Seal of {by}, dated {at}",
    seal_attested="was there by {at}, give or take {accuracy} s, attested by {authority}",
    seal_unattested="date not attested",
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
        "decision": "decision", "accepted": "accepted", "refused": "refused", "deferred": "deferred",
        "renounced": "renounced", "terminated": "terminated",
        "awaiting": "accepted, awaiting the agreement of the legal representative",
        "publication": "publication of a version",
        "accession": "entry of a text that was received",
        "contestation": "contestation of a decision", "notification": "notice sent",
        "exposure": "record of what was shown", "erasure": "erasure of personal data",
        "sanction": "measure about an account", "drafting": "work on a draft",
        "cancellation": "cancellation of a version before it took effect",
        "key-change": "change of the ledger's key",
        "screens": "screen of the decision", "incident": "incident of the ledger",
    },
    fields={
        "account": "account", "email": "address", "organisation_name": "organisation", "siren": "SIREN",
        "siret": "SIRET", "profile": "profile", "capacity_declaration": "declared capacity",
        "officer": "who acted, by their number", "words": "words", "grounds": "grounds",
        "actions": "what is asked", "answer": "answer", "contact": "file and hearing", "urgency": "urgency",
    },
    other_field="Field “{name}”",
    no_label="not given in the source text",
    members={
        "decision.capacity": "Capacity",
        "decision.wording.box": "Box",
        "decision.together": "Under the same box",
        "decision.exposure.compared_with": "Compared on the screen with",
        "decision.previous": "Decision before",
        "decision.retention": "Data kept",
        "contestation.about": "Decision contested",
        "publication.reason": "Reason",
        "publication.dates.declared_on": "Date of the text",
        "publication.dates.approved_on": "Approved on",
        "publication.dates.published_at": "Published at",
        "publication.dates.effective_on": "In force on",
        "publication.dates.required_on": "Required on",
        "accession.reason": "Reason",
        "accession.dates.declared_on": "Date of the text",
        "accession.dates.archived_on": "Entered in the archive on",
        "notification.purpose": "Purpose of the notice",
        "notification.channel": "Channel",
        "notification.state": "Delivery",
        "notification.about": "Statement concerned",
        "notification.mail_hash": "Hash of the message",
        "exposure.day": "Day",
        "exposure.count": "Lines of the record",
        "exposure.digest": "Hash of the record",
        "erasure.act": "Cause",
        "erasure.statements": "Statements concerned",
        "erasure.decided_by": "Decided by",
        "erasure.remedy": "Remedy",
        "sanction.act": "Act",
        "sanction.about": "Statement concerned",
        "sanction.provision": "Provision",
        "sanction.measure": "Measure",
        "sanction.until": "Until",
        "sanction.answer_by": "Answer possible until",
        "sanction.decided_by": "Decided by",
        "sanction.remedy": "Remedy",
        "drafting.draft": "Draft",
        "drafting.number": "Rank of the act",
        "drafting.act": "Act",
        "drafting.service": "Service",
        "drafting.terms": "Document",
        "drafting.revision": "State of the text",
        "drafting.content_hash": "Hash of the content",
        "drafting.place": "Place",
        "drafting.about": "Act that it answers",
        "drafting.function": "By",
        "drafting.due_at": "Due at",
        "cancellation.reason": "Reason",
        "cancellation.decided_by": "Decided by",
        "key-change.old": "Key replaced",
        "key-change.new": "New key",
        "key-change.reason": "Reason",
        "key-change.size": "Leaves of the ledger then",
        "screens.release": "Version of the software",
        "screens.screen": "Hash of the screen",
        "screens.files": "Files of the screen",
        "incident.nature": "Nature",
        "incident.details": "Details",
    },
    values={
        "decision.capacity": {
            "self": "in one's own name", "organisation": "in the name of an organisation",
            "representative": "agreement of the legal representative",
        },
        "notification.channel": {"mail": "mail", "folder": "file, sent to nobody"},
        "notification.state": {
            "handed": "handed to the server", "refused": "not handed over",
            "bounced": "came back undelivered",
        },
        "erasure.act": {
            "account": "deletion of the account", "request": "request for erasure",
            "term": "end of the time of retention",
        },
        "erasure.statements": {"": "none"},
        "sanction.act": {
            "answer": "answer of the person", "dropped": "procedure closed without a measure",
            "measure": "measure decided", "notice": "notice before a measure",
            "restored": "measure lifted", "urgent": "measure taken at once",
        },
        "sanction.until": {"": "no end set"},
        "drafting.act": {
            "abandoned": "draft abandoned", "approved": "approval",
            "cancelled": "cancellation before effect, asked or confirmed", "commented": "comment",
            "linked": "reading link opened", "opened": "draft opened", "published": "publication",
            "resolved": "comment closed", "returned": "returned to the author",
            "revised": "text changed", "scheduled": "publication scheduled",
            "silenced": "finding set aside", "submitted": "submitted for approval",
            "uncancelled": "request to cancel taken back",
            "unlinked": "reading link closed", "unscheduled": "no longer scheduled",
            "visa": "external visa", "withdrawn": "approval withdrawn",
        },
        "key-change.reason": {
            "routine": "planned replacement", "lost": "key lost", "stolen": "key stolen",
        },
        "incident.nature": {"clock": "clock of the server", "recovery": "recovery of the ledger"},
    },
    more="and {count} more",
    unreadable="unreadable",
)  # fmt: skip
LANGUAGES = {"fr": FRENCH, "en": ENGLISH}


def printable(value: str) -> str:
    """Return `value` on one line, without what could rewrite a terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value
    )
