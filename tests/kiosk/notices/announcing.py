"""What the tests of announcements share: a kiosk that mails, people, drafts, what the server was given."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from sqlalchemy import delete

from cgu_archive.corpus.hashing import text_hash
from cgu_archive.corpus.loader import load
from cgu_archive.corpus.model import Version
from kiosk import worker
from kiosk.accounts.models import Account
from kiosk.db import writing
from kiosk.notices import publication, services
from kiosk.notices.models import Task
from kiosk.texts.models import PublishedVersion
from kiosk.worker import WorkerContext
from tests.kiosk.notices.inbox import Inbox
from tests.kiosk.web import Site


def another(site: Site, address: str, **changes: Any) -> tuple[str, Version]:
    """A draft that adds a sentence to the version at `address`."""
    held = load(site.settings.texts_dir).version(address)
    mended = held.text.decode().replace("mise à jour :", "mise à jour : 2026").replace("[ici](#)", "ici")
    for lost in ("consultable ici", "disponible ici", "ce lien"):  # what the checks call an error in a draft
        mended = mended.replace(lost, "en ligne")
    text = f"{mended}\n\nUne phrase de plus.\n".encode()
    metadata = replace(
        held.metadata, reason_kind="other", source=None, archived_on=None, summary=None, **changes
    )
    draft = replace(
        held, address=replace(held.address, slug="essai"), text=text, text_hash=text_hash(text),
        metadata=metadata, published=False,
    )  # fmt: skip
    return held.address.service, draft


def publish(site: Site, address: str, **changes: Any) -> PublishedVersion:
    service, draft = another(site, address, **changes)
    with writing(site.engine) as session:
        return publication.publish(
            session, load(site.settings.texts_dir).service(service), draft, environment="demonstration",
            reason="Essai.", at=site.clock(),
        )  # fmt: skip


def open_account(site: Site, number: int, service: str, publisher: str, **values: Any) -> Account:
    """Put an account there, without its pages."""
    account = Account(
        id=f"{number:032x}", publisher=publisher, service=service, email=f"p{number}@exemple.invalid",
        email_key=f"p{number}@exemple.invalid", password_hash="x", password_changed_at=site.clock(),
        created_at=site.clock(), **values,
    )  # fmt: skip
    with writing(site.engine) as session:
        session.add(account)
    return account


def notices(inbox: Inbox) -> list[EmailMessage]:
    """The mails that the server was given about new versions."""
    mails = [email.message_from_bytes(raw, policy=email.policy.SMTP) for raw in inbox.mails]
    return [one for one in mails if "nouvelle version" in one["Subject"]]


def words(mail: EmailMessage) -> str:
    return " ".join(mail.get_content().replace("\u00a0", " ").split())


def work(context: WorkerContext) -> None:
    """Do what is due, but for the files and the archive that follow a publication."""
    with writing(context.engine) as session:
        session.execute(delete(Task).where(Task.kind.in_((services.PROJECT, services.BUILD))))
    worker.run_once(context)


def due(site: Site) -> None:
    site.clock.move(minutes=30)


def addressees(inbox: Inbox) -> list[str]:
    return sorted(one["To"] for one in notices(inbox))
