"""What each table holds of a person, in words; what is not handed over, and why. Pure declarations.

A column of a person that is neither said nor withheld here fails a test: none is left out by oversight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Link(StrEnum):
    """How the rows of a person are found in a table."""

    ACCOUNT = "account"
    """By its column `account_id`; in `account`, by `id`."""
    SUBJECT = "subject"
    """By its column `subject_id`, the random identifier that the person's statements carry."""
    STATEMENT = "statement"
    """By its column `statement_hash`, among the statements about the person."""
    ADDRESS = "address"
    """By publisher and address."""
    REPORT = "report"
    """By the reports of the person."""


class Why(StrEnum):
    """Why something is not handed over; the words that the person reads."""

    HASHED = (
        "Empreinte d’un secret (mot de passe, code, lien, connexion) : ce n’en est pas la valeur, et la"
        " remettre affaiblirait votre compte."
    )
    COLLEAGUE = "Nom de la personne qui a décidé : donnée d’un tiers (RGPD, article 15, paragraphe 4)."
    IN_RECEIPTS = "Remis dans les justificatifs joints, octet pour octet."
    KEYED = (
        "Comptage d’essais, sous une empreinte à clé qui ne dit pas de qui ; effacé après un jour au plus."
    )
    CODES = (
        "Codes d’inscription donnés par l’éditeur, sous empreinte à clé : rien n’y dit qui s’en est servi."
    )
    APART = (
        "Gardé à part, hors d’atteinte de ce site, après la suppression d’un compte : rien n’y concerne un"
        " compte ouvert. Le délégué à la protection des données y a accès."
    )
    NO_ACCOUNT = "Codes de qui a accepté sans compte : rien n’y est relié au vôtre."
    PROPOSED = (
        "Mesure proposée, que personne n’a encore confirmée : elle vous est notifiée avec ses motifs dès"
        " qu’elle est prise."
    )
    LITIGATION = (
        "Tenu par le service juridique pour la défense d’un droit : le délégué à la protection des données"
        " vous répond après avoir vérifié les droits des tiers (RGPD, article 15, paragraphe 4)."
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds of a person."""

    title: str
    link: Link
    columns: Mapping[str, str]
    """What each column is called, those that are handed over."""
    withheld: Mapping[str, Why] = field(default_factory=dict)


_AT = "Date"
_SERVICE = "Service"
_STATEMENT = "Empreinte de l’enregistrement"
_SUBJECT = "Identifiant dans les enregistrements"

HOLDINGS: Mapping[str, Holding] = {
    "account": Holding(
        "Votre compte",
        Link.ACCOUNT,
        {
            "id": "Identifiant", "publisher": "Éditeur", "service": "Service d’inscription",
            "email": "Adresse électronique", "email_key": "Adresse, telle qu’elle est comparée",
            "password_changed_at": "Mot de passe changé le", "profile": "Profil",
            "organisation_name": "Organisation", "siren": "SIREN",
            "organisation_checked_at": "Organisation confirmée le", "sign_up_step": "Étape de l’inscription",
            "created_at": "Ouvert le", "deactivated_at": "Désactivé le",
            "last_signed_in_at": "Dernière connexion", "unused_warned_at": "Suppression annoncée le",
            "closing_id": "Numéro de suppression", "renewal_told": "Rappels de renouvellement",
            "suspension_proposed_at": "Suspension proposée le", "measures": "Mesures en cours",
            "profiles": "Profils aux autres services",
        },
        {"password_hash": Why.HASHED},
    ),
    "account_field": Holding(
        "Ce que vous avez dit de vous",
        Link.ACCOUNT,
        {"account_id": "Compte", "field": "Champ", "value": "Valeur"},
    ),
    "consent_change": Holding(
        "Vos accords, donnés et retirés",
        Link.ACCOUNT,
        {
            "account_id": "Compte", "service": _SERVICE, "channel": "Objet", "sequence": "Ordre",
            "given": "Accord donné", "words": "Phrase de la case", "at": _AT,
        },
    ),
    "sign_in": Holding(
        "Vos connexions ouvertes",
        Link.ACCOUNT,
        {
            "account_id": "Compte", "created_at": "Ouverte le", "expires_at": "Se ferme le",
            "confirmed_at": "Mot de passe retapé le", "seen_on": "Dernier jour d’usage",
            "family": "Navigateur et système",
        },
        {"token_hash": Why.HASHED},
    ),
    "recovery_code": Holding(
        "Vos codes de secours", Link.ACCOUNT,
        {"account_id": "Compte", "created_at": "Créé le"}, {"code_hash": Why.HASHED},
    ),
    "recovery_request": Holding(
        "Vos demandes de changement d’adresse sans accès à la boîte",
        Link.ACCOUNT,
        {
            "id": "Identifiant", "publisher": "Éditeur", "account_id": "Compte", "way": "Voie",
            "verification_id": "Vérification", "email": "Nouvelle adresse",
            "email_key": "Nouvelle adresse, telle qu’elle est comparée", "former": "Ancienne adresse",
            "words": "Ce que vous avez écrit", "asked_at": "Demandée le", "proved_at": "Adresse prouvée le",
            "approved_at": "Approuvée le", "seconded_at": "Approuvée une seconde fois le",
            "reason": "Motif du refus", "outcome": "Issue", "ended_at": "Terminée le",
        },
        {
            "code_hash": Why.HASHED, "objection_hash": Why.HASHED, "approved_by": Why.COLLEAGUE,
            "seconded_by": Why.COLLEAGUE, "refused_by": Why.COLLEAGUE,
        },
    ),
    "verification": Holding(
        "Les adresses que vous avez prouvées, ou voulu prouver",
        Link.ADDRESS,
        {
            "id": "Identifiant", "publisher": "Éditeur", "service": _SERVICE, "purpose": "Objet",
            "email": "Adresse électronique", "email_key": "Adresse, telle qu’elle est comparée",
            "wrong_codes": "Codes faux", "created_at": "Demandée le", "expires_at": "Valable jusqu’au",
            "verified_at": "Prouvée le", "used_at": "Employée le", "profile": "Profil",
            "sign_up_step": "Étape de l’inscription", "answers": "Réponses", "account_id": "Compte",
        },
        {
            "code_hash": Why.HASHED, "link_hash": Why.HASHED, "password_hash": Why.HASHED,
            "code_to_use": Why.HASHED,
        },
    ),
    "incident_words": Holding(
        "Vos signalements",
        Link.ACCOUNT,
        {"report_id": "Signalement", "account_id": "Compte", "words": "Ce que vous avez écrit"},
    ),
    "incident_report": Holding(
        "À qui ils ont été transmis",
        Link.REPORT,
        {
            "id": "Identifiant", "publisher": "Éditeur", "services": "Services", "address": "Adresse",
            "received_at": "Reçu le",
        },
    ),
    "subject": Holding(
        "Votre identifiant dans les enregistrements",
        Link.ACCOUNT,
        {"id": _SUBJECT, "account_id": "Compte", "turn": "Nombre de fois où vous avez décidé"},
    ),
    "decision": Holding(
        "Vos décisions",
        Link.SUBJECT,
        {
            "id": "Identifiant", "subject_id": _SUBJECT, "version_id": "Numéro de la version",
            "service": _SERVICE, "terms": "Document", "kind": "Décision", "sequence": "Ordre",
            "decided_at": _AT, "form_id": "Formulaire", "statement_hash": _STATEMENT,
        },
    ),
    "representative_request": Holding(
        "L’accord demandé à votre représentant légal",
        Link.ACCOUNT,
        {
            "id": "Identifiant", "account_id": "Compte", "decision_id": "Décision qui attend",
            "service": _SERVICE, "terms": "Document", "email": "Adresse que vous avez donnée",
            "expires_at": "Valable jusqu’au",
        },
        {"link_hash": Why.HASHED},
    ),
    "sanction_act": Holding(
        "Les mesures vous concernant",
        Link.SUBJECT,
        {
            "id": "Identifiant", "procedure_id": "Procédure", "sequence": "Ordre", "publisher": "Éditeur",
            "subject_id": _SUBJECT, "service": _SERVICE, "terms": "Document",
            "version_id": "Numéro de la version", "provision": "Clause", "act": "Acte", "measure": "Mesure",
            "right_name": "Droit concerné", "ground": "Fondement", "until": "Jusqu’au",
            "answer_by": "Réponse attendue avant le", "days": "Jours pour répondre",
            "reached_on": "Reçu par une autre voie le", "function": "Fonction de qui a agi", "at": _AT,
            "form_id": "Formulaire", "statement_hash": _STATEMENT,
        },
        {"officer_id": Why.COLLEAGUE},
    ),
    "administration_act": Holding(
        "Ce que le personnel de l’éditeur a fait de votre compte",
        Link.SUBJECT,
        {
            "statement_hash": _STATEMENT, "act": "Acte", "publisher": "Éditeur", "subject_id": _SUBJECT,
            "function": "Fonction de qui a agi", "at": _AT,
        },
        {"record": Why.COLLEAGUE, "officer_id": Why.COLLEAGUE},
    ),
    "act_words": Holding(
        "Pourquoi le personnel de l’éditeur a consulté ou modifié votre compte",
        Link.ACCOUNT,
        {"account_id": "Compte", "reason": "Motif"},
        {"officer_id": Why.COLLEAGUE, "sequence": Why.COLLEAGUE},
    ),
    "contestation": Holding(
        "Vos contestations",
        Link.SUBJECT,
        {
            "id": "Identifiant", "subject_id": _SUBJECT, "about": "Enregistrement contesté",
            "contested_at": _AT, "form_id": "Formulaire", "statement_hash": _STATEMENT,
        },
    ),
    "notification": Holding(
        "Les messages qui vous ont été envoyés sur vos décisions et vos textes",
        Link.SUBJECT,
        {
            "statement_hash": _STATEMENT, "subject_id": _SUBJECT, "about": "Enregistrement concerné",
            "purpose": "Objet", "channel": "Voie", "state": "État", "handed_at": _AT, "message": "Message",
        },
    ),
    "disclosure": Holding(
        "Ce qui vous nomme dans les enregistrements",
        Link.STATEMENT,
        {"statement_hash": _STATEMENT, "field": "Champ", "salt": "Sel", "value": "Valeur"},
    ),
    "task": Holding(
        "Les messages qui attendent de partir, ou qui n’ont pas pu partir",
        Link.ADDRESS,
        {
            "id": "Numéro", "kind": "Nature", "key": "Clé", "payload": "Contenu", "created_at": "Demandé le",
            "due_at": "À envoyer le", "attempts": "Essais", "done_at": "Terminé le", "state": "État",
            "error": "Erreur", "mailing": "Envoi groupé",
        },
    ),
    "trace": Holding(
        "Les traces de votre compte, gardées un an",
        Link.ACCOUNT,
        {
            "id": "Numéro", "account_id": "Compte", "event": "Événement", "at": _AT, "service": _SERVICE,
            "version_id": "Numéro de la version", "day": "Jour", "salt": "Sel",
        },
    ),
    "rights_request": Holding(
        "Vos demandes sur vos données",
        Link.ACCOUNT,
        {
            "id": "Référence", "publisher": "Éditeur", "account_id": "Compte", "subject_id": _SUBJECT,
            "email": "Adresse de réponse", "wanted": "Objet", "words": "Ce que vous avez écrit",
            "received_at": "Reçue le", "due_at": "Échéance", "extended_at": "Prolongée le",
            "extension_reasons": "Motif de la prolongation", "decided_at": "Répondue le", "outcome": "Issue",
            "function": "Fonction de qui a répondu", "reasons": "Réponse", "remedy": "Recours",
            "statement_hash": _STATEMENT, "ends_at": "Effacée du registre le",
            "lifted_at": "Limitation levée le",
        },
        {"decided_by": Why.COLLEAGUE},
    ),
}  # fmt: skip
"""By name of table."""

ELSEWHERE: Mapping[str, Why] = {
    "statement": Why.IN_RECEIPTS,
    "attempt": Why.KEYED,
    "registration_code": Why.CODES,
    "archived_disclosure": Why.APART,
    "legal_hold": Why.LITIGATION,
    "evidence_request": Why.LITIGATION,
    "evidence_act": Why.LITIGATION,
    "evidence_words": Why.LITIGATION,
    "receipt_code": Why.NO_ACCOUNT,
    "sanction_proposal": Why.PROPOSED,
    "barred_address": Why.NO_ACCOUNT,
}
"""Tables that may speak of a person and are not handed over row by row."""

OF_NOBODY = frozenset({
    "announcement", "announcement_act", "attached_file", "cancelled_version", "checkpoint",
    "clock_observation", "closure", "comparison_shown", "cosignature", "draft", "draft_act",
    "draft_revision", "erased_statement", "exposure_digest", "ledger_leaf", "ledger_tile", "link_act",
    "pending", "published_version", "reading_link", "received_file", "reminder", "screen", "screen_file",
    "security_notice", "timestamp_attempt", "timestamp_token",
    "officer", "officer_code", "officer_key", "officer_record", "officer_role", "officer_session",
    "officer_totp", "search_salt",
})  # fmt: skip
"""Tables about texts, the ledger, or the staff of a publisher."""
