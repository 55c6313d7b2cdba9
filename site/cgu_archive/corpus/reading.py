"""Turn `service.yml` and `version.yml` into the values of `model`."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import yaml

from cgu_archive.corpus import attachments as files
from cgu_archive.corpus.attachments import Attachment
from cgu_archive.corpus.errors import Finding, InvalidCorpusError
from cgu_archive.corpus.fields import Node, load, optional
from cgu_archive.corpus.hashing import HASH, canonical
from cgu_archive.corpus.model import (
    AcceptanceWording,
    Approval,
    Cancellation,
    Channel,
    Contact,
    FieldKind,
    Homologation,
    LabelledLink,
    Law,
    Metadata,
    NewVersion,
    Origin,
    Profile,
    Publisher,
    Service,
    SignUpField,
    SignUpStep,
    Source,
    SupportHours,
    Terms,
)
from cgu_archive.corpus.rules import (
    DEFAULT_RETENTION,
    TYPES,
    ByPost,
    Campaign,
    Quoted,
    Retention,
    Rule,
    RuleKind,
    Value,
)

SERVICE_FORMAT = "cgu-service/1"
VERSION_FORMAT = "cgu-version/1"
METADATA_FORMAT = "cgu-metadata/1"
CANCELLATION_FORMAT = "cgu-cancellation/1"
METADATA_KEYS = (
    "format", "label", "origin", "declared_on", "approved_on", "published_at", "effective_on",
    "required_on", "archived_on", "approval", "homologation", "reason", "reason_kind", "summary",
    "corrects", "source", "transcription", "rules",
)  # fmt: skip
"""What is frozen with a text, in the order in which it is written."""
MORE_KEYS = ("asks", "attachments")
"""What is frozen too when it says something."""
REASON_KINDS = ("platform", "law", "other")
MAX_TRANSCRIPTIONS = 99
MAX_YEARS = 30
"""Longest term of what names people: none is unlimited."""
CONTACTS = ("assistance", "incident", "data_protection", "contact")
MAY_SAY = (
    "retention", "company_may_be_declared", "channels", "data_controllers", "by_post", "password_campaign",
)  # fmt: skip
"""What `service.yml` may leave out."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def service(slug: str, terms: dict[str, Terms], root: Node) -> Service:
    """Return the service described by `root`; `terms` are its documents as found on disk."""
    field = root.fields(
        "format", "name", "title", "fictional", "publisher", "terms", "requires", "contacts",
        "support_hours", "links", "notices", "publisher_notices", "unlinked_hosts", "law", "profiles",
        "fields", "signup_steps", "account_opens", "acceptance", "solutions", "known_not_held",
        "review_notes", may=MAY_SAY,
    )  # fmt: skip
    _format(field["format"], SERVICE_FORMAT)
    fields = {key: _field(key, node) for key, node in field["fields"].pairs()}
    links = field["links"].fields("privacy", "site")
    return Service(
        slug=slug,
        name=field["name"].text(),
        title=field["title"].text(),
        fictional=field["fictional"].flag(),
        publisher=_publisher(field["publisher"]),
        terms=_documents(field["terms"], terms),
        requires=field["requires"].slugs(),
        contacts=_contacts(field["contacts"]),
        support_hours=optional(field["support_hours"], lambda: _hours(field["support_hours"])),
        privacy=_link(links["privacy"]),
        site=optional(links["site"], links["site"].text),
        notices=field["notices"].texts(),
        publisher_notices=field["publisher_notices"].texts(),
        unlinked_hosts=field["unlinked_hosts"].texts(),
        law=_law(field["law"]),
        profiles=tuple(_profile(node, fields) for node in field["profiles"].items()),
        fields=fields,
        signup_steps=tuple(node.one_of(SignUpStep) for node in field["signup_steps"].items()),
        account_opens_with_acceptance=_opens(field["account_opens"]),
        acceptance=_acceptance(field["acceptance"]),
        solutions=field["solutions"].texts(),
        known_not_held=field["known_not_held"].texts(),
        review_notes=field["review_notes"].texts(),
        retention=_retention(field["retention"]) if "retention" in field else DEFAULT_RETENTION,
        company_may_be_declared="company_may_be_declared" not in field
        or field["company_may_be_declared"].flag(),
        channels=_channels(field["channels"]) if "channels" in field else (),
        data_controllers=_quoted(field["data_controllers"]) if "data_controllers" in field else (),
        by_post=_by_post(field["by_post"]) if "by_post" in field else None,
        password_campaign=_campaign(field["password_campaign"]) if "password_campaign" in field else None,
    )


def _quoted(node: Node) -> tuple[Quoted, ...]:
    items = (item.fields("at", "quote") for item in node.items())
    return tuple(Quoted(field["at"].text(), field["quote"].text()) for field in items)


def _by_post(node: Node) -> ByPost:
    field = node.fields("at", "address", "sending", "enclosures", "delay")
    return ByPost(
        field["at"].text(), field["address"].text(), field["sending"].text(),
        field["enclosures"].texts(), field["delay"].text(),
    )  # fmt: skip


def _campaign(node: Node) -> Campaign:
    expected = "un jour de chaque année, mois et jour, par exemple 12-15"
    try:
        day = date.fromisoformat(f"2025-{node.text()}")  # a year without 29 February
    except ValueError as error:
        raise node.refuse(expected) from error
    if f"{day:%m-%d}" != node.text():
        raise node.refuse(expected)
    return Campaign(day.month, day.day)


def _channels(node: Node) -> tuple[Channel, ...]:
    return tuple(dict.fromkeys(item.one_of(Channel) for item in node.items()))


def metadata(root: Node) -> tuple[Metadata, str | None, str | None]:
    """Return the metadata of a version, and the text and metadata hashes written beside them."""
    field = root.fields(*METADATA_KEYS, "text_hash", "metadata_hash", may=MORE_KEYS)
    _format(field["format"], VERSION_FORMAT)
    return _metadata(field), _hash(field["text_hash"]), _hash(field["metadata_hash"])


def cancellation(root: Node) -> Cancellation:
    """Return what `cancellation.yml` says."""
    field = root.fields("format", "at", "reason")
    _format(field["format"], CANCELLATION_FORMAT)
    return Cancellation(field["at"].instant(), field["reason"].text())


def frozen(raw: bytes) -> Metadata:
    """Return the metadata whose canonical JSON, the bytes that `metadata_hash` is made from, is `raw`.

    Raises `InvalidCorpusError` when it is anything else.
    """
    try:
        as_yaml = yaml.safe_dump(json.loads(raw), sort_keys=False).encode("ascii")
    except (ValueError, RecursionError) as error:
        raise InvalidCorpusError((_not_frozen(f"ce n’est pas du JSON ({error})."),)) from error
    read, findings = load("metadata", as_yaml, _frozen)
    if read is None:
        raise InvalidCorpusError(findings)
    if canonical(read.contractual()) != raw:
        raise InvalidCorpusError((_not_frozen("ce JSON n’est pas sous sa forme canonique."),))
    return read


def _not_frozen(message: str) -> Finding:
    remedy = "Reprenez les octets figés avec la version."
    return Finding("metadata", None, "metadata", message, remedy)


def _frozen(root: Node) -> Metadata:
    field = root.fields(*METADATA_KEYS, may=MORE_KEYS)
    _format(field["format"], METADATA_FORMAT)
    return _metadata(field)


def _metadata(field: dict[str, Node]) -> Metadata:
    return Metadata(
        label=optional(field["label"], field["label"].text),
        origin=field["origin"].one_of(Origin),
        declared_on=optional(field["declared_on"], field["declared_on"].partial_date),
        approved_on=optional(field["approved_on"], field["approved_on"].day),
        published_at=optional(field["published_at"], field["published_at"].instant),
        effective_on=optional(field["effective_on"], field["effective_on"].day),
        required_on=optional(field["required_on"], field["required_on"].day),
        archived_on=optional(field["archived_on"], field["archived_on"].day),
        approval=optional(field["approval"], lambda: _approval(field["approval"])),
        homologation=optional(field["homologation"], lambda: _homologation(field["homologation"])),
        reason=optional(field["reason"], field["reason"].text),
        reason_kind=optional(field["reason_kind"], lambda: _reason_kind(field["reason_kind"])),
        summary=optional(field["summary"], field["summary"].text),
        corrects=optional(field["corrects"], field["corrects"].slug),
        source=optional(field["source"], lambda: _source(field["source"])),
        transcription=_transcription(field["transcription"]),
        rules=tuple(_rule(node) for node in field["rules"].items()),
        asks=_asks(field["asks"]) if "asks" in field else None,
        attachments=_attachments(field["attachments"]) if "attachments" in field else (),
    )


def _asks(node: Node) -> NewVersion:
    """Return what a version asks beyond its service; an author may ask for more, never for less."""
    if node.one_of(NewVersion) is not NewVersion.ACCEPT:
        raise node.refuse("accept, ou rien : une version ne demande jamais moins que son service")
    return NewVersion.ACCEPT


def _attachments(node: Node) -> tuple[Attachment, ...]:
    """Return the attachments of a version: the field is there when it has some."""
    found = tuple(_attachment(one) for one in node.items())
    if not 1 <= len(found) <= files.MAX_COUNT:
        raise node.refuse(f"de une à {files.MAX_COUNT} pièces jointes, ou pas de champ du tout")
    if len({one.name for one in found}) < len(found):
        raise node.refuse("des noms différents")
    if sum(one.size for one in found) > files.MAX_TOTAL:
        raise node.refuse(f"{files.MAX_TOTAL} octets en tout au plus")
    return found


def _attachment(node: Node) -> Attachment:
    field = node.fields("name", "title", "media_type", "bytes", "sha256")
    name, title, size = field["name"].text(), field["title"].text(), field["bytes"].integer()
    if not files.is_name(name):
        known = ", ".join(files.FORMATS)
        raise field["name"].refuse(
            f"un nom de fichier de {files.MAX_NAME} caractères au plus, en minuscules sans accent, chiffres,"
            f" points et tirets, qui finit par l’un de : {known}"
        )
    if len(title) > files.MAX_TITLE or "\n" in title:
        raise field["title"].refuse(f"une ligne de {files.MAX_TITLE} caractères au plus")
    expected = files.FORMATS[files.suffix(name)].media_type
    if field["media_type"].text() != expected:
        raise field["media_type"].refuse(f"« {expected} », d’après le nom du fichier")
    if not 1 <= size <= files.MAX_BYTES:
        raise field["bytes"].refuse(f"un nombre d’octets de 1 à {files.MAX_BYTES}")
    digest = _hash(field["sha256"])
    if digest is None:
        raise field["sha256"].refuse("l’empreinte SHA-256 du fichier")
    return Attachment(name, title, expected, size, digest)


def _transcription(node: Node) -> int:
    if not 1 <= node.integer() <= MAX_TRANSCRIPTIONS:
        raise node.refuse(f"un nombre de 1 à {MAX_TRANSCRIPTIONS}")
    return node.integer()


def _format(node: Node, expected: str) -> None:
    if node.text() != expected:
        raise node.refuse(f"« {expected} »")


def _publisher(node: Node) -> Publisher:
    field = node.fields("slug", "name", "title", "public")
    return Publisher(
        field["slug"].slug(), field["name"].text(), field["title"].text(), field["public"].flag()
    )


def _documents(node: Node, terms: dict[str, Terms]) -> tuple[Terms, ...]:
    documents = []
    for slug, document in node.pairs():
        title = document.fields("title")["title"].text()
        held = terms.get(slug)
        documents.append(Terms(slug, title, held.versions if held else ()))
    named = {document.slug for document in documents}
    for slug in terms:
        if slug not in named:
            raise node.refuse(f"le titre du document « {slug} », qui a un dossier")
    if not documents:
        raise node.refuse("au moins un document, par exemple « cgu »")
    return tuple(documents)


def _contacts(node: Node) -> dict[str, Contact | None]:
    field = node.fields(*CONTACTS)
    return {name: optional(field[name], partial(_contact, field[name])) for name in CONTACTS}


def _contact(node: Node) -> Contact:
    field = node.fields("label", "url", "email", "phone", "postal")
    return Contact(
        label=field["label"].text(),
        url=optional(field["url"], field["url"].text),
        email=optional(field["email"], field["email"].text),
        phone=optional(field["phone"], field["phone"].text),
        postal=optional(field["postal"], field["postal"].text),
    )


def _hours(node: Node) -> SupportHours:
    field = node.fields("days", "opens", "closes", "outside_url")
    days = field["days"].texts()
    if any(day not in DAYS for day in days):
        raise field["days"].refuse(f"des jours parmi {', '.join(DAYS)}")
    return SupportHours(
        days,
        field["opens"].clock(),
        field["closes"].clock(),
        optional(field["outside_url"], field["outside_url"].text),
    )


def _link(node: Node) -> LabelledLink:
    field = node.fields("label", "url")
    return LabelledLink(field["label"].text(), optional(field["url"], field["url"].text))


def _law(node: Node) -> Law:
    field = node.fields("applicable", "court")
    return Law(
        optional(field["applicable"], field["applicable"].text),
        optional(field["court"], field["court"].text),
    )


def _profile(node: Node, fields: dict[str, SignUpField]) -> Profile:
    field = node.fields("slug", "name", "fields", may=("email_domains",))
    asked = field["fields"].slugs()
    for name in asked:
        if name not in fields:
            raise field["fields"].refuse(f"des champs décrits sous « fields », pas « {name} »")
    domains = field["email_domains"].slugs() if "email_domains" in field else ()
    return Profile(field["slug"].slug(), field["name"].text(), asked, domains)


def _field(slug: str, node: Node) -> SignUpField:
    field = node.fields("label", "kind", "required", "purpose", "kept", "choices")
    return SignUpField(
        slug=slug,
        label=field["label"].text(),
        kind=field["kind"].one_of(FieldKind),
        required=field["required"].flag(),
        purpose=field["purpose"].text(),
        kept=field["kept"].flag(),
        choices=field["choices"].texts(),
    )


def _opens(node: Node) -> bool:
    if node.text() not in ("with-acceptance", "before-acceptance"):
        raise node.refuse("with-acceptance ou before-acceptance")
    return node.text() == "with-acceptance"


def _retention(node: Node) -> Retention:
    field = node.fields("years", "unused_years")
    return Retention(_years(field["years"]), _years(field["unused_years"]))


def _years(node: Node) -> int:
    if not 1 <= node.integer() <= MAX_YEARS:
        raise node.refuse(f"un nombre d’années de 1 à {MAX_YEARS}")
    return node.integer()


def _acceptance(node: Node) -> AcceptanceWording:
    field = node.fields(
        "box", "statements", "named_without_text", "refusal", "refusal_note",
        "on_behalf_of_organisation", "new_version",
        may=("together", "without_account", "termination", "representative"),
    )  # fmt: skip
    return AcceptanceWording(
        box=field["box"].text(),
        statements=field["statements"].texts(),
        named_without_text=field["named_without_text"].texts(),
        refusal=field["refusal"].text(),
        refusal_note=optional(field["refusal_note"], field["refusal_note"].text),
        on_behalf_of_organisation=field["on_behalf_of_organisation"].flag(),
        new_version=field["new_version"].one_of(NewVersion),
        together=field["together"].slugs() if "together" in field else (),
        without_account=field["without_account"].texts() if "without_account" in field else (),
        termination=field["termination"].text() if "termination" in field else None,
        representative="representative" in field and field["representative"].flag(),
    )


def _approval(node: Node) -> Approval:
    field = node.fields("body", "on")
    return Approval(field["body"].text(), field["on"].day())


def _homologation(node: Node) -> Homologation:
    field = node.fields("act", "on")
    return Homologation(field["act"].text(), field["on"].day())


def _reason_kind(node: Node) -> str:
    if node.text() not in REASON_KINDS:
        raise node.refuse(f"l’un de : {', '.join(REASON_KINDS)}")
    return node.text()


def _source(node: Node) -> Source:
    field = node.fields("file", "received_on", "hash")
    digest = _hash(field["hash"])
    if digest is None:
        raise field["hash"].refuse("l’empreinte SHA-256 du fichier reçu")
    if "/" in field["file"].text():
        raise field["file"].refuse("un nom de fichier, sans dossier")
    return Source(field["file"].text(), field["received_on"].day(), digest)


def _hash(node: Node) -> str | None:
    digest = optional(node, node.text)
    if digest is not None and not HASH.fullmatch(digest):
        raise node.refuse("une empreinte SHA-256 (64 chiffres hexadécimaux minuscules)")
    return digest


def _rule(node: Node) -> Rule:
    field = node.fields("id", "kind", "value", "at", "quote")
    kind = field["kind"].one_of(RuleKind)
    return Rule(
        field["id"].slug(), kind, _value(kind, field["value"]), field["at"].slug(), field["quote"].text()
    )


def _value(kind: RuleKind, node: Node) -> Value:
    if TYPES[kind] is bool:
        return node.flag()
    return node.integer() if TYPES[kind] is int else node.text()
