"""What was received beside what was understood, as one HTML page that opens from a disk."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.importing.model import Difference, Imported, Kind, ReceivedComment, Row
from cgu_archive.rendering import words

_KINDS = {
    Kind.DOCX: "document Word",
    Kind.ODT: "texte OpenDocument",
    Kind.HTML: "page HTML",
    Kind.MARKDOWN: "Markdown",
    Kind.TEXT: "texte",
    Kind.PASTED: "texte copié de pages",
}
_STYLE = Path(__file__).parent.parent / "styles" / "import.css"


def report(found: Imported, *, name: str) -> str:
    """Return the whole page about the file called `name`: doubts, comments, then each block."""
    style = _style()
    digest = b64encode(bytes.fromhex(text_hash(style.encode()))).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    title = _said(f"Import de {name} : reçu et compris")
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"{''.join(_head(found))}<h2>Bloc par bloc</h2>\n{_table(found.rows)}</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return _STYLE.read_text("utf-8")


def _said(text: str) -> str:
    return escape(words.french(text))


def _head(found: Imported) -> Iterator[str]:
    yield f"<dl><dt>Sorte</dt><dd>{_KINDS[found.kind]}</dd>"
    yield f"<dt>{_said('Empreinte SHA-256 du fichier')}</dt><dd><code>{found.source_hash}</code></dd></dl>\n"
    if found.is_whole:
        yield "<p><strong>Aucun mot perdu, aucun mot ajouté.</strong></p>\n"
    else:
        yield from _differences("Mots reçus qui ne se retrouvent pas", found.lost)
        yield from _differences("Mots compris qui n’ont pas été reçus", found.added)
    if found.changes:
        yield "<h2>Modifications suivies</h2>\n<ul>"
        yield from (
            f"<li>{_said(f'{one.author} : {one.count} {one.change}(s)')}</li>" for one in found.changes
        )
        yield "</ul>\n"
    yield f"<h2>{_said(f'À vérifier : {len(found.doubts)}')}</h2>\n"
    if found.doubts:
        yield "<ul>"
        for doubt in found.doubts:
            link = f' <a href="#l{doubt.line}">ligne {doubt.line}</a>' if doubt.line else ""
            yield f"<li>{_said(doubt.sentence)}{link}</li>"
        yield "</ul>\n"
    if found.comments:
        yield "<h2>Commentaires du fichier</h2>\n<ul>"
        yield from (f"<li>{_comment(one)}</li>" for one in found.comments)
        yield "</ul>\n"


def _differences(title: str, found: Sequence[Difference]) -> Iterator[str]:
    if found:
        yield f"<h2>{_said(title)}</h2>\n<ul>"
        yield from (f"<li>{_said(f'« {one.words} », après « {one.near} »')}</li>" for one in found)
        yield "</ul>\n"


def _comment(one: ReceivedComment) -> str:
    when = f", {words.day(one.written_at.date())}" if one.written_at else ""
    return _said(f"{one.author}{when}, sur {one.address} : {one.words}")


def _table(rows: Sequence[Row]) -> str:
    head = '<tr><th scope="col">Ligne</th><th scope="col">Reçu</th><th scope="col">Compris</th></tr>'
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n{''.join(map(_row, rows))}</tbody>\n</table>\n"


def _row(row: Row) -> str:
    doubts = "".join(f'<p class="doute">{_said(f"À vérifier : {one}")}</p>' for one in row.doubts)
    anchor = f' id="l{row.line}"' if row.line else ""
    line = "" if row.line is None else str(row.line)
    return (
        f'<tr{anchor}><th scope="row">{line}</th><td data-titre="Reçu">{escape(row.received)}</td>'
        f'<td data-titre="Compris"><pre>{escape(row.understood)}</pre>{doubts}</td></tr>\n'
    )
