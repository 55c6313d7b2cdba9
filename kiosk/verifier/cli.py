"""`cgu-verify`: check receipts offline, with public keys only; neither web, database nor network.

Exit code: 0 when every file is verified, 1 when one is not, 2 for a wrong call.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kiosk.proof import comparison, receipt, verify
from kiosk.proof.errors import AlteredError, MalformedError, ProofError, SpecimenError, UnknownKeyError
from kiosk.proof.note import VerifierKey
from kiosk.proof.statement import Statement
from kiosk.proof.verify import Step

MAX_TRUST_BYTES = 100_000
MAX_TEXT_BYTES = 10_000_000

ESTABLISHES = (
    "Établit : quel texte, quelle décision, quel compte, quelle heure et qui l’atteste."
    " N’établit pas : qui était devant l’écran, que le texte a été lu, que ses clauses sont licites."
    " Ce n’est pas une signature électronique qualifiée."
)
TIME_NOT_ATTESTED = "heure du serveur, non attestée par un tiers"

_STEPS = {
    Step.FORMAT: "format du justificatif",
    Step.STATEMENT: "enregistrement sous sa forme canonique",
    Step.DISCLOSURES: "données personnelles jointes conformes à l’enregistrement",
    Step.SIGNATURE: "signature du registre par une clé connue",
    Step.ENVIRONMENT: "enregistrement d’un éditeur, non d’une démonstration",
    Step.TEXT: "texte joint identique au texte visé",
    Step.COMPARISON: "comparaison jointe identique à celle que la décision désigne, faite de ces deux textes",
}
NOT_EXAMINED = (
    "La comparaison jointe est celle dont la décision porte l’empreinte, et contient les deux textes, octet"
    " pour octet. Ce qu’elle marque comme ajouté, supprimé ou déplacé n’est pas réexaminé : pour le"
    " contrôler, comparez de nouveau les deux textes."
)
UNREAD = "La comparaison jointe n’est pas lue : aucune clé de confiance n’a signé ce justificatif."
_DECISIONS = {
    "accepted": "acceptée",
    "refused": "refusée",
    "deferred": "reportée",
    "renounced": "renonciation",
}
_KINDS = {"publication": "publication d’une version", "accession": "entrée d’un texte reçu"}
_FIELDS = {
    "account": "compte",
    "email": "adresse",
    "organisation_name": "organisation",
    "siren": "SIREN",
    "capacity_declaration": "qualité déclarée",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What is given beside a receipt, to be compared with what it says."""

    text: bytes | None = None
    """The text it should be about."""
    comparison: bytes | None = None
    """The comparison that should have been shown."""
    old_text: bytes | None = None
    """The text that this comparison should start from."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that can be examined, in order."""
        missing = {Step.TEXT} if self.text is None else set()
        missing |= {Step.COMPARISON} if self.comparison is None else set()
        return tuple(step for step in Step if step not in missing)

    def verify(self, said: Statement) -> None:
        """Raise `ProofError` unless what is given is what `said` speaks of."""
        if self.text is not None:
            verify.verify_text(said, self.text)
        if self.comparison is not None:
            verify.verify_comparison(said, self.comparison, self.old_text)


NOTHING = Given()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one file."""

    file: str
    words: str
    verified: bool
    failed: int | None
    """Number of the step that refused, None when every step passed."""
    passed: tuple[int, ...]
    detail: str | None
    """Why it was refused, in English, for whoever examines it."""
    facts: Mapping[str, str]
    """What the statement says, label to value; empty when it cannot be read."""


@click.command(
    help="Vérifie hors ligne des justificatifs (FILES). Réponse 0 : tous vérifiés ; 1 : l’un ne l’est pas ;"
    " 2 : appel incorrect."
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--trust", "trust_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Clés publiques de confiance, une par ligne (nom+empreinte+base64), obtenues hors du justificatif.",
)  # fmt: skip
@click.option(
    "--texte", "text_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Le texte (texte.md) que l’enregistrement doit viser, octet pour octet.",
)  # fmt: skip
@click.option(
    "--comparaison", "comparison_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="La comparaison (JSON) que l’enregistrement dit avoir été montrée, octet pour octet.",
)  # fmt: skip
@click.option(
    "--ancien-texte", "old_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Avec --comparaison : le texte (texte.md) dont elle part, octet pour octet.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
def main(
    files: tuple[Path, ...],
    trust_file: Path | None,
    text_file: Path | None,
    comparison_file: Path | None,
    old_file: Path | None,
    as_json: bool,
) -> None:
    """Verify each file and say so."""
    if old_file is not None and comparison_file is None:
        raise click.UsageError("--ancien-texte ne dit rien sans --comparaison.")
    trusted = _trusted(trust_file)
    given = Given(
        text=_whole(text_file, MAX_TEXT_BYTES, "--texte"),
        comparison=_whole(comparison_file, comparison.MAX_BYTES, "--comparaison"),
        old_text=_whole(old_file, MAX_TEXT_BYTES, "--ancien-texte"),
    )
    verdicts = [judge(str(file), _read(file, receipt.MAX_BYTES), trusted, given) for file in files]
    if as_json:
        click.echo(json.dumps([_as_json(verdict) for verdict in verdicts], ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(_page(verdict, given) for verdict in verdicts))
    sys.exit(0 if all(verdict.verified for verdict in verdicts) else 1)


def judge(file: str, raw: bytes, trusted: tuple[VerifierKey, ...], given: Given = NOTHING) -> Verdict:
    """Return what is to be said of the receipt `raw`, under the keys `trusted`, whatever it holds."""
    try:
        _, said = verify.read(raw)
        facts = _facts(raw, said)
    except ProofError:
        facts = {}
    refused: ProofError | None = None
    try:
        verify.verify(raw, trusted)
    except ProofError as error:
        refused = error
    # What comes with a specimen is compared too: its words are about the demonstration, not about a fault.
    # What comes with a signature that anybody may have made is not read: it could take all the memory.
    if refused is None or (isinstance(refused, SpecimenError) and refused.step == Step.ENVIRONMENT):
        try:
            given.verify(said)
        except ProofError as error:
            refused = error
    failed = refused.step if refused else None
    passed = tuple(step.value for step in given.steps if failed is None or step < failed)
    return Verdict(
        file=file,
        words=_words(refused),
        verified=refused is None,
        failed=failed,
        passed=passed,
        detail=str(refused) if refused else None,
        facts=facts,
    )


def _words(refused: ProofError | None) -> str:
    match refused:
        case None:
            return "Intact, heure non attestée"
        case SpecimenError():
            return "Spécimen sans valeur"
        case UnknownKeyError():
            return "Clé inconnue"
        case AlteredError() | MalformedError() | ProofError():
            return f"Altéré ou incomplet : étape {refused.step}"


def _trusted(file: Path | None) -> tuple[VerifierKey, ...]:
    """Return the keys of `file`: one a line, empty lines and lines that begin with # left aside."""
    if file is None:
        return ()
    try:
        lines = [line.strip() for line in _read(file, MAX_TRUST_BYTES).decode().splitlines()]
        return tuple(VerifierKey.parse(line) for line in lines if line and not line.startswith("#"))
    except (MalformedError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file} : {error}", param_hint="--trust") from error


def _read(file: Path, limit: int) -> bytes:
    """Return the bytes of `file`, one more than `limit` at most: enough to be refused."""
    try:
        with file.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from error


def _whole(file: Path | None, limit: int, option: str) -> bytes | None:
    """Return the bytes of the file of `option`, if it is given; one longer than `limit` is a wrong call."""
    if file is None:
        return None
    content = _read(file, limit)
    if len(content) > limit:
        raise click.BadParameter(
            f"{_printable(str(file))} : plus de {limit // 1_000_000} Mo, trop long pour être examiné.",
            param_hint=option,
        )
    return content


def _facts(raw: bytes, said: Statement) -> dict[str, str]:
    members = said.members
    document = _mapping(members.get("document"))
    kind = str(members.get("kind"))
    facts = {
        "Objet": _DECISIONS.get(str(members.get("decision")), _KINDS.get(kind, kind)),
        "Texte": "/".join(str(document.get(name)) for name in ("service", "terms", "version")),
        "Numéro": str(document.get("label") or "non renseigné dans le texte source"),
        "Empreinte du texte": str(document.get("text_hash")),
        "Heure": f"{members.get('at')} ({TIME_NOT_ATTESTED})",
        "Environnement": str(members.get("environment")),
    }
    held = receipt.parse(raw)
    facts |= {_label(one.field): one.value for one in held.disclosures}
    closed = sorted(set(said.commitments) - {one.field for one in held.disclosures})
    if closed:
        facts["Non divulgué"] = ", ".join(_FIELDS.get(name, name) for name in closed)
    return {label: _printable(value) for label, value in facts.items()}


def _label(field: str) -> str:
    """Return how a disclosed field is named; one we do not know must not pass for what the statement says."""
    known = _FIELDS.get(field)
    return known.capitalize() if known else f"Champ « {_printable(field)} »"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _printable(value: str) -> str:
    """Return `value` on one line, without what could rewrite a terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value
    )


def _page(verdict: Verdict, given: Given) -> str:
    lines = [f"{_printable(verdict.file)} : {verdict.words}", ""]
    for step in given.steps:
        state = "oui" if step in verdict.passed else "NON" if step == verdict.failed else "non examiné"
        lines.append(f"  {step.value}. {_STEPS[step]} : {state}")
    if verdict.detail:
        lines.append(f"  ({_printable(verdict.detail)})")
    if given.comparison is not None:
        lines += _about_comparison(verdict)
    if verdict.facts:
        title = (
            "L’enregistrement dit :" if verdict.verified else "Le fichier dit, sans que cela soit prouvé :"
        )
        lines += ["", title, *(f"  {label} : {value}" for label, value in verdict.facts.items())]
    return "\n".join([*lines, "", ESTABLISHES])


def _about_comparison(verdict: Verdict) -> list[str]:
    """Return what the answer on the comparison does not say by itself."""
    if Step.COMPARISON in verdict.passed:
        return ["", NOT_EXAMINED]
    return ["", UNREAD] if verdict.failed == Step.SIGNATURE else []


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "file": verdict.file,
        "verdict": verdict.words,
        "verified": verdict.verified,
        "failed_step": verdict.failed,
        "passed_steps": list(verdict.passed),
        "detail": verdict.detail,
        "statement": dict(verdict.facts),
        "establishes": ESTABLISHES,
    }


if __name__ == "__main__":
    main()
