"""The command `cgu-monitor`: check a published ledger against what was seen before, and cosign it on demand.

Exit code: 0 when the ledger is consistent, 1 when it is not or cannot be read, 2 for a wrong call.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import click

from kiosk.clock import system_clock
from kiosk.monitor import keeping, watching, witness
from kiosk.monitor.errors import ForkError, RewoundError, SourceError, StateError, WithdrawnError
from kiosk.monitor.sources import Source, source
from kiosk.monitor.watching import Published, Seen
from kiosk.monitor.witness import Witness
from kiosk.proof import cosignature, note
from kiosk.proof.errors import MalformedError, ProofError, UnknownKeyError
from kiosk.proof.note import VerifierKey

MAX_TRUST_BYTES = 100_000
RELEASE_TRUST = "release.trust"
_OTHER_WORDS = ("witness", "quorum", "authority")

CONSISTENT, FORK, ALTERED = "consistent", "fork", "altered"
REWOUND, WITHDRAWN, UNKNOWN_KEY, UNREACHABLE = "rewound", "withdrawn", "unknown-key", "unreachable"
WORDS = {
    FORK: "Le registre a signé deux histoires : celle-ci ne prolonge pas ce qui avait été vu.",
    REWOUND: "Le registre publié est plus court que celui déjà vu : copie en retard, ou retour en arrière.",
    WITHDRAWN: "Des publications vues auparavant ont été retirées ou changées.",
    UNKNOWN_KEY: "Clé inconnue : aucune clé de confiance n’a signé ce registre.",
    ALTERED: "Le registre publié est altéré ou incomplet.",
    UNREACHABLE: "Le registre n’a pas pu être lu.",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found."""

    verdict: str
    origin: str | None = None
    size: int | None = None
    seen_before: int | None = None
    published: tuple[Published, ...] = ()
    cosignature: str | None = None
    evidence: Path | None = None
    detail: str | None = None
    """Why it was refused: in English for whoever examines it, in French for what could not be read."""


@click.command(
    help="Surveille un registre publié (SOURCE : dossier ou adresse https) : sa signature, son arbre,"
    " et qu’il prolonge ce qui a été vu. Réponse 0 : cohérent ; 1 : non, ou illisible ; 2 : appel incorrect."
)
@click.argument("address", metavar="[SOURCE]", required=False)
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Dossier où garder ce qui a été vu."
)
@click.option(
    "--trust", "trust_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Clés publiques du registre, obtenues hors de lui ; par défaut, celles de ce logiciel.",
)  # fmt: skip
@click.option(
    "--cosign", "key_file", type=click.Path(dir_okay=False, path_type=Path),
    help="Cosigne en témoin, avec cette clé, le registre s’il est cohérent.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Avec --cosign : le fichier à publier, pour que le registre y prenne la cosignature.",
)  # fmt: skip
@click.option("--whole", is_flag=True, help="Relit aussi ce qui a déjà été vérifié.")
@click.option("--new-key", nargs=2, metavar="NOM FICHIER", help="Crée une clé de témoin, et rien d’autre.")
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
def main(
    address: str | None,
    state: Path | None,
    trust_file: Path | None,
    key_file: Path | None,
    out: Path | None,
    whole: bool,
    new_key: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Watch a ledger once."""
    try:
        if new_key:
            click.echo(witness.create(new_key[0], Path(new_key[1])).verifier.encode())
            return
        if address is None or state is None:
            raise click.UsageError("SOURCE et --state sont attendus.")
        if out is not None and key_file is None:
            raise click.UsageError("--out ne dit rien sans --cosign.")
        trusted = _trusted(trust_file)
        cosigner = witness.load(key_file) if key_file else None
        with keeping.locked(state):
            report = run(source(address), state, trusted, cosigner=cosigner, out=out, whole=whole)
    except (StateError, SourceError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2) if as_json else page(report))
    sys.exit(0 if report.verdict == CONSISTENT else 1)


def run(
    published: Source,
    state: Path,
    trusted: tuple[VerifierKey, ...],
    *,
    cosigner: Witness | None = None,
    out: Path | None = None,
    whole: bool = False,
) -> Report:
    """Check `published` against what `state` keeps, keep what was seen, cosign it, and say what was found.

    Nothing is kept nor cosigned unless everything holds; what is cosigned is kept first, in `state` and
    beside the key, so that no two histories are ever cosigned, whatever the state. Raises `StateError`.
    """
    kept = keeping.load(state)
    found: Seen | None = None
    try:
        found = watching.fetch(published, trusted)
        head = found.head
        if kept and kept.head.origin != head.origin:
            raise StateError(f"{state} suit le registre « {kept.head.origin} », non « {head.origin} ».")
        seen, new = watching.follow(published, found, kept, whole=whole)
    except SourceError as error:
        return Report(UNREACHABLE, detail=str(error))
    except ProofError as error:
        return _refused(error, state, kept, found)
    keeping.save(state, seen)
    report = Report(CONSISTENT, head.origin, head.size, kept.head.size if kept else None, new)
    return _cosigned(published, report, kept, seen, cosigner, state, out) if cosigner else report


def _cosigned(
    published: Source,
    report: Report,
    kept: Seen | None,
    seen: Seen,
    cosigner: Witness,
    state: Path,
    out: Path | None,
) -> Report:
    """Return `report` with the cosignature of `seen`, which goes on from `kept`.

    It must go on too from what the key cosigned last: another state may have been kept then.
    """
    if cosigner.file is None:
        raise StateError("Une clé qui n’est gardée nulle part ne cosigne pas.")
    with witness.cosigning(cosigner.file) as notes:
        raw = notes.get(seen.head.origin)
        before = Seen(raw) if raw is not None else None
        try:
            if before is not None and not (kept and kept.head == before.head):
                watching.verify_growth(published, seen.head, before.head)
        except SourceError as error:
            return Report(UNREACHABLE, detail=str(error))
        except ProofError as error:
            return _refused(error, state, before, seen)
        notes[seen.head.origin] = seen.note
        witness.keep_cosigned(cosigner.file, notes)
        return replace(report, cosignature=_cosign(seen, cosigner, out))


def _refused(error: ProofError, state: Path, kept: Seen | None, found: Seen | None) -> Report:
    match error:
        case ForkError():
            verdict = FORK
        case RewoundError():
            verdict = REWOUND
        case WithdrawnError():
            verdict = WITHDRAWN
        case UnknownKeyError():
            verdict = UNKNOWN_KEY
        case _:
            verdict = ALTERED
    contradicts = kept is not None and found is not None and verdict in (FORK, REWOUND, WITHDRAWN)
    return Report(
        verdict,
        found.head.origin if found else None,
        found.head.size if found else None,
        kept.head.size if kept else None,
        evidence=keeping.keep_evidence(state, kept, found) if contradicts and kept and found else None,
        detail=str(error),
    )


def _cosign(seen: Seen, cosigner: Witness, out: Path | None) -> str:
    line = cosignature.cosign(note.parse(seen.note).text, cosigner.private, cosigner.name, system_clock())
    if out:
        try:
            keeping.write(out, note.append(seen.note, line).encode())
        except OSError as error:
            raise StateError(f"{out} : {error.strerror}.") from error
    return line


def _trusted(file: Path | None) -> tuple[VerifierKey, ...]:
    """Return the ledger's keys of the trust file, or of this release; raises `click.UsageError`."""
    try:
        if file:
            with file.open("rb") as stream:
                raw = stream.read(MAX_TRUST_BYTES + 1)
        else:
            raw = resources.files("kiosk.proof").joinpath(RELEASE_TRUST).read_bytes()
        keys = _keys(raw[:MAX_TRUST_BYTES].decode("utf-8").splitlines())
    except FileNotFoundError:
        keys = ()
    except (MalformedError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--trust : fichier de confiance illisible ({error}).") from error
    if not keys:
        raise click.UsageError("Aucune clé de registre de confiance : donnez --trust.")
    return keys


def _keys(lines: list[str]) -> tuple[VerifierKey, ...]:
    """Return the ledger's keys of the lines of a trust file, without those that were revoked."""
    keys: list[VerifierKey] = []
    revoked: set[str] = set()
    for line in (line.strip() for line in lines):
        words = line.split()
        if not words or line.startswith("#") or words[0] in _OTHER_WORDS:
            continue
        if words[0] == "revoked" and len(words) == 3:
            revoked.add(words[1])
        else:
            keys.append(VerifierKey.parse(line.removeprefix("ledger ")))
    return tuple(key for key in keys if f"{key.name}+{key.key_id.hex()}" not in revoked)


def page(report: Report) -> str:
    """Return what `report` says to people."""
    if report.verdict != CONSISTENT:
        lines = [WORDS[report.verdict]]
        if report.size is not None:
            lines.append(f"  registre : {_printable(report.origin)}, {report.size} enregistrements")
        if report.detail:
            lines.append(f"  ({_printable(report.detail)})")
        if report.evidence:
            lines.append(f"  Les deux points signés sont gardés dans {report.evidence}.")
        return "\n".join(lines)
    before = report.seen_before
    since = "premier passage" if before is None else f"{before} vus auparavant"
    lines = [
        f"Cohérent : {_printable(report.origin)}, {report.size} enregistrements ({since}).",
        *(f"  {one.index} : {_KINDS.get(one.kind, one.kind)}{_about(one)}" for one in report.published),
    ]
    if report.cosignature:
        lines.append(f"Cosigné : {report.cosignature}")
    return "\n".join(lines)


_KINDS = {
    "publication": "publication d’une version",
    "accession": "entrée d’un texte reçu",
    "cancellation": "annulation d’une version avant effet",
    "key-change": "changement de clé du registre",
    "screens": "écrans d’acceptation",
    "incident": "incident",
    "erasure": "effacement",
}


def _about(one: Published) -> str:
    names = [(one.document or {}).get(name) for name in ("service", "terms", "version")]
    told = [_printable(name) for name in names if isinstance(name, str)]
    return f", {'/'.join(told)}" if told else ""


def _printable(text: str | None) -> str:
    """Return `text` on one line, without what would act on a terminal."""
    return "".join(letter if letter.isprintable() else "·" for letter in text or "")


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "verdict": report.verdict,
        "origin": report.origin,
        "size": report.size,
        "seen_before": report.seen_before,
        "published": [
            {"index": one.index, "hash": one.hash, "kind": one.kind, "document": one.document}
            for one in report.published
        ],
        "cosignature": report.cosignature,
        "evidence": str(report.evidence) if report.evidence else None,
        "detail": report.detail,
    }
