"""Polls that the bot sends: votes, their updates, and stopping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.playground.entities import settled, utf16_length
from bot.playground.formatting import parsed
from bot.playground.messages import Message
from bot.playground.parameters import Params
from bot.playground.wire import JsonObject, bad_request

if TYPE_CHECKING:
    from bot.playground.people import Person
    from bot.playground.world import World


@dataclass(slots=True)
class Polls:
    """The votes of every poll: poll id -> user id -> the places she chose."""

    votes: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    def vote(self, world: World, person: Person, message: Message, options: Sequence[int]) -> None:
        """Record a person's vote; the bot gets `poll_answer` (unless anonymous) and `poll`."""
        poll: JsonObject = message.data["poll"]
        if poll["is_closed"]:
            raise ValueError("vote: the poll is closed")
        if len(options) > 1 and not poll["allows_multiple_answers"]:
            raise ValueError("vote: the poll takes one answer")
        votes = self.votes.setdefault(poll["id"], {})
        votes[person.id] = list(options)
        self._count(poll)
        if not poll["is_anonymous"]:
            chosen = [poll["options"][place]["persistent_id"] for place in options]
            answer = {"poll_id": poll["id"], "user": person.as_json(), "option_ids": list(options)}
            world.tell_bot("poll_answer", answer | {"option_persistent_ids": chosen}, message.chat_id)
        world.tell_bot("poll", poll, message.chat_id)
        world.tell_message("edit", message)

    def _count(self, poll: JsonObject) -> None:
        votes = [chosen for chosen in self.votes.get(poll["id"], {}).values() if chosen]
        poll["total_voter_count"] = len(votes)
        for place, option in enumerate(poll["options"]):
            option["voter_count"] = sum(place in chosen for chosen in votes)


def poll_content(params: Params, poll_id: str) -> JsonObject:
    """Return the `poll` member of a `sendPoll`; 2 to 12 options of 1-100 units, a question of 1-300."""
    question = _line(params.text("question"), params.text("question_parse_mode"), 300, "poll question")
    given: list[Any] | None = params.structure("options", list, "options")
    if given is None or len(given) < 1:
        raise bad_request("poll must have at least 1 option")
    if len(given) > 12:
        raise bad_request("poll can't have more than 12 options")
    kind = params.text("type") or "regular"
    if kind not in ("regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    options = [_option(option, number, poll_id) for number, option in enumerate(given)]
    poll: JsonObject = {
        "id": poll_id,
        **_member("question", question),
        "options": options,
        "total_voter_count": 0,
        "is_closed": params.flag("is_closed"),
        "is_anonymous": params.raw.get("is_anonymous") is None or params.flag("is_anonymous"),
        "type": kind,
        "allows_multiple_answers": params.flag("allows_multiple_answers"),
        "allows_revoting": params.flag("allows_revoting") or kind == "regular",
        "members_only": False,
    }
    if kind == "quiz":
        correct = params.integer("correct_option_id")
        chosen = params.structure("correct_option_ids", list, "correct option identifiers")
        places = chosen or ([correct] if correct is not None else [])
        if not places or not all(isinstance(p, int) and 0 <= p < len(options) for p in places):
            raise bad_request("invalid correct option identifier specified")
        poll |= {"correct_option_id": places[0], "correct_option_ids": places}
    return {"poll": poll}


def _option(given: Any, number: int, poll_id: str) -> JsonObject:
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, dict):
        raise bad_request("can't parse options: Expected an option to be of type String")
    text = _line(given.get("text"), given.get("text_parse_mode"), 100, "poll option")
    return {"persistent_id": f"{poll_id}-{number}", **_member("text", text), "voter_count": 0}


def _line(text: str | None, parse_mode: str | None, longest: int, what: str) -> Any:
    source = parsed(text or "", parse_mode)
    line = settled(source.text, source.entities)
    if not line.text:
        raise bad_request(f"{what} must be non-empty")
    if utf16_length(line.text) > longest:
        raise bad_request(f"{what} length must not exceed {longest}")
    return line


def _member(name: str, line: Any) -> JsonObject:
    return {name: line.text, **({f"{name}_entities": line.entities} if line.entities else {})}
