"""A newsletter’s button that gives a coupon: its campaign is there and not used up, and each customer gets one."""

from __future__ import annotations

from pathlib import Path

from bot.config import Config
from bot.content import read_content
from bot.preflight import Report
from dialogues.taps import campaign_of, counted, coupon_command, menu_tap, read_tap
from domain.company import Company

LETTER = """+++
title = "Spring"

[[buttons]]
label  = "My coupon"
coupon = "{campaign}"
+++
Hello!
"""


def _faults(folder: Path, campaign: str) -> list[str]:
    letters = folder / "content" / "newsletters"
    letters.mkdir(parents=True, exist_ok=True)
    (letters / "spring.en.j2").write_text(LETTER.format(campaign=campaign))
    config = Config(folder=folder, company=Company(languages=("en",)), content=folder / "content")
    return [str(fault) for fault in read_content(config)[1].faults]


def test_campaign_of_a_button_must_be_there(tmp_path: Path) -> None:
    """It is told with its place before anybody gets the letter."""
    assert _faults(tmp_path, "welcome") == []
    (fault,) = _faults(tmp_path, "wellcome")
    assert fault.endswith('spring.en.j2:6: buttons.coupon: there is no campaign "wellcome"; did you mean "welcome"?')
    (long,) = [each for each in _faults(tmp_path, "x" * 40) if "bytes" in each]
    assert "give that campaign a shorter name" in long


def test_tap_names_the_campaign_and_is_counted() -> None:
    """The button of a sending carries both; a dialogue's command is none of a coupon."""
    tap = counted(menu_tap(coupon_command("welcome")), 77, 3)
    assert read_tap(tap) is not None
    assert campaign_of(tap.rpartition(".")[2]) == "welcome"
    assert campaign_of("feedback") == ""


def test_letter_does_not_start_when_its_campaign_gives_no_more() -> None:
    """A button that can only say sorry would be a promise broken."""
    assert Report(1).is_sound
    assert not Report(1, used_up=("welcome",)).is_sound
