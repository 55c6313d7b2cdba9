"""Accept, then reject, every tracked change of Word documents in LibreOffice, and tell what is left.

Run by Debian's own Python, which has the bridge to LibreOffice: `libreoffice.py PIPE FILE...`. Prints a JSON
object: for each file, the lines and the links once all is `accepted`, and once all is `rejected`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

PATIENCE = 40.0


def connect(pipe: str) -> Any:
    """Return the context of the LibreOffice that listens on `pipe`."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def lines(document: Any) -> Iterator[str]:
    """Yield the words of each paragraph and of each row of a table, in order."""
    for block in items(document.Text):
        if block.supportsService("com.sun.star.text.TextTable"):
            yield from rows(block)
        else:
            yield block.String


def rows(table: Any) -> Iterator[str]:
    found: dict[int, list[str]] = {}
    for name in table.CellNames:
        number = int(re.sub(r"\D", "", name))
        found.setdefault(number, []).append(table.getCellByName(name).String)
    for _, cells in sorted(found.items()):
        yield " | ".join(cells)


def links(document: Any) -> Iterator[str]:
    """Yield where the words of the paragraphs point."""
    for block in items(document.Text):
        if block.supportsService("com.sun.star.text.Paragraph"):
            yield from filter(None, (portion.HyperLinkURL for portion in items(block)))


def items(container: Any) -> Iterator[Any]:
    enumeration = container.createEnumeration()
    while enumeration.hasMoreElements():
        yield enumeration.nextElement()


def resolved(desktop: Any, dispatcher: Any, file: str, command: str) -> dict[str, Any]:
    hidden = PropertyValue()
    hidden.Name, hidden.Value = "Hidden", True
    document = desktop.loadComponentFromURL(Path(file).as_uri(), "_blank", 0, (hidden,))
    try:
        changes = len(list(items(document.Redlines)))
        dispatcher.executeDispatch(document.CurrentController.Frame, f".uno:{command}", "", 0, ())
        return {
            "changes": changes,
            "left": len(list(items(document.Redlines))),
            "lines": list(lines(document)),
            "language": document.CharLocale.Language,
            "links": sorted(set(links(document))),
        }
    finally:
        document.close(True)


def main() -> None:
    pipe, *files = sys.argv[1:]
    context = connect(pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    dispatcher = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.DispatchHelper", context
    )
    found = {
        file: {
            "accepted": resolved(desktop, dispatcher, file, "AcceptAllTrackedChanges"),
            "rejected": resolved(desktop, dispatcher, file, "RejectAllTrackedChanges"),
        }
        for file in files
    }
    print(json.dumps(found))
    desktop.terminate()


main()
