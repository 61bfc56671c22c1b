"""What befalls the staff's side while a transcript plays: its group, its topics and its list of members."""

from __future__ import annotations

from bot.playground.chats import Rights, Standing
from bot.playground.groups import Group
from bot.transcript_acting import topic_of
from bot.transcript_script import Befalls, Mishap
from bot.transcript_stage import Stage
from store.staff import add_member, remove_member


async def let_happen(stage: Stage, event: Befalls) -> None:
    """Let *event* happen; raises LookupError, which says why, where it cannot."""
    match event.what:
        case Mishap.REMOVED | Mishap.ADDED:
            await _change_staff(stage, event)
        case _ if stage.group is None:
            raise LookupError("there is no group")
        case Mishap.TOPIC_DELETED:
            stage.group.deletes_topic(topic_of(stage, stage.group, event.who))
        case Mishap.TOPIC_CLOSED:
            stage.group.closes_topic(topic_of(stage, stage.group, event.who))
        case Mishap.TOPIC_RENAMED:
            number = topic_of(stage, stage.group, event.who)
            stage.renamed[number] = event.who
            stage.group.renames_topic(number, event.name)
        case Mishap.GROUP_UPGRADED if not stage.group.is_supergroup:
            stage.group = stage.group.upgrades()
        case Mishap.FORUM_OFF | Mishap.FORUM_ON if stage.group.is_supergroup:
            stage.group.switches_topics(event.what is Mishap.FORUM_ON)
        case Mishap.GROUP_UPGRADED | Mishap.FORUM_OFF | Mishap.FORUM_ON:
            raise LookupError(
                f"{event.what.value}: the group is{'' if stage.group.is_supergroup else ' not'} a supergroup"
            )
        case _:
            _change_bot(stage.group, event.what)


def _change_bot(group: Group, what: Mishap) -> None:
    match what:
        case Mishap.BOT_OUT:
            group.kicks_bot()
        case Mishap.NO_PINS:
            group.sets_bot(Standing.ADMINISTRATOR, Rights.without("can_pin_messages"))
        case _:
            group.sets_bot(Standing.ADMINISTRATOR, Rights.all())


async def _change_staff(stage: Stage, event: Befalls) -> None:
    """Do what `vuoro staff remove` and `vuoro staff add` do."""
    actor, now = stage.transcript.actors[event.who], stage.clock.now()
    assert actor.role is not None
    member_id = stage.people[event.who].id
    async with stage.running.database.write() as tx:
        if event.what is Mishap.ADDED:
            await add_member(tx, member_id, actor.name, actor.role, now, language=actor.language)
        elif not await remove_member(tx, member_id, now):
            raise LookupError(f"{event.who} is no staff member")
