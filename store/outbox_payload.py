"""A message as the outbox keeps it: a compact JSON document that leaves out what is at its default."""

from __future__ import annotations

from typing import Any

from domain.messages import Ask, Button, Message, Span
from store.media import media_from, media_rows


def write_message(message: Message) -> dict[str, Any]:
    """Return the document of *message*; `read_message` gives back an equal message."""
    document: dict[str, Any] = {"text": message.text}
    if message.html:
        document["html"] = True
    if message.keyboard:
        document["keyboard"] = [[_button(button) for button in row] for row in message.keyboard]
    if message.media:
        document["media"] = media_rows(message.media)
    if message.ask is not None:
        document["ask"] = message.ask.value
    if message.ask_label:
        document["ask_label"] = message.ask_label
    if message.spans:
        document["spans"] = [[span.kind, span.offset, span.length, span.url] for span in message.spans]
    if message.reply_to is not None:
        document["reply_to"] = message.reply_to
    if message.silent:
        document["silent"] = True
    if message.protect:
        document["protect"] = True
    if message.location is not None:
        document["location"] = list(message.location)
    return document


def read_message(document: dict[str, Any]) -> Message:
    """Return the message of a document that `write_message` made, now or in an older version of Vuoro."""
    if len(document) == 1:
        return Message(document["text"])
    ask, location = document.get("ask"), document.get("location")
    return Message(
        text=document["text"],
        html=document.get("html", False),
        keyboard=tuple(tuple(Button(*button) for button in row) for row in document.get("keyboard", ())),
        media=media_from(document.get("media")),
        ask=None if ask is None else Ask(ask),
        ask_label=document.get("ask_label", ""),
        spans=tuple(Span(*span) for span in document.get("spans", ())),
        reply_to=document.get("reply_to"),
        silent=document.get("silent", False),
        protect=document.get("protect", False),
        location=None if location is None else (float(location[0]), float(location[1])),
    )


def _button(button: Button) -> list[str]:
    return [button.label, button.tap, button.url] if button.url else [button.label, button.tap]
