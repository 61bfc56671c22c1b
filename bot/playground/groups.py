"""Groups: plain ones and forum supergroups, their members and topics, and what their people do to the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground import acts, forum
from bot.playground.chats import DEFAULT_ICON, Chat, Rights, Standing, Topic
from bot.playground.messages import Message
from bot.playground.wire import JsonObject

if TYPE_CHECKING:
    from bot.playground.people import Person
    from bot.playground.world import World


ANONYMOUS: JsonObject = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}


class Group(Chat):
    """
    A group chat. The first member is its creator, the others are members; the bot is an administrator.

    `upgraded_to` is the id of the supergroup that a plain group became; `gone` marks a deleted group, `most_topics` is
    how many topics it takes (None: any number).
    """

    def __init__(
        self, world: World, chat_id: int, title: str, *, kind: str, forum: bool, bot_rights: Rights, keep: int | None
    ) -> None:
        super().__init__(chat_id, kind, keep=keep)
        self.world = world
        self.title = title
        self.is_forum = forum
        self.members: dict[int, Standing] = {}
        self.bot_standing = Standing.ADMINISTRATOR
        self.bot_rights = bot_rights
        self.upgraded_to: int | None = None
        self.gone = False
        self.most_topics: int | None = None
        self.general_closed = False
        self.general_hidden = False

    @property
    def is_supergroup(self) -> bool:
        """Whether it is a supergroup (every forum is one)."""
        return self.type == "supergroup"

    def bot_may(self, right: str) -> bool:
        """Say whether the bot is an administrator with this right."""
        return self.bot_standing is Standing.ADMINISTRATOR and bool(getattr(self.bot_rights, right))

    def members_inside(self) -> list[Person]:
        """Return the people who take part, the creator first."""
        people = self.world.people
        return [people[user] for user, standing in self.members.items() if standing.inside]

    def adds(self, person: Person, standing: Standing = Standing.MEMBER) -> None:
        """Let *person* in: a service message, and `chat_member` where the bot asked for it."""
        self._move(person, standing, {"new_chat_members": [person.as_json()], "new_chat_member": person.as_json()})

    def removes(self, person: Person) -> None:
        """Let *person* out."""
        self._move(person, Standing.LEFT, {"left_chat_member": person.as_json()})

    def promotes(self, person: Person) -> None:
        """Make a member an administrator."""
        self._move(person, Standing.ADMINISTRATOR, None)

    def _move(self, person: Person, standing: Standing, service: JsonObject | None) -> None:
        before = self.members.get(person.id, Standing.LEFT)
        self.members[person.id] = standing
        if service is not None:
            acts.say(person, service, chat=self)
        self.world.tell_bot(
            "chat_member", self._changed(person.as_json(), person.id, before, standing, Rights.all()), self.id
        )

    def sets_bot(self, standing: Standing, rights: Rights | None = None) -> None:
        """Add, promote, restrict, remove or kick the bot: it gets `my_chat_member`."""
        before, rights_before = self.bot_standing, self.bot_rights
        self.bot_standing, self.bot_rights = standing, rights or self.bot_rights
        change = self._changed(self.world.bot_user(), 0, before, standing, self.bot_rights)
        if before is Standing.ADMINISTRATOR:
            change["old_chat_member"] |= {"can_be_edited": False, **rights_before.as_json()}
        self.world.tell_bot("my_chat_member", change, self.id)

    def kicks_bot(self) -> None:
        """Kick the bot: 403 from then on."""
        self.sets_bot(Standing.KICKED)

    def _changed(
        self, user: JsonObject, member_id: int, before: Standing, after: Standing, rights: Rights
    ) -> JsonObject:
        actor = next((p for p in self.members_inside() if p.id != member_id), None)
        return {
            "chat": self.as_json(),
            "from": actor.as_json() if actor is not None else user,
            "date": self.world.clock.unix(),
            "old_chat_member": member_json(user, before, rights),
            "new_chat_member": member_json(user, after, rights),
        }

    def upgrades(self, chat_id: int | None = None) -> Group:
        """
        Turn this plain group into a supergroup, which is returned.

        The bot gets `migrate_to_chat_id` here and `migrate_from_chat_id` there; writing here is a 400 with the new id.
        """
        return forum.upgrade(self, chat_id)

    def deletes(self) -> None:
        """Delete the group: 403 from then on."""
        self.gone = True

    def says_anonymously(self, text: str, thread: int | None = None) -> Message:
        """Let an anonymous administrator write: all of them share one user id, and `sender_chat` is the group."""
        content = {**acts.framed(self, thread, None), "sender_chat": self.as_json(), **acts.text_content(text)}
        message = self.world.post(self, ANONYMOUS, content)
        if acts.bot_sees(self, message):
            self.world.tell_bot("message", message.data, self.id)
        return message

    def closes_topic(self, thread: int, actor: Person | None = None) -> Message:
        """Let somebody close a topic by hand."""
        self.topic(thread).closed = True
        return self._service(thread, {"forum_topic_closed": {}}, actor)

    def reopens_topic(self, thread: int, actor: Person | None = None) -> Message:
        """Let somebody reopen a topic by hand."""
        self.topic(thread).closed = False
        return self._service(thread, {"forum_topic_reopened": {}}, actor)

    def renames_topic(self, thread: int, name: str, actor: Person | None = None) -> Message:
        """Let somebody rename a topic by hand."""
        self.topic(thread).name = name
        return self._service(thread, {"forum_topic_edited": {"name": name}}, actor)

    def switches_topics(self, on: bool) -> None:
        """Let the owner switch topics off or on again; what stands in them stays, and no update tells the bot."""
        self.is_forum = on
        self.changed()

    def deletes_topic(self, thread: int) -> None:
        """Let somebody delete a topic by hand with all it holds: no update tells the bot."""
        forum.delete_topic(self, thread)

    def opens_topic(self, name: str, actor: Person | None = None, icon_color: int = DEFAULT_ICON) -> Topic:
        """Let somebody open a topic by hand."""
        return forum.open_topic(self, name, icon_color, None, actor or self.members_inside()[0])

    def topic(self, thread: int) -> Topic:
        """Return the topic of this number; raises LookupError where there is none."""
        if thread not in self.topics:
            raise LookupError(f"group {self.title}: no topic {thread}; there are {sorted(self.topics)}")
        return self.topics[thread]

    def _service(self, thread: int, content: JsonObject, actor: Person | None) -> Message:
        message = acts.say(actor or self.members_inside()[0], content, chat=self, thread=thread)
        self.world.tell_topic(self, self.topics[thread])
        return message


def member_json(user: JsonObject, standing: Standing, rights: Rights) -> JsonObject:
    """Return the Bot API's ChatMember object."""
    member: JsonObject = {"status": standing.value, "user": user}
    match standing:
        case Standing.CREATOR:
            member["is_anonymous"] = False
        case Standing.ADMINISTRATOR:
            member |= {"can_be_edited": False, **rights.as_json()}
        case Standing.KICKED:
            member["until_date"] = 0
        case _:
            pass
    return member
