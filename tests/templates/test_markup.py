"""Telegram's HTML: parsed as Telegram parses it, so that lengths and refusals are known before the call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Span
from templates.markup import Safe, escape, fill, parse, placeholders, utf16_units


def test_plain_text_and_spans_come_out_in_utf16_units() -> None:
    """Offsets count as Telegram counts: an emoji is two."""
    parsed = parse('😀 <b>bold <i>both</i></b> &lt;x&gt; <a href="https://a.b/?c&amp;d">link</a>')
    assert parsed.mistakes == ()
    assert parsed.plain == "😀 bold both <x> link"
    assert parsed.spans[:2] == (Span("bold", 3, 9), Span("italic", 8, 4))
    assert (parsed.spans[2].kind, parsed.spans[2].offset, parsed.units) == ("text_link", 17, 21)


@pytest.mark.parametrize(
    "markup",
    [
        "<B>x</B><strong>x</strong><em>x</em><ins>x</ins><strike>x</strike><del>x</del><s>x</s><u>x</u>",
        '<span class="tg-spoiler">x</span><tg-spoiler>x</tg-spoiler><tg-emoji emoji-id="5">x</tg-emoji>',
        '<pre><code class="language-python">x</code></pre><code>x</code>',
        "<blockquote expandable><b>x</b></blockquote>",
        '<a href="tg://user?id=1">x</a> &#39;&#x41; &quot;',
    ],
)
def test_everything_that_telegram_knows_passes(markup: str) -> None:
    """Every tag of its list, with its attributes."""
    assert parse(markup).mistakes == ()


@pytest.mark.parametrize(
    ("markup", "line", "problem"),
    [
        ("a\n<br>", 2, "<br> is no tag"),
        ("<!-- x -->", 1, "<!-- x --> is no tag"),
        ("a < b", 1, 'a lone "<"'),
        ("a > b", 1, 'a lone ">"'),
        ("&euro;", 1, '"&euro;" is no entity'),
        ("&#0;", 1, '"&#0;" is no entity'),
        ("<b>x", 1, "<b> is not closed"),
        ("x</b>", 1, "</b> closes nothing"),
        ("<b><i>x</b></i>", 1, "</b> before </i>"),
        ("<code><b>x</b></code>", 1, "<b> inside <code>"),
        ("<pre><b>x</b></pre>", 1, "<b> inside <pre>"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", 1, "a blockquote inside a blockquote"),
        ('<b class="x">x</b>', 1, '<b> takes no "class"'),
        ("<a href='https://a.b'>x</a>", 1, "no double quotation marks"),
        ("<a href=https://a.b>x</a>", 1, "no double quotation marks"),
        ("<a>x</a>", 1, "a link without a full address"),
        ("<span>x</span>", 1, "<span> without its class"),
        ("<tg-emoji>x</tg-emoji>", 1, "<tg-emoji> without its number"),
    ],
)
def test_what_telegram_refuses_is_named_with_its_line(markup: str, line: int, problem: str) -> None:
    """Each refusal has a remedy."""
    mistake = parse(markup).mistakes[0]
    assert mistake.line == line
    assert problem in mistake.problem
    assert mistake.remedy


@given(st.text())
def test_escaped_text_is_itself_again_after_parsing(text: str) -> None:
    """No text of a customer can be markup, or be changed by it."""
    parsed = parse(escape(text))
    assert (parsed.plain, parsed.spans, parsed.mistakes) == (text, (), ())
    assert utf16_units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(alphabet="<>/&;abi= \"'#x1!-\n"))
def test_no_text_breaks_the_parser(markup: str) -> None:
    """Anything gives a result: what Telegram would show, or what it would refuse."""
    parsed = parse(markup)
    assert parsed.mistakes or parse(escape(parsed.plain)).plain == parsed.plain
    assert all(mistake.problem and mistake.remedy for mistake in parsed.mistakes)


def test_values_are_filled_in_escaped_and_a_lone_ampersand_is_itself() -> None:
    """Scripts are written by people who do not think of entities."""
    text = "R&D &amp; {name}: <b>{what}</b> {unknown}{x y}"
    filled = fill(text, {"name": "<O'Hara>", "what": Safe("<i>it</i>")})
    assert filled == "R&amp;D &amp; &lt;O'Hara&gt;: <b><i>it</i></b> {x y}"
    assert placeholders(text) == ("name", "what", "unknown")
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"
