"""The body of a request: any text, read back by any server as it was."""

from __future__ import annotations

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram_encoding import Encoding, encode


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_survives_the_form(text: str) -> None:
    """Spaces, plus signs, percent signs, emoji and line ends arrive as they were written."""
    body, headers = encode(RequestData([RequestParameter("text", text, None)]), Encoding.FORM)
    assert isinstance(body, bytes)
    assert parse_qs(body.decode("ascii"), keep_blank_values=True) == {"text": [text]}
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}
