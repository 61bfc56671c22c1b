"""The stand-in as one object: start it, put people and groups in it, look at what the bot did."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.playground.calls import Calls
from bot.playground.chats import Chat, Rights, Standing
from bot.playground.clock import PlayClock
from bot.playground.control import Control
from bot.playground.faults import Faults
from bot.playground.groups import Group
from bot.playground.limits import Counts, Limits
from bot.playground.parameters import Params
from bot.playground.people import Person
from bot.playground.requests import Request
from bot.playground.server import Server
from bot.playground.updates import Updates
from bot.playground.wire import ApiError, JsonObject
from bot.playground.workshop import Workshop, WorkshopRoutes
from bot.playground.world import World

TOKEN = "1000001:PLAYGROUND-token-not-secret"  # noqa: S105  # it opens nothing but this stand-in
KEPT_WHEN_COUNTING = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the page shows beside the chats; its label as it is, or by language."""

    label: str | Mapping[str, str]
    url: str


class Playground:
    """
    A Bot API server with people in it, on a port of this machine.

    *record* keeps every call in `requests`; *keep_messages* False keeps only the last few of each chat; *delay_s* is
    waited before each answer. All ids come from *seed*: the same acts make the same numbers.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: PlayClock | None = None,
        limits: Limits | None = None,
        seed: int = 1,
        bot_name: str = "Vuoro",
        bot_username: str = "vuoro_demo_bot",
        record: bool = False,
        keep_messages: bool = True,
        delay_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        number, _, secret = token.partition(":")
        if not number.isdecimal() or not secret:
            raise ValueError("playground: the token must look like 1000001:anything")
        self.token = token
        self.clock = clock or PlayClock()
        self.links: list[Link] = []
        self.note: str | Mapping[str, str] = ""
        self.workshop: Workshop | None = None
        self.url = ""
        self.world = World(
            self.clock,
            int(number),
            bot_name,
            bot_username,
            limits if limits is not None else Limits.telegram(),
            seed=seed,
            keep=None if keep_messages else KEPT_WHEN_COUNTING,
            monotonic=monotonic,
        )
        self._calls = Calls(self.world, record=record)
        self._server = Server(token, self._calls, delay_s=delay_s)
        self._control = Control(self)
        self._control.add_routes(self._server.routes)
        WorkshopRoutes(lambda: self.workshop).add_routes(self._server.routes)
        self.world.webhook.call = self.call

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `url` is known afterwards."""
        await self._server.start(host, port)
        self.url = f"http://{host}:{self._server.port}"

    async def stop(self) -> None:
        """Close everything that is open; what people and the bot did can still be read."""
        self.world.updates.end_poll(ApiError(500, "Internal Server Error: restart"))
        await self._control.close()
        await self.world.webhook.stop()
        await self._server.stop()

    async def __aenter__(self) -> "Playground":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def call(self, method: str, params: JsonObject | None = None) -> JsonObject:
        """Call a method as the bot would, without HTTP; return the whole answer."""
        answer = await self._calls.run(method, Params(dict(params or {})))
        parsed: JsonObject = Request(method, {}, answer.status, answer.body).answer
        return parsed

    def add_person(
        self,
        first_name: str,
        *,
        last_name: str = "",
        username: str | None = None,
        language_code: str = "en",
        user_id: int | None = None,
        phone: str | None = None,
    ) -> Person:
        """Add somebody who has not written to the bot yet."""
        world = self.world
        number = user_id if user_id is not None else world.fresh_user_id()
        if number in world.people or number <= 0:
            raise ValueError(f"playground: user id {number} is taken or not positive; choose another")
        person = Person(world, number, first_name, last_name, username, language_code, phone)
        world.people[number] = person
        world.chats[number] = Chat(number, "private", person=person, keep=world.keep)
        world.tell_person(person)
        return person

    def add_group(
        self,
        title: str,
        *,
        forum: bool = True,
        members: Sequence[Person],
        chat_id: int | None = None,
        bot_rights: Rights | None = None,
        supergroup: bool | None = None,
    ) -> Group:
        """
        Add a group with the bot as administrator; the first member is its creator, all of them count as staff.

        A forum is a supergroup; without *forum* it is a plain group unless *supergroup* is set.
        """
        if not members:
            raise ValueError(f"playground: group {title} needs at least one member, its creator")
        world = self.world
        is_super = forum if supergroup is None else supergroup or forum
        number = chat_id if chat_id is not None else world.fresh_group_id(supergroup=is_super)
        if number in world.chats or number >= 0:
            raise ValueError(f"playground: chat id {number} is taken or not negative; choose another")
        kind = "supergroup" if is_super else "group"
        rights = bot_rights if bot_rights is not None else Rights.all()
        group = Group(world, number, title, kind=kind, forum=forum, bot_rights=rights, keep=world.keep)
        for member in members:
            group.members[member.id] = Standing.MEMBER
            member.staff = True
        group.members[members[0].id] = Standing.CREATOR
        world.chats[number] = group
        if world.events.wanted:
            world.events.tell("chat", number)
        return group

    def chat_of(self, person: Person) -> Chat:
        """Return a person's private chat with the bot."""
        return self.world.chats[person.id]

    @property
    def people(self) -> list[Person]:
        """Everybody, in the order they were added."""
        return list(self.world.people.values())

    @property
    def groups(self) -> list[Group]:
        """Every group, in the order they were added."""
        return [chat for chat in self.world.chats.values() if isinstance(chat, Group)]

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.world.faults

    @property
    def updates(self) -> Updates:
        """The queue of updates."""
        return self.world.updates

    @property
    def counts(self) -> Counts:
        """What was counted since the start."""
        return self.world.counts

    @property
    def idle(self) -> bool:
        """Whether nothing offered to the bot is unconfirmed."""
        return self.world.updates.idle

    async def until_idle(self) -> None:
        """Wait until the bot has confirmed everything."""
        await self.world.updates.until_idle()

    @property
    def requests(self) -> list[Request]:
        """Every call while `record` is on, in order of their answers; may be cleared."""
        return self._calls.requests

    @property
    def record(self) -> bool:
        """Whether calls are kept in `requests`."""
        return self._calls.record

    @record.setter
    def record(self, on: bool) -> None:
        self._calls.record = on

    def poison_update(self, *, chat: Chat | None = None) -> int:
        """Queue an update that no library can read: a message whose date and sender are of the wrong type."""
        place = chat.as_json() if chat is not None else {"id": "?", "type": 7}
        members = {"message_id": "one", "date": "yesterday", "chat": place, "from": ["nobody"], "text": {"no": "text"}}
        return self.world.updates.put_raw("message", members)

    def restart_update_ids(self, at: int = 1) -> None:
        """Number the next updates from *at*, which may be lower than all before."""
        self.world.updates.restart_ids(at)

    def refuse_connections(self, seconds: float) -> None:
        """Close the listening port for *seconds*: the bot gets "connection refused"."""
        self._server.refuse(seconds)

    async def advance(self, by: dt.timedelta) -> None:
        """Move the play clock and wait until its listeners have acted."""
        self.clock.advance(by)
        await self.clock.changed()
        self.world.events.tell("clock", now=self.clock.now().isoformat())
