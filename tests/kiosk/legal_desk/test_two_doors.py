"""What the legal desk does on a page is done by a command too, or the table says why not."""

from __future__ import annotations

from kiosk.legal_desk.commands import group
from kiosk.legal_desk.policy import Act
from tests.kiosk.legal_desk.team import Team

BY_COMMAND = {
    "prepare": "open",
    "correct": "open",
    "make_draft": "open",
    "write_text": "write",
    "receive_again": "write",
    "sheet": "sheet",
    "rules": "rules",
    "mend": "fix",
    "silence": "set-aside",
    "comment": "comment",
    "close": "close-comment",
    "reading_links": "link",
    "close_reading_link": "close-link",
    "submit": "submit",
    "abandon": "abandon",
    "approve": "approve",
    "send_back": "return",
    "withdraw": "withdraw",
    "visa": "visa",
    "schedule": "schedule",
    "unschedule": "unschedule",
    "cancel": "cancel",
    "attach": "attach",
    "retitle_attachment": "retitle",
    "detach": "detach",
}
"""Endpoints that change something, and the command of `kiosk draft` that does the same."""
ON_PAGES_ALONE = {
    "receive": "a terminal reads the file where it is: cgu import",
    "take_file": "who has the terminal of the kiosk has the database: the page writes down who took a file",
    "preview_typed": "nothing is saved",
    "act_on_link": "a link is looked at in a browser before it is verified or removed; cgu links lists them",
    "deciders_list": "names people, one reason each, written down",
    "undelivered_list": "names people, one reason each, written down",
    "ask_reminder": "is sent once somebody has seen on the page how many it reaches",
    "stop_reminder": "stands beside the reminder",
    "turn_announcement": "kiosk notices stop, and resume",
}
BY_ACT = {
    Act.OPENED: "open", Act.REVISED: "write", Act.COMMENTED: "comment", Act.RESOLVED: "close-comment",
    Act.SILENCED: "set-aside", Act.LINKED: "link", Act.UNLINKED: "close-link", Act.SUBMITTED: "submit",
    Act.RETURNED: "return", Act.APPROVED: "approve", Act.WITHDRAWN: "withdraw", Act.VISA: "visa",
    Act.SCHEDULED: "schedule", Act.UNSCHEDULED: "unschedule", Act.PUBLISHED: "publish",
    Act.CANCELLED: "cancel", Act.UNCANCELLED: "uncancel", Act.ABANDONED: "abandon",
}  # fmt: skip


def test_each_act_of_the_desk_has_a_page_and_a_command(light_team: Team) -> None:
    rules = light_team.site.app.url_map.iter_rules()
    changing = {
        rule.endpoint.removeprefix("legal_desk.")
        for rule in rules
        if rule.endpoint.startswith("legal_desk.") and "POST" in (rule.methods or ())
    }
    assert changing == set(BY_COMMAND) | set(ON_PAGES_ALONE)
    assert set(BY_COMMAND.values()) | {"publish"} <= set(group.commands)
    assert set(BY_ACT) == set(Act)
    assert set(BY_ACT.values()) <= set(group.commands)
