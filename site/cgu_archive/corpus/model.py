"""What a corpus holds: publishers, services, terms and their versions, as frozen values.

An object of this module that exists is coherent by itself; what may be wrong between several is said by
`checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path

from cgu_archive.corpus.attachments import Attachment
from cgu_archive.corpus.dates import PartialDate, start_of_day
from cgu_archive.corpus.errors import UnknownAddressError
from cgu_archive.corpus.hashing import Json
from cgu_archive.corpus.notes import LinkRecord, Silence
from cgu_archive.corpus.rules import DEFAULT_RETENTION, ByPost, Campaign, Quoted, Retention, Rule


class Mode(StrEnum):
    """Who speaks to the reader (see the decision record on modes)."""

    DOCUMENTARY = "documentary"
    """A copy held by someone else."""
    DEMONSTRATION = "demonstration"
    """Everything works and nothing counts."""
    PUBLISHER = "publisher"
    """The publisher itself, or whoever holds its mandate."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """The body that speaks; `public` for a public body, whose decisions name their remedies."""

    slug: str
    name: str
    title: str
    public: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach someone; a contact whose every way is unknown was lost with the text's links."""

    label: str
    url: str | None
    email: str | None
    phone: str | None
    postal: str | None

    @property
    def lost(self) -> bool:
        """Whether the text names this contact without saying how to reach it."""
        return not (self.url or self.email or self.phone or self.postal)


@dataclass(frozen=True, slots=True)
class SupportHours:
    """When people answer, in Paris time; `outside_url` is where to write at other times."""

    days: tuple[str, ...]
    opens: time
    closes: time
    outside_url: str | None


@dataclass(frozen=True, slots=True)
class LabelledLink:
    """A link with the words people read; `url` is None when the text's link was lost."""

    label: str
    url: str | None


class FieldKind(StrEnum):
    """What a sign-up field holds."""

    CIVILITY = "civility"
    FAMILY_NAME = "family-name"
    GIVEN_NAME = "given-name"
    PHONE = "phone"
    MOBILE_PHONE = "mobile-phone"
    BIRTH_DATE = "birth-date"
    POSTAL_ADDRESS = "postal-address"
    COMPANY = "company"
    """The name of a company."""
    SIREN = "siren"
    SIRET = "siret"
    CODE = "code"
    """A code that the publisher gave, which opens one account."""
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class SignUpField:
    """One field of a sign-up form: why it is asked, and whether the answer is kept."""

    slug: str
    label: str
    kind: FieldKind
    required: bool
    purpose: str
    kept: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of person a service knows, and the fields asked of it."""

    slug: str
    name: str
    fields: tuple[str, ...]
    email_domains: tuple[str, ...] = ()
    """Domains, lower case, of the addresses that may have it, theirs below included; none: every one."""


CHOSEN = frozenset({FieldKind.CIVILITY, FieldKind.CHOICE})
"""Kinds whose answer is one of a few."""
COMPANY_NUMBERS = frozenset({FieldKind.SIREN, FieldKind.SIRET})


class SignUpStep(StrEnum):
    """One step of signing up; a service puts them in its own order."""

    ADDRESS = "address"
    VERIFICATION = "verification"
    PASSWORD = "password"  # noqa: S105 - the name of a step
    PROFILE = "profile"
    IDENTITY = "identity"
    ACCESS_REQUEST = "access-request"
    ACCEPTANCE = "acceptance"
    ACCOUNT = "account"


class Channel(StrEnum):
    """What a service may send beyond what its terms ask, to whom consents (RGPD, article 7)."""

    NEWS = "news"
    """Information and news, by mail."""
    PUSH = "push"
    """Notifications on a telephone."""


class NewVersion(StrEnum):
    """What a new version asks of people who accepted an earlier one."""

    ACCEPT = "accept"
    NOTIFY = "notify"


@dataclass(frozen=True, slots=True)
class AcceptanceWording:
    """The words of the decision screen, and what the decision covers."""

    box: str
    statements: tuple[str, ...]
    named_without_text: tuple[str, ...]
    refusal: str
    refusal_note: str | None
    on_behalf_of_organisation: bool
    new_version: NewVersion
    together: tuple[str, ...] = ()
    """Slugs of the documents that one box stands for, in the order of the screen; empty: each has its own."""
    without_account: tuple[str, ...] = ()
    """The solutions of the service that are used, and so accepted, without an account."""
    termination: str | None = None
    """The provision by which the person may end the agreement for a breach; None when the text has none."""
    representative: bool = False
    """Whether who lacks full legal capacity may decide with the agreement of a legal representative."""

    @property
    def incomplete(self) -> bool:
        """Whether the box names documents that nobody deposited: an acceptance is a specimen then."""
        return bool(self.named_without_text)


@dataclass(frozen=True, slots=True)
class Law:
    """Applicable law and court as the text names them; None where it does not."""

    applicable: str | None
    court: str | None


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a version, and when."""

    body: str
    on: date


@dataclass(frozen=True, slots=True)
class Homologation:
    """The act by which a téléservice was attested secure (décret 2010-112, art. 5)."""

    act: str
    on: date


@dataclass(frozen=True, slots=True)
class Source:
    """The file as it was received: its name, day of receipt and hash."""

    file: str
    received_on: date
    hash: str


class Origin(StrEnum):
    """How a version entered the archive."""

    ACCESSION = "accession"
    """Received from elsewhere: when it was put online stays unknown."""
    PUBLICATION = "publication"
    """Put online from here, at a known instant."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The contractual metadata of a version, frozen with its text at publication."""

    label: str | None
    origin: Origin
    declared_on: PartialDate | None
    approved_on: date | None
    published_at: datetime | None
    effective_on: date | None
    required_on: date | None
    archived_on: date | None
    approval: Approval | None
    homologation: Homologation | None
    reason: str | None
    reason_kind: str | None
    summary: str | None
    corrects: str | None
    source: Source | None
    transcription: int
    rules: tuple[Rule, ...]
    asks: NewVersion | None = None
    """What this version asks of people beyond what its service asks of them; never less."""
    attachments: tuple[Attachment, ...] = ()
    """The files that go along with the text, in the order in which they are shown."""

    @property
    def effective_at(self) -> datetime | None:
        """When the version takes effect: as the day given begins in Paris, never before publication."""
        if self.effective_on is None:
            return self.published_at
        starts_at = start_of_day(self.effective_on)
        return starts_at if self.published_at is None else max(starts_at, self.published_at)

    @property
    def required_at(self) -> datetime | None:
        """When going on without a decision ends: the end of the grace period, else the effective instant."""
        return start_of_day(self.required_on) if self.required_on else self.effective_at

    def contractual(self) -> dict[str, Json]:
        """Return what `metadata_hash` is computed on: every field, dates as ISO 8601 strings.

        `asks` and `attachments` are there when they say something: texts published before they existed keep
        their hash.
        """
        beyond: dict[str, Json] = {} if self.asks is None else {"asks": self.asks.value}
        if self.attachments:
            beyond["attachments"] = [one.contractual() for one in self.attachments]
        return {
            "format": "cgu-metadata/1",
            "label": self.label,
            "origin": self.origin.value,
            "declared_on": _string(self.declared_on),
            "approved_on": _string(self.approved_on),
            "published_at": _instant(self.published_at),
            "effective_on": _string(self.effective_on),
            "required_on": _string(self.required_on),
            "archived_on": _string(self.archived_on),
            "approval": None
            if self.approval is None
            else {"body": self.approval.body, "on": self.approval.on.isoformat()},
            "homologation": None
            if self.homologation is None
            else {"act": self.homologation.act, "on": self.homologation.on.isoformat()},
            "reason": self.reason,
            "reason_kind": self.reason_kind,
            "summary": self.summary,
            "corrects": self.corrects,
            "source": None
            if self.source is None
            else {
                "file": self.source.file,
                "received_on": self.source.received_on.isoformat(),
                "hash": self.source.hash,
            },
            "transcription": self.transcription,
            "rules": [rule.contractual() for rule in self.rules],
        } | beyond


def _string(value: object | None) -> str | None:
    return None if value is None else str(value)


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a version is found: ``soffi/cgu/sans-date-1``."""

    service: str
    terms: str
    slug: str

    def __str__(self) -> str:
        return f"{self.service}/{self.terms}/{self.slug}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address written `text`; raises `UnknownAddressError`."""
        parts = text.strip("/").split("/")
        if len(parts) != 3 or not all(parts):
            raise UnknownAddressError(
                f"« {text} » n’est pas une adresse de version ;"
                " attendu : service/document/version, par exemple soffi/cgu/sans-date-1."
            )
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The act by which a published version will not take effect, and its public reason."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a document: immutable bytes and frozen metadata."""

    address: Address
    text: bytes
    metadata: Metadata
    text_hash: str
    """SHA-256 of `text`."""
    metadata_hash: str
    """SHA-256 of the canonical JSON of `metadata.contractual()`."""
    written_text_hash: str | None
    """The hash that `version.yml` states; None in a draft."""
    written_metadata_hash: str | None
    published: bool
    """Whether `PUBLISHED` lists it; a draft otherwise."""
    source_text: bytes | None = None
    """The bytes of the file as received, when they are kept here."""
    earlier_texts: tuple[bytes, ...] = ()
    """The bytes of its earlier transcriptions, first to last."""
    silences: tuple[Silence, ...] = ()
    """What was read and left as it stands; beside the text, so that nothing frozen changes."""
    cancellation: Cancellation | None = None
    """Of a version that was cancelled before it took effect: beside it, never among what was frozen."""
    attached: tuple[Path, ...] = ()
    """Where its attachments were found, in their order; empty when it was not read from a folder."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One contractual document of a service; `versions` in order of entry, drafts last."""

    slug: str
    title: str
    versions: tuple[Version, ...]

    @property
    def published(self) -> tuple[Version, ...]:
        """The published versions, oldest first."""
        return tuple(version for version in self.versions if version.published)

    @property
    def lasting(self) -> tuple[Version, ...]:
        """The published versions that were not cancelled before they took effect, oldest first."""
        return tuple(version for version in self.published if version.cancellation is None)

    @property
    def drafts(self) -> tuple[Version, ...]:
        """The versions not published yet."""
        return tuple(version for version in self.versions if not version.published)


@dataclass(frozen=True, slots=True)
class Service:
    """One online service, its publisher and its documents."""

    slug: str
    name: str
    title: str
    fictional: bool
    publisher: Publisher
    terms: tuple[Terms, ...]
    requires: tuple[str, ...]
    contacts: Mapping[str, Contact | None]
    support_hours: SupportHours | None
    privacy: LabelledLink
    site: str | None
    notices: tuple[str, ...]
    publisher_notices: tuple[str, ...]
    unlinked_hosts: tuple[str, ...]
    law: Law
    profiles: tuple[Profile, ...]
    fields: Mapping[str, SignUpField]
    signup_steps: tuple[SignUpStep, ...]
    account_opens_with_acceptance: bool
    acceptance: AcceptanceWording
    solutions: tuple[str, ...]
    known_not_held: tuple[str, ...]
    review_notes: tuple[str, ...]
    retention: Retention = DEFAULT_RETENTION
    company_may_be_declared: bool = True
    """Whether a sign-up goes on when no directory of companies answers."""
    channels: tuple[Channel, ...] = ()
    """What people may consent to receive, each by itself; none: the service offers nothing of the kind."""
    data_controllers: tuple[Quoted, ...] = ()
    """What the text says of who is responsible for which processing of personal data (S-06)."""
    by_post: ByPost | None = None
    """How an account is asked for by post, where the text says so (O-25)."""
    password_campaign: Campaign | None = None
    """The day of every year on which the publisher has passwords renewed together (O-32)."""
    links: tuple[LinkRecord, ...] = ()
    """Its register of external links (``links.yml``), one record per address."""

    def document(self, slug: str) -> Terms:
        """Return the document `slug` of this service; raises `UnknownAddressError`."""
        for terms in self.terms:
            if terms.slug == slug:
                return terms
        raise UnknownAddressError(f"Le service « {self.slug} » n’a pas de document « {slug} ».")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Every service and every version."""

    services: tuple[Service, ...]
    register: bytes = b""
    """The bytes of `PUBLISHED`."""

    def service(self, slug: str) -> Service:
        """Return the service `slug`; raises `UnknownAddressError`."""
        for service in self.services:
            if service.slug == slug:
                return service
        known = ", ".join(service.slug for service in self.services)
        raise UnknownAddressError(f"Aucun service « {slug} ». Services connus : {known}.")

    def version(self, address: Address | str) -> Version:
        """Return the version at `address`; raises `UnknownAddressError`."""
        wanted = Address.parse(address) if isinstance(address, str) else address
        terms = self.service(wanted.service).document(wanted.terms)
        for version in terms.versions:
            if version.address == wanted:
                return version
        known = ", ".join(version.address.slug for version in terms.versions) or "aucune"
        raise UnknownAddressError(f"Aucune version « {wanted} ». Versions connues : {known}.")

    def versions(self) -> Iterator[tuple[Service, Terms, Version]]:
        """Yield every version with its service and document."""
        for service in self.services:
            for terms in service.terms:
                for version in terms.versions:
                    yield service, terms, version

    @property
    def publishers(self) -> tuple[Publisher, ...]:
        """The publishers, each once, in order of their first service."""
        return tuple({s.publisher.slug: s.publisher for s in self.services}.values())
