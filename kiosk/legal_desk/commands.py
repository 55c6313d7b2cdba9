"""`kiosk draft`, whole: each family of commands adds its own to the group."""

from __future__ import annotations

from kiosk.legal_desk import attachment_commands as _attachments  # noqa: F401
from kiosk.legal_desk import deciding_commands as _deciding  # noqa: F401
from kiosk.legal_desk import draft_commands as _drafts  # noqa: F401
from kiosk.legal_desk import remark_commands as _remarks  # noqa: F401
from kiosk.legal_desk.draft_terminal import group as group
