"""Fill the templates of the pages: the only place of the archive that knows Jinja."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from cgu_archive.corpus import hashing
from cgu_archive.pages import addresses
from cgu_archive.redline.words import many
from cgu_archive.rendering import LinkPolicy, words

_FOLDER = Path(__file__).parents[1] / "templates" / "pages"
_CODE = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>)", re.DOTALL)


class _Typography(Extension):
    """Sets the unbreakable spaces of French in the words of a template, never in its code."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        parts = _CODE.split(source)
        return "".join(part if at % 2 else words.french(part) for at, part in enumerate(parts))


def fill(template: str, address: str, /, **values: object) -> str:
    """Return the body made from `template` for the page at `address`."""
    link = partial(addresses.relative, page=address)
    return _environment().get_template(template).render(link=link, **values)


def outward(url: str, label: str, links: LinkPolicy) -> Markup:
    """Return a link that leaves the archive, marked as such; plain words where no link is allowed."""
    if not links.allows(url):
        return Markup("<span class='lien-inactif'>{}</span>").format(label)
    mark = Markup('<span class="lien-externe"> (lien externe)</span>')
    return Markup('<a href="{}" rel="external noopener noreferrer">{}{}</a>').format(url, label, mark)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Typography],
    )
    shared: dict[str, Any] = {
        "words": words,
        "addresses": addresses,
        "short": hashing.short,
        "outward": outward,
        "many": many,
    }
    environment.globals.update(shared)
    environment.filters["french"] = words.french
    return environment
