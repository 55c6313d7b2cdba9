"""What a text says that no page should show, that nobody would see, or that its rules misquote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from cgu_archive.corpus import markdown, provisions
from cgu_archive.corpus.characters import named, undrawable
from cgu_archive.corpus.checks import figures
from cgu_archive.corpus.checks.page import AS_RECEIVED
from cgu_archive.corpus.checks.sheet import Run, Sheet
from cgu_archive.corpus.errors import Finding, Place, Severity, UnknownAddressError, UnreadableTextError
from cgu_archive.corpus.loader import text_name
from cgu_archive.corpus.markdown import Block, Inline
from cgu_archive.corpus.model import Version
from cgu_archive.corpus.provisions import Provision
from cgu_archive.corpus.rules import said_by

_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--|<![a-z]|<\?", re.IGNORECASE)
_SCRIPT = re.compile(r"(?:\]\(|<)\s*(?:javascript|vbscript|data|file)\s*:", re.IGNORECASE)
_BLANK = re.compile(r"(?:version|date|dernière mise à jour|mise en ligne)\b[^:]{0,40}:\s*", re.IGNORECASE)
UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # control characters
    r"\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"  # of no width, or that turn the line round
)
UNDRAWN = "Remplacez ce caractère : aucun PDF de cette version ne pourrait être fait."
_MOST_UNDRAWN = 10
"""More of them, and the text is in letters that no bundled font has: it is said often enough."""
_NEW_RULE = "Si le logiciel doit l’appliquer, ajoutez une règle à version.yml."
_NEXT_RULE = "Si le logiciel doit l’appliquer, donnez-lui une règle dans la prochaine version."


def read(version: Version) -> Provision | Finding:
    """Return the tree of the text of `version`, or why it cannot be read."""
    try:
        return provisions.read(version.text)
    except UnreadableTextError as error:
        return Finding(_file(version), None, "unreadable", str(error), "Corrigez ce fichier.")


def check(version: Version, sheet: Sheet, *, strict: bool) -> Iterator[Finding]:
    """Yield what is wrong in the words of `version`, laid out on `sheet`: errors if `strict`, else warnings.

    A rule that misquotes the text is always an error: rules are ours. So is a character that no font draws:
    it would stop the build of the archive once the version is published.
    """
    text, runs = sheet.root, sheet.by_line
    severity = Severity.ERROR if strict else Severity.WARNING
    for line, at, (rule, message, remedy, words) in _written(sheet.text, text):
        place = _place(sheet, runs.get(line + 1, ()), words) or Place(words, at)
        yield Finding(
            _file(version), line + 1, rule, message, remedy if strict else AS_RECEIVED, severity, place
        )
    yield from _undrawn(version, sheet)
    yield from _rules(version, text)
    for figure in figures.unknown(text, version.metadata.rules):
        yield Finding(
            _file(version),
            figure.line + 1,
            "figure",
            f"« {figure.words} » ({figure.address}) : aucune règle ne cite ce chiffre.",
            _NEXT_RULE if version.published else _NEW_RULE,
            Severity.WARNING,
            _place(sheet, runs.get(figure.line + 1, ()), figure.words) or Place(figure.words, figure.address),
        )


def _place(sheet: Sheet, runs: Sequence[Run], words: str) -> Place | None:
    """Return where `words` stand in one of `runs`; None when marks or spaces hide them."""
    for run in runs:
        start = run.words.find(words)
        if words and start >= 0:
            return sheet.place(run, start, start + len(words))[1]
    return None


def _undrawn(version: Version, sheet: Sheet) -> Iterator[Finding]:
    """Yield the first characters that no bundled font draws, each where it stands first."""
    left = set(undrawable(sheet.root.text()))
    found: list[tuple[str, Run | None]] = []
    for run in sheet.runs:
        here = left.intersection(run.words)
        found += [(character, run) for character in sorted(here)]
        left -= here
    found += [(character, None) for character in sorted(left)]
    for character, at in found[:_MOST_UNDRAWN]:
        place = _place(sheet, [at], character) if at else None
        message = f"aucune police fournie ne dessine {named(character)}."
        yield Finding(
            _file(version), at.line if at else None, "undrawable", message, UNDRAWN, Severity.ERROR, place
        )


def _file(version: Version) -> str:
    return f"{version.address}/{text_name(version.metadata.transcription)}"


def _rules(version: Version, text: Provision) -> Iterator[Finding]:
    file = f"{version.address}/version.yml"
    for rule in version.metadata.rules:
        try:
            provision = text.find(rule.at)
        except UnknownAddressError:
            message = f"règle « {rule.name} » : le texte n’a plus « {rule.where} », qui la promettait."
            remedy = "Dites quelle disposition la promet, ou retirez la règle."
            yield Finding(file, None, "rule-address", message, remedy)
            continue
        if not said_by(rule, provision):
            message = f"règle « {rule.name} » : « {rule.where} » ne dit pas, ou plus, « {rule.quote} »."
            remedy = "Citez la phrase qui promet cette règle, ou retirez-la : rien ne s’applique sans elle."
            yield Finding(file, None, "rule-quote", message, remedy)
        stated = figures.value_of(rule.kind, rule.quote)
        if stated not in (None, rule.value):
            message = f"règle « {rule.name} » : elle vaut {rule.said}, mais la phrase citée dit {stated}."
            remedy = "Corrigez la valeur, en jours pour un délai, ou citez la bonne phrase."
            yield Finding(file, None, "rule-figure", message, remedy)


Said = tuple[str, str, str, str]
"""Rule, message, remedy, and the words it is about."""


def _written(words: str, text: Provision) -> Iterator[tuple[int, str, Said]]:
    """Yield the line (0-based) and provision of what no page should show, and what is said of it."""
    runs = tuple(_runs_of(text))
    at_lines = {line: at for line, at, _ in reversed(runs)}

    def at(line: int) -> str:
        return next((at_lines[n] for n in range(line, -1, -1) if n in at_lines), text.address)

    for number, typed in enumerate(words.split("\n")):
        if found := UNSEEN.search(typed):
            message = f"caractère invisible U+{ord(found[0]):04X}."
            yield number, at(number), ("hidden-character", message, "Retirez-le.", found[0])
    for hidden in markdown.hidden(words):
        message = f"« {hidden.words} » : mots que le lecteur ne voit pas."
        remedy = "Écrivez-les dans le texte, ou retirez-les."
        yield hidden.line, at(hidden.line), ("hidden-words", message, remedy, hidden.words)
    addresses = {provision.address for provision in text.walk()}
    for line, address, inlines in runs:
        for said in _inlines(inlines, addresses):
            yield line, address, said


def _runs_of(text: Provision) -> Iterator[tuple[int, str, tuple[Inline, ...]]]:
    """Yield every run of words with its first line and its provision."""
    for unit in text.walk():
        for line, inlines in _runs((*([unit.heading] if unit.heading else []), *unit.blocks)):
            yield line, unit.address, inlines


def _runs(blocks: tuple[Block, ...]) -> Iterator[tuple[int, tuple[Inline, ...]]]:
    """Yield every run of words with its first line."""
    for block in blocks:
        match block:
            case markdown.Heading(_, inlines, lines) | markdown.Paragraph(inlines, lines):
                yield lines[0], inlines
            case markdown.List(_, items):
                for item in items:
                    yield from _runs(item.blocks)
            case markdown.Quote(inner):
                yield from _runs(inner)
            case markdown.Table(header, rows):
                for row in (header, *rows):
                    for cell in row.cells:
                        yield row.lines[0], cell
            case _:  # code is shown literally on purpose
                pass


def _inlines(inlines: tuple[Inline, ...], addresses: set[str]) -> Iterator[Said]:
    words = "".join(_words(inlines))
    if tag := _TAG.search(words):
        message = f"balise « {tag[0]} » : elle sera montrée telle quelle."
        yield "html", message, "Retirez-la : le texte est en Markdown, sans HTML.", tag[0]
    if script := _SCRIPT.search(words):
        message = f"lien « {script[0]} » interdit : il sera montré tel quel."
        yield "link-unsafe", message, "Retirez-le.", script[0]
    if _BLANK.fullmatch(words):
        message = f"« {words.strip()} » : rien ne suit."
        yield "blank-field", message, "Complétez ou retirez cette mention.", words.strip()
    for target in _links(inlines):
        if wrong := _link(target, addresses):
            read = (
                target.description if isinstance(target, markdown.Image) else markdown.plain(target.children)
            )
            yield *wrong, read


def _words(inlines: tuple[Inline, ...]) -> Iterator[str]:
    """Yield the words in which marks may hide: code is shown literally on purpose."""
    for inline in inlines:
        match inline:
            case markdown.Text(text):
                yield text
            case markdown.Strong(children) | markdown.Emphasis(children) | markdown.Link(_, children):
                yield from _words(children)
            case markdown.Break():
                yield " "
            case _:
                pass


def _links(inlines: tuple[Inline, ...]) -> Iterator[markdown.Link | markdown.Image]:
    for inline in inlines:
        match inline:
            case markdown.Link(_, children):
                yield inline
                yield from _links(children)
            case markdown.Strong(children) | markdown.Emphasis(children):
                yield from _links(children)
            case markdown.Image():
                yield inline
            case _:
                pass


def _link(link: markdown.Link | markdown.Image, addresses: set[str]) -> tuple[str, str, str] | None:
    """Return rule, message and remedy when `link` leads nowhere, or where no link should."""
    if isinstance(link, markdown.Image):
        message = f"image « {link.target} » : elle ne sera pas montrée, seule sa description se lira."
        return "image", message, "Décrivez-la en toutes lettres."
    words = markdown.plain(link.children)
    target = unquote(link.target)
    if target in ("", "#"):
        return "link-lost", f"lien « {words} » sans adresse.", "Donnez l’adresse, ou retirez le lien."
    if target.startswith("#"):
        if target[1:] in addresses:
            return None
        message = f"lien « {target} » : aucune disposition n’a cette adresse dans ce texte."
        return "link-broken", message, "Corrigez l’adresse (cgu show les donne)."
    if not target.isascii() or "xn--" in target:
        message = f"lien « {target} » : lettres qui en imitent d’autres, le lien restera inactif."
        return "link-confusable", message, "Écrivez l’adresse en lettres latines."
    if _leads_elsewhere(target):
        return None
    message = f"lien « {target} » : ni https, ni http, ni mailto, il restera inactif."
    return "link-unsafe", message, "Donnez une adresse complète, ou retirez le lien."


def _leads_elsewhere(target: str) -> bool:
    try:
        parts = urlsplit(target)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc
