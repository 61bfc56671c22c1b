"""What staff can type and press, who may, and where it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.kept_words import kept_button
from bot.staff_answers import ready_button, ready_command
from bot.staff_campaigns import pick_command, show_campaigns
from bot.staff_care import care_button, show_tasks
from bot.staff_care_plans import show_plans
from bot.staff_case_report import case_report_button
from bot.staff_cases import case_button, forget_prompt, list_open
from bot.staff_coupon_stores import store_command
from bot.staff_coupons import coupon_button, redeem_command, store_button
from bot.staff_customers import customer_button, find_customer
from bot.staff_duplicates import duplicates_button, show_duplicates
from bot.staff_effects import effects_button
from bot.staff_events import event_button, event_command
from bot.staff_forgetting import forget_tap
from bot.staff_goodbye import goodbye_tap
from bot.staff_log import log_button, start_log
from bot.staff_merging import merge_command
from bot.staff_mutes import mute_button, mute_command, unmute_command
from bot.staff_newsletters import newsletter_button, show_newsletters
from bot.staff_not_served import ban_command, unban_command
from bot.staff_people import person_command
from bot.staff_points import points_button, points_command
from bot.staff_programmes import programmes_button, show_programmes
from bot.staff_replies import note_command, settle_unknown
from bot.staff_segments import segments_button, show_segments
from bot.staff_surveys import show_report, show_survey, survey_button
from bot.staff_themes import themes_button
from bot.staff_visit import Visit
from domain.staff import Role


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the least role that may, and what does it with the words after it."""

    role: Role
    run: Callable[[Visit, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Buttons:
    """A family of buttons, by the first part of their data; the rest of the parts goes to *run*."""

    role: Role
    run: Callable[[Visit, Sequence[str]], Awaitable[None]]


async def show_help(visit: Visit, _argument: str) -> None:
    """`/help` for staff: the commands that this member may use, each with one line."""
    lines = [
        visit.html("help_line", command=name, what=visit.plain(f"command.{name}"))
        for name, command in COMMANDS.items()
        if visit.member.may(command.role) and name != "help"
    ]
    role = visit.plain(f"role.{visit.member.role.value}")
    await visit.say("help", name=visit.member.name, role=role, lines="\n".join(lines))


COMMANDS: Mapping[str, Command] = {
    "cases": Command(Role.AGENT, list_open),
    "a": Command(Role.AGENT, ready_command),
    "customer": Command(Role.AGENT, find_customer),
    "person": Command(Role.AGENT, person_command),
    "note": Command(Role.AGENT, note_command),
    "merge": Command(Role.AGENT, merge_command),
    "duplicates": Command(Role.MANAGER, show_duplicates),
    "log": Command(Role.AGENT, start_log),
    "mute": Command(Role.AGENT, mute_command),
    "unmute": Command(Role.AGENT, unmute_command),
    "ban": Command(Role.MANAGER, ban_command),
    "unban": Command(Role.MANAGER, unban_command),
    "newsletter": Command(Role.EDITOR, show_newsletters),
    "survey": Command(Role.EDITOR, show_survey),
    "report": Command(Role.EDITOR, show_report),
    "segments": Command(Role.EDITOR, show_segments),
    "programmes": Command(Role.EDITOR, show_programmes),
    "tasks": Command(Role.AGENT, show_tasks),
    "care": Command(Role.EDITOR, show_plans),
    "points": Command(Role.AGENT, points_command),
    "redeem": Command(Role.AGENT, redeem_command),
    "store": Command(Role.AGENT, store_command),
    "pick": Command(Role.AGENT, pick_command),
    "event": Command(Role.AGENT, event_command),
    "campaigns": Command(Role.EDITOR, show_campaigns),
    "help": Command(Role.AGENT, show_help),
}

TAPS: Mapping[str, Buttons] = {
    "s": Buttons(Role.AGENT, case_button),
    "a": Buttons(Role.AGENT, ready_button),
    "e": Buttons(Role.AGENT, forget_prompt),
    "o": Buttons(Role.AGENT, settle_unknown),
    "u": Buttons(Role.AGENT, customer_button),
    "l": Buttons(Role.AGENT, log_button),
    "x": Buttons(Role.AGENT, mute_button),
    "f": Buttons(Role.AGENT, kept_button),
    "g": Buttons(Role.MANAGER, goodbye_tap),
    "b": Buttons(Role.MANAGER, forget_tap),
    "n": Buttons(Role.EDITOR, newsletter_button),
    "r": Buttons(Role.EDITOR, effects_button),
    "v": Buttons(Role.EDITOR, survey_button),
    "y": Buttons(Role.EDITOR, themes_button),
    "k": Buttons(Role.EDITOR, case_report_button),
    "d": Buttons(Role.MANAGER, duplicates_button),
    "z": Buttons(Role.EDITOR, segments_button),
    "i": Buttons(Role.EDITOR, programmes_button),
    "c": Buttons(Role.AGENT, coupon_button),
    "j": Buttons(Role.AGENT, event_button),
    "h": Buttons(Role.AGENT, store_button),
    "t": Buttons(Role.AGENT, care_button),
    "p": Buttons(Role.AGENT, points_button),
}
