"""What every application does when it starts, done once for all those of a process of tests.

Hundreds of them are made of the same texts, addresses, templates and statements; a deployment makes one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from cgu_archive.corpus import loader
from cgu_archive.corpus.attachments import FOLDER
from cgu_archive.corpus.model import Corpus
from kiosk import db

MOST_FOLDERS = 50
_LOAD = loader._Loading.corpus
_COMPILE_BUILDER = Rule._compile_builder


class Compiled(BytecodeCache):
    """What templates compile to."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._codes[bucket.key, bucket.checksum] = bucket.code


class Builders:
    """What writes the addresses of a rule, by all that it is made of."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def of(self, rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in self._made:
            self._made[key] = _COMPILE_BUILDER(rule, append_unknown)
        return self._made[key]


class Dialects:
    """One dialect for each kind of database, and the statements compiled for it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}

    def create_engine(self, url: str, **how: Any) -> Engine:
        """Return an engine which compiles no statement that another one compiled."""
        kind = url.partition(":")[0]
        known = self._known.get(kind)
        if known and known[0].server_version_info:  # it asked a database what that can do
            engine = create_engine(url, _initialize=False, **how)
            engine.dialect, engine._compiled_cache = known
            engine.pool._dialect = engine.dialect
            return engine
        engine = create_engine(url, **how)
        engine._compiled_cache = LRUCache(5_000)
        self._known[kind] = engine.dialect, engine._compiled_cache
        return engine


class Folders:
    """What was read of folders of texts, by their files."""

    def __init__(self) -> None:
        self._read: dict[tuple[tuple[str, tuple[str, ...] | bytes], ...], Corpus] = {}

    def corpus(self, loading: loader._Loading) -> Corpus:
        """Read a folder, unless another one held the same files."""
        try:
            files = tuple(_files(loading._root))
        except OSError:
            return _LOAD(loading)
        if files not in self._read:
            found = _LOAD(loading)
            if loading.findings:
                return found
            if len(self._read) >= MOST_FOLDERS:
                self._read.clear()
            self._read[files] = found
        return self._read[files]


def _files(root: Path) -> Iterator[tuple[str, tuple[str, ...] | bytes]]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        if Path(folder).name == FOLDER:  # a version says where the files joined to it stand
            yield folder, ()
        yield folder.removeprefix(str(root)), tuple(folders)
        for name in sorted(names):
            yield name, Path(folder, name).read_bytes()


@contextmanager
def once() -> Iterator[None]:
    """Have every application of this process made so."""
    builders = Builders()

    def build(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return builders.of(rule, append_unknown)

    folders = Folders()

    def corpus(loading: loader._Loading) -> Corpus:
        return folders.corpus(loading)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})
        patch.setattr(Rule, "_compile_builder", build)
        patch.setattr(loader._Loading, "corpus", corpus)
        patch.setattr(db, "create_engine", Dialects().create_engine)
        yield
