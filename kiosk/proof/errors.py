"""Why a proof is refused. Each error is one reason, named."""

from __future__ import annotations


class ProofError(Exception):
    """Base of every error of this package.

    `template` says why, in English, with `{}` where the `values` go (`str.format`); without values it stands
    for itself. Whoever tells people in another language goes by the template.
    """

    step: int | None = None
    """Number of the verification step that refused (README.md, « Verification »); None outside of one."""

    def __init__(self, template: str = "", *values: object) -> None:
        super().__init__(template, *values)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(*self.values) if self.values else self.template


class MalformedError(ProofError):
    """The bytes are not what the format says; the message says where."""


class AlteredError(ProofError):
    """The bytes are well formed and do not agree with each other: something was changed."""


class UnknownKeyError(ProofError):
    """Signed by a key that the verifier was not told to trust."""


class SpecimenError(ProofError):
    """Made by a demonstration: it has no value elsewhere."""


class WitnessError(ProofError):
    """Fewer witnesses than the verifier asks for saw this checkpoint."""


class TimeError(ProofError):
    """A time token does not attest what it should; `reason` says why, in a word that machines read."""

    REASONS = frozenset(
        {"wrong-signature", "other-message", "expired", "unknown-authority", "weak-hash", "malformed"}
    )

    def __init__(self, reason: str, template: str, *values: object) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"reason {reason!r}: one of {', '.join(sorted(self.REASONS))} expected")
        super().__init__(template, *values)
        self.reason = reason
