"""`/history`: what a customer has bought, receipt by receipt, the newest first; and offers from a receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

from dialogues.coupons import show_coupons
from dialogues.next_steps import tell_with_steps
from dialogues.offer_texts import reason_of, shown_name
from dialogues.offers_kept import coupons_for
from dialogues.periods import read_period
from dialogues.profiling import objects
from dialogues.running import Running
from dialogues.taps import menu_tap, read_short, short
from dialogues.till_offers import is_enough, offers_from_receipt
from dialogues.turn import Conversation, Turn
from domain.contacts import ContactKind
from domain.coupons import CouponState
from domain.incoming import Tap
from domain.messages import Act, Button, Message
from store.database import Tx
from store.offers import keep_offers
from store.receipts import Receipt, lines_on, receipts_of
from templates.locales import money
from templates.markup import Safe

ACTION = "history"
ON_A_PAGE = 5
_MOST_LINES = 40
_MOST_MONTHS = 24
_YEAR, _MONTH, _DAY = len("2027"), len("2027-03"), len("2027-03-14")

Doing = Callable[[Tx, Turn, Conversation, str, Tap | None], Awaitable[None]]


class History:
    """The act behind the command and its buttons; what a button shows takes the place of what was there."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.words = running.speaker.words

    def acts(self) -> Mapping[str, Doing]:
        """Give what the menu knows of it."""
        return {ACTION: self._act}

    async def _act(self, tx: Tx, turn: Turn, conversation: Conversation, argument: str, tap: Tap | None) -> None:
        """
        Show a page ("p-2", of a month "p-2-2027-03"), a receipt ("r-3F2", opened from a page "r-3F2-2-2027-03"), the
        months ("months"), or offers from a receipt ("o-3F2"); typed words ("?-14.3.") show the day, month or year that
        they name, else the first page.

        Of a time without receipts, and of words that name none, she is told before the first page.
        """
        await turn.flush(tx)
        receipts = await receipts_of(tx, conversation.customer.id)
        if not receipts:
            has_card = bool(self.running.loyalty.open_programmes)
            steps = ("card",) if has_card else ()
            tell_with_steps(self.running, turn, conversation, "offers.history_none", *steps, card=has_card)
            return
        verb, _, rest = argument.partition("-")
        match verb:
            case "p":
                number, _, period = rest.partition("-")
                page = int(number) if number.isdecimal() and len(number) < 6 else 1
                self._show(turn, conversation, tap, self._page(conversation, receipts, page, period))
            case "months":
                self._show(turn, conversation, tap, self._months(conversation, receipts))
            case "r" if (receipt := _meant(receipts, rest.partition("-")[0])) is not None:
                place = rest.partition("-")[2]
                self._show(turn, conversation, tap, await self._receipt(tx, conversation, receipt, place))
            case "o" if (receipt := _meant(receipts, rest)) is not None:
                await self._offers(tx, turn, conversation, receipt)
            case "?":
                await self._typed(tx, turn, conversation, receipts, rest)
            case _:
                self._show(turn, conversation, None, self._page(conversation, receipts, 1, ""))

    async def _typed(
        self, tx: Tx, turn: Turn, conversation: Conversation, receipts: Sequence[Receipt], said: str
    ) -> None:
        """Show what she asked for in her own words; the one receipt of a day is opened at once."""
        setting = self.running.setting_of(conversation)
        language = setting.language
        today = turn.now.astimezone(self.running.company.zone).date()
        period = read_period(said, language, setting.languages, today, setting.vocabularies)
        chosen = [each for each in receipts if period and self._is_of(each, period)]
        if len(chosen) == 1 and len(period) == _DAY:
            self._show(turn, conversation, None, await self._receipt(tx, conversation, chosen[0], ""))
            return
        shown, month = period if chosen else "", period[:_MONTH]
        if len(period) == _DAY and not chosen and any(self._is_of(each, month) for each in receipts):
            shown = month
        above: tuple[Safe, ...] = ()
        if not period:
            example = f"{receipts[0].at.astimezone(self.running.company.zone):%Y-%m}"
            above = (self.words.html("offers.history_which", language, example=f"/{ACTION} {example}"),)
        elif not chosen:
            above = (self.words.html("offers.history_then_none", language, **_then(period)),)
        if above:
            above = (*above, Safe(""))
        self._show(turn, conversation, None, self._page(conversation, receipts, 1, shown, above))

    def _page(
        self,
        conversation: Conversation,
        receipts: Sequence[Receipt],
        page: int,
        period: str,
        above: Sequence[Safe] = (),
    ) -> Message:
        language = self.running.language_of(conversation)
        chosen = [each for each in receipts if self._is_of(each, period)]
        pages = max(1, -(-len(chosen) // ON_A_PAGE))
        page = min(max(page, 1), pages)
        first = (page - 1) * ON_A_PAGE
        shown = chosen[first : first + ON_A_PAGE]
        lines = [*above, self.words.html("offers.history", language, n=len(chosen), **_then(period)), Safe("")]
        lines += [self._line(place, each, language) for place, each in enumerate(shown, start=first + 1)]
        suffix = f"-{period}" if period else ""
        opening = [
            self._button(str(place), f"r-{short(each.line_id)}-{page}{suffix}")
            for place, each in enumerate(shown, start=first + 1)
        ]
        rows: list[tuple[Button, ...]] = [tuple(opening)] if opening else []
        steps = [("newer", page - 1)] if page > 1 else []
        steps += [("older", page + 1)] if page < pages else []
        if steps:
            rows.append(tuple(self._named(name, language, f"p-{number}{suffix}") for name, number in steps))
        if len({self._month(each) for each in receipts}) > 1:
            others = [self._named("months", language, "months")]
            if period:
                others.insert(0, self._named("all", language, "p-1"))
            rows.append(tuple(others))
        return Message(Safe("\n").join(lines), html=True, keyboard=tuple(rows))

    def _months(self, conversation: Conversation, receipts: Sequence[Receipt]) -> Message:
        language = self.running.language_of(conversation)
        months = sorted({self._month(each) for each in receipts}, reverse=True)[:_MOST_MONTHS]
        labels = [self.words.plain("offers.label.month", language, **_then(month)) for month in months]
        buttons = [self._button(label, f"p-1-{month}") for label, month in zip(labels, months, strict=True)]
        rows = [tuple(buttons[start : start + 3]) for start in range(0, len(buttons), 3)]
        rows.append((self._named("all", language, "p-1"),))
        return Message(self.words.html("offers.history_months", language), html=True, keyboard=tuple(rows))

    async def _receipt(self, tx: Tx, conversation: Conversation, receipt: Receipt, place: str) -> Message:
        """Put a receipt with its lines; *place* is the page that it was opened from ("2-2027-03"), "" for the first."""
        language = self.running.language_of(conversation)
        lines = await lines_on(tx, conversation.customer.id, receipt.line_id)
        told = [self._head(receipt, language), Safe("")]
        for each in lines[:_MOST_LINES]:
            amount = money(each.amount, each.currency, language)
            values = {"name": each.name or each.product, "quantity": abs(each.quantity), "amount": amount}
            told.append(self.words.html("offers.history_line", language, is_return=each.amount < 0, **values))
        if len(lines) > _MOST_LINES:
            told.append(self.words.html("offers.history_more", language, n=len(lines) - _MOST_LINES))
        amount = money(receipt.amount, receipt.currency, language)
        told += [Safe(""), self.words.html("offers.history_sum", language, amount=amount)]
        rows = [(self._named("back", language, f"p-{place or 1}"),)]
        if not objects(conversation) and self.running.loyalty.offers.till.most:
            rows.insert(0, (self._named("from_this", language, f"o-{short(receipt.line_id)}"),))
        return Message(Safe("\n").join(told), html=True, keyboard=tuple(rows))

    async def _offers(self, tx: Tx, turn: Turn, conversation: Conversation, receipt: Receipt) -> None:
        running, customer = self.running, conversation.customer
        rules, language = running.loyalty.offers, running.language_of(conversation)
        if objects(conversation):
            running.tell(turn, conversation, "offers.from_none")
            return
        batch, offers = await offers_from_receipt(tx, customer.id, receipt, rules, running.company, turn.now)
        if not offers:
            is_over = await is_enough(tx, customer.id, rules, turn.now)
            running.tell(turn, conversation, "offers.from_enough" if is_over else "offers.from_none")
            return
        coupons = await coupons_for(tx, customer.id, offers, batch, running.loyalty, running.company, turn.now)
        if coupons:  # without one nothing was offered, and so her week's offers are not used up
            await keep_offers(tx, {customer.id: offers}, batch, turn.now)
        good = {
            each.product: each for each in coupons if each.state is CouponState.OPEN and turn.now < each.valid_until
        }
        today = turn.now.astimezone(running.company.zone).date()
        told = [
            self.words.html(
                "offers.line",
                language,
                name=shown_name(each),
                is_new=False,
                reason=reason_of(self.words, each, language, today),
            )
            for each in offers
            if each.product in good
        ]
        if not told:  # used or over; or the campaign has ended, or has come to its budget
            running.tell(turn, conversation, "offers.from_over" if coupons else "offers.from_none")
            return
        running.tell(turn, conversation, "offers.from_this", lines=Safe("\n\n").join(told))
        await show_coupons(running, tx, turn, conversation, list(good.values()))

    def _line(self, place: int, receipt: Receipt, language: str) -> Safe:
        amount = money(receipt.amount, receipt.currency, language)
        values = {"place": place, "store": receipt.store, "amount": amount, "is_return": receipt.returned > 0}
        return self.words.html("offers.receipt_line", language, at=receipt.at, **values)

    def _head(self, receipt: Receipt, language: str) -> Safe:
        values = {"number": receipt.number, "store": receipt.store}
        return self.words.html("offers.receipt", language, at=receipt.at, **values)

    def _named(self, name: str, language: str, argument: str) -> Button:
        return self._button(self.words.plain(f"offers.label.{name}", language), argument)

    def _button(self, label: str, argument: str) -> Button:
        return Button(label, menu_tap(ACTION, argument))

    def _show(self, turn: Turn, conversation: Conversation, tap: Tap | None, message: Message) -> None:
        if tap is not None and tap.message_id is not None:
            turn.touch(Act.EDIT, conversation.customer, message, message_id=tap.message_id)
        else:
            turn.say(conversation.customer, message, ContactKind.REPLY)

    def _is_of(self, receipt: Receipt, period: str) -> bool:
        return receipt.at.astimezone(self.running.company.zone).date().isoformat().startswith(period)

    def _month(self, receipt: Receipt) -> str:
        return f"{receipt.at.astimezone(self.running.company.zone):%Y-%m}"


def _meant(receipts: Sequence[Receipt], key: str) -> Receipt | None:
    line_id = read_short(key)
    return next((each for each in receipts if each.line_id == line_id), None)


def _then(period: str) -> Mapping[str, str | dt.date | None]:
    """Give a period to the words as what it is: *day*, *month* (its first day) or *year*; nothing for what is none."""
    year, day, month = (period if len(period) == _YEAR else ""), None, None
    try:
        day = dt.date.fromisoformat(period) if len(period) == _DAY else None
        month = dt.date.fromisoformat(f"{period}-01") if len(period) == _MONTH else None
    except ValueError:
        return {"year": "", "month": None, "day": None}
    return {"year": year, "month": month, "day": day}
