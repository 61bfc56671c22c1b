"""Transcripts as text: each kind of line is understood, each mistake is told with its line, matching is exact."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from bot.transcript_matching import fill, match_buttons, match_text, shown
from bot.transcript_reading import read_transcript
from bot.transcript_script import (
    Actor,
    Answers,
    Befalls,
    Begins,
    Blocks,
    Check,
    Checks,
    Edits,
    Expects,
    Mishap,
    Moves,
    Reacts,
    Restarts,
    Says,
    Sends,
    Shares,
    Step,
    Taps,
    Transcript,
    user_id,
)
from domain.faults import FaultList
from domain.staff import Role

HEADER = (
    "lang en   at 2027-03-02 10:00\ncustomer Ann met marketing   customer Bea fi   staff Olga manager   forum off\n"
)


def _read(text: str) -> Transcript:
    faults = FaultList()
    transcript = read_transcript(HEADER + text, "x.chat", faults)
    faults.raise_if_any()
    assert transcript is not None
    return transcript


def _faults(text: str) -> list[str]:
    faults = FaultList()
    assert read_transcript(text, "x.chat", faults) is None
    return [str(fault) for fault in faults.faults]


def test_header_says_who_is_there_and_when() -> None:
    """Several items may share a line, two spaces apart."""
    transcript = _read("Ann: hello")
    assert transcript.at == dt.datetime(2027, 3, 2, 10, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki"))
    assert transcript.actors == {
        "Ann": Actor("Ann", "en", None, frozenset({"met", "marketing"})),
        "Bea": Actor("Bea", "fi"),
        "Olga": Actor("Olga", "en", Role.MANAGER),
    }
    assert (transcript.group, transcript.forum) == (True, False)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Ann: /complaint", Says("Ann", "/complaint")),
        ("Ann: time: 10 [o'clock]", Says("Ann", "time: 10 [o'clock]")),
        ('Ann: "[not a button]"', Says("Ann", "[not a button]")),
        ("Ann: two\n  | lines", Says("Ann", "two\nlines")),
        ("Olga privately: /report", Says("Olga", "/report", "privately")),
        ("Ann: [Delivery]", Taps("Ann", "Delivery")),
        ("Ann: [Delivery] again", Taps("Ann", "Delivery", again=True)),
        (
            'Ann: (album box.jpg, label.jpg) "It was wet"',
            Sends("Ann", "photo", ("box.jpg", "label.jpg"), ("It was wet", "")),
        ),
        (
            "Ann: (album a.jpg: Left, b.jpg, c.jpg: Right)",
            Sends("Ann", "photo", ("a.jpg", "b.jpg", "c.jpg"), ("Left", "", "Right")),
        ),
        ('Ann: (document film.mp4 25 MB) "See"', Sends("Ann", "document", ("film.mp4 25 MB",), ("See",))),
        ("Olga to Ann: (location 60.1 24.9)", Shares("Olga", (60.1, 24.9), "to Ann")),
        ("Olga to Ann: Sorry", Says("Olga", "Sorry", "to Ann")),
        ("Olga to Ann: [Take]", Taps("Olga", "Take", where="to Ann")),
        ("Ann: (voice v.ogg)", Sends("Ann", "voice", ("v.ogg",))),
        ("Ann: (contact)", Shares("Ann")),
        ("Ann: (location 60.1 24.9)", Shares("Ann", (60.1, 24.9))),
        ('Ann edits "old" -> "new"', Edits("Ann", "old", "new")),
        ("Ann reacts 👍", Reacts("Ann", "👍")),
        ("Ann blocks", Blocks("Ann", True)),
        ("Ann unblocks", Blocks("Ann", False)),
        ('Olga: reply {n} "Sorry: a courier comes"', Answers("Olga", "{n}", "Sorry: a courier comes")),
        ('Olga: note 12 "careful"', Answers("Olga", "12", "careful", note=True)),
        ("bot: What went wrong?  [Delivery] [Product]", Expects("What went wrong?", "", ("Delivery", "Product"))),
        ("bot: Registered as No {n}*", Expects("Registered as No {n}*")),
        ("bot: Thanks  []", Expects("Thanks", "", ())),
        ("bot to Bea: Hei  [Ok]", Expects("Hei", "Bea", ("Ok",))),
        ("bot edits: *50 %*", Expects("*50 %*", edited=True)),
        ("toast: Saved", Expects("Saved", toast=True)),
        ("staff: *No {n}* Delivery *  [Take]", Expects("*No {n}* Delivery *", "staff", ("Take",))),
        ("== kill -9, restart", Restarts(killed=True)),
        ("bot: (voice)", Expects("*", media="voice")),
        ('bot: (photo) "The *"', Expects("The *", media="photo")),
        ("staff: (album of 10)", Expects("*", "staff", media="photo", count=10)),
        ("staff pinned: No {n}*", Expects("No {n}*", "staff", pinned=True)),
        ('Olga privately: reply 12 "Sorry"', Answers("Olga", "12", "Sorry", where="privately")),
        ("staff to Olga: (document)", Expects("*", "Olga", media="document")),
        ("== restart", Restarts(killed=False)),
        ("== topic of Ann deleted", Befalls(Mishap.TOPIC_DELETED, "Ann")),
        ("== topic of Ann closed", Befalls(Mishap.TOPIC_CLOSED, "Ann")),
        ('== topic of Ann renamed "A good one"', Befalls(Mishap.TOPIC_RENAMED, "Ann", "A good one")),
        ("== group upgraded", Befalls(Mishap.GROUP_UPGRADED)),
        ("== forum off", Befalls(Mishap.FORUM_OFF)),
        ("== forum on", Befalls(Mishap.FORUM_ON)),
        ("== bot out of the group", Befalls(Mishap.BOT_OUT)),
        ("== bot back in the group", Befalls(Mishap.BOT_BACK)),
        ("== no right to pin", Befalls(Mishap.NO_PINS)),
        ("== right to pin", Befalls(Mishap.PINS)),
        ("== Olga removed", Befalls(Mishap.REMOVED, "Olga")),
        ("== Olga added", Befalls(Mishap.ADDED, "Olga")),
        ("== +4h", Moves(by=dt.timedelta(hours=4))),
        ("== newsletter spring starts", Begins("newsletter", "spring")),
        (
            "store: case {n} state=waiting_customer; first_answer <= 4h; contacts = 9",
            Checks(
                (
                    Check("case {n} state", "=", "waiting_customer"),
                    Check("first_answer", "<=", "4h"),
                    Check("contacts", "=", "9"),
                )
            ),
        ),
        ("store of Bea: answers nps.score = 9", Checks((Check("answers nps.score", "=", "9"),), "Bea")),
    ],
)
def test_each_kind_of_line_is_understood(line: str, step: Step) -> None:
    """The table is the language's reference."""
    (read,) = _read(line).lines
    assert read.step == step


def test_instant_is_read_in_the_transcripts_zone() -> None:
    """Staff write the time on the wall."""
    (line,) = _read("== at 2027-07-05 10:00").lines
    assert isinstance(line.step, Moves)
    assert line.step.to is not None
    assert line.step.to.astimezone(dt.UTC).hour == 7


def test_head_sets_the_rules_of_cases() -> None:
    """They are lines of the config's own section, with the same mistakes; staff go by their names."""
    head = 'cases flood = 3\ncases desks.delivery = [@Olga]\ncases settle = "2d"\n'
    rules = _read(f"{head}Ann: hello").cases
    assert (rules.flood, rules.settle) == (3, dt.timedelta(days=2))
    assert rules.desks == {"delivery": (user_id(Actor("Olga", "en", Role.AGENT), 2),)}
    told = _faults('lang en   customer Ann\ncases flood = "many"\n# so\ncases setle = "2d"\nAnn: hi')
    assert [fault.split(":")[1] for fault in told] == ["2", "4"]
    assert "settle" in told[1]


def test_acts_can_happen_at_once() -> None:
    """Two colleagues reach for one button before the program has seen either."""
    first, second, toast = _read("Olga: [Take]\n& Olga: [Take] again\ntoast to Olga: Yours").lines
    assert (first.at_once, second.at_once) == (False, True)
    assert second.step == Taps("Olga", "Take", again=True)
    assert toast.step == Expects("Yours", "Olga", toast=True)
    told = _faults("lang en   customer Ann\n& Ann: hi\nbot: hello\n& Ann: hi\nAnn: hi\n& bot: hello")
    assert [fault.split(";")[0] for fault in told] == [
        f"x.chat:{line}: nothing can happen at once with this" for line in (2, 4, 6)
    ]


def test_all_mistakes_are_told_with_their_lines() -> None:
    """Staff who write transcripts get the same help as those who write dialogues."""
    told = _faults("lang en   customer Ann\nCarl: hi\n\nwhat is this\n== tomorrow\nAnn: (fax x)\nstore: nothing")
    assert [fault.split(";")[0] for fault in told] == [
        "x.chat:2: Carl is not there (Ann)",
        "x.chat:4: this is no step",
        'x.chat:5: "tomorrow" cannot happen',
        "x.chat:6: (fax ...) cannot be sent like this",
        'x.chat:7: "nothing" compares nothing',
    ]
    assert _faults("Ann: hi")[0].startswith("x.chat:1: Ann is not there (nobody)")


def test_mistakes_about_the_staffs_side_are_told() -> None:
    """Customers have topics, staff have places; an album has two to ten files; a setting is a line of TOML."""
    head = "lang en   customer Ann   staff Olga\ncases settle\n"
    ten = ", ".join(f"{number}.jpg" for number in range(11))
    told = _faults(
        f"{head}== topic of Olga deleted\n== Ann removed\n== group gone\nAnn to Olga: hi\nAnn: (album {ten})\n"
        "bot: (photo of 3)\nbot: (album)\nbot pinned: hi\nOlga to Bo: hi\n== topic of Bo closed"
    )
    assert [fault.split(";")[0] for fault in told] == [
        'x.chat:2: "settle" sets nothing',
        "x.chat:3: Olga is not a customer",
        "x.chat:4: Ann is not staff",
        'x.chat:5: "group gone" cannot happen',
        "x.chat:6: Ann is not staff",
        "x.chat:6: Olga is not a customer",
        "x.chat:7: (album ...) cannot be sent like this",
        "x.chat:8: (photo ...) cannot come like this",
        "x.chat:9: (album ...) cannot come like this",
        "x.chat:10: only staff have pins",
        "x.chat:11: Bo is not there (Ann, Olga)",
        "x.chat:12: Bo is not there (Ann, Olga)",
    ]


def test_star_is_anything_and_braces_remember() -> None:
    """A number that was captured must be the same the next time."""
    assert match_text("Registered as No {n}*", "Registered as\nNo 12. Thank you", {}) == {"n": "12"}
    assert match_text("*No {n}*", "Case No 12", {"n": "12"}) == {}
    assert match_text("*No {n}*", "Case No 13", {"n": "12"}) is None
    assert match_text("Six digits", "Six digits, please", {}) is None
    assert match_text(r"2 \* 3 (really?)", "2 * 3 (really?)", {}) == {}
    assert fill("reply {n} {m}", {"n": "12"}) == "reply 12 {m}"


def test_buttons_must_be_the_same_in_order() -> None:
    """Dots stand for those that do not matter."""
    assert match_buttons(["A", "B"], ["A", "B"], {})
    assert not match_buttons(["A", "B"], ["B", "A"], {})
    assert not match_buttons([], ["A"], {})
    assert match_buttons(["0", "...", "10", "Back"], ["0", "1", "2", "10", "Back"], {})
    assert shown("Two\nlines", ["A", "B"]) == "Two lines  [A] [B]"
