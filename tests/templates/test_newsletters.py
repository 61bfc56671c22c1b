"""Newsletter texts: the shipped ones are sound in every language, and what would fail for somebody is found before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.faults import FaultList
from scheduler.newsletter_files import NewsletterFiles, split_front_matter
from templates.markup import CAPTION_LIMIT, parse
from templates.newsletters import lint, missing_languages
from templates.sandbox import Compiler
from templates.words import SHIPPED

LANGUAGES = ("fi", "en", "cs")
NEWSLETTERS = SHIPPED.parent / "newsletters"


def told(source: str, **more: int) -> list[str]:
    faults = FaultList()
    lint(source, "en", "news.en.j2", faults, **more)
    return [str(fault) for fault in faults.faults]


def rendered(newsletter: str, language: str, /, **values: Any) -> str:
    source = (NEWSLETTERS / f"{newsletter}.{language}.j2").read_text(encoding="utf-8")
    compiler = Compiler(language, escaping=True, currency="EUR", zone="Europe/Helsinki")
    usual: dict[str, Any] = {"name": "", "town": "", "company": "Kulma", "language": language, "fact": {}}
    usual |= {"today": dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)}
    return compiler.render(compiler.compile(split_front_matter(source)[1]), usual | values)


def test_shipped_newsletters_are_read_and_sound_in_every_language() -> None:
    """What we ship as an example passes every check."""
    commands = {s.id: s.starts.command for s in Library.load([SCRIPTS], LANGUAGES).all() if s.starts.command}
    files = NewsletterFiles.load([NEWSLETTERS], LANGUAGES, commands)
    assert [file.newsletter.name for file in files.all()] == ["magazine", "spring", "you-said-we-did"]
    for file in files.all():
        assert missing_languages(file.newsletter.bodies, LANGUAGES) == ()
        assert file.newsletter.schedule == "", "an example must not go out by itself"
        for language, body in file.newsletter.bodies.items():
            faults = FaultList()
            lint(body, language, file.newsletter.name, faults)
            assert [str(fault) for fault in faults.faults] == []


def test_block_for_her_town_has_a_default() -> None:
    """Requirement N13: the nearest store for some, a sentence that suits everybody else."""
    assert "taimitorille" in rendered("spring", "fi", town="Espoo")
    assert "Turku:" in rendered("spring", "fi", town="Turku")
    elsewhere = rendered("spring", "fi", town="Kajaani")
    assert "Ei myymälää lähellä?" in elsewhere
    assert "📍" not in elsewhere
    assert "4,90\xa0€" in rendered("spring", "fi", fact={"interests": "new, offers"})
    assert "€" not in elsewhere


def test_her_name_is_greeted_and_can_do_no_harm() -> None:
    """Names are escaped, and an empty one leaves no gap."""
    assert "Hello Ann!" in rendered("spring", "en", name="Ann Lee")
    assert "Hello!" in rendered("spring", "en")
    assert parse(rendered("magazine", "en", name="<b>", town="<i>&")).mistakes == ()
    assert "From a reader: &lt;i&gt;&amp;</b>" in rendered("magazine", "en", town="<i>&")
    assert "\n\n\n" not in rendered("magazine", "en")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("a\n{{ nmae }}", 'news.en.j2:2: nothing is known as "nmae"; did you mean "name"?'),
        (
            "{{ car }}",
            "; known are name, town, number, company, language, today, zone, fact; facts are written fact.car",
        ),
        ("a\n{% if town %}b", "Unexpected end of template"),
        ("a\n<p>b</p>", "news.en.j2:2: <p> is no tag that Telegram knows"),
        ("a &nbsp; b", 'news.en.j2:1: "&nbsp;" is no entity that Telegram knows'),
        ("R&D", 'news.en.j2:1: a lone "&"; write &amp; for the sign itself'),
        ('<a href="shop">x</a>', "a link without a full address"),
        ("x\n\n{{ fact.car }}", "news.en.j2:3: fact.car is not known of everybody; write {{ fact.car | default"),
        ("{{ 5 | mony }}", "No filter named 'mony'; did you mean \"money\"?"),
        ("{{ name | money }}", "news.en.j2:1:"),
        ("<b>{% if town == 'Turku' %}</b>{% endif %}", '<b> is not closed (for town = ""); write </b> where it ends'),
        ("{% if town == 'Turku' %}</b>{% endif %}", '</b> closes nothing (for town = "Turku"); remove it'),
        ("{% if town in ['A', 'B'] %}{{ town.x }}{% endif %}", "has no attribute 'x'"),
        ("{% if name == '' %}{{ 1 / 0 }}{% endif %}", 'division by zero (for name = "")'),
        ("{% for n in range(2000) %}abc{% endfor %}", "has 6000 signs, and 4096 are allowed; shorten it"),
    ],
)
def test_what_would_fail_for_somebody_is_found_beforehand(source: str, fault: str) -> None:
    """Every branch is tried, with awkward names, too."""
    found = told(source)
    assert len(found) == 1, found
    assert fault.lower() in found[0].lower()


@pytest.mark.parametrize(
    "source",
    [
        '{% if town == "A" %}<b>{% else %}<i>{% endif %}x{% if town == "A" %}</b>{% else %}</i>{% endif %}',
        '{{ fact.car | default("your car") }}{% if fact.points is defined %}{{ fact.points | number }}{% endif %}',
        '{{ {"Turku": "by the river", "Oulu": "north"}[town] | default("online") }}',
        '<a href="https://example.com/{{ number }}">x</a> {{ 5 | plural(one="a", other="b") }}',
        "{{ today | date }} {{ today | time }} 5 &lt; 6 &amp; 7",
    ],
)
def test_what_is_right_for_everybody_has_no_fault(source: str) -> None:
    """No false alarms: branches that agree, defaults, tables of towns, links with values."""
    assert told(source) == []


def test_text_beside_a_picture_is_shorter_and_lines_count_from_the_files_top() -> None:
    """1024 signs after parsing; markup and escapes do not count."""
    assert told("<b>" + "x" * 1024 + "</b>", limit=CAPTION_LIMIT) == []
    assert told("x" * 1023 + "😀", limit=CAPTION_LIMIT) == [
        "news.en.j2:1: has 1025 signs, and 1024 are allowed; shorten it"
    ]
    assert told("a\n<p>", line=9)[0].startswith("news.en.j2:10: <p>")
