"""What `cgu-verify` says of a bundle of evidence: a verdict on the whole, and a line a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.proof.errors import ProofError
from kiosk.proof.verify import Verdict, verdict_of
from kiosk.verifier.bundle import BundleJudgement, Piece, State
from kiosk.verifier.reasons import reason
from kiosk.verifier.words import Words, printable
from kiosk.verifier.words_english import ENGLISH


@dataclass(frozen=True, slots=True)
class BundleWords:
    """What is said of bundles in one language."""

    altered: str
    """With `{what}`: the file, or the bundle itself."""
    whole: str
    """The bundle itself."""
    states: Mapping[State, str]
    step: str
    """With `{number}`."""
    counted: str
    """With `{proved}`, `{listed}` and `{refused}`."""
    listed: str
    incomplete: str
    reserved: str
    """At the end of a verdict: something that is named is not there, and may have been lost."""
    lost: str
    """Why, with `{file}` that names it and `{missing}`, its hash."""


FRENCH = BundleWords(
    altered="Altéré ou incomplet : {what}",
    whole="le fichier ZIP lui-même",
    states={State.PROVED: "prouvé", State.LISTED: "à lire, non prouvé", State.REFUSED: "NON"},
    step="étape {number}",
    counted="Pièces : {proved} prouvées, {listed} à lire, {refused} refusées.",
    listed=(
        "Une pièce « à lire » est celle qui a été mise dans le dossier avec les autres ; rien ne prouve ce"
        " qu’elle dit. Une pièce prouvée l’est par le registre, ou désignée par un enregistrement qui l’est."
    ),
    incomplete=(
        "Ce dossier ne prouve pas qu’il est complet : un enregistrement dont aucun autre ne dépend, tel que"
        " la dernière décision, peut en avoir été retiré sans que cela se voie."
    ),
    reserved=", sous réserve : une décision précédente manque",
    lost=(
        "Réserve : {file} nomme la décision précédente, d’empreinte {missing}, qui n’est pas dans ce dossier."
        " Le registre dit avoir perdu des enregistrements de cette époque, et n’en avoir gardé que les"
        " empreintes : elle peut être l’un d’eux. Rien ici ne la distingue d’une décision qui aurait été"
        " retirée du dossier : demandez-en le justificatif à qui l’a reçu."
    ),
)
_ENGLISH = BundleWords(
    altered="Altered or incomplete: {what}",
    whole="the ZIP file itself",
    states={State.PROVED: "proved", State.LISTED: "to be read, not proved", State.REFUSED: "NO"},
    step="step {number}",
    counted="Files: {proved} proved, {listed} to be read, {refused} refused.",
    listed=(
        "A file “to be read” is the one that was put in the bundle with the others; nothing proves what it"
        " says. A file that is proved is so by the ledger, or designated by a statement that is."
    ),
    incomplete=(
        "This bundle does not prove that it is complete: a statement that no other depends on, such as the"
        " last decision, may have been taken out of it without a trace."
    ),
    reserved=", with a reservation: a decision before is missing",
    lost=(
        "Reservation: {file} names the decision before, of hash {missing}, which is not in this bundle. The"
        " ledger says that it lost statements of that time, and kept their hashes alone: this may be one of"
        " them. Nothing here tells it from a decision that was taken out of the bundle: ask whoever was given"
        " the receipt for it."
    ),
)


def page(file: str, judged: BundleJudgement, language: Words) -> Iterator[str]:
    """Yield the lines of the answer on the bundle `file`."""
    words = _of(language)
    yield f"{printable(file)}{language.colon}{_verdict(judged, language)}"
    if judged.refused is not None:
        yield f"  ({printable(reason(judged.refused, language))})"
    else:
        yield ""
        for piece in judged.pieces:
            yield f"  {printable(piece.name)}{language.colon}{_piece(piece, language)}"
        yield from ("", words.counted.format(**_counted(judged)), words.listed, words.incomplete)
        yield from (
            words.lost.format(file=printable(one.name), missing=printable(one.missing))
            for one in judged.reservations
        )
    yield from ("", _establishes(judged, language))


def as_json(file: str, judged: BundleJudgement, language: Words) -> dict[str, Any]:
    """Return the answer on the bundle `file` for machines."""
    failed = judged.failed
    refused = judged.refused or (failed.refused if failed else None)
    return {
        "file": file,
        "verdict": _verdict(judged, language),
        "code": judged.verdict.value,
        "verified": judged.verified,
        "failed_file": failed.name if failed else None,
        "failed_step": refused.step if refused else None,
        "detail": reason(refused, language) if refused else None,
        "files": [
            {
                "name": piece.name,
                "state": piece.state.value,
                "code": verdict_of(piece.refused).value if piece.refused else None,
                "failed_step": piece.refused.step if piece.refused else None,
                "detail": reason(piece.refused, language) if piece.refused else None,
            }
            for piece in judged.pieces
        ],
        "reservations": [{"name": one.name, "missing": one.missing} for one in judged.reservations],
        "establishes": _establishes(judged, language),
        "completeness": _of(language).incomplete,
    }


def _establishes(judged: BundleJudgement, language: Words) -> str:
    return language.would_establish if _refused(judged) else language.establishes


def _refused(judged: BundleJudgement) -> bool:
    return judged.refused is not None or judged.failed is not None


def _verdict(judged: BundleJudgement, language: Words) -> str:
    words = _of(language)
    if judged.verdict is not Verdict.ALTERED:
        reserved = bool(judged.reservations) and not _refused(judged)
        return f"{language.verdicts[judged.verdict]}{words.reserved if reserved else ''}"
    failed = judged.failed
    if failed is None:
        return words.altered.format(what=words.whole)
    return words.altered.format(what=f"{printable(failed.name)}{_step(failed.refused, words)}")


def _piece(piece: Piece, language: Words) -> str:
    words = _of(language)
    if piece.refused is None:
        return words.states[piece.state]
    verdict = verdict_of(piece.refused)
    if verdict is not Verdict.ALTERED:
        return language.verdicts[verdict]
    why = printable(reason(piece.refused, language))
    return f"{words.states[State.REFUSED]}{_step(piece.refused, words)} ({why})"


def _step(refused: ProofError | None, words: BundleWords) -> str:
    number = refused.step if refused else None
    return f", {words.step.format(number=number)}" if number else ""


def _counted(judged: BundleJudgement) -> dict[str, int]:
    states = [piece.state for piece in judged.pieces]
    return {state.value: states.count(state) for state in State}


def _of(language: Words) -> BundleWords:
    return _ENGLISH if language is ENGLISH else FRENCH
