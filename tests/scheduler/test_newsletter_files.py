"""Newsletter files: what they say is read, and everything that is wrong is named with its place and remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.newsletters import SHIPPED
from domain.faults import FaultList, Faults
from domain.messages import MediaKind, OnUnknown
from domain.newsletters import Experiment, LatePolicy, Limits, Measure
from scheduler.newsletter_files import NewsletterFiles, read_newsletter, split_front_matter

LANGUAGES = ("fi", "en")
COMMANDS = {"nps": "rate", "feedback": "feedback", "question": "question"}
FULL = """+++
title    = "Kevät"
audience = 'language = "fi"'
exclude  = 'town = "Turku"'
schedule = "0 9 * * MON"
timezone = "Europe/Prague"
late     = "2h"
if_late  = "drop"
unknown  = "never miss"
media    = "spring.jpg"
canary   = { first = 50, wait = "15min" }
limits   = { failed = 5, opted_out = 3 }
holdout  = 10
topic    = "offers"
local_time  = "10:00"
paid_stars  = 500
track_links = true

[test]
variants = ["short", "long"]
share    = 10
wait     = "1d"
measure  = "replies"

[[buttons]]
label = { fi = "Lue", en = "Read" }
url   = "https://example.com"

[[buttons]]
label    = "Arvioi"
dialogue = "nps"
+++

{% if variant == "long" %}Hyvää päivää{% else %}Hei{% endif %} {{ name }}!
"""
ENGLISH = "{% if variant == 'long' %}Good day{% else %}Hello{% endif %}!"


def load(folder: Path, **files: str) -> NewsletterFiles:
    """Write files (a double underscore is a dot) and load them."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return NewsletterFiles.load([folder], LANGUAGES, COMMANDS)


def test_everything_that_a_file_says_is_read(tmp_path: Path) -> None:
    """Each key arrives in its own form."""
    (tmp_path / "spring.jpg").write_bytes(b"x")
    file = load(tmp_path, spring__fi__j2=FULL, spring__en__j2=ENGLISH).get("spring")
    assert file is not None
    newsletter = file.newsletter
    assert newsletter.title == "Kevät"
    assert (newsletter.audience, newsletter.exclude) == ('language = "fi"', 'town = "Turku"')
    assert (newsletter.schedule, newsletter.timezone) == ("0 9 * * MON", "Europe/Prague")
    assert newsletter.late == LatePolicy(dt.timedelta(hours=2), ask=False)
    assert newsletter.on_unknown is OnUnknown.NEVER_MISS
    assert (newsletter.canary, newsletter.canary_wait, newsletter.holdout) == (50, dt.timedelta(minutes=15), 10)
    assert newsletter.limits == Limits(failed=0.05, blocked=0.1, opted_out=0.03)
    assert (newsletter.topic, newsletter.local_time) == ("offers", dt.time(10))
    assert (newsletter.paid_stars, newsletter.track_links) == (500, True)
    assert newsletter.experiment == Experiment(("short", "long"), 0.1, dt.timedelta(days=1), Measure.REPLIES)
    assert dict(newsletter.bodies) == {"fi": FULL.rpartition("\n\n")[2].strip(), "en": ENGLISH}
    assert [(media.kind, media.name) for media in newsletter.media] == [(MediaKind.PHOTO, "spring.jpg")]
    (labels, link), (_, start) = newsletter.buttons
    assert dict(labels) == {"fi": "Lue", "en": "Read"}
    assert (link.url, start.tap) == ("https://example.com", "m.rate")
    assert file.content == {"spring.fi.j2": FULL, "spring.en.j2": ENGLISH}


def test_a_file_without_front_matter_is_for_everybody(tmp_path: Path) -> None:
    """The defaults are the careful ones: never twice, ask when late, twenty before all, nothing that costs."""
    file = load(tmp_path, plain__fi__j2="Hei").get("plain")
    assert file is not None
    assert (file.newsletter.audience, file.newsletter.schedule, file.newsletter.late.ask) == ("", "", True)
    assert file.newsletter.on_unknown is OnUnknown.NEVER_TWICE
    assert (file.newsletter.canary, file.newsletter.canary_wait) == (20, dt.timedelta(0))
    assert file.newsletter.limits == Limits(0.2, 0.1, 0.1)
    assert (file.newsletter.paid_stars, file.newsletter.track_links, file.newsletter.experiment) == (0, False, None)


def test_canary_may_be_a_number_alone(tmp_path: Path) -> None:
    """Nobody has to write a table for it; 0 switches it off."""
    file = load(tmp_path, plain__fi__j2="+++\ncanary = 0\n+++\nHei").get("plain")
    assert file is not None
    assert file.newsletter.canary == 0


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("canary = -1", "canary: -1 is not a whole number from 0 to 10000"),
        ("canary = { first = 0, wait = '1h' }", "canary.wait: waits for nobody: first is 0"),
        ("canary = { frist = 5 }", 'canary.frist: unknown key; did you mean "first"?'),
        ("limits = { failed = 0.2 }", "limits.failed: 0.2 is not a whole number from 0 to 100"),
        ("limits = 20", "limits: 20 is not a table"),
        ('topic = "Our offers"', 'topic: "Our offers" is not a name of small letters'),
        ('local_time = "10"', 'local_time: "10" is not a time of day'),
        ("paid_stars = -5", "paid_stars: -5 is not a whole number from 0"),
        ('track_links = "yes"', 'track_links: "yes" is neither true nor false'),
        ("[test]\nshare = 20", 'test.variants: is missing; add variants = ["a"]'),
        ('[test]\nvariants = ["a"]', "test.variants: are not two to five different names"),
        ('[test]\nvariants = ["a", "a"]', "test.variants: are not two to five different names"),
        ('[test]\nvariants = ["a", "B"]', 'test.variants[2]: "B" is not a name'),
        ('[test]\nvariants = ["a", "b"]\nmeasure = "taps"', 'test.measure: "taps" is not one of clicks, replies'),
        ('[test]\nvariants = ["a", "b"]\nshare = 0', "test.share: 0 is not a whole number from 1 to 100"),
    ],
)
def test_a_value_that_does_not_fit_is_one_fault_with_its_key(tmp_path: Path, front: str, fault: str) -> None:
    """The author reads which key is meant and what may stand there."""
    with pytest.raises(Faults) as caught:
        load(tmp_path, a__fi__j2=f"+++\n{front}\n+++\nHei")
    (found,) = caught.value.faults
    assert str(found).split(": ", 1)[1].startswith(fault), str(found)


def test_the_digest_changes_with_any_text_and_with_the_picture(tmp_path: Path) -> None:
    """What was approved is what recipients see, down to the picture."""
    (tmp_path / "spring.jpg").write_bytes(b"x")
    digests = set()
    for finnish, english, picture in (
        (FULL, "{{ variant }} a", b"x"),
        (FULL, "{{ variant }} b", b"x"),
        (FULL + " ", "{{ variant }} b", b"x"),
        (FULL, "{{ variant }} a", b"y"),
    ):
        (tmp_path / "spring.jpg").write_bytes(picture)
        file = load(tmp_path, spring__fi__j2=finnish, spring__en__j2=english).get("spring")
        assert file is not None
        digests.add(file.newsletter.digest)
    assert len(digests) == 4


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Each with file, line, key and remedy."""
    with pytest.raises(Faults) as caught:
        load(
            tmp_path / "newsletters",
            a__fi__j2='+++\nschedule = "0 25 * * *"\naudience = "language ="\nlate = "90m"\ncanry = 3\n+++\nHei',
            b__en__j2="+++\n[[buttons]]\nlabel = 'x'\n+++\nHello",
            c__fi__j2="+++\ntitle = 'C'\n+++\n\nHei <br> {{ nam }}",
            d__fi__j2='+++\nmedia = ["a.jpg", "../b.jpg"]\n+++\nHei',
            e__fi__j2="+++\n[[buttons]]\nlabel = 'x'\ndialogue = 'np'\n+++\n",
        )
    told = [str(fault) for fault in caught.value.faults]
    for beginning in (
        'a.fi.j2:2: schedule: "0 25 * * *" is no cron line (bad hour)',
        "a.fi.j2:3: audience: ",
        'a.fi.j2:4: late: "90m" has no fixed length',
        'a.fi.j2:5: canry: unknown key; did you mean "canary"?',
        "b.fi.j2: is missing; write the newsletter in fi, the first language",
        "b.en.j2:2: buttons[1]: needs either url or dialogue",
        "c.fi.j2:5: ",
        "d.fi.j2:2: media: ",
        'e.fi.j2:4: buttons[1].dialogue: "np" is no dialogue that has a command; did you mean "nps"?',
        "e.fi.j2:6: says nothing",
    ):
        assert any(line.startswith(f"newsletters/{beginning}") for line in told), (beginning, told)


def test_a_broken_front_matter_hides_no_fault_of_the_text(tmp_path: Path) -> None:
    """The author mends head and text in one go, in every language."""
    folder = tmp_path / "newsletters"
    with pytest.raises(Faults) as found:
        load(folder, news__fi__j2='+++\nlate = "soon"\n+++\nHei <div>', news__en__j2="Hello <b>{{ name }}")
    places = {(fault.where, fault.line) for fault in found.value.faults}
    assert places == {("newsletters/news.fi.j2", 2), ("newsletters/news.fi.j2", 4), ("newsletters/news.en.j2", 1)}


def test_front_matter_twice_is_a_fault() -> None:
    """Two answers to one question are no answer."""
    faults = FaultList()
    matter = "+++\ntitle = 'x'\n+++\nHei"
    assert read_newsletter("a", {"a.fi.j2": matter, "a.en.j2": matter}, LANGUAGES, faults) is None
    assert [str(fault) for fault in faults.faults] == [
        "a.fi.j2:1: has front matter, as a.en.j2 has; keep it in one of the files"
    ]


def test_an_own_newsletter_replaces_a_shipped_one_as_a_whole(tmp_path: Path) -> None:
    """The languages of both are not mixed."""
    load(tmp_path / "shipped", a__fi__j2="Vanha", a__en__j2="Old", b__fi__j2="B")
    load(tmp_path / "own", a__fi__j2="Uusi")
    found = NewsletterFiles.load([tmp_path / "shipped", tmp_path / "own", tmp_path / "none"], LANGUAGES)
    assert {file.newsletter.name: dict(file.newsletter.bodies) for file in found.all()} == {
        "a": {"fi": "Uusi"},
        "b": {"fi": "B"},
    }


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("Hei", ("", "Hei", 1)),
        ("+++\na = 1\n+++\nHei\n", ("a = 1", "Hei", 4)),
        ("+++\r\na = 1\r\n+++\r\n\r\nHei", ("a = 1", "Hei", 5)),
        ("+++\na = 1\nHei", ("a = 1\nHei", "", 3)),
    ],
)
def test_front_matter_is_split_from_the_body_with_its_line(source: str, parts: tuple[str, str, int]) -> None:
    """Faults in the body point at the line of the file."""
    assert split_front_matter(source) == parts


def test_the_shipped_newsletters_have_no_fault() -> None:
    """What we ship passes what we ask of staff."""
    found = NewsletterFiles.load([SHIPPED], ("fi", "en", "cs"), COMMANDS)
    assert {"spring", "magazine"} <= {file.newsletter.name for file in found.all()}


@pytest.mark.parametrize(
    ("button", "fault"),
    [
        (
            'label = { en = "Read" }\nurl = "https://example.com"',
            "label: has no text in fi, in which the newsletter is",
        ),
        ('label = " "\nurl = "https://example.com"', 'label: " " is no button\'s text'),
        ('label = "x"\nurl = "mailto:a@example.com"', 'url: "mailto:a@example.com" is not an address that begins with'),
        ('label = "x"\nurl = "https://localhost"', 'url: "https://localhost" is not an address'),
        ('label = "x"\ndialogue = "long"', "dialogue: would need 71 bytes in the button, and 64 are allowed"),
        ('label = "x"\ndialogue = "nps"\nurl = "https://example.com"', " needs either url or dialogue"),
    ],
)
def test_a_button_that_telegram_would_refuse_is_a_fault(tmp_path: Path, button: str, fault: str) -> None:
    """One wrong button would stop the whole sending."""
    (tmp_path / "a.fi.j2").write_text(f"+++\n[[buttons]]\n{button}\n+++\nHei")
    with pytest.raises(Faults) as caught:
        NewsletterFiles.load([tmp_path], LANGUAGES, {**COMMANDS, "long": "x" * 50})
    (found,) = caught.value.faults
    assert str(found).split("buttons[1]", 1)[1].lstrip(".:").startswith(fault), str(found)


def test_more_buttons_than_telegram_takes_are_a_fault(tmp_path: Path) -> None:
    """A hundred in all, with the four that every newsletter has."""
    button = '[[buttons]]\nlabel = "x"\nurl = "https://example.com"\n'
    assert load(tmp_path, a__fi__j2=f"+++\n{button * 96}+++\nHei").get("a") is not None
    with pytest.raises(Faults) as caught:
        load(tmp_path, a__fi__j2=f"+++\n{button * 97}+++\nHei")
    assert "buttons: are 97, and 96 are allowed" in str(caught.value)


def test_the_example_of_the_guide_is_sound(tmp_path: Path) -> None:
    """What people copy from docs/newsletters.md works as it stands."""
    guide = (Path(__file__).parents[2] / "docs" / "newsletters.md").read_text(encoding="utf-8")
    example = guide.split("```\n+++\n", 1)[1].split("```", 1)[0]
    (tmp_path / "guide.fi.j2").write_text("+++\n" + example, encoding="utf-8")
    file = NewsletterFiles.load([tmp_path], LANGUAGES, COMMANDS).get("guide")
    assert file is not None
    assert list(file.newsletter.tailored) == ["town"]
    assert file.newsletter.experiment is not None
