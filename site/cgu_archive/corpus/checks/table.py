"""The rules of reading, by number: what each looks for, how much it weighs, why, and where it was learnt.

Other checks have no number: they guard the corpus itself (files, fields, settings of a service).
"""

from __future__ import annotations

from dataclasses import dataclass

from cgu_archive.corpus.errors import Finding, Severity


@dataclass(frozen=True, slots=True)
class Card:
    """One rule, as people who write texts read of it."""

    id: str
    """``L-07``: never given to another rule."""
    title: str
    severity: Severity
    """In a draft; of a text that cannot be mended, an error is only said as a warning."""
    why: str
    source: str
    """Where the fault was met, or the rule that forbids it."""
    names: tuple[str, ...] = ()
    """Checks in kebab case that are this rule."""


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

RULES: tuple[Card, ...] = (
    Card("L-01", "Lettres qui en imitent d’autres dans une adresse", _E,
         "Une adresse écrite avec des lettres grecques ou cyrilliques n’atteint personne, et peut tromper.",
         "SOFFi, paragraphe 33 : « misi » en lettres grecques.", ("link-confusable",)),
    Card("L-02", "Lien qui ne mène nulle part", _E,
         "Le lecteur est renvoyé à un endroit que le texte ne donne pas.",
         "SOFFi, paragraphe 32 ; portail de service, point 11 ; OCAPIAT, article 5 ; MonJob62.",
         ("link-lost", "link-broken")),
    Card("L-03", "Mention sans contenu", _E,
         "« Version : » ou « Date : » laissé vide : on ne sait plus quel texte on lit.",
         "SOFFi, en-tête ; MonJob62, « Dernière mise à jour : ».", ("blank-field",)),
    Card("L-04", "Deux règles de mot de passe", _E,
         "Personne ne sait laquelle s’applique ; le logiciel retient la plus stricte.",
         "SOFFi, paragraphes 28 et 33, et portail de service, point 8."),
    Card("L-05", "Élément répété dans une liste", _W,
         "Une liste qui dit deux fois la même chose laisse croire à deux choses.",
         "Portail de service, point 1 : DACCORD."),
    Card("L-06", "Passage dit deux fois", _I,
         "Deux passages presque pareils divergent à la première correction.",
         "OCAPIAT, article 3 ; portail de service, points 1 et 2 ; SOFFi, paragraphe 33."),
    Card("L-07", "Mots répétés", _W, "Reste d’une correction ou d’un copier-coller.",
         "Portail de service, point 2 : « les accès les accès »."),
    Card("L-08", "Mot coupé par une espace", _W,
         "Reste d’un PDF. Sans dictionnaire : un mot coupé n’est vu que si le texte l’écrit entier ailleurs, "
         "ou si l’un des morceaux n’est jamais un mot.",
         "Portail de service, point 9 : « Portai l »."),
    Card("L-09", "Élision devant une consonne", _W,
         "Reste d’un remplacement automatique : « d’Portail ».", "Portail de service, points 12 et 15."),
    Card("L-10", "Guillemet ou parenthèse sans son pareil", _W,
         "On ne sait plus où finit la définition ou la citation.",
         "SOFFi, paragraphe 1 ; OCAPIAT, article 3."),
    Card("L-11", "Espace manquante, en trop, ou ponctuation doublée", _I,
         "La phrase se lit mal, et une adresse collée à un point n’est plus reconnue.",
         "Tableau de bord, article 7 ; portail de service, point 6.1.1."),
    Card("L-12", "Numéro sauté ou répété", _E,
         "Un article se cite par son numéro : un trou fait chercher ce qui manque, un doublon trompe.",
         "SOFFi, dont les 88 numéros doivent se lire de 1 à 88."),
    Card("L-13", "Paragraphe coupé, ou sans point final", _W,
         "On ne sait pas si une ligne a été perdue.",
         "SOFFi, paragraphes 50, 66 et 68 ; OCAPIAT, article 2."),
    Card("L-14", "Niveau de titre sauté, ou gras dans un titre", _W,
         "Un lecteur d’écran annonce un plan qui n’est pas celui du texte (RGAA, critère 9.1).", "MonJob62."),
    Card("L-15", "Terme défini autrement qu’il n’est employé", _I,
         "Un mot à majuscule sans définition, défini deux fois ou jamais employé : qui désigne-t-il ?",
         "Portail de service : « Plateforme » ; SOFFi : « le Ministère »."),
    Card("L-16", "Sigle jamais développé", _I, "Le lecteur ne sait pas ce que le sigle désigne.",
         "SOFFi : CSA ; MonJob62 : BRSA."),
    Card("L-17", "Référence juridique mal écrite ou dépassée", _I,
         "Une référence exacte se retrouve ; une référence dépassée ne fonde plus rien.",
         "SOFFi, paragraphes 1 et 74 ; MonJob62, « Propriété intellectuelle »."),
    Card("L-18", "Nom écrit de plusieurs façons", _I,
         "Deux écritures laissent croire à deux choses.", "MonJob62 : « Monjob62 », « MonJob 62 »."),
    Card("L-19", "Une adresse, deux codes postaux", _W,
         "Un courrier recommandé envoyé à la mauvaise adresse n’est pas reçu.",
         "OCAPIAT, article 1 (75116) et article 3 (75016)."),
    Card("L-20", "Deux voies pour un même signalement", _W,
         "La date de réception fait foi : encore faut-il savoir où.",
         "SOFFi, paragraphes 32 et 33 ; OCAPIAT, articles 2 et 3."),
    Card("L-21", "Apostrophes, tirets et espaces mêlés", _I,
         "Une recherche ne trouve pas « l’usager » écrit « l'usager » ; une espace ordinaire laisse un « : » "
         "seul en début de ligne.", "Les cinq textes."),
    Card("L-22", "Lien interdit par le texte", _E,
         "L’éditeur défend ce lien sans autorisation expresse.", "SOFFi, paragraphe 45 ; portail, point 12."),
    Card("L-23", "Lien externe jamais vérifié", _W,
         "Le texte promet que le contenu est vérifié quand le lien est posé.",
         "MonJob62, « Responsabilité du fournisseur du Téléservice »."),
    Card("L-24", "Date incomplète ou sans prise d’effet", _I,
         "On ne peut pas dire quel texte s’appliquait un jour donné.",
         "Portail de service : « Janvier 2024 »."),
    Card("L-25", "Délai, longueur ou montant que le logiciel ne connaît pas", _W,
         "Ce que le texte promet, le logiciel doit l’appliquer ; ce qu’il ne promet plus, le logiciel ne "
         "doit plus l’appliquer. Une règle démentie par le texte est une erreur.",
         "OCAPIAT : 6 mois, 3 ans, 6 ans, 10 ans.",
         ("figure", "rule-quote", "rule-address", "rule-figure", "rule-contradiction", "rule-service")),
    Card("L-26", "Texte publié différent de son empreinte", _E,
         "Une version publiée ne change jamais, pas d’un octet.", "Tableau de bord : un article perdu sans "
         "nouvelle version.",
         ("text-altered", "metadata-altered", "text-hash", "metadata-hash", "version-missing",
          "source-altered", "source-missing", "register-rewritten", "transcription", "draft-hash")),
    Card("L-27", "Homologation de plus de trois ans", _W,
         "Une homologation de sécurité se renouvelle (décret n° 2010-112, article 5).",
         "MonJob62 : délibération du 17 décembre 2018."),
    Card("L-28", "Nom qui n’existe plus", _I,
         "Le lecteur cherche un organisme ou un produit qui a changé de nom ou disparu.",
         "MonJob62 : Pôle emploi ; SOFFi : Windows 8."),
    Card("L-29", "Lien en http://", _I, "La page visitée peut être lue ou changée en chemin.", "MonJob62."),
    Card("L-30", "Donnée d’une personne", _W,
         "Un texte public et jamais effacé ne nomme pas d’agent : nom, adresse ou mobile y resteraient.",
         "RGPD, article 5."),
)  # fmt: skip
"""In the order of their numbers; none is ever removed or given to another rule."""

RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
"""What weighs more has the higher rank."""
CARDS = {card.id: card for card in RULES}
_NUMBERS = {name: card.id for card in RULES for name in (card.id, *card.names)}


def number(finding: Finding) -> str | None:
    """Return the number of the rule that `finding` comes from; None for checks without number."""
    return _NUMBERS.get(finding.rule)


def is_of(finding: Finding, rule: str) -> bool:
    """Whether `finding` comes from `rule`: a number (``L-07``) or the name of a check."""
    return rule in (finding.rule, number(finding))
