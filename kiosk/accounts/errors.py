"""Why something asked of an account cannot be done."""

from __future__ import annotations


class AccountError(Exception):
    """Base of every error of this package."""


class InvalidAddressError(AccountError):
    """What was typed is not an e-mail address."""


class AddressTakenError(AccountError):
    """The publisher already has an account with this address."""


class SignUpOverError(AccountError):
    """The sign-up in progress ended, expired or never was: it must be started again."""


class RegistrationCodeError(AccountError):
    """A registration code is unknown, used or revoked."""


class UnknownCodeError(AccountError):
    """No registration code that may still be revoked has this identifier."""

    def __str__(self) -> str:
        return f"aucun code libre n’a l’identifiant « {self.args[0]} » ; voyez kiosk registration list."


class InvalidCodeFileError(AccountError):
    """A line of a file of codes is not a code; the message names the line, never what it holds."""

    def __str__(self) -> str:
        return (
            f"ligne {self.args[0]} : attendu un code de 8 à 64 lettres et chiffres sans accent,"
            " 100 000 codes au plus."
        )


class RecoveryOverError(AccountError):
    """A recovery cannot go on: it ended, its code was used, or its new address has an account."""


class UnknownRecoveryError(AccountError):
    """No such request."""


class SamePersonError(AccountError):
    """Two different people must approve."""
