"""Faults on demand: every answer that Telegram or the network between can give, for chosen methods, chats and calls."""

from dataclasses import dataclass
from enum import StrEnum

from bot.playground.wire import ApiError, JsonObject, bad_request, forbidden, too_many_requests


class FaultKind(StrEnum):
    """
    What goes wrong; the values are the control interface's words.

    Most are refusals in the Bot API's own form: known, not delivered. Of the others: `server_error` (500),
    `bad_gateway` (502) and `html` (a proxy's 502 page) deliver nothing, `server_error_after` delivers and says 500.
    `cut_unread` closes the connection before the call is read, `cut_before` after reading and before delivering,
    `cut_after` once it is delivered. `slow` delivers and then waits `seconds` to answer, `slow_before` waits first.
    `refuse` cuts this call and refuses all connections for `seconds`.
    """

    TOO_MANY_REQUESTS = "too_many_requests"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NEVER_STARTED = "never_started"
    KICKED = "kicked"
    NOT_A_MEMBER = "not_a_member"
    GROUP_DELETED = "group_deleted"
    CHAT_NOT_FOUND = "chat_not_found"
    PEER_ID_INVALID = "peer_id_invalid"
    MIGRATED = "migrated"
    CANT_PARSE_ENTITIES = "cant_parse_entities"
    TEXT_TOO_LONG = "text_too_long"
    CAPTION_TOO_LONG = "caption_too_long"
    WRONG_FILE = "wrong_file"
    BUTTON_DATA_INVALID = "button_data_invalid"
    BUTTON_URL_INVALID = "button_url_invalid"
    MARKUP_TOO_LONG = "markup_too_long"
    VOICE_FORBIDDEN = "voice_forbidden"
    NO_RIGHTS = "no_rights"
    THREAD_NOT_FOUND = "thread_not_found"
    TOPIC_CLOSED = "topic_closed"
    TOPIC_DELETED = "topic_deleted"
    TOPICS_FULL = "topics_full"
    NOT_A_FORUM = "not_a_forum"
    TOPIC_TITLE = "topic_title"
    NOT_MODIFIED = "not_modified"
    QUERY_TOO_OLD = "query_too_old"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    HTML = "html"
    SERVER_ERROR_AFTER = "server_error_after"
    CUT_UNREAD = "cut_unread"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    SLOW = "slow"
    SLOW_BEFORE = "slow_before"
    REFUSE = "refuse"


_ANSWERS: dict[FaultKind, ApiError] = {
    FaultKind.BLOCKED: forbidden("bot was blocked by the user"),
    FaultKind.DEACTIVATED: forbidden("user is deactivated"),
    FaultKind.NEVER_STARTED: forbidden("bot can't initiate conversation with a user"),
    FaultKind.KICKED: forbidden("bot was kicked from the supergroup chat"),
    FaultKind.NOT_A_MEMBER: forbidden("bot is not a member of the supergroup chat"),
    FaultKind.GROUP_DELETED: forbidden("the group chat was deleted"),
    FaultKind.CHAT_NOT_FOUND: bad_request("chat not found"),
    FaultKind.PEER_ID_INVALID: bad_request("PEER_ID_INVALID"),
    FaultKind.CANT_PARSE_ENTITIES: bad_request('can\'t parse entities: Unsupported start tag "br" at byte offset 12'),
    FaultKind.TEXT_TOO_LONG: bad_request("message is too long"),
    FaultKind.CAPTION_TOO_LONG: bad_request("message caption is too long"),
    FaultKind.WRONG_FILE: bad_request("wrong file identifier/HTTP URL specified"),
    FaultKind.BUTTON_DATA_INVALID: bad_request("BUTTON_DATA_INVALID"),
    FaultKind.BUTTON_URL_INVALID: bad_request("BUTTON_URL_INVALID"),
    FaultKind.MARKUP_TOO_LONG: bad_request("reply markup is too long"),
    FaultKind.VOICE_FORBIDDEN: bad_request("VOICE_MESSAGES_FORBIDDEN"),
    FaultKind.NO_RIGHTS: bad_request("not enough rights to send text messages to the chat"),
    FaultKind.THREAD_NOT_FOUND: bad_request("message thread not found"),
    FaultKind.TOPIC_CLOSED: bad_request("TOPIC_CLOSED"),
    FaultKind.TOPIC_DELETED: bad_request("TOPIC_DELETED"),
    FaultKind.TOPICS_FULL: bad_request("TOPICS_TOO_MUCH"),
    FaultKind.NOT_A_FORUM: bad_request("the chat is not a forum"),
    FaultKind.TOPIC_TITLE: bad_request("TOPIC_TITLE_INVALID"),
    FaultKind.NOT_MODIFIED: bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    ),
    FaultKind.QUERY_TOO_OLD: bad_request("query is too old and response timeout expired or query ID is invalid"),
    FaultKind.UNAUTHORIZED: ApiError(401, "Unauthorized"),
    FaultKind.NOT_FOUND: ApiError(404, "Not Found"),
    FaultKind.CONFLICT: ApiError(
        409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    ),
    FaultKind.SERVER_ERROR: ApiError(500, "Internal Server Error"),
}


@dataclass(slots=True, eq=False)
class Fault:
    """
    One fault: for calls of *method* (None: any) to *chat* (None: any), the next *times* (-1: until cleared) after
    letting *after* pass. `retry_after` is for 429, `seconds` for slow answers and refused connections,
    `migrate_to` for a fault of kind MIGRATED.
    """

    kind: FaultKind
    method: str | None = None
    chat: int | None = None
    times: int = 1
    after: int = 0
    retry_after: int = 3
    seconds: float = 1.0
    migrate_to: int | None = None
    hits: int = 0

    def meets(self, method: str, chat: int | None) -> bool:
        """Say whether it is about such a call."""
        if self.method is not None and self.method.lower() != method.lower():
            return False
        return self.chat is None or self.chat == chat

    def error(self) -> ApiError:
        """Return the refusal of an answering fault."""
        match self.kind:
            case FaultKind.TOO_MANY_REQUESTS:
                return too_many_requests(self.retry_after)
            case FaultKind.MIGRATED:
                return bad_request(
                    "group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrate_to or -1001000000000
                )
            case _:
                return _ANSWERS[self.kind]

    def as_json(self) -> JsonObject:
        """Return the fault for the control interface."""
        return {
            "kind": self.kind.value,
            "method": self.method,
            "chat": self.chat,
            "times": self.times,
            "after": self.after,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "hits": self.hits,
        }


class Faults:
    """
    The faults in force, the oldest first; a call meets at most one.

    `double_updates` delivers every update made from then on twice under the same id, the second time after it was
    confirmed. `double_taps` offers every tap a second time as a new update, as Telegram does with unanswered ones.
    """

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.double_updates = False
        self.double_taps = False

    def add(self, kind: FaultKind | str, **wanted: int | float | str | None) -> Fault:
        """Put a fault in force; *wanted* are the fields of `Fault`. An unknown kind is a ValueError."""
        fault = Fault(FaultKind(kind), **wanted)  # type: ignore[arg-type]  # the fields' own types are checked on use
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take one fault away, if it is still there."""
        if fault in self.active:
            self.active.remove(fault)

    def clear(self) -> None:
        """Take all faults away."""
        self.active.clear()

    def meet(self, method: str, chat: int | None, *, only: FaultKind | None = None) -> Fault | None:
        """Return the fault that this call meets, counting it; *only* looks for one kind."""
        for fault in self.active:
            if not fault.meets(method, chat) or (only is not None and fault.kind is not only):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.hits += 1
            if fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self.active.remove(fault)
            return fault
        return None
