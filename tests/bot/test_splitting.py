"""Long foreign texts are cut between messages, never in the middle of a sign, and their formatting goes with them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.speech import parts_of, units
from domain.messages import Media, MediaKind, Message, Span
from templates.markup import TEXT_LIMIT

LETTERS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@st.composite
def long_messages(draw: st.DrawFn) -> Message:
    """Make a foreign text over the limit, with formatted stretches that may lie in each other and over any cut."""
    text = (draw(LETTERS) + draw(st.sampled_from([" ", "\n", "😀"]))) * draw(st.integers(20, 60))
    length = units(text)
    places = st.tuples(st.integers(0, length - 1), st.integers(1, 9000))
    spans = tuple(
        Span(kind, offset, min(size, length - offset))
        for kind, (offset, size) in zip(("bold", "italic", "code"), draw(st.lists(places, max_size=3)), strict=False)
    )
    return Message(text, spans=spans)


@settings(max_examples=60, deadline=None)
@given(long_messages())
def test_every_stretch_keeps_its_formatting_over_the_cuts_and_none_reaches_out_of_its_part(message: Message) -> None:
    """Each part is a whole message by itself: within the limit, its formatting begun and ended inside it."""
    parts = parts_of(message)
    assert "".join(part.text for part in parts) == message.text
    formatted: dict[str, set[int]] = {}
    start = 0
    for part in parts:
        assert 0 < units(part.text) <= TEXT_LIMIT
        for span in part.spans:
            assert 0 <= span.offset < span.offset + span.length <= units(part.text)
            formatted.setdefault(span.kind, set()).update(range(start + span.offset, start + span.offset + span.length))
        start += units(part.text)
    assert formatted == {span.kind: set(range(span.offset, span.offset + span.length)) for span in message.spans}


@given(st.integers(1, 9000), st.booleans())
def test_our_own_markup_is_never_cut(length: int, pictured: bool) -> None:
    """A tag that is open cannot be torn from its end: such a text travels whole, beside its picture or after it."""
    text = "<b>" + "x" * length + "</b>"
    media = (Media(MediaKind.PHOTO, "p"),) if pictured else ()
    parts = parts_of(Message(text, html=True, media=media))
    assert [part.text for part in parts if part.text] == [text]
