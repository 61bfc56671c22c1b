"""Pick five: a store's QR code opens her list; what she takes of it becomes coupons for that store."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogues.coupons import show_coupons, texts_of
from dialogues.next_steps import tell_with_steps
from dialogues.profiling import objects
from dialogues.running import Running
from dialogues.taps import menu_tap, short
from dialogues.turn import Conversation, Turn
from domain.campaigns import Campaign, picking_at
from domain.contacts import ContactKind
from domain.coupons import Coupon, CouponState
from domain.incoming import Tap
from domain.languages import in_language
from domain.messages import Act, Button, Keyboard, Message
from domain.offers import age_on
from domain.pick_tokens import store_of_token
from store.coupons import issue, own_coupons, room_for
from store.coupons_key import coupons_key
from store.database import Tx, unhurried
from store.picks import Pick, birth_of, choose, confirm, find_pick, lock_pick, open_pick, pick_list

ACTION = "pick"
_LONGEST_NAME = 28
_COLUMNS = 2


class Picks:
    """A customer's picking, tap by tap; each button says what is to be, so that a tap that comes twice does no harm."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    async def opened(self, tx: Tx, turn: Turn, conversation: Conversation, rest: str) -> bool:
        """She has scanned a store's code: show her list of today, or the coupons that she has picked today."""
        store = store_of_token(await coupons_key(tx), rest)
        if store is None:
            self.running.tell(turn, conversation, "coupons.pick.unknown")
            return True
        day = self._day(turn.now)
        campaign = picking_at(self.running.loyalty.campaigns, store, day)
        if campaign is None or conversation.customer.not_served_at is not None:
            tell_with_steps(self.running, turn, conversation, "coupons.pick.none", "coupons", "offers")
            return True
        pick = await find_pick(tx, conversation.customer.id, store, day.isoformat())
        if pick is None:
            pick = await self._opened(tx, turn, conversation, store, campaign)
        if pick.confirmed_at is not None:
            await self._again(tx, turn, conversation, pick, campaign)
        elif not pick.offered:
            tell_with_steps(self.running, turn, conversation, "coupons.pick.empty", "coupons", "offers")
        else:
            most = await self._most(tx, pick, campaign, turn.now)
            turn.say(conversation.customer, self._list(conversation, pick, campaign, most), ContactKind.REPLY)
        return True

    async def _again(self, tx: Tx, turn: Turn, conversation: Conversation, pick: Pick, campaign: Campaign) -> None:
        """Show what she can still use of her picks; with none left, say whether there is a list tomorrow."""
        given = await self._picked(tx, conversation, pick, campaign)
        good = [each for each in given if each.state is CouponState.OPEN and turn.now < each.valid_until]
        if good:
            language = self.running.language_of(conversation)
            lead = self.words.html("coupons.pick.done", language, store=pick.store, n=len(good))
            await show_coupons(self.running, tx, turn, conversation, good, lead=lead)
            return
        tomorrow = self._day(turn.now) + dt.timedelta(days=1)
        then = picking_at(self.running.loyalty.campaigns, pick.store, tomorrow)
        room = await room_for(tx, pick.customer_id, then.name, then.limits, turn.now) if then is not None else 0
        self.running.tell(turn, conversation, "coupons.pick.used", is_more=room != 0)

    async def act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """A list's button: "ID-PLACE-1" takes a product, "ID-PLACE-0" leaves it, "ID-ok", "-yes" and "-more" end it."""
        if tap is None:
            tell_with_steps(self.running, turn, conversation, "coupons.pick.scan", "coupons", "offers")
            return
        number, _, what = argument.partition("-")
        pick = await lock_pick(tx, _number(number), conversation.customer.id)
        if pick is None:
            self.running.tell(turn, conversation, "coupons.pick.gone")
            return
        day = self._day(turn.now)
        campaign = picking_at(self.running.loyalty.campaigns, pick.store, day)
        if pick.batch != day.isoformat() or campaign is None:
            self._toast(turn, conversation, tap, "old")
        elif pick.confirmed_at is not None:
            self._toast(turn, conversation, tap, "picked")
        else:
            most = await self._most(tx, pick, campaign, turn.now)
            if what == "more" or not most:
                self._edit(turn, conversation, tap, self._list(conversation, pick, campaign, most))
            elif what in {"ok", "yes"}:
                await self._confirm(tx, turn, conversation, pick, campaign, most, tap, sure=what == "yes")
            else:
                await self._choose(tx, turn, conversation, pick, campaign, most, tap, what)

    async def _most(self, tx: Tx, pick: Pick, campaign: Campaign, now: dt.datetime) -> int:
        """Say how many she may take: what the campaign says, but no more than are on the list, or than one may have."""
        room = await room_for(tx, pick.customer_id, campaign.name, campaign.limits, now)
        most = min(campaign.choose, len(pick.offered))
        return most if room is None else min(most, room)

    async def _opened(self, tx: Tx, turn: Turn, conversation: Conversation, store: str, campaign: Campaign) -> Pick:
        day, rules = self._day(turn.now), self.running.loyalty.offers
        birth = await birth_of(tx, conversation.customer.id)
        age = age_on(birth, day)
        with unhurried(tx):  # it looks through thousands of lines
            offered = await pick_list(
                tx,
                conversation.customer.id,
                store,
                campaign.offered,
                turn.now,
                personal=not objects(conversation),
                only=campaign.products,
                groups=campaign.groups,
                allowed=lambda product, group: rules.may_offer(product, group, age),
            )
        if not offered:  # nothing is kept, so that later today there may be something
            return Pick(0, conversation.customer.id, store, day.isoformat(), ())
        return await open_pick(tx, conversation.customer.id, store, day.isoformat(), offered, turn.now)

    async def _choose(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        pick: Pick,
        campaign: Campaign,
        most: int,
        tap: Tap,
        what: str,
    ) -> None:
        place, _, wanted = what.partition("-")
        if not place.isdecimal() or int(place) >= len(pick.offered):
            self._toast(turn, conversation, tap, "old")
            return
        changed = await choose(tx, pick, int(place), chosen=wanted == "1", most=most)
        if changed is None:
            self._toast(turn, conversation, tap, "full", choose=most)
        elif changed != pick:
            self._edit(turn, conversation, tap, self._list(conversation, changed, campaign, most))

    async def _confirm(
        self,
        tx: Tx,
        turn: Turn,
        conversation: Conversation,
        pick: Pick,
        campaign: Campaign,
        most: int,
        tap: Tap,
        *,
        sure: bool,
    ) -> None:
        """Give the coupons of what she chose, all of it; asked once more where she could have chosen more."""
        if not pick.chosen:
            self._toast(turn, conversation, tap, "nothing")
            return
        if len(pick.chosen) > most:  # meanwhile she has had others of them, in another store
            self._toast(turn, conversation, tap, "fewer", choose=most)
            self._edit(turn, conversation, tap, self._list(conversation, pick, campaign, most))
            return
        if len(pick.chosen) < most and not sure:
            self._edit(turn, conversation, tap, self._fewer(conversation, pick, most))
            return
        coupons = await self._picked(tx, conversation, pick, campaign, now=turn.now)
        language = self.running.language_of(conversation)
        if not coupons:
            self._edit(turn, conversation, tap, Message(self.words.html("coupons.stopped", language), html=True))
            return
        await confirm(tx, pick, turn.now)
        done = self.words.html("coupons.pick.done", language, store=pick.store, n=len(coupons))
        self._edit(turn, conversation, tap, Message(done, html=True))
        await show_coupons(self.running, tx, turn, conversation, coupons)

    async def _picked(
        self, tx: Tx, conversation: Conversation, pick: Pick, campaign: Campaign, *, now: dt.datetime | None = None
    ) -> list[Coupon]:
        """Return the coupons of a list; with *now* they are given, the same ones whenever that is asked again."""
        batch = f"pick:{pick.store}:{pick.batch}"
        if now is None:
            return [each for each in await own_coupons(tx, conversation.customer.id) if each.batch == batch]
        zone = self.running.company.zone
        new = [
            campaign.coupon(
                conversation.customer.id,
                now,
                zone,
                batch=batch,
                place=place,
                product=each.product,
                product_name=each.name,
                group_name=each.group,
                store=pick.store,
            )
            for place, each in enumerate(pick.products, start=1)
        ]
        return await issue(tx, new, now)

    # What she sees -------------------------------------------------------------------------------------------------

    def _list(self, conversation: Conversation, pick: Pick, campaign: Campaign, most: int) -> Message:
        language = self.running.language_of(conversation)
        if not most:
            return Message(self.words.html("coupons.pick.had", language), html=True)
        text = self._text(conversation, pick, campaign, most)
        buttons = [
            Button(
                self.words.plain(
                    "coupons.label.product", language, on=place in pick.chosen, name=each.name[:_LONGEST_NAME]
                ),
                menu_tap(ACTION, f"{short(pick.id)}-{place}-{0 if place in pick.chosen else 1}"),
            )
            for place, each in enumerate(pick.offered)
        ]
        rows: Keyboard = tuple(tuple(buttons[at : at + _COLUMNS]) for at in range(0, len(buttons), _COLUMNS))
        if pick.chosen:
            confirming = self._button(conversation, "confirm", pick, "ok", choose=most)
            rows = (*rows, (confirming,))
        return Message(text, html=True, keyboard=rows)

    def _fewer(self, conversation: Conversation, pick: Pick, most: int) -> Message:
        language = self.running.language_of(conversation)
        text = self.words.html("coupons.pick.fewer", language, chosen=len(pick.chosen), choose=most)
        rows = (
            (self._button(conversation, "take", pick, "yes"),),
            (self._button(conversation, "go_on", pick, "more"),),
        )
        return Message(text, html=True, keyboard=rows)

    def _text(self, conversation: Conversation, pick: Pick, campaign: Campaign, most: int) -> str:
        language = self.running.language_of(conversation)
        return self.words.html(
            "coupons.pick.list",
            language,
            title=in_language(campaign.title, language, self.running.company.default_language),
            store=pick.store,
            choose=most,
            is_less=most < min(campaign.choose, len(pick.offered)),
            today=campaign.days == 1,
            chosen=len(pick.chosen),
            benefit=texts_of(self.running).benefit(campaign.benefit, language),
        )

    def _button(self, conversation: Conversation, label: str, pick: Pick, what: str, **values: int) -> Button:
        language = self.running.language_of(conversation)
        text = self.words.plain(f"coupons.label.{label}", language, chosen=len(pick.chosen), **values)
        return Button(text, menu_tap(ACTION, f"{short(pick.id)}-{what}"))

    def _edit(self, turn: Turn, conversation: Conversation, tap: Tap, message: Message) -> None:
        """Put *message* in the place of the list; where its message is not known any more, below."""
        if tap.message_id is None:
            turn.say(conversation.customer, message, ContactKind.REPLY)
        else:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)

    def _toast(self, turn: Turn, conversation: Conversation, tap: Tap, key: str, **values: int) -> None:
        """Let the answer to her tap, which is on its way by now, say something."""
        text = self.words.plain(f"coupons.toast.{key}", self.running.language_of(conversation), **values)
        turn.rows[:] = [
            replace(row, message=Message(text)) if row.act is Act.TOAST and row.callback_id == tap.callback_id else row
            for row in turn.rows
        ]

    def _day(self, now: dt.datetime) -> dt.date:
        return now.astimezone(self.running.company.zone).date()


def _number(digits: str) -> int:
    try:
        number = int(digits, 36)
    except ValueError:
        return 0
    return number if 0 <= number < 2**63 else 0
