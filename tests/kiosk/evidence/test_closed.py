"""Once an account is closed, its evidence is taken out of the archive, from a terminal alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kiosk.accounts.models import Account
from kiosk.db import reading, writing
from kiosk.evidence import assembling, people
from kiosk.evidence.errors import UnknownPersonError
from kiosk.proof import bundle
from kiosk.proof.verify import Verdict
from kiosk.retention import archive
from kiosk.retention.erasures import Office
from kiosk.retention.services import close_account
from kiosk.verifier.bundle import judge_bundle
from tests.kiosk.evidence.case import Case
from tests.kiosk.evidence.test_evidence import words
from tests.kiosk.evidence.test_views import DESK, signed_in
from tests.kiosk.web import EMAIL


def test_the_evidence_of_a_closed_account_still_names_its_holder(case: Case) -> None:
    subject, request_id = case.find(), case.released()
    before = case.make(request_id)
    kiosk = case.site.app.extensions["kiosk"]
    office = Office(kiosk.services, "publisher", case.site.settings.public_url, case.randomness)
    with writing(case.site.engine) as session:
        account = session.scalars(select(Account).where(Account.email == EMAIL)).one()
        close_account(session, account.id, office, case.at, told=None)
    with pytest.raises(UnknownPersonError):
        case.find()
    with reading(case.site.engine) as session:
        named = archive.subjects(session, "email", EMAIL, publisher="dgefp")
        assert people.named(session, "dgefp", list(case.offered), EMAIL, archived=named) == (subject,)
    offered, found = case.offered, case.get(request_id)
    after = assembling.make(case.site.engine, case.site.settings, offered, found, openings=archive.openings)
    assert after == before, "the same request still gives the same bytes"
    assert judge_bundle(after, case.trust).verdict is Verdict.INTACT
    assert any("champ-email" in name for name in bundle.unpack(after))
    page = f"{DESK}/dossiers/{request_id}"
    officer = signed_in(case, "c.martin").get(page)
    assert not [form for form in officer.forms if form.action.endswith("/fichier")]
    assert "compte fermé, décisions : 2" in officer.words
    answer = officer.client.post(f"{page}/fichier", data=officer.forms[0].values)
    assert answer.status_code == 422
    assert "Demandez à l’exploitant de l’extraire (kiosk evidence export)." in officer.words
    assert "À corriger" not in answer.get_data(as_text=True)
    case.seal()
    again = case.asked(case.acting("c.martin"), subject)
    case.approve(case.acting("a.durand"), again)
    made = assembling.make(
        case.site.engine, case.site.settings, offered, case.get(again), openings=archive.openings
    )
    read = words(bundle.unpack(made)["LISEZ-MOI.pdf"])
    assert "Compte supprimé le 22 novembre 2026" in read
