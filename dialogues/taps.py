"""What stands behind the buttons that customers tap: short, opaque, at most 64 bytes."""

from __future__ import annotations

from dataclasses import dataclass

from dialogues.engine import Chosen, Control, Steered

NEWSLETTER_ACTIONS = frozenset({"stop", "pause", "topics"})
"""What the buttons under every newsletter do, in one tap; the argument names the sending."""

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


def _long(digits: str) -> int | None:
    try:
        number = int(digits, 36)
    except ValueError:
        return None
    return number if number < 2**63 else None
