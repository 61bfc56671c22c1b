"""
What an error of a call means for the message: one row of the table for each answer that Telegram is known to give.

The code counts first, the text second, since texts change; the raw text is kept.
"""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.telegram_request import Flood, NotDelivered, TooLarge
from domain.messages import GivenUp, Migrated, Outcome, Refusal, RetryAt, Sent, Unknown

_RAW_LENGTH = 200

# Looked through in this order; the first phrase that the sentence contains decides.
_FORBIDDEN = (
    (("deactivated",), Refusal.DEACTIVATED),
    (("blocked by the user",), Refusal.BLOCKED),
    (("can't initiate conversation", "can't send messages to bots"), Refusal.NEVER_MET),
    (("kicked", "not a member", "group chat was deleted", "chat was deleted", "not enough rights"), Refusal.GROUP_GONE),
)
_BAD_REQUEST = (
    (("message thread not found", "topic_deleted", "topic_id_invalid", "thread not found"), Refusal.TOPIC_GONE),
    (("topic_closed",), Refusal.TOPIC_CLOSED),
    (("chat not found", "peer_id_invalid", "user not found", "chat_id_invalid"), Refusal.CHAT_GONE),
    (("user_is_deactivated", "user is deactivated", "input_user_deactivated"), Refusal.DEACTIVATED),
    (("user_is_blocked", "bot was blocked"), Refusal.BLOCKED),
    (
        ("query is too old", "query_id_invalid", "query id is invalid", "message to edit not found",
         "message to delete not found", "message can't be edited", "message can't be deleted",
         "message to pin not found", "message to unpin not found",
         "message_id_invalid", "message identifier is not specified"),
        Refusal.STALE,
    ),
    (
        ("voice_messages_forbidden", "privacy", "user_privacy_restricted", "chat_send_", "premium_account_required",
         "payment_required", "allow_payment_required"),
        Refusal.PRIVACY,
    ),
    (
        ("not enough rights", "chat_admin_required", "have no rights", "chat_write_forbidden", "need administrator",
         "chat_restricted", "the chat is not a forum", "not a forum"),
        Refusal.NO_RIGHTS,
    ),
    (("group chat was deleted", "chat was deactivated", "channel_private", "kicked"), Refusal.GROUP_GONE),
)  # fmt: skip
_IS_SUCCESS = ("message is not modified", "topic_not_modified")


def classify(error: BaseException) -> Outcome:
    """
    Return what *error*, raised by `TelegramApi.call`, means: delivered, not now, never, or nobody knows.

    Any other 400 is a content error: everyone would get the same answer, so its sending must stop; so is a kind of
    message that the server has no method for.
    """
    match error:
        case ChatMigrated():
            return Migrated(error.new_chat_id)
        case Flood():
            return RetryAt(error.seconds, flood=True, reason="flood")
        case Forbidden():
            return GivenUp(_find(error.message, _FORBIDDEN, Refusal.NO_RIGHTS), _raw(error))
        case InvalidToken():
            return GivenUp(Refusal.TOKEN, _raw(error))
        case BadRequest() if any(phrase in error.message.lower() for phrase in _IS_SUCCESS):
            return Sent(())
        case BadRequest():
            return GivenUp(_find(error.message, _BAD_REQUEST, Refusal.CONTENT), _raw(error))
        case EndPointNotFound():
            return GivenUp(Refusal.CONTENT, _raw(error))
        case Conflict():
            return RetryAt(1.0, flood=False, reason="conflict")
        case NotDelivered():
            return RetryAt(0.0, flood=False, reason=_raw(error))
        case TooLarge():
            return GivenUp(Refusal.CONTENT, _raw(error))
        case TelegramError():
            return Unknown(_raw(error))
        case _:
            return Unknown(type(error).__name__)


def _find(message: str, table: tuple[tuple[tuple[str, ...], Refusal], ...], otherwise: Refusal) -> Refusal:
    words = message.lower()
    for phrases, refusal in table:
        if any(phrase in words for phrase in phrases):
            return refusal
    return otherwise


def _raw(error: BaseException) -> str:
    return (getattr(error, "message", "") or str(error) or type(error).__name__)[:_RAW_LENGTH]
