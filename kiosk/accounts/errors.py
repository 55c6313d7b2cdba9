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


class RecoveryOverError(AccountError):
    """A recovery cannot go on: it ended, its code was used, or its new address has an account."""


class UnknownRecoveryError(AccountError):
    """No such request."""


class SamePersonError(AccountError):
    """Two different people must approve."""
