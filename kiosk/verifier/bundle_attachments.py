"""Judge the files that go along with the texts of a bundle: those that proved metadata announce, no other."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kiosk.proof import bundle
from kiosk.proof.errors import AlteredError, MalformedError
from kiosk.verifier.examination import Examination

FOLDER = "pieces-jointes"


def examine_attachments(found: Examination, address: str) -> None:
    """Compare the attachments of the version at `address` with its frozen metadata, which must be proved."""
    folder = f"textes/{address}"
    metadata = f"{folder}/metadonnees.json"
    here = {name for name in found.files if name.startswith(f"{folder}/{FOLDER}/")}
    if metadata not in found.proved:
        for name in here:
            found.refused.setdefault(name, AlteredError("attached to a text whose metadata are not proved"))
        return
    try:
        announced = _announced(found.files[metadata])
    except MalformedError as error:
        found.refused.setdefault(metadata, error)
        found.proved.discard(metadata)
        return
    expected = {f"{folder}/{FOLDER}/{name}": wanted for name, wanted in announced.items()}
    for name in sorted(here | expected.keys()):
        found.check(name, _verify, found.files.get(name), expected.get(name))


def _announced(metadata: bytes) -> Mapping[str, tuple[str, int]]:
    """Return the hash and the size, in bytes, of each attachment, by name. Raises `MalformedError`."""
    try:
        listed = json.loads(metadata).get("attachments", [])
        return {str(one["name"]): (str(one["sha256"]), int(one["bytes"])) for one in listed}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError("metadata: a list of attachments expected ({})", type(error).__name__) from error


def _verify(content: bytes | None, wanted: tuple[str, int] | None) -> None:
    if wanted is None:
        raise AlteredError("not an attachment that the frozen metadata announce")
    if content is None:
        raise AlteredError("an attachment that the frozen metadata announce is not there")
    if (bundle.digest(content), len(content)) != wanted:
        raise AlteredError("not the attachment that the frozen metadata announce")
