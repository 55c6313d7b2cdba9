"""The command `cgu-verify`: read the files, judge each, say so in words or in JSON.

Exit code: 0 when every file is verified, 1 when one is not, 2 for a wrong call.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from kiosk.proof import bundle as bundles
from kiosk.proof import comparison, receipt, trust
from kiosk.proof.errors import MalformedError
from kiosk.proof.trust import Trust
from kiosk.proof.verify import Step, Verdict
from kiosk.verifier import bundle, bundle_words, facts
from kiosk.verifier.bundle import BundleJudgement
from kiosk.verifier.judging import Given, Judgement, judge
from kiosk.verifier.reasons import reason
from kiosk.verifier.words import Words, printable
from kiosk.verifier.words_english import ENGLISH
from kiosk.verifier.words_french import FRENCH

if TYPE_CHECKING:
    from kiosk.proof.token import Attested
    from kiosk.verifier.pdf import Sealed

MAX_TEXT_BYTES = 10_000_000
MAX_PDF_BYTES = 60_000_000
_LANGUAGES = {"fr": FRENCH, "en": ENGLISH}
_ARGUMENT = click.Path(exists=True, dir_okay=False, path_type=Path)


def _language(context: click.Context, parameter: click.Parameter, value: str) -> Words:
    """Return the words to answer in; what the terminal says (``en_GB.UTF-8``) is a wish, not an order."""
    told = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    if told and value not in _LANGUAGES:
        raise click.BadParameter(f"attendu {' ou '.join(_LANGUAGES)}, trouvé « {printable(value)} ».")
    return _LANGUAGES.get(value[:2], FRENCH)


@click.command(
    help="Vérifie hors ligne des justificatifs (FILES) : .receipt.json, .tlog-proof, attestation PDF, ou"
    " dossier de preuve (ZIP)."
    " Réponse 0 : tous vérifiés ; 1 : l’un ne l’est pas ; 2 : appel incorrect. In English: --lang en."
)
@click.argument("files", nargs=-1, required=True, type=_ARGUMENT)
@click.option(
    "--trust", "trust_file", type=_ARGUMENT,
    help="Clés et autorités de confiance, obtenues hors du justificatif. Par défaut : celles de cette version"
    " du logiciel.",
)  # fmt: skip
@click.option(
    "--texte", "text_file", type=_ARGUMENT,
    help="Le texte (texte.md) que l’enregistrement doit viser, octet pour octet.",
)  # fmt: skip
@click.option(
    "--comparaison", "comparison_file", type=_ARGUMENT,
    help="La comparaison (JSON) que l’enregistrement dit avoir été montrée, octet pour octet.",
)  # fmt: skip
@click.option(
    "--ancien-texte", "old_file", type=_ARGUMENT,
    help="Avec --comparaison : le texte (texte.md) dont elle part, octet pour octet.",
)  # fmt: skip
@click.option(
    "--lang", "language", default="fr", envvar=["LC_ALL", "LANG"], callback=_language, metavar="fr|en",
    help="Langue de la réponse ; par défaut celle du terminal, sinon le français.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
def main(
    files: tuple[Path, ...],
    trust_file: Path | None,
    text_file: Path | None,
    comparison_file: Path | None,
    old_file: Path | None,
    language: Words,
    as_json: bool,
) -> None:
    """Verify each file and say so."""
    if old_file is not None and comparison_file is None:
        raise click.UsageError("--ancien-texte ne dit rien sans --comparaison.")
    trusted = trust.release_trust() if trust_file is None else _trusted(trust_file, language)
    given = Given(
        text=_whole(text_file, MAX_TEXT_BYTES, "--texte", language),
        comparison=_whole(comparison_file, comparison.MAX_BYTES, "--comparaison", language),
        old_text=_whole(old_file, MAX_TEXT_BYTES, "--ancien-texte", language),
    )
    judged = [(str(file), _judge(_file(file), trusted, given)) for file in files]
    if as_json:
        answers = [
            bundle_words.as_json(file, one, language)
            if isinstance(one, BundleJudgement)
            else _as_json(file, one, language)
            for file, one in judged
        ]
        click.echo(json.dumps(answers, ensure_ascii=False, indent=2))
    else:
        pages = (
            "\n".join(
                bundle_words.page(file, one, language)
                if isinstance(one, BundleJudgement)
                else _page(file, one, given, language)
            )
            for file, one in judged
        )
        click.echo("\n\n".join(pages))
    sys.exit(0 if all(one.verified for _, one in judged) else 1)


def _trusted(file: Path, language: Words) -> Trust:
    try:
        return trust.parse_trust(_decoded(_read(file, 4 * trust.MAX_CHARACTERS)))
    except MalformedError as error:
        raise _wrong(file, error, "--trust", language) from error


def _wrong(file: Path, error: MalformedError, option: str, language: Words) -> click.BadParameter:
    """Return what says why the file of `option` is not taken."""
    why = f"{printable(str(file))}{language.colon}{printable(reason(error, language))}"
    return click.BadParameter(why, param_hint=option)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("not UTF-8") from error


def _file(file: Path) -> bytes:
    """Return the bytes of `file`, one more than the longest of its kind at most: enough to be refused."""
    head = _read(file, 4)
    if head.startswith(bundle.MARK):
        return _read(file, bundles.MAX_BYTES)
    return _read(file, MAX_PDF_BYTES if head.startswith(b"%PDF-") else receipt.MAX_BYTES)


def _judge(raw: bytes, trusted: Trust, given: Given) -> Judgement | BundleJudgement:
    """Return what is found of one file; a bundle holds what its receipts are about, and is given nothing."""
    return bundle.judge_bundle(raw, trusted) if raw.startswith(bundle.MARK) else judge(raw, trusted, given)


def _read(file: Path, limit: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise click.FileError(str(file), error.strerror) from error


def _whole(file: Path | None, limit: int, option: str, language: Words) -> bytes | None:
    """Return the bytes of the file of `option`, if it is given; one longer than `limit` is a wrong call."""
    if file is None:
        return None
    content = _read(file, limit)
    if len(content) > limit:
        too_long = MalformedError("over {} MB, too long to be examined", limit // 1_000_000)
        raise _wrong(file, too_long, option, language)
    return content


def _page(file: str, judged: Judgement, given: Given, language: Words) -> Iterator[str]:
    found = judged.found
    yield f"{printable(file)}{language.colon}{_verdict(judged, language)}"
    if judged.container is not None:
        inside = language.verdict(judged.container.receipt, judged.container.receipt_refused)
        yield f"  {language.inside}{language.colon}{inside}"
    yield ""
    for step in judged.asked:
        yield f"  {step.value}. {language.steps[step]}{language.colon}{_state(step, judged, language)}"
    if found.refused:
        yield f"  ({printable(reason(found.refused, language))})"
    if given.comparison is not None:
        yield from _about_comparison(judged, language)
    if judged.unsealed_pdf:
        yield from ("", language.no_seal)
    elif judged.container is not None and judged.container.sealed is not None:
        yield from ("", _seal(judged.container.sealed, language))
    told = _facts(judged, language)
    if told:
        yield from ("", language.claims if found.refused else language.says)
        yield from (f"  {label}{language.colon}{value}" for label, value in told.items())
    late = _late(judged)
    if late is not None:
        yield from ("", language.late.format(hours=late))
    if judged.promised:
        yield from ("", language.promised)
    yield from ("", _establishes(judged, language))


def _verdict(judged: Judgement, language: Words) -> str:
    """Return the verdict on the file; that on a PDF without a seal is not the verdict on its receipt."""
    found = judged.found
    if found.refused is None and judged.unsealed_pdf:
        return language.unsealed
    return language.verdict(found.verdict, found.refused)


def _establishes(judged: Judgement, language: Words) -> str:
    refused = judged.verdict in (Verdict.ALTERED, Verdict.UNKNOWN_KEY)
    return language.would_establish if refused else language.establishes


def _state(step: Step, judged: Judgement, language: Words) -> str:
    if step not in judged.applicable:
        return language.not_applicable
    if step in judged.found.passed:
        state = language.yes
    else:
        refused = step == judged.failed or (step is Step.SEAL and _seal_refused(judged))
        state = language.no if refused else language.not_examined
    named = judged.container.sealed_by if judged.container and step is Step.SEAL else None
    return f"{state} ({printable(named)})" if named else state


def _seal_refused(judged: Judgement) -> bool:
    """Whether the seal is refused; that of a specimen may be, and the file for another reason."""
    return judged.container is not None and judged.container.seal_refused is not None


def _seal(sealed: Sealed, language: Words) -> str:
    """Return who sealed a PDF, when it says so, and who attests it."""
    if sealed.attested is None:
        attested = language.seal_unattested
    else:
        attested = facts.attestation(sealed.attested, language.seal_attested)
    said = language.sealed.format(by=printable(sealed.by), at=facts.utc(sealed.at))
    return f"{said} ({attested})"


def _late(judged: Judgement) -> int | None:
    found = judged.found
    return facts.late_by(found.statement, found.attested) if found.statement else None


def _about_comparison(judged: Judgement, language: Words) -> Iterator[str]:
    """Yield what the answer on the comparison does not say by itself."""
    if Step.COMPARISON in judged.found.passed:
        yield from ("", language.comparison_not_examined)
    elif judged.failed == Step.SIGNATURE:
        yield from ("", language.comparison_unread)


def _facts(judged: Judgement, language: Words) -> dict[str, str]:
    found = judged.found
    if found.receipt is None or found.statement is None:
        return {}
    return facts.facts(found.receipt, found.statement, found.bounds, language)


def _as_json(file: str, judged: Judgement, language: Words) -> dict[str, Any]:
    found = judged.found
    sealed = judged.container.sealed if judged.container else None
    return {
        "file": file,
        "verdict": _verdict(judged, language),
        "code": found.verdict.value,
        "verified": judged.verified,
        "failed_step": judged.failed,
        "promised": judged.promised,
        "unsealed_pdf": judged.unsealed_pdf,
        "sealed_by": judged.container and judged.container.sealed_by,
        "sealed_at": sealed and sealed.at.isoformat(),
        "seal_attested": _attested_json(sealed.attested) if sealed else None,
        "receipt_code": judged.container and judged.container.receipt.value,
        "passed_steps": [step.value for step in found.passed],
        "detail": reason(found.refused, language) if found.refused else None,
        "state": found.receipt.state.value if found.receipt else None,
        "attested": _attested_json(found.attested),
        "not_before": _attested_json(found.not_before),
        "late": _late(judged),
        "comparison_not_examined": Step.COMPARISON in found.passed,
        "statement": _facts(judged, language),
        "establishes": _establishes(judged, language),
    }


def _attested_json(found: Attested | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "authority": found.authority,
        "at": found.at.isoformat(),
        "accuracy_seconds": found.accuracy.total_seconds(),
    }
