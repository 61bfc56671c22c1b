"""Tracked links: only what staff wrote is ever led to, nobody can make an address, and objectors are left alone."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customers import Customer, Purpose
from domain.faults import FaultList
from domain.messages import Button, Message
from domain.newsletters import Newsletter
from scheduler.links import Followed, Links, passed_on, targets_of, targets_of_content
from scheduler.newsletter_files import read_newsletter

EN = """+++
title = "Spring"
track_links = true

[[buttons]]
label = "Shop"
url = "https://shop.example/en?a=1&b=2"

[[buttons]]
label = "Chat"
url = "tg://resolve?domain=example"
+++
<a href="https://shop.example/new?a=1&amp;b=2">New</a> and <a href='http://shop.example/old'>old</a>,
{% if town %}<a href="https://shop.example/{{ number }}">yours</a>{% endif %} https://shop.example/read
"""
FI = '<a href="https://shop.example/uusi">Uutta</a>, <a href="http://shop.example/old">vanhaa</a>'
CONTENT = {"spring.en.j2": EN, "spring.fi.j2": FI}
TARGETS = (
    "https://shop.example/new?a=1&b=2",
    "http://shop.example/old",
    "https://shop.example/uusi",
    "https://shop.example/en?a=1&b=2",
)
LINKS = Links("https://vuoro.example/", b"k" * 32)
ANN = Customer(7)
NUMBERS = st.integers(0, 2**63 - 1)


def _newsletter() -> Newsletter:
    faults = FaultList()
    newsletter = read_newsletter("spring", CONTENT, ("en", "fi"), faults)
    faults.raise_if_any()
    assert newsletter is not None
    return newsletter


def test_links_are_numbered_over_all_languages_and_buttons() -> None:
    """The same from the files as from what is frozen; what a template makes of her values is no link of ours."""
    assert targets_of(_newsletter()) == targets_of_content(CONTENT) == TARGETS


def test_frozen_links_are_found_whatever_has_become_of_the_rest() -> None:
    """Front matter that an older program wrote hides the buttons' links only."""
    content = {**CONTENT, "spring.en.j2": EN.replace("title =", "title = =")}
    assert targets_of_content(content) == TARGETS[:3]


def test_links_of_a_message_lead_over_our_address() -> None:
    """Text and buttons; labels, other schemes, and what is only read in the text stay."""
    shop = Button("Shop", url=TARGETS[3])
    text = '<a href="https://shop.example/new?a=1&amp;b=2">New</a> <a href="https://shop.example/7">7</a> http://shop.example/old'
    message = Message(text, html=True, keyboard=((shop,), (Button("Chat", url="tg://resolve?domain=example"),)))
    tracked = LINKS.tracked(message, _newsletter(), 40, ANN)
    first, fourth = (LINKS.address(Followed(40, 7, number)) for number in (0, 3))
    assert tracked.text == text.replace("https://shop.example/new?a=1&amp;b=2", first)
    assert tracked.keyboard == ((Button("Shop", url=fourth),), message.keyboard[1])
    assert first.startswith("https://vuoro.example/r/")


def test_link_that_starts_the_bot_names_the_sending_and_is_not_tracked() -> None:
    """A message that is passed on brings people; who passed it on is nobody's business."""
    link = "https://t.me/aurora_bot?start=newsletter"
    assert passed_on(f'<a href="{link}">Join</a>', 40) == '<a href="https://t.me/aurora_bot?start=n-14">Join</a>'
    assert passed_on(link, 40) == "https://t.me/aurora_bot?start=n-14"
    for other in ("https://t.me/aurora_bot?start=newsletters", "https://evil.example/?start=newsletter", "Hello"):
        assert passed_on(other, 40) == other
    assert targets_of_content({"spring.en.j2": f'<a href="{link}">Join</a> <a href="https://a.example">A</a>'}) == (
        "https://a.example",
    )


def test_customer_who_objects_to_profiling_gets_links_as_they_are() -> None:
    """So does everybody where the newsletter does not ask for tracking."""
    message = Message(FI, html=True)
    no = Customer(7, consents={Purpose.PROFILING: False})
    yes = Customer(7, consents={Purpose.PROFILING: True})
    assert LINKS.tracked(message, _newsletter(), 40, no) is message
    assert LINKS.tracked(message, _newsletter(), 40, yes) != message
    plain = Newsletter("plain", "", {"fi": FI}, "digest")
    assert LINKS.tracked(message, plain, 40, ANN) is message


@given(NUMBERS, NUMBERS, st.integers(0, 200))
def test_address_says_what_it_was_made_of(sending_id: int, customer_id: int, number: int) -> None:
    """Any ids come back; the token is short and safe in an address."""
    followed = Followed(sending_id, customer_id, number)
    token = LINKS.token(followed)
    assert LINKS.read(token) == followed
    assert len(token) <= 40
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=60))
def test_any_other_text_is_no_address(token: str) -> None:
    """Whatever is asked for, nothing is raised and nothing is led to."""
    assert LINKS.read(token) is None


@given(NUMBERS, st.integers(0, 10_000), st.data())
def test_changed_address_is_no_address(customer_id: int, place: int, data: st.DataObject) -> None:
    """Each bit is covered by the signature, and each address has one spelling."""
    token = LINKS.token(Followed(40, customer_id, 1))
    place %= len(token)
    sign = data.draw(st.sampled_from("ABCabc012-_=").filter(lambda sign: sign != token[place]))
    assert LINKS.read(token[:place] + sign + token[place + 1 :]) is None


@pytest.mark.parametrize("token", ["", "A", "AAAA", base64.urlsafe_b64encode(b"\xff" * 30).decode()])
def test_short_or_endless_token_is_no_address(token: str) -> None:
    """Numbers that do not end, or are not there."""
    assert LINKS.read(token) is None


def test_address_of_another_company_is_no_address() -> None:
    """The key decides."""
    assert Links("https://vuoro.example", b"x" * 32).read(LINKS.token(Followed(1, 2, 3))) is None
