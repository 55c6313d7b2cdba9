"""`cgu check`: what was altered, what is missing, what reads badly; and, in drafts, what mends it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from cgu_archive.cli.french import FILE, Command, confirm
from cgu_archive.cli.speech import print_json, say
from cgu_archive.corpus import checks, freezing, loader, register
from cgu_archive.corpus.dates import day_in_paris
from cgu_archive.corpus.errors import Edit, Finding, InvalidCorpusError, Severity
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.model import Address, Corpus

NOW = "cgu_archive.now"
"""Where the group puts what tells the time, in the context of a command."""
LEVELS = tuple(severity.value for severity in Severity)
_SAID = {Severity.ERROR: "Erreur", Severity.WARNING: "Avertissement", Severity.INFO: "Remarque"}
_AROUND = 45
"""Characters shown on each side of the words of a finding."""
_SHOWN_EDITS = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked to be shown."""

    address: str | None
    rule: str | None
    level: Severity | None
    drafts: bool


@click.command(
    cls=Command,
    help="Cherche ce qui a été altéré, ce qui manque et ce qui se contredit, dans tous les textes ou à cette"
    " adresse (service, service/document ou service/document/version).",
)
@click.argument("address", metavar="[ADRESSE]", required=False)
@click.option("--rule", metavar="RÈGLE", help="N’applique que cette règle, par exemple L-07.")
@click.option(
    "--level", type=click.Choice(LEVELS),
    help="Ne montre que ce qui pèse au moins autant ; info lit les textes publiés avec toutes les règles.",
)  # fmt: skip
@click.option("--drafts", is_flag=True, help="Ne montre que les brouillons.")
@click.option("--fix", "mend", is_flag=True, help="Corrige les brouillons, après confirmation.")
@click.option("--yes", is_flag=True, help="Avec --fix, ne demande pas confirmation.")
@click.option("--quiet", is_flag=True, help="N’affiche que les erreurs.")
@click.option("--since", metavar="RÉVISION", help="Compare PUBLISHED à cette révision de git.")
@click.option(
    "--checkpoint", type=FILE, metavar="FICHIER", help="Compare PUBLISHED à cette copie gardée ailleurs."
)
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@click.pass_context
def check(
    ctx: click.Context,
    /,
    address: str | None,
    rule: str | None,
    level: str | None,
    drafts: bool,
    mend: bool,
    yes: bool,
    quiet: bool,
    since: str | None,
    checkpoint: Path | None,
    as_json: bool,
) -> int:
    """Print the findings; the exit code says whether one is an error."""
    if mend and as_json:
        raise click.UsageError("--fix et --json s’excluent.")
    if rule is not None and rule.startswith("L-") and rule not in checks.CARDS:
        raise click.UsageError(f"règle « {rule} » inconnue. Règles : {', '.join(checks.CARDS)}.")
    texts: Path = ctx.obj
    wish = _Wish(address, rule, Severity(level) if level else None, drafts or mend)
    try:
        corpus = loader.load(texts)
    except InvalidCorpusError as error:
        return _print(error.findings, Corpus(()), quiet=quiet, as_json=as_json)
    found = _wished(
        checks.check(
            corpus,
            previous_register=_previous_register(texts, since),
            checkpoint=checkpoint.read_bytes() if checkpoint else None,
            lowest=wish.level,
            only=wish.rule,
            on=_today(ctx),
        ),
        corpus,
        wish,
    )
    if mend:
        return _mend(texts, corpus, found, yes=yes)
    return _print(found, corpus, quiet=quiet, as_json=as_json)


def _today(ctx: click.Context) -> date:
    return day_in_paris(ctx.meta[NOW]())


def _wished(found: tuple[Finding, ...], corpus: Corpus, wish: _Wish) -> tuple[Finding, ...]:
    """Return the findings that were asked for; raises `UnknownAddressError`."""
    if wish.address is not None:
        _known(corpus, wish.address.strip("/").split("/"))
        found = tuple(one for one in found if f"{one.file}/".startswith(f"{wish.address.strip('/')}/"))
    if wish.level is not None:
        least = checks.RANKS[wish.level]
        found = tuple(one for one in found if checks.RANKS[one.severity] >= least)
    if wish.drafts:
        folders = tuple(f"{version.address}/" for _, _, version in corpus.versions() if not version.published)
        found = tuple(one for one in found if one.file.startswith(folders))
    return found


def _known(corpus: Corpus, parts: list[str]) -> None:
    if len(parts) > 2:
        corpus.version(Address.parse("/".join(parts)))
        return
    service = corpus.service(parts[0])
    for slug in parts[1:]:
        service.document(slug)


def _print(found: tuple[Finding, ...], corpus: Corpus, *, quiet: bool, as_json: bool) -> int:
    errors = checks.errors(found)
    if as_json:
        print_json({"findings": [_json(finding) for finding in found], "errors": len(errors)})
        return int(bool(errors))
    texts = {str(v.address): v.text.decode("utf-8", "replace") for _, _, v in corpus.versions()}
    folder = ""
    for finding in found:
        error = finding.severity is Severity.ERROR
        if quiet and not error:
            continue
        above = finding.file.rpartition("/")[0]
        if above != folder and not quiet:
            say(f"{folder and chr(10)}{above or 'Tous les textes'}")
            folder = above
        number = checks.number(finding)
        name = finding.rule if number in (None, finding.rule) else f"{number} {finding.rule}"
        place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
        say(f"{_SAID[finding.severity]} : {place}: {finding.message} {finding.remedy} [{name}]", err=error)
        if not quiet and (context := _context(finding, texts.get(above, ""))):
            say(f"    {context}", err=error)
    if not quiet:
        say(_total(found))
    return int(bool(errors))


def _total(found: tuple[Finding, ...]) -> str:
    """Return how many findings there are of each weight; what is said for information only when it is."""
    counts = {severity: sum(one.severity is severity for one in found) for severity in Severity}
    infos = f", {counts[Severity.INFO]} remarque(s)" if counts[Severity.INFO] else ""
    return f"{counts[Severity.ERROR]} erreur(s), {counts[Severity.WARNING]} avertissement(s){infos}."


def _context(finding: Finding, text: str) -> str:
    """Return the words of `finding` among those around them, in one line; nothing when unsure."""
    place = finding.place
    if place is None or place.start is None or place.end is None:
        return ""
    before = text[max(0, place.start - _AROUND) : place.start].rpartition("\n")[2]
    after = text[place.end : place.end + _AROUND].partition("\n")[0]
    words = " ".join(text[place.start : place.end].split())
    return f"{place.at} : … {before}⟦{words}⟧{after} …".replace("\r", "")


def _json(finding: Finding) -> dict[str, Json]:
    place, fix = finding.place, finding.fix
    return {
        "file": finding.file,
        "line": finding.line,
        "columns": list(place.columns) if place and place.columns else None,
        "provision": place.at if place else None,
        "words": place.words if place else None,
        "rule": finding.rule,
        "number": checks.number(finding),
        "severity": finding.severity.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "fix": [{"start": e.start, "end": e.end, "words": e.words} for e in fix.edits] if fix else None,
    }


def _mend(texts: Path, corpus: Corpus, found: tuple[Finding, ...], *, yes: bool) -> int:
    """Show what would change in each draft, ask, and write; a published text has no fix."""
    drafts = {str(v.address): v for _, _, v in corpus.versions() if not v.published}
    by_file: dict[str, list[Finding]] = {}
    for finding in found:
        if finding.fix is not None:
            by_file.setdefault(finding.file, []).append(finding)
    if not by_file:
        say("Rien à corriger automatiquement.")
        return 0
    ready = []
    for file, findings in by_file.items():
        draft = drafts[file.rpartition("/")[0]]
        taken, fix = checks.together(findings)
        text = draft.text.decode("utf-8")
        for finding in taken:
            say(f"{file}:{finding.line}: {finding.message} [{finding.rule}]", err=True)
            for line in _changes(text, finding.fix.edits if finding.fix else ()):
                say(f"    {line}", err=True)
        ready.append((draft, checks.apply(text, fix).encode("utf-8"), len(taken)))
    if not yes:
        confirm("Écrire ces corrections dans les brouillons ? [o/N]")
    for draft, after, count in ready:
        freezing.rewrite_draft(texts, draft, after)
        say(f"Corrigé : {draft.address}, {count} correction(s).")
    return 0


def _changes(text: str, edits: Iterable[Edit]) -> Iterator[str]:
    """Yield the first edits, each among the words around it, before and after."""
    edits = tuple(edits)
    for edit in edits[:_SHOWN_EDITS]:
        before = text[max(0, edit.start - _AROUND // 2) : edit.start].rpartition("\n")[2]
        after = text[edit.end : edit.end + _AROUND // 2].partition("\n")[0]
        yield f"{before}⟦{text[edit.start : edit.end]}⟧{after} → {before}⟦{edit.words}⟧{after}"
    if len(edits) > _SHOWN_EDITS:
        yield f"et {len(edits) - _SHOWN_EDITS} autre(s)"


def _previous_register(texts: Path, since: str | None) -> bytes | None:
    """Return `PUBLISHED` as `since` has it, else as the last commit that differs from the files has it."""
    if since is not None:
        committed = _committed(texts, since)
        if committed is None:
            raise click.UsageError(f"git ne connaît pas {register.NAME} à la révision « {since} ».")
        return committed
    file = texts / register.NAME
    now = file.read_bytes() if file.is_file() else b""
    head = _committed(texts, "HEAD")
    return _committed(texts, "HEAD^") if head == now else head


def _committed(texts: Path, revision: str) -> bytes | None:
    """Return `PUBLISHED` as git has it at `revision`; None without git or when it has none there."""
    command = ["git", "-C", str(texts), "show", "--end-of-options", f"{revision}:./{register.NAME}"]
    try:
        shown = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    except OSError:
        return None
    return shown.stdout if shown.returncode == 0 else None
