"""Do what committed rows ask for, and seal them, in threads that never wait for one another.

Tasks: mails, files, builds. Sealing: leaves and checkpoints. Publishing: the files of the ledger. Asking:
what others attest over the network. Retaining: what has reached its term. Serving: promises, for who may
ask. One worker at a time does each; all of them are stopped by SIGTERM.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cgu_archive.corpus.errors import CorpusError
from kiosk.acceptance import screens
from kiosk.accounts import tending
from kiosk.accounts.forgetting import forget_expired
from kiosk.accounts.letters import Desk
from kiosk.db import writing
from kiosk.duties import ASKING, PUBLISHING, RETAINING, SEALING, TASKS
from kiosk.evidence.forgetting import forget_ended
from kiosk.ledger import (
    files,
    incidents,
    public_keys,
    rotation,
    sealing,
    signer,
    stamping,
    witnesses,
)
from kiosk.ledger.clocks import ClockWatch
from kiosk.ledger.errors import SealingConflictError
from kiosk.legal_desk import purging, reconciling
from kiosk.legal_desk.acts import Desk as LegalDesk
from kiosk.retention.erasures import Office
from kiosk.retention.expiring import keep_terms
from kiosk.sanctions import models as _sanctions  # noqa: F401 - what it says of people has its term too
from kiosk.tasks import OURS, do_next
from kiosk.tasks import WorkerContext as WorkerContext  # who runs a worker makes one
from kiosk.texts import services as texts
from kiosk.traces import exposure
from kiosk.traces import services as traces

SEAL_SECONDS = 0.1
REST = 19
"""How many times longer than its turn a thread rests: a busy machine is left to those who wait for it."""
MOST_REST_SECONDS = 0.8
"""The longest rest of a thread that turns more often: what is decided is sealed within two seconds."""
ERRAND_SECONDS = 1.0
RETAIN_SECONDS = 3600.0
_IDLE_SECONDS = 0.5
_FORGET_EVERY = timedelta(hours=1)
_TROUBLE_SECONDS = 5.0

_log = structlog.get_logger("kiosk.worker")


def run_once(context: WorkerContext) -> int:
    """Do every task that is due, seal and publish; returns how many tasks were done.

    None is when another worker is at it. A task that fails is noted and tried again later: the next is not
    kept waiting. Raises `LedgerError` when the ledger cannot be sealed or published, the tasks being done.
    """
    keep_screen(context)
    try:
        seal(context)  # a mail waits for the proof that it carries
    finally:
        done = do_tasks(context)
    seal(context)
    publish(context)
    return done


def keep_screen(context: WorkerContext) -> bool:
    """Keep the screen of this release, and tell of it in the ledger; returns whether it is new."""
    with writing(context.engine) as session:
        return screens.keep(
            session, screens.current(), context.settings.mode.value, context.clock(), context.randomness
        )


def do_tasks(context: WorkerContext) -> int:
    """Do every task that is due; returns how many were done, 0 when another worker is at it."""
    done = 0
    with context.alone(TASKS) as alone:
        while alone and not context.stop.is_set() and (some := do_next(context)) is not None:
            done += some
    return done


def seal(context: WorkerContext) -> int:
    """Seal whatever waits; returns how many checkpoints were made, 0 when another worker is at it.

    Raises `LedgerError`.
    """
    made = 0
    with context.alone(SEALING) as alone:
        while alone and not context.stop.is_set():
            key, folder = context.key(), context.settings.ledger_dir
            if sealing.seal_once(context.engine, key, context.clock, folder=folder) is None:
                break
            made += 1
    return made


def publish(context: WorkerContext) -> int:
    """Publish what was sealed, and the keys; returns how many files were written. Raises `LedgerError`."""
    with context.alone(PUBLISHING) as alone:
        if not alone:
            return 0
        written = files.publish(context.engine, context.settings.ledger_dir)
        return written + public_keys.publish_keys(context.settings)


def retain(context: WorkerContext) -> None:
    """Destroy what has reached its term, delete unused accounts, unless another worker is at it.

    Texts that cannot be read say no term: that is told, and tried again later.
    """
    settings = context.settings
    with context.alone(RETAINING) as alone:
        if not alone:
            return
        try:
            services = texts.load_services(settings.texts_dir)
        except CorpusError:
            _log.warning("terms", reason="the texts cannot be read")
            return
        office = Office(services, settings.mode.value, settings.public_url, context.randomness)
        kept = keep_terms(context.engine, office, context.clock, stopped=context.stop.is_set)
        desk = Desk(services, settings.mode.value, settings.public_url, context.randomness)
        tended = tending.tend(context.engine, desk, context.clock, stopped=context.stop.is_set)
    if kept.anything:
        _log.info("terms", destroyed=kept.destroyed, closed=kept.closed, warned=kept.warned)
    if tended.anything:
        _log.info("accounts", told=tended.told, proposed=tended.proposed, recovered=tended.recovered)


def ask_others(context: WorkerContext) -> int:
    """Ask what others attest, when it is time; returns how many answers were kept.

    What signs no more is destroyed meanwhile. Raises `LedgerError`.
    """
    with context.alone(ASKING) as alone:
        if not alone:
            return 0
        kept = stamping.stamp_due(context.engine, context.settings, context.clock, context.ask)
        rotation.destroy_expired(context.settings.keys_dir, context.clock())
        return kept + witnesses.cosign_due(context.engine, context.settings, context.clock)


def run_forever(context: WorkerContext) -> None:
    """Work until `context.stop` is set; a database that is away is waited for.

    No error of one duty ends another; what ends a thread all the same ends all, and is raised here.
    """
    watch = ClockWatch(context.clock, context.elapsed)
    threads: list[Callable[[], object]] = [
        partial(_repeat, context, "sealing", SEAL_SECONDS, partial(_watch_and_seal, context, watch)),
        partial(_repeat, context, "publishing", ERRAND_SECONDS, partial(publish, context)),
        partial(_repeat, context, "asking", ERRAND_SECONDS, partial(ask_others, context)),
        partial(_repeat, context, "retaining", RETAIN_SECONDS, partial(retain, context)),
        partial(_serve, context),
    ]
    with ThreadPoolExecutor(len(threads), "kiosk") as pool:
        running = [pool.submit(_to_the_end, context, thread) for thread in threads]
        _to_the_end(context, partial(_work, context))
    for one in running:
        one.result()


def _to_the_end(context: WorkerContext, thread: Callable[[], object]) -> None:
    try:
        thread()
    finally:
        context.stop.set()


def _work(context: WorkerContext) -> None:
    """Keep the screen of this release; then do tasks, and every hour forget what has served."""
    forget_at = context.clock()
    known = False
    while not context.stop.is_set():
        try:
            if not known:
                keep_screen(context)
                known = True
            if context.clock() >= forget_at:
                tidy(context)
                forget_at = context.clock() + _FORGET_EVERY
            pause = 0.0 if do_tasks(context) else _IDLE_SECONDS
        except Exception as error:  # noqa: BLE001
            pause = _tell_trouble("tasks", error)
        context.stop.wait(pause)


def tidy(context: WorkerContext) -> None:
    """Take up drafts that are online, tell the days that ended, then forget what has served.

    The telling comes first, it needs the traces.
    """
    with context.alone(TASKS) as alone:
        if not alone:
            return
        desk = LegalDesk(context.settings.mode.value, context.randomness)
        with writing(context.engine) as session:
            closed = reconciling.take_up(session, desk, context.clock())
        if closed:
            _log.warning("drafts", taken_up=len(closed))
        with writing(context.engine) as session:
            exposure.tell_days(session, context.settings.mode.value, context.clock(), context.randomness)
        with writing(context.engine) as session:
            forget_expired(session, context.clock())
            traces.purge(session, context.clock())
            forget_ended(session, context.clock())
            destroyed = purging.purge(session, context.clock())
    if destroyed:
        _log.info("received files", destroyed=destroyed)


def _repeat(context: WorkerContext, name: str, seconds: float, work: Callable[[], object]) -> None:
    """Do `work` every `seconds`, less often when it takes long; trouble is told and waited for."""
    while not context.stop.is_set():
        begin = context.elapsed()
        pause = seconds
        try:
            work()
            pause = rest(seconds, context.elapsed() - begin)
        except SealingConflictError:
            _log.info(name, reason="another was quicker")  # what it left is for the next turn
        except Exception as error:  # noqa: BLE001
            pause = _tell_trouble(name, error)
        context.stop.wait(pause)


def _tell_trouble(name: str, error: Exception) -> float:
    """Log what stopped a turn of the thread `name`; returns how many seconds to wait before the next.

    A fault of one duty, even a mistake of ours, never ends another: sealing goes on. Of what is not our own
    error the type alone is told, for what others say may hold personal data.
    """
    if isinstance(error, OURS):
        _log.warning(name, reason=str(error))
    elif isinstance(error, (SQLAlchemyError, OSError)):
        _log.warning(name, reason=type(error).__name__)
    else:
        _log.error(name, reason=type(error).__name__, unexpected=True)
    return _TROUBLE_SECONDS


def rest(seconds: float, took: float) -> float:
    """Return how many seconds a thread rests that turns every `seconds`, after a turn that `took` so many."""
    return max(seconds, min(REST * took, MOST_REST_SECONDS))


def _watch_and_seal(context: WorkerContext, watch: ClockWatch) -> None:
    leap = watch.look()
    if leap is not None:
        _log.warning("clock", offset_seconds=leap.offset.total_seconds())
        with writing(context.engine) as session:
            incidents.tell_leap(session, context.settings.mode.value, leap, context.randomness)
    seal(context)


def _serve(context: WorkerContext) -> None:
    """Answer who asks for promises, when somebody may."""
    path = context.settings.signer_socket
    if path is None:
        context.stop.wait()
        return
    user = context.settings.signer_user
    served = partial(signer.serve, path, context.key, context.engine, context.stop, user=user)
    _repeat(context, "signer", ERRAND_SECONDS, served)


def stop_on_signals(context: WorkerContext) -> None:
    """Let SIGTERM and SIGINT end the work after the task at hand. Main thread only."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: context.stop.set())
