"""`/campaigns` and `/pick`: how coupons go, and the code that a store hangs up for picking."""

from __future__ import annotations

from bot.campaign_report import CampaignLine, campaign_lines
from bot.staff_coupon_stores import is_store_name, store_meant
from bot.staff_pictures import send_long
from bot.staff_visit import Visit
from domain.campaigns import picking_at
from domain.drawing_names import qr_media
from domain.languages import in_language
from domain.links import start_link
from domain.messages import Message
from domain.pick_tokens import pick_token
from store.coupons_key import coupons_key
from templates.markup import Safe


async def show_campaigns(visit: Visit, _argument: str = "") -> None:
    """Send how each campaign goes; counted beside the road, since it looks at all coupons."""
    room = visit.room
    campaigns = room.loyalty.campaigns

    async def errand() -> None:
        async with room.database.read() as tx:
            lines = await campaign_lines(tx, campaigns, room.clock.now())
        told = Safe("\n\n").join([_line(visit, line) for line in lines])
        key, values = ("campaigns", {"lines": told}) if lines else ("no_campaigns", {})
        await send_long(visit, room.words.html(f"redeeming.{key}", visit.language, **values))

    room.errands.ask(errand)


async def pick_command(visit: Visit, argument: str) -> None:
    """`/pick STORE` gives the code that customers scan in a store to choose from their own list."""
    room, name = visit.room, " ".join(argument.split())
    if not is_store_name(name):
        await _say(visit, "pick_usage")
        return
    store = await store_meant(visit, name)
    if store is None:
        return
    campaign = picking_at(room.loyalty.campaigns, store, visit.now.astimezone(room.company.zone).date())
    if campaign is None:
        await _say(visit, "pick_none", store=store)
        return
    try:
        token = pick_token(await coupons_key(visit.tx), store)
    except ValueError:
        await _say(visit, "pick_long", store=store)
        return
    link = start_link(room.loyalty.username, token)
    values = {"store": store, "choose": campaign.choose, "offered": campaign.offered}
    told = room.words.html("redeeming.pick", visit.language, **values)
    await visit.send(Message(f"{told}\n\n{link}", html=True, media=(qr_media(link, store),)))


def _line(visit: Visit, line: CampaignLine) -> Safe:
    words, language = visit.room.words, visit.language
    default = visit.room.company.default_language
    title = in_language(line.campaign.title, language, default) if line.campaign is not None else ""
    refused = [
        f"{words.plain(f'redeeming.outcome.{outcome}', language)} {count}" for outcome, count in line.refused.items()
    ]
    return words.html(
        "redeeming.campaign",
        language,
        title=f"{title} ({line.name})" if title else line.name,
        stopped=line.count.stopped_at,
        issued=line.count.issued,
        redeemed=line.count.redeemed,
        rate=line.rate or 0.0,
        low=line.low,
        high=line.high or 0.0,
        spent=line.count.spent,
        budget=line.budget,
        open=line.states.open,
        tries=", ".join(refused),
    )


async def _say(visit: Visit, key: str, **values: object) -> None:
    text = visit.room.words.html(f"redeeming.{key}", visit.language, **values)
    await visit.send(Message(text, html=True))
