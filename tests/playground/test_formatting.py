"""Text with formatting, read as Telegram reads it; what it would refuse is refused in its words."""

import pytest

from bot.playground.entities import Formatted, utf16_length
from bot.playground.formatting import parsed
from bot.playground.wire import ApiError, JsonObject


def entity(kind: str, offset: int, length: int, **more: str) -> JsonObject:
    """Return one expected entity."""
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain & simple", "plain & simple", []),
        ("a <b>b</b> c", "a b c", [entity("bold", 2, 1)]),
        ("<strong>x</strong>", "x", [entity("bold", 0, 1)]),
        ("<i>a<u>b</u></i>", "ab", [entity("italic", 0, 2), entity("underline", 1, 1)]),
        ("<s>a</s><del>b</del>", "ab", [entity("strikethrough", 0, 1), entity("strikethrough", 1, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [entity("spoiler", 0, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [entity("spoiler", 0, 1)]),
        ('<a href="https://example.com/?a=1&amp;b=2">x</a>', "x", [entity("text_link", 0, 1, url="https://example.com/?a=1&b=2")]),
        ("<a href='nonsense'>x</a>", "x", []),
        ("<code>a</code>", "a", [entity("code", 0, 1)]),
        ('<pre><code class="language-py">a</code></pre>', "a", [entity("pre", 0, 1, language="py")]),
        ("<pre>a</pre>", "a", [entity("pre", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [entity("expandable_blockquote", 0, 1)]),
        ("<blockquote>a\nb</blockquote>", "a\nb", [entity("blockquote", 0, 3)]),
        ("👍<b>👍</b>", "👍👍", [entity("bold", 2, 2)]),
        ("&lt;b&gt; &amp;&quot; &#64;&#x41;", '<b> &" @A', []),
        ("<b></b>x", "x", []),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[JsonObject]) -> None:
    """Offsets count UTF-16 units."""
    assert parsed(source, "HTML") == Formatted(text, entities)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("Dear friend,<br>x", 'Unsupported start tag "br" at byte offset 12'),
        ("ää<p>x</p>", 'Unsupported start tag "p" at byte offset 4'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("a&nbsp;b", 'Unsupported character reference "&nbsp;" at byte offset 1'),
    ],
)
def test_what_telegram_cannot_parse_as_html_is_refused_in_its_words(source: str, problem: str) -> None:
    """Byte offsets, not characters."""
    with pytest.raises(ApiError) as refused:
        parsed(source, "HTML")
    assert refused.value.description == f"Bad Request: can't parse entities: {problem}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ __u__ ~s~ ||x||", "b i u s x", [
            entity("bold", 0, 1), entity("italic", 2, 1), entity("underline", 4, 1), entity("strikethrough", 6, 1),
            entity("spoiler", 8, 1)]),
        (r"1\. a\-b", "1. a-b", []),
        ("[x](https://example.com)", "x", [entity("text_link", 0, 1, url="https://example.com/")]),
        ("`a*b`", "a*b", [entity("code", 0, 3)]),
        ("```py\na_b```", "a_b", [entity("pre", 0, 3, language="py")]),
        (">a\n>b\nc", "a\nb\nc", [entity("blockquote", 0, 4)]),
        (">a||", "a", [entity("expandable_blockquote", 0, 1)]),
        ("*a _b_*", "a b", [entity("bold", 0, 3), entity("italic", 2, 1)]),
        ("![👍](tg://emoji?id=123)", "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="123")]),
    ],
)  # fmt: skip
def test_markdown_v2_becomes_text_and_entities(source: str, text: str, entities: list[JsonObject]) -> None:
    """All marks of MarkdownV2."""
    assert parsed(source, "MarkdownV2") == Formatted(text, entities)


@pytest.mark.parametrize(
    ("source", "mode", "problem"),
    [
        ("1. a", "MarkdownV2", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a-b", "MarkdownV2", "Character '-' is reserved and must be escaped with the preceding '\\'"),
        ("*a", "MarkdownV2", "Can't find end of Bold entity at byte offset 0"),
        ("ä_a", "MarkdownV2", "Can't find end of Italic entity at byte offset 2"),
        ("[a](b", "MarkdownV2", "Can't find end of a URL at byte offset 4"),
        ("snake_case", "Markdown", "Can't find end of the entity starting at byte offset 5"),
    ],
)
def test_broken_markdown_is_refused_in_telegrams_words(source: str, mode: str, problem: str) -> None:
    """The old mode words it otherwise than the new one."""
    with pytest.raises(ApiError) as refused:
        parsed(source, mode)
    assert refused.value.description == f"Bad Request: can't parse entities: {problem}"


def test_old_markdown_knows_four_marks() -> None:
    """Bold, italic, code and links; a backslash only before them."""
    source = "*b* _i_ `c` [l](https://example.com) \\_ -."
    kinds = [e["type"] for e in parsed(source, "Markdown").entities]
    assert kinds == ["bold", "italic", "code", "text_link"]
    assert parsed(source, "Markdown").text == "b i c l _ -."


def test_length_is_counted_in_utf16_units() -> None:
    """An emoji outside the basic plane counts two."""
    assert utf16_length("aä👍") == 4


def test_an_unknown_parse_mode_is_refused() -> None:
    """Not silently taken as plain text."""
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        parsed("x", "BBCode")
