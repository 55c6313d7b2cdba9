"""A comparison as one HTML file that opens from a disk: styles and script inside, nothing fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from cgu_archive.corpus.comparison import Comparison, Side, comparison_hash
from cgu_archive.corpus.hashing import text_hash
from cgu_archive.redline.html import redline_html
from cgu_archive.redline.places import NBSP
from cgu_archive.redline.unseen import coded
from cgu_archive.rendering import LinkPolicy, words

_HERE = Path(__file__).parent.parent


def redline_page(
    comparison: Comparison,
    *,
    names: tuple[str, str],
    links: LinkPolicy | None = None,
    banners: Sequence[str] = (),
    notices: Sequence[str] = (),
) -> str:
    """Return `comparison` as a whole page of HTML.

    `names` are those of the old text and of the new one; `banners` stand at its head, `notices` at its foot.
    `links` says which addresses of the texts may be links; without it none is.
    """
    style, script = _assets()
    policy = f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'"
    title = _said(f"Comparaison{NBSP}: {names[0]} → {names[1]}")
    head = "".join(f'<p class="bandeau">{_said(line)}</p>' for line in banners)
    sides = zip(("Ancien texte", "Nouveau texte"), names, (comparison.old, comparison.new), strict=True)
    foot = "".join(f"<p>{_said(line)}</p>" for line in notices)
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{head}<main>\n"
        f"<h1>Ce qui change entre deux textes</h1>\n<dl>{''.join(_known(*side) for side in sides)}"
        f"{_line('Empreinte de la comparaison', comparison_hash(comparison))}</dl>\n"
        f"<h2>Changements</h2>\n<div data-filtres>{redline_html(comparison, links)}</div>\n</main>\n"
        f"<footer>{foot}</footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _known(label: str, name: str, side: Side) -> str:
    """Return what is known of one of the two texts."""
    said = [name]
    if side.label:
        said.append(f"numéro {side.label}")
    if side.declared_on:
        said.append(f"date donnée par le texte{NBSP}: {side.declared_on}")
    said.append(f"empreinte SHA-256 {side.text_hash or words.UNKNOWN}")
    return _line(label, ", ".join(said))


def _line(label: str, value: str) -> str:
    return f"<dt>{_said(label)}</dt><dd>{_said(value)}</dd>"


@cache
def _assets() -> tuple[str, str]:
    """Return the styles and the script of the page."""
    style = "".join((_HERE / "styles" / name).read_text("utf-8") for name in ("alone.css", "redline.css"))
    return style, (_HERE / "scripts" / "redline.js").read_text("utf-8")


def _source(content: str) -> str:
    """Return the name that a content security policy gives to what stands in a page."""
    return f"sha256-{b64encode(bytes.fromhex(text_hash(content.encode()))).decode('ascii')}"


def _said(text: str) -> str:
    return escape(coded(text, changed=False), quote=False)
