"""`cgu links`: where texts lead, out of their service, and what the register of links says of it."""

from __future__ import annotations

from pathlib import Path

import click

from cgu_archive.cli.french import Command
from cgu_archive.cli.speech import in_line, print_json, say
from cgu_archive.corpus import loader
from cgu_archive.corpus.linked import LinkState, OutwardLink, outward, to_json
from cgu_archive.corpus.model import Service
from cgu_archive.rendering.words import day

STATES = {
    LinkState.UNVERIFIED: "à vérifier",
    LinkState.VERIFIED: "vérifié le",
    LinkState.REMOVED: "retiré le",
    LinkState.REFUSED: "jamais cliquable",
}


@click.command(cls=Command, help="Liste les liens qui sortent des textes, avec leurs places et leur état.")
@click.argument("service", metavar="[SERVICE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Répond en JSON.")
@click.pass_obj
def links(texts: Path, service: str | None, as_json: bool) -> None:
    """Print every link out of the published texts, service by service."""
    corpus = loader.load(texts)
    wanted = corpus.services if service is None else (corpus.service(service),)
    found = {one.slug: _outward(one) for one in wanted}
    if as_json:
        print_json({"services": {slug: [to_json(link) for link in held] for slug, held in found.items()}})
        return
    for one in wanted:
        say(one.name)
        for link in found[one.slug]:
            say(f"  {in_line(link.url)} · {_state(link)}")
            for place in link.places:
                say(f"    {place.version}#{place.at} « {in_line(place.words)} »")


def _outward(service: Service) -> tuple[OutwardLink, ...]:
    """Return the links of every version of a service, published or a draft, the newest version first."""
    versions = [version for terms in service.terms for version in terms.versions[::-1]]
    return outward(service, [(version.address, version.text) for version in versions])


def _state(link: OutwardLink) -> str:
    record = link.record
    if record is None or link.state is LinkState.REFUSED:
        return STATES[link.state]
    on = record.removed_on or record.checked_on
    return f"{STATES[link.state]} {day(on)}" + (f" : {in_line(record.reason)}" if record.reason else "")
