"""A newsletter as one customer gets it: her language and values, her variant, her town's row, and no markup of hers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.company import Company
from domain.customers import Customer, CustomerKind, KnownFact, Purpose
from domain.faults import FaultList
from domain.messages import Button, Message
from domain.newsletters import Newsletter
from scheduler.newsletter_files import read_newsletter
from scheduler.rendering import Rendering
from templates.markup import parse
from templates.sandbox import NotRenderableError
from templates.words import SHIPPED, Words

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
LANGUAGES = ("en", "fi", "cs")
WORDS = Words.load([SHIPPED], LANGUAGES)
COMPANY = Company("Kulma & Co", languages=LANGUAGES)
STORES = """
[by.town]
Tampere = { store = { en = "Koski park", fi = "Koskipuisto" }, price = 450, left = 12 }
Turku   = { store = "Jokiranta", price = 425, left = 0 }
default = { store = "the online shop", price = 490, left = 3 }
[by.town.near]
Nokia   = "Tampere"
[by.segment]
keep    = { hello = "Thank you for all these years." }
default = { hello = "Nice to know you." }
[by.kind]
company = { who = "your people" }
default = { who = "you" }
"""


def newsletter(body: str, front: str = "", **bodies: str) -> Newsletter:
    """Read a newsletter from its English text and front matter."""
    content = {"news.en.j2": f"+++\n{front}\n+++\n{body}"}
    content |= {f"news.{language}.j2": text for language, text in bodies.items()}
    faults = FaultList()
    found = read_newsletter("news", content, LANGUAGES, faults, commands={"question": "question"})
    assert found is not None, faults.faults
    return found


def message(found: Newsletter, variant: str = "", facts: dict[str, Any] | None = None, **her: Any) -> Message | None:
    """Render it for one customer."""
    known = [KnownFact(name, value, "test", NOW) for name, value in (facts or {}).items()]
    return Rendering(COMPANY, WORDS).message(found, 7, Customer(1, **her), known, NOW, variant=variant)


def text(found: Newsletter, variant: str = "", facts: dict[str, Any] | None = None, **her: Any) -> str:
    """Render it, and give its text."""
    made = message(found, variant, facts, **her)
    return "" if made is None else made.text


AGREES = {Purpose.MARKETING: True}


@pytest.mark.parametrize(
    ("consents", "sees"),
    [
        ({Purpose.MARKETING: True}, True),
        ({Purpose.MARKETING: False}, False),
        ({}, False),
        ({Purpose.SURVEYS: True}, False),
    ],
)
def test_promotion_in_a_service_message_is_only_for_who_agreed_to_marketing(
    consents: dict[Purpose, bool], sees: bool
) -> None:
    """Requirement N12: silence is no, and a yes to something else is none to this; the service part is everybody's."""
    source = "Your table comes on Tuesday.\n{% if marketing %}\n\nChairs are 20 % off.\n{% endif %}"
    found = text(newsletter(source, "service = true"), consents=consents)
    assert found == "Your table comes on Tuesday." + ("\n\nChairs are 20 % off." if sees else "")


@pytest.mark.parametrize(
    ("town", "language", "says"),
    [
        ("Tampere", "en", "Koski park: €4.50, 12 left."),
        ("Tampere", "fi", "Koskipuisto: 4,50\xa0€, 12 jäljellä."),
        ("tampere ", "en", "Koski park: €4.50, 12 left."),
        ("Nokia", "en", "Koski park: €4.50, 12 left."),
        ("Turku", "en", "Jokiranta: €4.25."),
        ("Kajaani", "en", "the online shop: €4.90, 3 left."),
        (None, "en", "the online shop: €4.90, 3 left."),
    ],
)
def test_each_town_has_its_offer_and_who_has_none_the_default(town: str | None, language: str, says: str) -> None:
    """Requirement N13: store, price and availability vary; a town without a store gets the nearest one's."""
    body = "{{ by.town.store }}: {{ by.town.price | money }}"
    english = body + "{% if by.town.left %}, {{ by.town.left }} left{% endif %}."
    finnish = body + "{% if by.town.left %}, {{ by.town.left }} jäljellä{% endif %}."
    assert text(newsletter(english, STORES, fi=finnish), town=town, language=language) == says


def test_what_varies_may_hang_on_any_fact_or_attribute() -> None:
    """Offering, price, availability and message: by her segment, by being a company, by anything known of her."""
    found = newsletter("{{ by.segment.hello }} For {{ by.kind.who }}.", STORES)
    assert text(found, facts={"segment": "keep"}) == "Thank you for all these years. For you."
    assert text(found, kind=CustomerKind.COMPANY) == "Nice to know you. For your people."


def test_a_variant_is_seen_by_those_it_is_tried_on_and_a_preview_shows_the_first() -> None:
    """The text asks for it by name; without a test there is none."""
    source = "{% if variant == 'short' %}Hi{% else %}Dear reader{% endif %}"
    found = newsletter(source, '[test]\nvariants = ["long", "short"]')
    assert (text(found), text(found, "short"), text(found, "long")) == ("Dear reader", "Hi", "Dear reader")
    assert text(newsletter("<{{ variant }}>".replace("<", "[").replace(">", "]"))) == "[]"


@pytest.mark.parametrize("source", ["{% if town %}x{% endif %}", "<b>{{ fact.x | default('') }}</b>\n <i></i>"])
def test_a_text_that_nobody_would_see_is_not_sent(source: str) -> None:
    """Empty tags are nothing: Telegram refuses such a message, and everybody after it would wait."""
    assert message(newsletter(source)) is None


def test_a_town_of_a_row_that_a_template_misspells_fails_for_her() -> None:
    """Strict: nothing goes out with a gap in it."""
    with pytest.raises(NotRenderableError):
        message(newsletter("{{ by.town.stroe }}", STORES))


def test_every_newsletter_has_stop_pause_and_topics_in_one_tap_each_below_its_own_buttons() -> None:
    """Requirement N9, in every language, with and without buttons of the author's."""
    own = '[[buttons]]\nlabel = { en = "Ask", fi = "Kysy", cs = "Ptát se" }\ndialogue = "question"'
    for front in ("", own):
        found = newsletter("Hello", front, fi="Hei", cs="Ahoj")
        for language in (*LANGUAGES, "sv"):
            made = message(found, language=language)
            assert made is not None
            *others, last = made.keyboard
            assert [button.tap for button in last] == ["w.7.stop", "w.7.pause", "w.7.topics", "m.why.n-7"]
            assert all(button.label for button in last)
            assert len(others) == bool(front)
            assert others in (
                [],
                [(Button({"fi": "Kysy", "cs": "Ptát se"}.get(language, "Ask"), "w.7.go.0.question"),)],
            )


def test_new_words_of_the_buttons_are_used_from_the_next_message_on(tmp_path: Path) -> None:
    """Staff may change the words while the program runs."""
    (tmp_path / "newsletter.toml").write_text((SHIPPED / "newsletter.toml").read_text())
    file, shipped = tmp_path / "newsletter.en.toml", (SHIPPED / "newsletter.en.toml").read_text()
    file.write_text(shipped)
    words = Words.load([tmp_path], ("en",))
    rendering, found = Rendering(COMPANY, words), newsletter("Hello")
    before = rendering.message(found, 7, Customer(1), (), NOW)
    file.write_text(shipped.replace('"Stop"', '"No more news"'))
    words.take(Words.load([tmp_path], ("en",)))
    after = rendering.message(found, 7, Customer(1), (), NOW)
    assert before is not None
    assert after is not None
    assert [made.keyboard[-1][0].label for made in (before, after)] == ["Stop", "No more news"]


AWKWARD = st.text(
    alphabet=st.one_of(st.sampled_from("{}%<>&\"'#/b \u202e\u2066{{}}"), st.characters(codec="utf-8")),
    max_size=40,
)


@given(name=AWKWARD, town=AWKWARD, fact=AWKWARD)
def test_nothing_that_a_customer_is_called_becomes_markup_or_template(name: str, town: str, fact: str) -> None:
    """
    Requirement T6: names and facts come out as the signs that they are, whatever they look like.

    The text around them stays readable: signs that would turn the writing round are left out.
    """
    found = Rendering(COMPANY, WORDS).message(
        LETTER, 7, Customer(1, name=name, town=town), (KnownFact("car", fact, "test", NOW),), NOW
    )
    assert found is not None
    parsed = parse(found.text)
    assert parsed.mistakes == ()
    assert [span.kind for span in parsed.spans] == (["bold"] if plain(name) else [])
    assert parsed.plain == f"Hello {plain(name)}, from {plain(town)} with {plain(fact)}, ok."


def plain(value: str) -> str:
    """Say what is to be seen of a customer's word."""
    return "".join(
        sign for sign in value if sign not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ).strip()


LETTER = newsletter("Hello <b>{{ name }}</b>, from {{ town }} with {{ fact.car }}, ok.")


@pytest.mark.parametrize(
    "expression",
    [
        "name.__class__",
        "''.__class__.__mro__",
        "fact.__init__.__globals__",
        "name.format.__globals__",
        "'{0.__class__}'.format(name)",
        "'%s' * 99999999",
        "9 ** 9 ** 9",
        "range(99999999) | list",
        "fact.pop('car')",
        "fact.update({'a': 1})",
        "self.__init__",
        "by.clear()",
        "today.__reduce__()",
        "lipsum()",
        "cycler('a')",
        "namespace()",
    ],
)
def test_no_text_of_staff_can_leave_its_sandbox(expression: str) -> None:
    """A template sees its customer's values and nothing of the program."""
    with pytest.raises(NotRenderableError):
        message(newsletter(f"a{{{{ {expression} }}}}b", STORES), facts={"car": "x"})
