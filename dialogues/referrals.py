"""`/invite`: a link of her own that brings others, and what becomes of who opens such a link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from dialogues.running import Running
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.incoming import Tap
from domain.languages import in_language
from domain.links import start_link, start_token
from domain.messages import Button, Keyboard, Message
from domain.referrals import PREFIX, Counts, Referral, ReferralState, Refusal, Thanks
from store.customers import customer_by_id
from store.database import Tx
from store.memberships import membership_of
from store.referrals import (
    begin_referral,
    brought_by,
    code_of,
    has_bought,
    is_same_person,
    is_upstream,
    referral_of,
    whose_code,
)

INVITE = "invite"
WHY_PREFIX = "ref"
_SHARE = "https://t.me/share/url?url={}&text={}"
_Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class Referrals:
    """The act behind `/invite`, and what a link with the letter r opens."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    def acts(self) -> Mapping[str, _Doing]:
        """Return the acts by their names."""
        return {INVITE: self._invite}

    async def _invite(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        rules, language = self.running.loyalty.referrals, self.running.language_of(conversation)
        if not rules.on:
            self._say(turn, conversation, "off")
            return
        await turn.flush(tx)
        code = await code_of(tx, conversation.customer.id, turn.now)
        link = start_link(self.running.loyalty.username, start_token(PREFIX, code))
        came, counted = await brought_by(tx, conversation.customer.id)
        text = self.words.html(
            "referrals.invite",
            language,
            link=link,
            thanks=self.thanks(rules.thanks, language),
            join=await self._must_join(tx, conversation.customer, rules.thanks),
            welcome=self.thanks(rules.welcome, language),
            bought=rules.counts is Counts.PURCHASE,
            came=came,
            counted=counted,
        )
        shared = self.words.plain("referrals.share", language, company=self.running.company.name)
        url = _SHARE.format(quote(link, safe=""), quote(shared, safe=""))
        share = ((Button(self.words.plain("referrals.label.share", language), url=url),),)
        rows: Keyboard = share if link.startswith("https://") else ()
        turn.say(conversation.customer, Message(text, html=True, keyboard=rows), ContactKind.REPLY)

    async def _must_join(self, tx: Tx, who: Customer, thanks: Thanks) -> bool:
        """Say whether her thanks are points of a programme that she is no member of."""
        programme = self.running.loyalty.programme(thanks.programme) if thanks.points else None
        return programme is not None and await membership_of(tx, who.id, programme.membership) is None

    def thanks(self, thanks: Thanks, language: str) -> str:
        """Say what somebody gets; "" where it is words only."""
        loyalty, default = self.running.loyalty, self.running.company.default_language
        if thanks.points and (programme := loyalty.programme(thanks.programme)) is not None:
            title = in_language(programme.title, language, default)
            return self.words.plain("referrals.gives_points", language, n=thanks.points, programme=title)
        campaign = next((each for each in loyalty.campaigns if each.name == thanks.campaign), None)
        return "" if campaign is None else in_language(campaign.title, language, default)

    async def opened(self, tx: Tx, turn: Turn, conversation: Conversation, code: str) -> bool:
        """Note who brought her, if she is new; else say why the link counts for nobody. Unknown codes say nothing."""
        referrer_id = await whose_code(tx, code.upper())
        referrer = await customer_by_id(tx, referrer_id) if referrer_id is not None else None
        if referrer is None:
            return False
        who = conversation.customer
        before = await referral_of(tx, who.id)
        if before is not None and before.customer_id == referrer.id and before.state is not ReferralState.REFUSED:
            self._say(turn, conversation, "again", name=_first(referrer))
            return False
        refusal = await self._refusal(tx, turn, who, referrer)
        if before is None:
            state = ReferralState.STARTED if refusal is None else ReferralState.REFUSED
            made = Referral(who.id, referrer.id, turn.now, state, "" if refusal is None else refusal.value)
            if refusal not in {
                Refusal.OFF,
                Refusal.SELF,
                Refusal.KNOWN,
                Refusal.RING,
            }:  # of who is known nothing is kept
                await begin_referral(tx, made)
        if refusal is None:
            rules, language = self.running.loyalty.referrals, self.running.language_of(conversation)
            welcome = self.thanks(rules.welcome, language)
            bought = rules.counts is Counts.PURCHASE
            self._say(turn, conversation, "welcome", name=_first(referrer), welcome=welcome, bought=bought)
            return False
        self._say(turn, conversation, f"refused_{refusal.value}", name=_first(referrer))
        return refusal is not Refusal.SAME_PERSON

    async def _refusal(self, tx: Tx, turn: Turn, who: Customer, referrer: Customer) -> Refusal | None:
        if not self.running.loyalty.referrals.on:
            return Refusal.OFF
        if who.id == referrer.id:
            return Refusal.SELF
        if await is_upstream(tx, who.id, referrer.id):
            return Refusal.RING
        if who.met_at != turn.now or who.number is not None or await has_bought(tx, who.id):
            return Refusal.KNOWN
        return Refusal.SAME_PERSON if await is_same_person(tx, who.id, referrer.id) else None

    def _say(self, turn: Turn, conversation: Conversation, key: str, **values: object) -> None:
        text = self.words.html(f"referrals.{key}", self.running.language_of(conversation), **values)
        turn.say(conversation.customer, Message(text, html=True), ContactKind.REPLY)


async def why_thanked(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str:
    """Tell why she was thanked: somebody came by her link, and when; "" where it is not hers."""
    referral = await referral_of(tx, int(key)) if key.isdecimal() else None
    if referral is None or conversation.customer.id not in {referral.customer_id, referral.referred_id}:
        return ""
    mine = referral.customer_id == conversation.customer.id
    words = running.speaker.words
    return words.html("referrals.why", language, mine=mine, at=referral.at, counted=referral.counted_at)


def _first(customer: Customer) -> str:
    return customer.name.split()[0] if customer.name else ""
