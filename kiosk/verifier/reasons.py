"""Why a file is refused, in French: each reason that errors give in English, by its template.

English needs no table: it is what the errors say themselves. Those of bundles, of what surrounds receipts
and of what options name stand here, those of the formats in `kiosk.verifier.format_reasons`.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.proof.errors import ProofError
from kiosk.verifier.format_reasons import FORMATS
from kiosk.verifier.words import Words
from kiosk.verifier.words_english import ENGLISH

_BUNDLE = {
    "bundle: a ZIP in another form than the one handed out; was it packed again?": (
        "dossier : un ZIP sous une autre forme que celle qui a été remise ; a-t-il été recompressé ?"
    ),
    "bundle: {} is written here": "dossier : {} est écrit ici",
    "bundle: at most {} bytes expected, {} found": "dossier : {} octets au plus attendus, {} trouvés",
    "bundle: at most {} bytes expected": "dossier : {} octets au plus attendus",
    "bundle: at most {} files expected": "dossier : {} fichiers au plus attendus",
    "bundle: at most {} files expected, {} found": "dossier : {} fichiers au plus attendus, {} trouvés",
    "{}: a hash and a path a line, each once and sorted, expected": (
        "{} : une empreinte et un chemin par ligne, chacun une fois et dans l’ordre, attendus"
    ),
    "{}: ASCII expected": "{} : de l’ASCII attendu",
    "bundle: no path that a file of it may have: {!r}": (
        "dossier : un chemin que ses fichiers ne peuvent pas avoir : {!r}"
    ),
    "bundle: a ZIP with {}, as it was handed out, expected": (
        "dossier : un ZIP qui contient {}, tel qu’il a été remis, attendu"
    ),
    "bundle: a path that is both a file and a folder": (
        "dossier : un chemin qui est à la fois un fichier et un répertoire"
    ),
    "bundle: paths that differ in capital letters alone, which some systems mix up": (
        "dossier : des chemins qui ne diffèrent que par des majuscules, et que certains systèmes confondent"
    ),
    "bundle: cut short": "dossier : il est coupé",
    "bundle: {}: once, and at most {} bytes expected": (
        "dossier : {} : une seule fois, et {} octets au plus, attendu"
    ),
    "bundle: {}: {} characters, {} bytes at most expected": (
        "dossier : {} : {} caractères et {} octets au plus attendus"
    ),
    "{}: its bytes are not those that were put in the bundle": (
        "{} : ses octets ne sont pas ceux qui ont été mis dans le dossier"
    ),
    "{}: listed, and not there": "{} : dans la liste, et absent",
    "{}: not in the list of files": "{} : absent de la liste des fichiers",
    "{}: another content than the one listed": "{} : un autre contenu que celui de la liste",
    "not the one that the statements of the bundle designate": (
        "ce n’est pas celui que les enregistrements du dossier désignent"
    ),
    "not a comparison that a decision here says was shown": (
        "ce n’est pas une comparaison qu’une décision du dossier dit avoir été montrée"
    ),
    "not the files of the screen that decisions name": (
        "ce ne sont pas les fichiers de l’écran que les décisions nomment"
    ),
    "the receipt attached to it is not the one of the bundle": (
        "le justificatif qui y est joint n’est pas celui du dossier"
    ),
    "the text that the statement is about is not there": (
        "le texte que vise l’enregistrement n’est pas dans le dossier"
    ),
    "the comparison that was shown is not there": "la comparaison montrée n’est pas dans le dossier",
    "a receipt of somebody expected": "le justificatif d’une personne attendu",
    "of a screen that no decision here names": "d’un écran qu’aucune décision du dossier ne nomme",
    "not a file that a bundle has": "un dossier de preuve n’a pas de tel fichier",
    "about another person than the rest of the bundle": "d’une autre personne que le reste du dossier",
    "of a text that no statement here designates": (
        "d’un texte qu’aucun enregistrement du dossier ne désigne"
    ),
    "attached to a text whose metadata are not proved": (
        "jointe à un texte dont les métadonnées ne sont pas prouvées"
    ),
    "metadata: a list of attachments expected ({})": (
        "métadonnées : une liste de pièces jointes attendue ({})"
    ),
    "not an attachment that the frozen metadata announce": (
        "ce n’est pas une pièce jointe que les métadonnées figées annoncent"
    ),
    "an attachment that the frozen metadata announce is not there": (
        "une pièce jointe que les métadonnées figées annoncent n’est pas dans le dossier"
    ),
    "not the attachment that the frozen metadata announce": (
        "ce n’est pas la pièce jointe que les métadonnées figées annoncent"
    ),
    "what it names as {} is not here": "ce qu’il nomme n’est pas dans le dossier : {}",
    "not what tells of a recovery of the ledger": "ce n’est pas ce qui dit une reprise du registre",
    "a sealed receipt expected in a bundle": "un justificatif scellé attendu dans un dossier",
    "how an earlier tree became the newest is not there": (
        "ce qui mène d’un état antérieur du registre au dernier n’est pas dans le dossier"
    ),
    "a receipt of another ledger than that of the newest checkpoint": (
        "un justificatif d’un autre registre que celui du dernier point"
    ),
    "not in the form that is followed by hand": "sous une autre forme que celle qui se suit à la main",
    "the newest checkpoint of the ledger expected": "le dernier point du registre attendu",
    "signed for the ledger of a demonstration": "signé pour le registre d’une démonstration",
    "not what follows from the receipts": "ce n’est pas ce qui découle des justificatifs",
}
_PDF = {
    "PDF: no seal, where the trust file says whose it must bear": (
        "PDF : aucun cachet, quand le fichier de confiance dit lequel il doit porter"
    ),
    "PDF: sealed by a demonstration, around a receipt that is of none": (
        "PDF : le cachet d’une démonstration, autour d’un justificatif qui n’en vient pas"
    ),
    "PDF: at most {} bytes expected, {} found": "PDF : {} octets au plus attendus, {} trouvés",
    "PDF: an encrypted file, which could hide what it holds": (
        "PDF : un fichier chiffré, qui pourrait cacher ce qu’il contient"
    ),
    "PDF: one attachment {} expected, {} found": "PDF : une pièce jointe {} attendue, {} trouvées",
    "PDF: a receipt of at most {} bytes expected": "PDF : un justificatif de {} octets au plus attendu",
    "PDF: one seal expected, before any time-stamp; {} found": (
        "PDF : un seul cachet attendu, avant tout horodatage ; {} trouvés"
    ),
    "PDF: the seal is not that of this file": "PDF : le cachet n’est pas celui de ce fichier",
    "PDF: something was added to the file after the seal": (
        "PDF : quelque chose a été ajouté au fichier après le cachet"
    ),
    "PDF: a dated seal expected": "PDF : un cachet daté attendu",
    "PDF: it cannot be read ({})": "PDF : il ne peut pas être lu ({})",
    "PDF: a name tree of at most {} nodes expected": "PDF : un arbre de noms de {} nœuds au plus attendu",
    "PDF: an attachment as it is, or deflated, expected": (
        "PDF : une pièce jointe telle quelle, ou compressée par « deflate », attendue"
    ),
    "PDF: the seal is not that of a whole file": "PDF : le cachet n’est pas celui d’un fichier entier",
    "PDF: the certificate of {} did not seal then": (
        "PDF : le certificat de {} ne pouvait pas poser de cachet à cette date"
    ),
    "PDF: sealed by {}, for whom nothing that is trusted answers then": (
        "PDF : le cachet de {}, dont rien de ce qui est de confiance ne répond à cette date"
    ),
    "PDF: sealed under the name of a demonstration, that is not known": (
        "PDF : un cachet au nom d’une démonstration, et qui n’est pas connu"
    ),
}
_OPTIONS = {
    "not UTF-8": "ce n’est pas de l’UTF-8",
    "over {} MB, too long to be examined": "plus de {} Mo, trop long pour être examiné",
}
FRENCH: Mapping[str, str] = {**_BUNDLE, **_PDF, **_OPTIONS, **FORMATS}
"""French by English template; `{}` stand for the same values."""
TERMS = {
    "previous": "la décision précédente",
    "about": "l’enregistrement concerné",
    "the end": "la fin",
    "none": "aucun",
    "text": "texte",
    "hash": "empreinte",
    "number": "nombre",
    "instant": "instant",
    "key": "clé",
    "path": "chemin",
    "salt": "sel",
    "statement": "enregistrement",
    "old": "ancien",
    "new": "nouveau",
    "leaf": "feuille",
    "frontier": "bord de l’arbre",
    "inclusion": "inclusion",
    "consistency": "cohérence",
}
"""French for values that are words of ours; a member of a format keeps its name."""
_UNNAMED = "il n’est pas comme attendu"


def reason(error: ProofError, language: Words) -> str:
    """Return why `error` refuses, in `language`."""
    if language is ENGLISH:
        return str(error)
    told = "!r" in error.template  # what the file says stays as it says it
    values = error.values if told else [_value(one, language) for one in error.values]
    return FRENCH.get(error.template, _UNNAMED).format(*values)


def _value(value: object, language: Words) -> object:
    match value:
        case ProofError():
            return reason(value, language)
        case Exception():
            return _UNNAMED
        case str():
            return TERMS.get(value, value)
    return value
