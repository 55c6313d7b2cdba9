"""What `service.yml` says that cannot be, and what the text it serves has lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

from cgu_archive.corpus.errors import Finding, Severity
from cgu_archive.corpus.model import CHOSEN, Corpus, Publisher, Service, SignUpStep
from cgu_archive.corpus.rules import squeezed

_KNOWN_WORDS = {"service", "version"}
"""What a box may name between braces."""
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_URL = re.compile(rf"https?://{_HOST.pattern}(?::[0-9]+)?(?:[/?#][!-~]*)?")
_EMAIL = re.compile(rf"[\w.+-]+@{_HOST.pattern}", re.ASCII)
_DOCUMENTS = re.compile(
    r"conditions (?:générales(?: de (?:vente|service))?(?! d'utilisation)|particulières|spécifiques)"
    r"|charte [\w-]+|règlement intérieur"
)
"""How a box names contractual documents other than terms of use."""


def check(corpus: Corpus) -> Iterator[Finding]:
    """Yield what is wrong with each service and between services."""
    publishers: dict[str, tuple[Publisher, str]] = {}
    known = {service.slug: service for service in corpus.services}
    for service in corpus.services:
        publisher = service.publisher
        first, where = publishers.setdefault(publisher.slug, (publisher, service.slug))
        if first != publisher:
            message = f"éditeur « {publisher.slug} » décrit autrement que dans {where}/service.yml."
            yield _finding(service, "publisher", message, "Écrivez le même nom, titre et statut partout.")
        yield from _requires(service, known)
        yield from _sign_up(service)
        yield from _box(service)
        yield from _written(service)
        yield from _lost(service)
        yield from _unsaid(service)


def _requires(service: Service, known: dict[str, Service]) -> Iterator[Finding]:
    for slug in service.requires:
        if slug not in known:
            message = f"champ « requires » : aucun service « {slug} »."
            yield _finding(service, "requires", message, f"Services connus : {', '.join(known)}.")
    seen: set[str] = set()
    reached = list(service.requires)
    while reached:
        slug = reached.pop()
        if slug == service.slug:
            message = "champ « requires » : ce service finit par se demander lui-même."
            yield _finding(service, "requires", message, "Ôtez l’une des exigences de ce cercle.")
            return
        if slug in known and slug not in seen:
            seen.add(slug)
            reached += known[slug].requires


def _sign_up(service: Service) -> Iterator[Finding]:
    for rule, name, words in (
        ("steps", "signup_steps", [step.value for step in service.signup_steps]),
        ("profile", "profiles", [profile.slug for profile in service.profiles]),
    ):
        for word, count in Counter(words).items():
            if count > 1:
                message = f"champ « {name} » : « {word} » écrit {count} fois."
                yield _finding(service, rule, message, "Gardez-en un.")
    if SignUpStep.ACCEPTANCE not in service.signup_steps:
        message = "champ « signup_steps » : l’étape « acceptance » manque."
        yield _finding(service, "steps", message, "Placez-la où le texte la demande.")
    if SignUpStep.PROFILE in service.signup_steps and not service.profiles:
        message = "champ « signup_steps » : étape « profile » sans aucun profil."
        yield _finding(service, "profile", message, "Décrivez les profils, ou retirez l’étape.")
    asked = {name for profile in service.profiles for name in profile.fields}
    for field in service.fields.values():
        if (field.kind in CHOSEN) != bool(field.choices):
            kinds = "kind: choice ou civility"
            message = f"champ « fields.{field.slug}.choices » : réservé à {kinds}, et obligatoire alors."
            yield _finding(service, "fields", message, "Accordez les deux.")
        if field.slug not in asked:
            message = f"champ « fields.{field.slug} » : aucun profil ne le demande."
            yield _finding(service, "fields", message, "Retirez-le, ou nommez-le dans un profil.")


def _box(service: Service) -> Iterator[Finding]:
    acceptance = service.acceptance
    box = _same(acceptance.box)
    try:
        words = {name for _, name, _, _ in Formatter().parse(acceptance.box) if name is not None}
    except ValueError:
        words = {acceptance.box}
    if not words <= _KNOWN_WORDS:
        message = "champ « acceptance.box » : seuls {service} et {version} s’écrivent entre accolades."
        yield _finding(service, "box", message, "Corrigez la phrase de la case.")
    if "j'ai lu" in box:
        message = "champ « acceptance.box » : « J’ai lu » affirme ce que personne ne peut prouver."
        yield _finding(service, "box", message, "Écrivez ce que la personne fait : « J’accepte… ».")
    yield from _documents(service, box)
    yield from _forms(service)


def _documents(service: Service, box: str) -> Iterator[Finding]:
    """Yield the documents that the box makes people accept and that nobody deposited."""
    named = {_same(name): f"« {name} »" for name in service.acceptance.named_without_text}
    held = {found for terms in service.terms for found in _DOCUMENTS.findall(_same(terms.title))}
    for same, name in named.items():
        if same not in box:
            message = f"champ « acceptance.named_without_text » : la case ne nomme pas {name}."
            yield _finding(service, "box", message, "Retirez ce nom, ou corrigez la case.")
    for found in dict.fromkeys(_DOCUMENTS.findall(box)):
        if found not in named and found not in held:
            message = f"la case nomme « {found} », que personne n’a déposé."
            remedy = "Déposez ce document, ou dites-le dans acceptance.named_without_text."
            yield _finding(service, "box-document", message, remedy)
    if names := ", ".join(name for same, name in named.items() if same in box):
        message = (
            f"la case nomme des documents que personne n’a déposés : {names} ;"
            " tant qu’ils manquent, une acceptation n’est qu’un spécimen."
        )
        remedy = "L’écran et le justificatif le disent ; demandez ces textes à l’éditeur."
        yield _finding(service, "box-document", message, remedy, Severity.WARNING)


def _forms(service: Service) -> Iterator[Finding]:
    """Yield what is asked of a box, or of who has no account, that the service does not have."""
    acceptance, held = service.acceptance, {terms.slug for terms in service.terms}
    together = acceptance.together
    if together and (len(together) < 2 or len(set(together)) < len(together) or not set(together) <= held):
        message = "champ « acceptance.together » : attendu au moins deux documents, chacun une fois."
        yield _finding(service, "box", message, f"Documents connus : {', '.join(sorted(held))}.")
    if together and "{version}" in acceptance.box:
        message = "champ « acceptance.box » : {version} ne désigne rien dans la case de plusieurs documents."
        yield _finding(service, "box", message, "Nommez les documents dans la case.")
    if acceptance.representative and (together or acceptance.on_behalf_of_organisation):
        message = (
            "champ « acceptance.representative » : l’accord d’un représentant porte sur un seul document,"
            " accepté en son nom propre."
        )
        remedy = "Retirez « acceptance.together » et « on_behalf_of_organisation », ou ce champ."
        yield _finding(service, "box", message, remedy)
    for name in acceptance.without_account:
        if name not in service.solutions:
            message = f"champ « acceptance.without_account » : « {name} » n’est pas une des « solutions »."
            yield _finding(service, "box", message, "Reprenez le nom écrit sous « solutions ».")


def _same(words: str) -> str:
    return " ".join(words.casefold().replace("’", "'").split())


def _written(service: Service) -> Iterator[Finding]:
    """Yield the addresses that lead nowhere, or would lead where no page of ours should."""
    contacts = [(name, contact) for name, contact in service.contacts.items() if contact is not None]
    hours = service.support_hours
    urls = [(f"contacts.{name}.url", contact.url) for name, contact in contacts]
    urls += [("links.site", service.site), ("links.privacy.url", service.privacy.url)]
    urls += [("support_hours.outside_url", hours.outside_url if hours else None)]
    emails = [(f"contacts.{name}.email", contact.email) for name, contact in contacts]
    hosts = [("unlinked_hosts", host) for host in service.unlinked_hosts]
    for found, form, expected in (
        (urls, _URL, "une adresse https:// ou http://"),
        (emails, _EMAIL, "une adresse électronique en lettres latines"),
        (hosts, _HOST, "un nom d’hôte seul, par exemple www.exemple.fr"),
    ):
        for field, value in found:
            if value is not None and not form.fullmatch(value):
                message = f"champ « {field} » : attendu {expected}, trouvé « {value} »."
                yield _finding(service, "address", message, "Corrigez cette adresse.")


def _lost(service: Service) -> Iterator[Finding]:
    remedy = "Demandez-le à l’éditeur ; jusque-là, les pages disent qu’il est perdu."
    for name, contact in service.contacts.items():
        if contact is not None and contact.lost:
            message = f"contact « {name} » : le texte le nomme sans dire comment le joindre."
            yield _finding(service, "contact-lost", message, remedy, Severity.WARNING)
    if service.privacy.url is None:
        message = f"lien « {service.privacy.label} » : adresse inconnue."
        yield _finding(service, "link-lost", message, remedy, Severity.WARNING)
    for terms in service.terms:
        if not terms.versions:
            message = f"document « {terms.slug} » : aucune version."
            yield _finding(service, "terms-empty", message, "Déposez-en une.", Severity.WARNING)


def _unsaid(service: Service) -> Iterator[Finding]:
    """Yield the sentences that `service.yml` quotes and that no version of the service holds."""
    texts = [
        squeezed(version.text.decode("utf-8", "replace"))
        for terms in service.terms
        for version in terms.versions
    ]
    quoted = [("data_controllers", one) for one in service.data_controllers]
    quoted += [("by_post", one) for one in service.by_post.quotes] if service.by_post else []
    for name, one in quoted:
        if not any(squeezed(one.quote) in text for text in texts):
            message = f"champ « {name} » : aucune version ne dit « {one.quote} » ({one.at})."
            yield _finding(service, "unsaid", message, "Recopiez la phrase du texte, sans la changer.")


def _finding(
    service: Service, rule: str, message: str, remedy: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(f"{service.slug}/service.yml", None, rule, message, remedy, severity)
