"""The first thing that an audit finds is not as it must be."""

from __future__ import annotations

from kiosk.ledger.errors import LedgerError

ABSENT = "rien"
"""What is found where something is expected, and the reverse."""


class DeviationError(LedgerError):
    """What is held is not what is derived from the statements; the message is for people."""

    def __init__(self, table: str, key: object, expected: object, found: object) -> None:
        self.table = table
        """The table, or `registre` for a published file."""
        self.key = str(key)
        """The row's primary key, or the path of the file."""
        self.expected = str(expected)
        self.found = str(found)
        super().__init__(f"{table}, {self.key} : attendu {self.expected}, trouvé {self.found}.")
