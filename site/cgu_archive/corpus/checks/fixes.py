"""Apply what is proposed to mend a draft: only the characters named change."""

from __future__ import annotations

from collections.abc import Iterable

from cgu_archive.corpus.errors import Edit, Finding, Fix


def apply(text: str, fix: Fix) -> str:
    """Return `text` with the edits of `fix`; raises `ValueError` when they overlap or leave the text."""
    parts, at = [], 0
    for edit in sorted(fix.edits, key=lambda edit: (edit.start, edit.end)):
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edits out of the text, or that overlap, at {edit.start}")
        parts += [text[at : edit.start], edit.words]
        at = edit.end
    return "".join([*parts, text[at:]])


def together(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], Fix]:
    """Return the findings whose fixes can be applied at once, in the order given, and the one fix for all.

    A fix that touches the characters of an earlier one waits for the next reading.
    """
    taken: list[Finding] = []
    edits: list[tuple[int, int]] = []
    whole: list[Edit] = []
    for finding in findings:
        if finding.fix is None:
            continue
        spans = [(edit.start, max(edit.end, edit.start + 1)) for edit in finding.fix.edits]
        if not any(start < other_end and other < end for start, end in spans for other, other_end in edits):
            taken.append(finding)
            edits += spans
            whole += finding.fix.edits
    return tuple(taken), Fix(tuple(sorted(whole, key=lambda edit: edit.start)))
