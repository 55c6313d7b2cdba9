"""What `cgu-verify` says in French."""

from __future__ import annotations

from kiosk.proof.receipt import State
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier.words import Words

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
        "administration": "acte d’administration",
        "cancellation": "annulation d’une version avant effet", "key-change": "changement de clé du registre",
        "screens": "écran de décision", "incident": "incident du registre",
    },
    fields={
        "account": "compte", "email": "adresse", "organisation_name": "organisation", "siren": "SIREN",
        "siret": "SIRET", "profile": "profil", "capacity_declaration": "qualité déclarée",
        "count": "nombre de personnes ou de messages",
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
        "administration.act": "Acte",
        "administration.publisher": "Éditeur",
        "administration.services": "Services",
        "administration.about": "Empreinte de l’objet",
        "administration.function": "Par",
        "administration.until": "Jusqu’au",
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
        "administration.act": {
            "deactivated": "compte désactivé", "link-removed": "lien retiré des textes",
            "link-restored": "lien rétabli", "link-verified": "lien vérifié",
            "mailing-resumed": "envoi repris", "mailing-stopped": "envoi arrêté",
            "measure-released": "mesure levée après la suppression du compte",
            "notice-confirmed": "avis de sécurité confirmé", "notice-stopped": "avis de sécurité arrêté",
            "notice-written": "avis de sécurité écrit", "reactivated": "compte réactivé",
            "reminder-asked": "rappel demandé", "reminder-stopped": "rappel arrêté",
            "service-closed": "service fermé", "service-opened": "service rouvert",
        },
        "administration.services": {"": "aucun en particulier"},
        "key-change.reason": {
            "routine": "remplacement prévu", "lost": "clé perdue", "stolen": "clé volée",
        },
        "incident.nature": {"clock": "horloge du serveur", "recovery": "reprise du registre"},
    },
    more="et {count} autres",
    unreadable="illisible",
)  # fmt: skip
