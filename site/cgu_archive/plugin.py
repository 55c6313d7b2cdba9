"""The archive as a plugin of mkdocs: gives it our pages and files, and keeps Markdown away from the texts."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import config_options as option
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.toc import AnchorLink, TableOfContents

from cgu_archive import building
from cgu_archive.corpus.characters import FONTS
from cgu_archive.pages import addresses
from cgu_archive.pages.model import Archive, Page, SearchEntry
from cgu_archive.pages.site import pages
from cgu_archive.redline import SCRIPTS, STYLES
from cgu_archive.rendering import Contents, words
from cgu_archive.rendering.words import unaccented

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page as ShellPage
    from mkdocs.utils.templates import TemplateContext

_FIRST_HEADING = 2
_SHARED = (
    ("assets/fonts", FONTS),
    ("assets/stylesheets", STYLES),
    ("assets/javascripts", SCRIPTS),
)
"""The files of the package that the kiosk serves too."""
SEARCH = "material/search"
_ICON = re.compile(r'url\("data:[^"]*"\)')
_MATERIAL = re.compile(r"assets/stylesheets/main\.\w+\.min\.css")


class OperatorConfig(Config):
    """Who runs this copy of the archive."""

    name = option.Optional(option.Type(str))
    address = option.Optional(option.Type(str))
    contact = option.Optional(option.Type(str))
    director = option.Optional(option.Type(str))
    host = option.Optional(option.Type(str))


class ArchiveConfig(Config):
    """The options of the plugin in `mkdocs.yml`."""

    texts_dir = option.Type(str, default="cgu_texts")
    mode = option.Choice(("documentary", "demonstration", "publisher"), default="documentary")
    kiosk_url = option.Optional(option.Type(str))
    operator = option.SubConfig(OperatorConfig)
    at = option.Optional(option.Type(str))
    """The instant the archive speaks of, ``2026-11-22T12:00:00+00:00``; `cgu build` gives it."""
    trust_file = option.Optional(option.File(exists=True))
    """The keys that the page « Vérifier » trusts when it is given no others, in the form of a trust file."""


class ArchivePlugin(BasePlugin[ArchiveConfig]):
    """Hands the pages of the archive to mkdocs."""

    def __init__(self) -> None:
        self.archive: Archive | None = None
        self._pages: dict[str, Page] = {}
        self._files: dict[str, bytes] = {}
        self._found = 0

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Make the pages; `building` may already have prepared the archive."""
        if self.archive is None:
            self.archive = self._prepare(config)
        self._pages, self._files = {}, {}
        self._found = 0
        for page in pages(self.archive):
            source = _source(page.address)
            if source in self._pages:
                raise PluginError(f"Deux pages ont l’adresse « {page.address} ».")
            self._pages[source] = page
            self._files.update(page.files)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add our pages, and the files shared with the kiosk, to what is written by hand."""
        made = [
            File.generated(config, source, content="", inclusion=InclusionLevel.NOT_IN_NAV)
            for source in self._pages
        ]
        for folder, shared in _SHARED:
            made += [
                File.generated(config, f"{folder}/{file.name}", abs_src_path=str(file))
                for file in sorted(shared.iterdir())
            ]
        for file in made:
            if files.get_file_from_path(file.src_uri) is not None:
                raise PluginError(f"Deux fichiers ont l’adresse « {file.dest_uri} ».")
            files.append(file)
        for file in list(files):
            if _MATERIAL.fullmatch(file.src_uri):
                files.remove(file)
                files.append(File.generated(config, file.src_uri, content=_layered(file.content_bytes)))
        return files

    def on_page_markdown(self, markdown: str, *, page: ShellPage, config: MkDocsConfig, files: Files) -> str:
        """Give the shell the title and description of a page; hand-written pages keep their own."""
        made = self._pages.get(page.file.src_uri)
        if made is None:
            page.meta.setdefault("bandeaux", words.general_banners(self._ready().mode))
            page.meta.setdefault("genre", "page")
            return markdown
        page.meta.update(
            title=escape(made.title),  # the shell escapes nothing
            description=escape(made.description),
            bandeaux=tuple(map(escape, made.banners)),
            genre=made.kind,
            fils=tuple((escape(title), escape(address)) for title, address in made.feeds),
            search={"exclude": True},
        )
        return ""

    def on_page_content(self, html: str, *, page: ShellPage, config: MkDocsConfig, files: Files) -> str:
        """Replace the empty page by ours; no other Markdown parser ever reads a text."""
        made = self._pages.get(page.file.src_uri)
        if made is None:
            return html
        page.toc = _contents(made.contents)
        return made.body

    def on_page_context(
        self, context: TemplateContext, *, page: ShellPage, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Give the search one answer per provision, and the template what it shows around a page."""
        made = self._pages.get(page.file.src_uri)
        search = config.plugins.get(SEARCH)
        if search is not None:
            entries: list[dict[str, Any]] = search.search_index.entries
            if made is not None:
                entries += [_entry(made, answer) for answer in made.search]
            for entry in entries[self._found :]:
                entry["tags"] = list(unaccented(f"{entry['title']} {entry['text']}"))
            self._found = len(entries)
        _shown(context, self._ready())
        if page.meta.get("verification"):
            shell: Any = context
            shell["confiance"] = self._trust()
        return context

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Give the page of wrong addresses what the others have around them."""
        _shown(context, self._ready())
        return context

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Put the files that are no pages beside them: mkdocs would make a page of a `texte.md`."""
        building.finish(self._ready(), Path(config.site_dir), self._files)

    def _trust(self) -> str:
        """Return the keys of the option `trust_file`, as they are written; none when it is not set."""
        file = self.config.trust_file
        try:
            return Path(file).read_text("utf-8") if file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise PluginError(f"plugins.cgu-archive.trust_file : « {file} » illisible ({error}).") from error

    def _ready(self) -> Archive:
        if self.archive is None:
            raise PluginError("Aucune archive préparée : `on_pre_build` n’a pas eu lieu.")
        return self.archive

    def _prepare(self, config: MkDocsConfig) -> Archive:
        if self.config.at is None:
            raise PluginError("plugins.cgu-archive.at manque : lancez `cgu build`, ou donnez un instant UTC.")
        root = Path(config.config_file_path).parent
        return building.prepare(
            root / self.config.texts_dir,
            at=datetime.fromisoformat(self.config.at),
            mode=self.config.mode,
            settings=building.shell_settings(config),
            progress=lambda _: None,
        )


def _layered(sheet: bytes) -> bytes:
    """Return Material's style sheet as a layer, so that any rule of ours wins, whatever the weight of theirs.

    Its icons go: they are `data:` addresses, which a strict policy refuses to load.
    """
    rules = _ICON.sub("none", sheet.decode("utf-8").removeprefix('@charset "UTF-8";'))
    return f"@layer material{{{rules}\n}}\n".encode()


def _shown(context: TemplateContext, archive: Archive) -> None:
    shell: Any = context
    shell["archive"] = archive
    shell["adresses"] = addresses


def _source(address: str) -> str:
    return f"{address.removesuffix('.html')}.md"


def _contents(lines: tuple[Contents, ...]) -> TableOfContents:
    return TableOfContents([_anchor(line, _FIRST_HEADING) for line in lines])


def _anchor(line: Contents, level: int) -> AnchorLink:
    anchor = AnchorLink(escape(line.title, quote=False), line.address, level)
    anchor.children = [_anchor(child, level + 1) for child in line.children]
    return anchor


def _entry(page: Page, answer: SearchEntry) -> dict[str, Any]:
    """Return an entry of Material's search index; its title and text are HTML."""
    location = f"{page.address}#{answer.anchor}" if answer.anchor else page.address
    text = f"<p>{escape(answer.text)}</p>" if answer.text else ""
    return {"location": location, "title": escape(answer.title), "text": text}
