"""What stands behind the buttons that customers tap: short, opaque, at most 64 bytes."""

from __future__ import annotations

from dataclasses import dataclass

from dialogues.engine import Chosen, Control, Steered

NEWSLETTER_ACTIONS = frozenset({"stop", "pause", "topics"})
"""What the buttons under every newsletter do, in one tap; the argument names the sending."""

GO = "go"
"""The act behind a newsletter's own button: count the tap, and start the dialogue that it names."""

WHY = "why"
"""The act behind "why did I get this?"; its argument names what the message came from, "care-3F2"."""

_PASSED_ON = "n-"
_COUPON = "coupon-"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class RunTap:
    """A tap on a question's button: which run, and what it says to the engine."""

    run_id: int
    heard: Chosen | Steered


@dataclass(frozen=True, slots=True)
class MenuTap:
    """A tap outside a question: an *action* such as "complaint", "talk", "lang", with an *argument*."""

    action: str
    argument: str = ""


def choice_tap(run_id: int, asking: int, index: int) -> str:
    """Return the callback data of choice *index*."""
    return f"q.{short(run_id)}.{asking}.{index}"


def control_tap(run_id: int, asking: int, control: Control) -> str:
    """Return the callback data of a control."""
    return f"q.{short(run_id)}.{asking}.{control.value}"


def menu_tap(action: str, argument: str = "") -> str:
    """Return the callback data of a menu button."""
    return f"m.{action}.{argument}" if argument else f"m.{action}"


def newsletter_tap(sending_id: int, index: int, command: str) -> str:
    """
    Return the callback data of button *index* (from 0) of a sending's message, which starts a dialogue by its command.

    At most 56 bytes with a command of 32 signs and 99 buttons. Read back as the menu's act "go".
    """
    return f"w.{short(sending_id)}.{GO}.{index}.{command}"


def coupon_command(campaign: str) -> str:
    """Return what stands for a coupon of *campaign* in the place of a dialogue's command, which has no hyphen."""
    return f"{_COUPON}{campaign}"


def campaign_of(command: str) -> str:
    """Return the campaign that such a command names; empty for the command of a dialogue."""
    return command.removeprefix(_COUPON) if command.startswith(_COUPON) else ""


def counted(tap: str, sending_id: int, index: int) -> str:
    """Return what button *index* of a sending carries in place of a menu's *tap*, so that taps on it are counted."""
    match read_tap(tap):
        case MenuTap(action=command, argument=""):
            return newsletter_tap(sending_id, index, command)
        case _:
            return tap


def start_of(sending_id: int) -> str:
    """Return what a link that starts the bot carries, so that a start by a newsletter passed on is counted for it."""
    return f"{_PASSED_ON}{short(sending_id)}"


def sending_started(argument: str) -> int | None:
    """Return the sending that a `/start` with *argument* came from, or None. It proves nothing about who came."""
    return _long(argument.removeprefix(_PASSED_ON)) if argument.startswith(_PASSED_ON) else None


def sending_of(argument: str) -> int | None:
    """Return the sending that a tap's argument names ("newsletter:SENDING" or the argument of "go"), or None."""
    return _long(argument.removeprefix("newsletter:").partition(".")[0])


def read_tap(data: str) -> RunTap | MenuTap | None:
    """Read callback data of ours; None for anything else, such as buttons of an older program."""
    match data.split("."):
        case ["q", run, asking, what] if run.isalnum() and asking.isdigit():
            number = _long(run)
            if number is None:
                return None
            if what.isdigit():
                return RunTap(number, Chosen(int(asking), int(what)))
            if what in {control.value for control in Control}:
                return RunTap(number, Steered(Control(what), int(asking)))
            return None
        case ["w", sending, action] if action in NEWSLETTER_ACTIONS:
            return MenuTap(action, f"newsletter:{sending}")
        case ["w", sending, act, index, command] if act == GO and index.isdecimal():
            return MenuTap(GO, f"{sending}.{index}.{command}")
        case ["m", action]:
            return MenuTap(action)
        case ["m", action, argument]:
            return MenuTap(action, argument)
        case _:
            return None


def short(number: int) -> str:
    """Write a non-negative integer in base 36."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def why_tap(run_id: int) -> str:
    """Return the callback data of "why did I get this?" under a question of a run that we began or remind of."""
    return menu_tap(WHY, f"w-{short(run_id)}")


def read_short(digits: str) -> int | None:
    """Read an integer in base 36 that came from outside; None for anything else."""
    return _long(digits) if digits.isascii() and digits.isalnum() else None


def _long(digits: str) -> int | None:
    try:
        number = int(digits, 36)
    except ValueError:
        return None
    return number if number < 2**63 else None
