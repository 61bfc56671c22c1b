"""Methods that bring updates to the bot: long polling and the webhook."""

from typing import Any

from bot.playground.methods import method
from bot.playground.parameters import Params
from bot.playground.updates import LONGEST_POLL, MOST_AT_ONCE, WEBHOOK_ACTIVE, WEBHOOK_SET
from bot.playground.webhook import checked_target
from bot.playground.wire import ApiError, Encoded, JsonObject
from bot.playground.world import World


@method("getUpdates", "offset limit timeout allowed_updates")
async def get_updates(world: World, params: Params) -> Encoded:
    """Return what is unconfirmed, waiting up to *timeout* seconds for something; confirms all before *offset*."""
    if world.webhook.target is not None:
        raise ApiError(WEBHOOK_ACTIVE.code, WEBHOOK_ACTIVE.description)
    offset = params.integer("offset") or 0
    given = params.integer("limit")
    limit = MOST_AT_ONCE if given is None else min(max(given, 1), MOST_AT_ONCE)
    timeout = min(max(params.integer("timeout") or 0, 0), LONGEST_POLL)
    world.updates.allow(params.structure("allowed_updates", list, "allowed updates"))
    return await world.updates.get(offset, limit, float(timeout))


@method("setWebhook", "url certificate ip_address max_connections allowed_updates drop_pending_updates secret_token")
def set_webhook(world: World, params: Params) -> bool:
    """Point the webhook somewhere; an empty address takes it away."""
    url = params.text("url") or ""
    world.updates.allow(params.structure("allowed_updates", list, "allowed updates"))
    if params.flag("drop_pending_updates"):
        world.updates.forget()
    if not url:
        world.webhook.set(None)
        return True
    target = checked_target(
        url,
        params.text("secret_token") or "",
        params.integer("max_connections"),
        params.text("ip_address") or "",
        "certificate" in params,
    )
    world.updates.end_poll(WEBHOOK_SET)
    world.webhook.set(target)
    return True


@method("deleteWebhook", "drop_pending_updates")
def delete_webhook(world: World, params: Params) -> bool:
    """Take the webhook away; polling is possible again."""
    if params.flag("drop_pending_updates"):
        world.updates.forget()
    world.webhook.set(None)
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, params: Params) -> JsonObject | Any:
    """Return the webhook's address and its last trouble."""
    return world.webhook.info()
