"""The shell around the pages: nothing inline, nothing from elsewhere, no dead link."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import pytest

from cgu_archive.pages.site import WRITTEN
from tests.archive.html_reading import classes, read, words
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("archive")

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "embed": "src", "object": "data"}
FETCHED = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
BASE = "/archive/"


@pytest.fixture(scope="module")
def trees(archive: Path) -> dict[str, Element]:
    """Every page of the archive, by address."""
    return {file.relative_to(archive).as_posix(): read(file) for file in sorted(archive.rglob("*.html"))}


def loaded(tree: Element) -> Iterator[str]:
    """Yield the address of everything a browser fetches by itself."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if address := element.get(LOADED.get(element.tag, "")):
            yield address
        if element.tag == "link" and FETCHED & set((element.get("rel") or "").split()):
            yield element.get("href") or ""


def test_no_page_has_a_script_or_style_of_its_own(trees: dict[str, Element]) -> None:
    """A strict Content-Security-Policy refuses them; data in JSON is no script."""
    for address, tree in trees.items():
        for element in tree.iter():
            if element.tag == "script" and not element.get("src"):
                assert element.get("type") == "application/json", address
            assert element.tag != "style", address
            inline = {name for name in element.attrib if name == "style" or name.startswith("on")}
            assert not inline, (address, element.tag, inline)
            assert not (element.get("href") or "").startswith("javascript:"), address


@pytest.mark.requirement("S-65", "O-38")
def test_nothing_is_loaded_from_elsewhere(trees: dict[str, Element]) -> None:
    for address, tree in trees.items():
        found = list(loaded(tree))
        assert found
        for resource in found:
            parts = urlsplit(resource)
            assert not parts.scheme, (address, resource)
            assert not parts.netloc, (address, resource)


def test_no_style_sheet_fetches_from_elsewhere_or_holds_data(archive: Path) -> None:
    sheets = list((archive / "assets").rglob("*.css"))
    assert len(sheets) > 5
    for sheet in sheets:
        for target in re.findall(
            r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", sheet.read_text("utf-8")
        ):
            address = "".join(target)
            assert not urlsplit(address).scheme, sheet
            assert (sheet.parent / address).is_file(), (sheet, address)


def test_every_link_and_resource_is_there(archive: Path, trees: dict[str, Element]) -> None:
    ids = {address: {e.get("id") for e in tree.iter() if e.get("id")} for address, tree in trees.items()}
    for address, tree in trees.items():
        for element in tree.iter():
            for target in (element.get("href"), element.get("src"), element.get("action")):
                if target is None or element.tag not in ("a", "link", "script", "img", "form"):
                    continue
                parts = urlsplit(target)
                if parts.scheme or parts.netloc or target == "/" or parts.path.endswith("/comparer"):
                    continue  # elsewhere, or of the kiosk
                place = resolved(archive, address, unquote(parts.path))
                assert place.is_file(), (address, target)
                if parts.fragment and place.suffix == ".html":
                    assert parts.fragment in ids[place.relative_to(archive).as_posix()], (address, target)


def resolved(archive: Path, address: str, path: str) -> Path:
    if path.startswith(BASE):
        path, address = path.removeprefix(BASE), ""
        return (archive / (path or "index.html")).resolve()
    if not path:
        return archive / address
    return ((archive / address).parent / path).resolve()


def test_every_page_has_one_title_in_french_and_its_own_name(trees: dict[str, Element]) -> None:
    names = Counter(words(next(tree.iter("title"))) for tree in trees.values())
    assert [name for name, times in names.items() if times > 1] == []
    for address, tree in trees.items():
        assert tree.get("lang") == "fr", address
        assert len(list(tree.iter("h1"))) == 1, address
        levels = [
            int(e.tag[1]) for e in tree.iter() if isinstance(e.tag, str) and re.fullmatch("h[1-6]", e.tag)
        ]
        assert levels[0] == 1, address


def test_no_identifier_is_used_twice_on_a_page(trees: dict[str, Element]) -> None:
    for address, tree in trees.items():
        seen = Counter(element.get("id") for element in tree.iter() if element.get("id"))
        assert [name for name, times in seen.items() if times > 1] == [], address


def test_every_page_says_who_speaks_and_leads_to_help_and_legal_notices(trees: dict[str, Element]) -> None:
    for address, tree in trees.items():
        if address == "404.html":
            continue
        assert [element for element in tree.iter() if "bandeau" in classes(element)], address
        (foot,) = tree.iter("footer")
        for label, _ in WRITTEN:
            assert label in words(foot), address


def test_navigation_is_the_same_few_links_everywhere(trees: dict[str, Element]) -> None:
    """With every version in it, building takes quadratic time and pages weigh as much."""
    for address, tree in trees.items():
        (head,) = tree.iter("header")
        assert len(list(head.iter("a"))) == 5, address


def test_the_theme_overrides_parts_that_material_still_has() -> None:
    """An override that no template includes any more would hide nothing, in silence."""
    import material

    shipped = Path(material.__file__).parent / "templates"
    for override in (ROOT / "site" / "theme" / "partials").rglob("*.html"):
        assert (shipped / override.relative_to(ROOT / "site" / "theme")).is_file(), override


def test_the_accessibility_page_claims_no_conformity_without_audit(trees: dict[str, Element]) -> None:
    said = words(trees["accessibilite.html"])
    assert "État de conformité : non conforme" in said
    assert "conformité totale" not in said


def test_the_verification_page_says_what_is_and_is_not_established(trees: dict[str, Element]) -> None:
    said = words(trees["verifier.html"])
    for verdict in (
        "Intact",
        "Intact, heure non attestée",
        "Altéré ou incomplet : étape",
        "Clé inconnue",
        "Spécimen sans valeur",
        "Établit : quel texte, quelle décision, quel compte, quelle heure et qui l’atteste.",
        "N’établit pas : qui était devant l’écran, que le texte a été lu, que ses clauses sont licites.",
        "Ce n’est pas une signature électronique qualifiée.",
    ):
        assert verdict in said
    for never in (
        "irréfutable",
        "infalsifiable",
        "certifié",
        "valeur légale",
        "J’ai lu",
        "Acceptation valable",
    ):
        assert never not in said
