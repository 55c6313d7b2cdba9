"""« Vos préférences »: what a person wants to receive beyond what terms ask (M-15, M-16, M-18)."""

from __future__ import annotations

from flask import abort, redirect, request, url_for

from cgu_archive.corpus.model import Channel, Service
from kiosk.accounts import browser, consents
from kiosk.accounts.pages import Answer, answer, bp
from kiosk.extensions import current_publisher, db, kiosk, request_at
from kiosk.extensions import gettext as _


@bp.route("/<publisher>/mon-compte/preferences", methods=["GET", "POST"])
def preferences() -> Answer:
    """Give or withdraw each consent by itself; the page is there where a service offers one."""
    person, offered = browser.signed_in_person(), _offered()
    if not offered:
        abort(404)
    if request.method == "POST":
        wanted = {
            (service.slug, channel.value): request.form.get(_name(service, channel)) == "1"
            for service, channel in offered
        }
        words = {(service.slug, channel.value): box(service, channel) for service, channel in offered}
        consents.choose(db(), person.account_id, wanted, words, request_at())
        db().commit()
        return redirect(url_for("accounts.preferences", suite="enregistre"), 303)
    held = consents.last(db(), person.account_id)
    boxes = [
        (
            channel.value,
            _name(service, channel),
            box(service, channel),
            held.get((service.slug, channel.value)),
        )
        for service, channel in offered
    ]
    return answer(
        "preferences", {}, boxes=boxes, saved="suite" in request.args, names=channel_names(),
        history=consents.history(db(), person.account_id), services=kiosk().services,
    )  # fmt: skip


def _recorded(words: str, **values: object) -> str:
    """Return what is kept with a consent: French, whatever the language of the page it is shown on."""
    return words % values


def box(service: Service, channel: Channel) -> str:
    """Return what the box of a consent says; it is kept with each change."""
    match channel:
        case Channel.NEWS:
            return _recorded(
                "Je veux recevoir par message les informations et actualités de %(publisher)s (%(service)s).",
                publisher=service.publisher.name,
                service=service.name,
            )
        case Channel.PUSH:
            return _recorded(
                "Je veux que %(service)s m’envoie des notifications sur mon téléphone"
                " (« notifications push »).",
                service=service.name,
            )


def channel_names() -> dict[str, str]:
    """Return what each channel is called."""
    return {Channel.NEWS.value: _("Actualités par message"), Channel.PUSH.value: _("Notifications push")}


def _offered() -> list[tuple[Service, Channel]]:
    mine = kiosk().services_of(current_publisher().slug)
    return [(service, channel) for service in mine for channel in service.channels]


def _name(service: Service, channel: Channel) -> str:
    return f"{service.slug}-{channel.value}"
