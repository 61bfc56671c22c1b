"""The registry of Bot API methods: name, the parameters Telegram knows, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.parameters import Params
from bot.playground.world import World

Answering = Callable[[World, Params], Any]

SENDING_COPY = (
    "chat_id message_thread_id direct_messages_topic_id disable_notification protect_content "
    "allow_paid_broadcast message_effect_id reply_parameters reply_to_message_id allow_sending_without_reply"
)
SENDING_ALBUM = f"{SENDING_COPY} business_connection_id"
SENDING = f"{SENDING_ALBUM} reply_markup suggested_post_parameters"
CAPTION = "caption parse_mode caption_entities"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Bot API. `parameters` are all that Telegram knows for it, those it only ignores included."""

    name: str
    parameters: frozenset[str]
    answer: Answering


METHODS: dict[str, Method] = {}


def method(name: str, *parameters: str) -> Callable[[Answering], Answering]:
    """Register a function as the method *name*; *parameters* are names divided by spaces."""

    def register(answer: Answering) -> Answering:
        METHODS[name.lower()] = Method(name, frozenset(" ".join(parameters).split()), answer)
        return answer

    return register
