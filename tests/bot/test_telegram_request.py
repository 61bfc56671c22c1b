"""The body of a request: any text, read back by any server as it was."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram_encoding import Encoding, Plain, encode


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_survives_the_form(text: str) -> None:
    """Spaces, plus signs, percent signs, emoji and line ends arrive as they were written."""
    body, headers = encode(RequestData([RequestParameter("text", text, None)]), Encoding.FORM)
    assert isinstance(body, bytes)
    assert parse_qs(body.decode("ascii"), keep_blank_values=True) == {"text": [text]}
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(-(2**52), 2**52), st.booleans())
def test_what_skips_the_library_is_written_as_the_library_writes_it(text: str, chat_id: int, silent: bool) -> None:
    """A call made directly carries the same parameters, in a form and as JSON."""
    buttons = {"inline_keyboard": [[{"text": text, "callback_data": "w.1.stop"}]]}
    params = {"chat_id": chat_id, "text": text, "disable_notification": silent, "reply_markup": buttons}
    library = RequestData([RequestParameter.from_input(name, value) for name, value in params.items()])
    direct, _ = encode(Plain(params), Encoding.FORM)
    assert isinstance(direct, bytes)
    read = {name: value if name == "text" else json.loads(value) for name, (value,) in _form(direct).items()}
    assert read == params
    expected, _ = encode(library, Encoding.FORM)
    assert isinstance(expected, bytes)
    assert read == {name: value if name == "text" else json.loads(value) for name, (value,) in _form(expected).items()}
    assert encode(Plain(params), Encoding.JSON) == encode(library, Encoding.JSON)


def _form(body: bytes) -> dict[str, list[str]]:
    return parse_qs(body.decode("ascii"), keep_blank_values=True)
