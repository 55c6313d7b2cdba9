"""Who may do what in PostgreSQL: an owner that migrates, the web process, the worker; none can do it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

OWNER, WEB, WORKER = "cgu_owner", "cgu_web", "cgu_worker"
_NOTHING, _READ, _ADD = "", "SELECT", "SELECT, INSERT"
_FORGET, _EMPTY = "SELECT, DELETE", "SELECT, INSERT, DELETE"
_DO, _ALL = "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"
_TENDED = (
    "SELECT, DELETE,"
    " UPDATE (unused_warned_at, renewal_told, suspension_proposed_at, email, email_key, measures)"
)
"""Accounts as the worker tends them: it never writes a password."""

RIGHTS: Mapping[str, tuple[str, str]] = {
    "alembic_version": (_READ, _READ),
    "account": (_ALL, _TENDED),
    "act_words": (_ADD, _FORGET),
    "account_field": (_EMPTY, _FORGET),
    "administration_act": (_ADD, _ADD),
    "announcement": ("SELECT, UPDATE (stopped_at)", _DO),
    "announcement_act": (_ADD, _ADD),
    "archived_disclosure": ("INSERT", "SELECT, INSERT, DELETE, UPDATE (ends_at)"),
    "attached_file": (_ADD, _ADD),
    "attempt": (_ALL, _EMPTY),
    "cancelled_version": (_ADD, _ADD),
    "checkpoint": (_READ, _ADD),
    "clock_observation": (_READ, _ADD),
    "closure": (_DO, _READ),
    "comparison_shown": (_ADD, _READ),
    "consent_change": (_ADD, _ADD),
    "contestation": (_ADD, _READ),
    "cosignature": (_READ, _ADD),
    "decision": (_ADD, _READ),
    "disclosure": (_EMPTY, _EMPTY),
    "draft": (_ADD, _ADD),
    "draft_act": (_ADD, _ADD),
    "draft_revision": (_ADD, _ADD),
    "erased_statement": (_ADD, _ADD),
    "evidence_act": (_ADD, _ADD),
    "evidence_request": (_ADD, _ADD),
    "evidence_words": (_ADD, _EMPTY),
    "exposure_digest": (_READ, _ADD),
    "incident_report": (_ADD, _READ),
    "incident_words": (_ADD, _READ),
    "ledger_leaf": (_READ, _ADD),
    "ledger_tile": (_READ, _ADD),
    "legal_hold": (_NOTHING, _ALL),
    "link_act": (_ADD, _READ),
    "notification": (_READ, _ADD),
    "officer": ("SELECT, UPDATE (secret_hash)", _ALL),
    "officer_code": (_EMPTY, _FORGET),
    "officer_key": ("SELECT, INSERT, DELETE, UPDATE (sign_count)", _FORGET),
    "officer_record": (_ADD, _ADD),
    "officer_role": (_READ, _ALL),
    "officer_session": ("SELECT, INSERT, DELETE, UPDATE (challenge)", _FORGET),
    "officer_totp": ("SELECT, INSERT, DELETE, UPDATE (last_step)", "SELECT, DELETE, UPDATE (last_step)"),
    "barred_address": ("SELECT, INSERT, DELETE", "SELECT, DELETE, UPDATE (measures)"),
    "pending": (_ADD, _EMPTY),
    "published_version": (_READ, _ADD),
    "reading_link": ("SELECT, INSERT, UPDATE (closed_at, first_read_at)", _FORGET),
    "receipt_code": (_ADD, _FORGET),
    "received_file": (_ADD, _EMPTY),
    "recovery_code": (_EMPTY, _READ),
    "recovery_request": (_ALL, "SELECT, UPDATE, DELETE"),
    "registration_code": ("SELECT, UPDATE (used_at)", _ALL),
    "representative_request": (_EMPTY, _FORGET),
    "reminder": ("SELECT, INSERT, UPDATE (stopped_at)", "SELECT, UPDATE"),
    "rights_request": (_ADD, _ALL),
    "sanction_act": (_ADD, _ADD),
    "sanction_proposal": (_ALL, _ALL),
    "screen": (_ADD, _ADD),
    "screen_file": (_ADD, _ADD),
    "search_salt": ("INSERT", _EMPTY),
    "security_notice": (
        "SELECT, INSERT, UPDATE (confirmed_by, confirmed_function, confirmed_at, not_before, stopped_at)",
        "SELECT, UPDATE (cursor, told, ended_at)",
    ),
    "sign_in": (_ALL, _FORGET),
    "statement": (_ADD, _ADD),
    "subject": ("SELECT, INSERT, DELETE, UPDATE (turn)", _FORGET),
    "task": ("SELECT, INSERT, UPDATE (payload, state, due_at, done_at, attempts)", _DO),
    "timestamp_attempt": (_READ, _EMPTY),
    "timestamp_token": (_READ, _ADD),
    "trace": (_ADD, _EMPTY),
    "verification": (_ALL, _FORGET),
}
"""What the web process and the worker may do with each table; the commands work as the worker does.

The web process moves what opens statements to the archive the moment an account is deleted, and so must be
able to delete from `disclosure`: `_KEPT_FIRST` has the database refuse it what the archive does not hold.
"""
_SEQUENCES: Mapping[str, tuple[str, ...]] = {
    WEB: ("attempt_id_seq", "task_id_seq", "trace_id_seq"),
    WORKER: (
        "attempt_id_seq", "clock_observation_id_seq", "published_version_id_seq", "task_id_seq",
        "timestamp_attempt_id_seq", "trace_id_seq",
    ),
}  # fmt: skip


_KEPT_FIRST = f"""\
CREATE OR REPLACE FUNCTION refuse_loss() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.archived_disclosure kept WHERE kept.statement_hash = OLD.statement_hash
        AND kept.field = OLD.field AND kept.salt = OLD.salt AND kept.value = OLD.value;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table disclosure: a row that the archive does not hold cannot be deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
ALTER FUNCTION refuse_loss() OWNER TO {OWNER};
DROP TRIGGER IF EXISTS disclosure_kept_first ON disclosure;
CREATE TRIGGER disclosure_kept_first BEFORE DELETE ON disclosure
    FOR EACH ROW WHEN (current_user = '{WEB}') EXECUTE FUNCTION refuse_loss();"""
"""Runs as the owner, for the web process cannot read the archive: a table of its own is never looked at."""


def roles_sql() -> str:
    """Return what an administrator of the database runs once the tables are there, and after each release.

    It may be repeated. The roles have no password: how they sign in is the deployment's business.
    """
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield "BEGIN;"
    for role in (OWNER, WEB, WORKER):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role} LOGIN; END IF; END $$;"
        )
    yield (
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());"
        " END $$;"
    )
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};"
    yield f"GRANT USAGE ON SCHEMA public TO {WEB}, {WORKER};"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {WEB}, {WORKER};"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {WEB}, {WORKER};"
    yield f"ALTER FUNCTION refuse_change() OWNER TO {OWNER};"
    for table, (web, worker) in RIGHTS.items():
        yield f"ALTER TABLE {table} OWNER TO {OWNER};"
        for rights, role in ((web, WEB), (worker, WORKER)):
            if rights:
                yield f"GRANT {rights} ON {table} TO {role};"
    yield _KEPT_FIRST
    for role, sequences in _SEQUENCES.items():
        yield f"GRANT USAGE ON SEQUENCE {', '.join(sequences)} TO {role};"
    yield "COMMIT;"
