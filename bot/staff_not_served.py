"""`/ban` and `/unban` in Telegram: the "do not serve" list, from a customer's topic or by her name."""

from __future__ import annotations

from bot.cards import display_name
from bot.staff_visit import Visit
from domain.customers import Customer
from domain.messages import Message
from store.customers import customer_by_id, search_customers
from store.not_served import LONGEST_WHY, ban_customer, unban_customer


async def ban_command(visit: Visit, argument: str) -> None:
    """`/ban REASON` in her topic, `/ban CUSTOMER REASON` elsewhere: nothing is started with her any more."""
    customer, why = await _whom(visit, argument)
    if customer is None or not why:
        await _say(visit, "ban_usage")
        return
    if len(" ".join(why.split())) > LONGEST_WHY:
        await _say(visit, "ban_long", most=LONGEST_WHY)
        return
    await ban_customer(visit.tx, customer.id, why, visit.member.id, visit.now)
    await _tell(visit, customer, "banned", why=" ".join(why.split()))


async def unban_command(visit: Visit, argument: str) -> None:
    """`/unban` in her topic, `/unban CUSTOMER` elsewhere: she is off the list."""
    customer, _ = await _whom(visit, argument)
    if customer is None:
        await _say(visit, "ban_usage")
    elif await unban_customer(visit.tx, customer.id, visit.member.id, visit.now):
        await _tell(visit, customer, "unbanned")
    else:
        await _say(visit, "not_banned", name=_name(visit, customer, visit.language))


async def _whom(visit: Visit, argument: str) -> tuple[Customer | None, str]:
    """Return the customer of the topic, or the only one whom the first word finds; and the words that are left."""
    if visit.topic is not None:
        return await customer_by_id(visit.tx, visit.topic.customer_id), argument.strip()
    word, _, rest = argument.strip().partition(" ")
    found = await search_customers(visit.tx, word, limit=2) if word else []
    return (found[0] if len(found) == 1 else None), rest.strip()


async def _tell(visit: Visit, customer: Customer, key: str, **values: str) -> None:
    """Say it where staff talk about her, and to the member where she is, if that is elsewhere."""

    def drawn(language: str) -> Message:
        name, by = _name(visit, customer, language), visit.member.name
        return Message(visit.room.words.html(f"segments.{key}", language, name=name, by=by, **values), html=True)

    await visit.room.line.notify(visit.tx, customer, None, drawn, visit.now, but=visit.member.id)
    if visit.place.private:
        await visit.send(drawn(visit.language), ref=f"customer:{customer.id}", customer_id=customer.id)


async def _say(visit: Visit, key: str, **values: object) -> None:
    await visit.send(Message(visit.room.words.html(f"segments.{key}", visit.language, **values), html=True))


def _name(visit: Visit, customer: Customer, language: str) -> str:
    return display_name(customer, visit.room.words, language)
