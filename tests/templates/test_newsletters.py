"""Newsletter texts: the shipped ones are sound in every language, and what would fail for somebody is found before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.company import Company
from domain.customers import Customer, KnownFact
from domain.faults import FaultList
from domain.messages import Message
from domain.newsletters import Tailored
from scheduler.newsletter_files import NewsletterFiles
from scheduler.rendering import Rendering
from templates.markup import CAPTION_LIMIT, parse
from templates.newsletters import Around, lint, missing_languages
from templates.sandbox import Compiler, NotRenderableError
from templates.words import SHIPPED, Words

LANGUAGES = ("fi", "en", "cs")
NEWSLETTERS = SHIPPED.parent / "newsletters"


STORES = {
    "town": Tailored(
        {"store": "online", "price": 490, "left": 1},
        {
            "turku": {"store": "Jokiranta", "price": 450, "left": 0},
            "oulu": {"store": "x" * 4000, "price": 5, "left": 2},
        },
    )
}


def told(source: str, language: str = "en", around: Around | None = None, **more: Any) -> list[str]:
    faults = FaultList()
    lint(source, language, f"news.{language}.j2", faults, around=around or Around(), **more)
    return [str(fault) for fault in faults.faults]


COMMANDS = {s.id: s.starts.command for s in Library.load([SCRIPTS], LANGUAGES).all() if s.starts.command}
FILES = NewsletterFiles.load([NEWSLETTERS], LANGUAGES, COMMANDS)
RENDERING = Rendering(Company("Kulma", languages=LANGUAGES), Words.load([SHIPPED], LANGUAGES))
NOW = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)


def message(newsletter: str, language: str, /, fact: dict[str, str] | None = None, **her: Any) -> Message:
    file = FILES.get(newsletter)
    assert file is not None
    facts = [KnownFact(name, value, "test", NOW) for name, value in (fact or {}).items()]
    made = RENDERING.message(file.newsletter, 7, Customer(1, language=language, **her), facts, NOW)
    assert made is not None
    return made


def rendered(newsletter: str, language: str, /, fact: dict[str, str] | None = None, **her: Any) -> str:
    return message(newsletter, language, fact, **her).text


def test_shipped_newsletters_are_read_and_sound_in_every_language() -> None:
    """What we ship as an example passes every check."""
    assert [file.newsletter.name for file in FILES.all()] == ["magazine", "spring", "you-said-we-did"]
    for file in FILES.all():
        assert missing_languages(file.newsletter.bodies, LANGUAGES) == ()
        assert file.newsletter.schedule == "", "an example must not go out by itself"
        for language, body in file.newsletter.bodies.items():
            faults = FaultList()
            around = Around.of(file.newsletter, language, LANGUAGES[0])
            lint(body, language, file.newsletter.name, faults, around=around)
            assert [str(fault) for fault in faults.faults] == []


def test_block_for_her_town_has_a_default() -> None:
    """Requirement N13: the nearest store for some, a sentence that suits everybody else."""
    assert "taimitorille" in rendered("spring", "fi", town="Espoo")
    assert "Turku:" in rendered("spring", "fi", town="Turku")
    assert "Tampere:" in rendered("spring", "en", town="nokia")
    assert "Helsinky:" in rendered("spring", "cs", town="Vantaa")
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["magazine", "spring", "you-said-we-did"])
def test_every_shipped_newsletter_can_be_stopped_paused_and_chosen_by_topic_in_one_tap(
    name: str, language: str
) -> None:
    """Requirement N9: the three buttons, and why, are in the keyboard that customers really get, in each language."""
    last = message(name, language, town="Turku").keyboard[-1]
    assert [button.tap for button in last] == ["w.7.stop", "w.7.pause", "w.7.topics", "m.why.n-7"]
    labels = RENDERING.controls(7, language)
    assert last == labels
    assert len({button.label for button in labels}) == 4


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("a\n{{ nmae }}", 'news.en.j2:2: nothing is known as "nmae"; did you mean "name"?'),
        (
            "{{ car }}",
            "; known are name, town, number, company, language, today, zone, fact, by, variant, marketing; facts",
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


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ by.town.store }}\n{{ by.town.stroe }}", 'news.en.j2:2: by.town has no stroe; did you mean "store"?'),
        ("{{ by.twon.store }}", 'news.en.j2:1: there is no table by.twon; did you mean "town"?'),
        ("{{ by.town.store }}" + "y" * 97, 'has 4097 signs, and 4096 are allowed (for town = "oulu"); shorten it'),
        ("{{ 1 / by.town.left }}", 'division by zero (for town = "turku")'),
        ("{% if by.town.left %}<b>{% endif %}x</b>", '</b> closes nothing (for town = "turku")'),
    ],
)
def test_a_fault_in_the_row_of_one_town_is_found_with_its_name(source: str, fault: str) -> None:
    """Every row of a table is tried, not only the default."""
    found = told(source, around=Around(tables=STORES))
    assert len(found) == 1, found
    assert fault in found[0]


@pytest.mark.parametrize(
    ("source", "variants", "fault"),
    [
        (
            "a\n{{ variant }}",
            (),
            'news.en.j2:2: there are no variants; add [test] with variants = ["a", "b"], or remove',
        ),
        ("a", ("a", "b"), 'news.en.j2:1: says the same in all variants of the test; write {% if variant == "b" %}'),
        ("{% if variant == 'c' %}x{% endif %}", ("a", "b"), 'news.en.j2:1: "c" is no variant of the test; it has a, b'),
        ("{% if variant == 'b' %}<b>{% endif %}", ("a", "b"), '<b> is not closed (for variant = "b")'),
        ("{% if variant == 'b' and town == 'Oulu' %}</i>{% endif %}", ("a", "b"), "</i> closes nothing (for town = "),
    ],
)
def test_each_variant_of_a_test_is_tried_and_has_to_differ(source: str, variants: tuple[str, ...], fault: str) -> None:
    """A test whose variants read the same would tell nothing."""
    found = told(source, around=Around(variants))
    assert len(found) == 1, found
    assert fault in found[0]


def test_where_the_front_matter_is_broken_nothing_that_hangs_on_it_is_blamed() -> None:
    """The author mends the table first; what else is wrong with the text she reads at once."""
    faults = FaultList()
    lint("{{ by.town.store }} {{ variant }} <br>", "en", "news.en.j2", faults)
    assert [str(fault).split(";")[0] for fault in faults.faults] == ["news.en.j2:1: <br> is no tag that Telegram knows"]


@pytest.mark.parametrize(
    ("language", "forms", "fault"),
    [
        ("en", 'one="day", other="days"', ""),
        ("fi", 'one="päivä", other="päivää"', ""),
        ("cs", 'one="den", few="dny", other="dní"', ""),
        ("cs", 'one="den", few="dny", many="dne", other="dní"', ""),
        ("cs", 'one="den", other="dní"', "the plural has no few, which cs needs; write one="),
        ("en", 'one="day"', "the plural has no other, which en needs"),
        ("en", 'ones="day", other="days"', '"ones" is no form of a plural; did you mean "one"?'),
    ],
)
def test_plural_has_all_forms_of_its_language(language: str, forms: str, fault: str) -> None:
    """Czech counts 1 den, 2 dny, 5 dní; what one number would lack is found for all."""
    found = told("{{ fact.n | default(1) | plural(" + forms + ") }}", language)
    assert len(found) == bool(fault), found
    assert fault in "".join(found)


@pytest.mark.parametrize(
    ("count", "english", "finnish", "czech"),
    [
        (0, "0 days", "0 päivää", "0 dní"),
        (1, "1 day", "1 päivä", "1 den"),
        (2, "2 days", "2 päivää", "2 dny"),
        (4, "4 days", "4 päivää", "4 dny"),
        (5, "5 days", "5 päivää", "5 dní"),
        (21, "21 days", "21 päivää", "21 dní"),
        (1.5, "1.5 days", "1,5 päivää", "1,5 dne"),
    ],
)
def test_plurals_numbers_and_days_are_those_of_each_language(
    count: float, english: str, finnish: str, czech: str
) -> None:
    """The forms that people write, with their own decimal sign."""
    forms = {
        "en": 'one="day", other="days"',
        "fi": 'one="päivä", other="päivää"',
        "cs": 'one="den", few="dny", many="dne", other="dní"',
    }
    for language, expected in {"en": english, "fi": finnish, "cs": czech}.items():
        compiler = Compiler(language, escaping=True, currency="EUR", zone="Europe/Helsinki")
        template = compiler.compile("{{ n | number }} {{ n | plural(" + forms[language] + ") }}")
        assert compiler.render(template, {"n": count}) == expected


@pytest.mark.parametrize(
    ("language", "day", "amount"),
    [
        ("en", "1 March 2027", "€1,234.50"),
        ("fi", "1. maaliskuuta 2027", "1\xa0234,50\xa0€"),
        ("cs", "1. března 2027", "1\xa0234,50\xa0€"),
    ],
)
def test_days_and_amounts_are_written_as_in_each_language(language: str, day: str, amount: str) -> None:
    """With the month in the case that a date takes, and the customer's own day where it is already tomorrow."""
    compiler = Compiler(language, escaping=True, currency="EUR", zone="Europe/Helsinki")
    late = dt.datetime(2027, 2, 28, 22, 30, tzinfo=dt.UTC)
    template = compiler.compile("{{ today | date }}, {{ 123450 | money }}")
    assert compiler.render(template, {"today": late, "zone": "Europe/Helsinki"}) == f"{day}, {amount}"


def test_more_formatting_than_telegram_shows_is_a_fault() -> None:
    """After a hundred pieces it drops the rest without a word."""
    assert told("{% for n in range(100) %}<b>{{ n }}</b> {% endfor %}") == []
    (found,) = told("{% for n in range(101) %}<b>{{ n }}</b> {% endfor %}")
    assert "has 101 pieces of formatting, and Telegram shows 100" in found


@pytest.mark.parametrize(
    ("href", "fault"),
    [
        ("https://example.com/a?b=c&amp;d#e", ""),
        ("http://user@example.com:8080/", ""),
        ("https://käsityö.fi/ä", ""),
        ("tg://resolve?domain=vuoro", ""),
        ("HTTPS://EXAMPLE.COM", ""),
        ("https://{{ fact.shop | default('www') }}.example.com/{{ number }}", ""),
        ("mailto:a@example.com", "Telegram knows no links with mailto:; write an address as text"),
        ("tel:+358401234567", "Telegram knows no links with tel:; write a number as text"),
        ("https://localhost/a", "a link without a full address"),
        ("example.com", "a link without a full address"),
        ("javascript:alert(1)", "a link without a full address"),
        ("https://exa mple.com", "a link without a full address"),
    ],
)
def test_links_are_those_that_telegram_takes(href: str, fault: str) -> None:
    """Others it drops without a word, or makes into something else: mailto:a@b.c into http://mailto:a@b.c."""
    found = told(f'<a href="{href}">x</a>')
    assert len(found) == bool(fault), found
    assert fault in "".join(found)


def test_promotional_block_is_judged_with_and_without_consent() -> None:
    """Requirement N12: both who gets the block and who does not get sound messages."""
    (found,) = told("{% if marketing %}<b>{% endif %}x</b>")
    assert "</b> closes nothing (for marketing = false)" in found
    assert told("x{% if marketing %} <b>Offer</b>{% endif %}") == []


def test_fact_that_is_compared_with_a_number_is_tried_on_both_sides() -> None:
    """More than, and not more than: each branch is seen."""
    (found,) = told("{% if fact.points | default(0) > 100 %}<b>{% endif %}x")
    assert "<b> is not closed (for fact.points = 101)" in found
    (found,) = told("{% if fact.points | default(0) > 100 %}x{% else %}<b>{% endif %}")
    assert "<b> is not closed" in found


def test_many_ways_to_differ_are_still_judged_quickly() -> None:
    """Each value is tried, each pair of names, and others at random, but never millions of combinations."""
    towns = "".join(f'{{% if town == "T{n}" and fact.a{n % 7} is defined %}}a{n}{{% endif %}}' for n in range(40))
    assert told(towns + "{{ name }}{{ number }}{% if marketing %}m{% endif %}") == []
    (found,) = told(towns + "{{ name }}{{ number }}{% if town == 'T39' and fact.a4 is defined %}</b>{% endif %}")
    assert "</b> closes nothing (for" in found


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{%if",
        "town%}",
        "{%endif%}",
        "{%else%}",
        "{%for",
        "n",
        "in",
        "range(3)%}",
        "{%endfor%}",
        "{{name}}",
        "{{by.town.store}}",
        "{{by}}",
        "{{variant}}",
        "{%if",
        "variant=='a'%}",
        "{{fact.x}}",
        "{{fact.x|plural(one='a')}}",
        "{{fact['x']}}",
        "{%if",
        "fact.x==[1]%}",
        "{{marketing}}",
        "{{town.x.y}}",
        "{{by.town['left']}}",
        "{{{}}}",
        "{%set",
        "name=1%}",
        "{%macro",
        "m(a)%}",
        "{%endmacro%}",
        "{{m(1)}}",
        "<b>",
        "</b>",
        "<a",
        "&lt;",
        "&",
        "{%if",
        "name",
        "in",
        "{'a':1}%}",
        "{{fact.x>2}}",
        "{{none}}",
        "{{'a'*9}}",
        "{#",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_is_written_is_judged_and_never_breaks_the_check(source: str) -> None:
    """A fault has a place and a remedy; what has none can be rendered for somebody."""
    around = Around(("a", "b"), STORES)
    faults = FaultList()
    lint(source, "en", "news.en.j2", faults, around=around)
    assert all(fault.line is not None and fault.problem and fault.remedy for fault in faults.faults)


@pytest.mark.parametrize("value", ["seven", "2027-99-01", None, [1], {"a": 1}, True, "\u0000"])
@pytest.mark.parametrize("wish", ["number", 'money("EUR")', "percent", "date", "time", 'plural(one="a", other="b")'])
def test_fact_of_another_kind_costs_only_its_customer_her_message(value: object, wish: str) -> None:
    """Whatever a library says of it is told as a sentence of ours, which the feeder takes; nothing else is raised."""
    compiler = Compiler("fi", escaping=True, currency="EUR", zone="UTC")
    template = compiler.compile(f"{{{{ fact.x | {wish} }}}}")
    with pytest.raises(NotRenderableError, match=r"^a value that is no (number|day|time) is written as one; "):
        compiler.render(template, {"fact": {"x": value}})


def test_fact_that_is_a_day_is_written_as_one() -> None:
    """Answers keep a day as text; a letter may write it in the customer's language."""
    compiler = Compiler("fi", escaping=True, currency="EUR", zone="UTC")
    template = compiler.compile("{{ fact.x | date }}")
    assert compiler.render(template, {"fact": {"x": "2027-03-01"}}) == "1. maaliskuuta 2027"
    assert compiler.render(template, {"fact": {"x": "2027-03-01T23:30:00+00:00"}}) == "1. maaliskuuta 2027"
