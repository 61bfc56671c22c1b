"""Whatever happens to points, in whatever order: none is lost or made, and the balance is that of a plain model."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from domain.duplicates import Merge
from domain.points_account import EntryKind, Short
from store.customers import add_customers
from store.database import Database, Tx, store_url
from store.merging import merge_customers, unmerge
from store.points import BY_HAND, balance_of, earn, reverse, spend
from store.points_expiry import expire
from store.tables import customers, points_entries, points_lots

START = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PLUS = "plus"
_POINTS = st.integers(1, 30)
_WHO = st.integers(0, 1)


@dataclass
class Lot:
    """The model's lot; its place in the list is its age."""

    owner: int
    ref: str
    came: int
    left: int
    usable: int
    expires: int
    expired: int = 0
    age: int = 0


class Model:
    """Points counted one by one."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []

    def of(self, who: int) -> list[Lot]:
        return [lot for lot in self.lots if lot.owner == who]

    def settle(self, lots: list[Lot], day: int) -> None:
        while True:
            owing = [lot for lot in lots if lot.left < 0]
            usable = [lot for lot in lots if lot.left > 0 and lot.usable <= day < lot.expires]
            coming = [lot for lot in lots if lot.left > 0 and day < lot.usable and day < lot.expires]
            paying = sorted(usable, key=lambda lot: (lot.expires, lot.usable, lot.age)) or sorted(
                coming, key=lambda lot: (lot.usable, lot.age)
            )
            if not owing or not paying:
                return
            paying[0].left -= 1
            owing[0].left += 1

    def take(self, who: int, points: int, day: int) -> bool:
        lots = self.of(who)
        self.settle(lots, day)
        if sum(lot.left for lot in lots if lot.left > 0 and lot.usable <= day < lot.expires) < points:
            return False
        for _ in range(points):
            usable = [lot for lot in lots if lot.left > 0 and lot.usable <= day < lot.expires]
            min(usable, key=lambda lot: (lot.expires, lot.usable, lot.age)).left -= 1
        return True

    def give_back(self, lot: Lot, points: int, day: int) -> None:
        points = min(points, lot.came)
        there = min(points, max(lot.left, 0))
        rest = points - there - min(points - there, lot.expired)
        lot.left -= there + rest
        lot.came -= there + rest
        self.settle(self.of(lot.owner), day)

    def balance(self, who: int, day: int) -> tuple[int, int, int]:
        lots = [replace(lot) for lot in self.of(who)]
        self.settle(lots, day)
        there = [lot for lot in lots if lot.left > 0 and day < lot.expires]
        return (
            sum(lot.left for lot in there if lot.usable <= day),
            sum(lot.left for lot in there if lot.usable > day),
            -sum(lot.left for lot in lots if lot.left < 0),
        )


class Ledger(RuleBasedStateMachine):
    """Two customers, who may be one for a while."""

    template: Path
    folder: Path
    count = 0

    def __init__(self) -> None:
        super().__init__()
        Ledger.count += 1
        path = self.folder / f"{Ledger.count}.db"
        shutil.copyfile(self.template, path)
        self.runner = asyncio.Runner()
        self.day = 0
        self.model = Model()
        self.merge: Merge | None = None
        self.moved: list[Lot] = []
        self.database = Database(store_url(f"sqlite:///{path}"), synced=False)
        self.ids: list[int] = self.do(_two)

    @property
    def now(self) -> dt.datetime:
        return START + self.day * DAY

    def do(self, act: Callable[[Tx], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with self.database.write() as tx:
                return await act(tx)

        return self.runner.run(run())

    def one(self, who: int) -> int:
        """Return who is meant: after a merge there is only the first."""
        return 0 if self.merge is not None else who

    @rule(who=_WHO, points=_POINTS, pending=st.sampled_from((0, 0, 3)), life=st.sampled_from((2, 5, 9, 10**4)))
    def earns(self, who: int, points: int, pending: int, life: int) -> None:
        who, ref = self.one(who), f"receipt:main:{len(self.model.lots)}"
        dates = {"usable_at": self.now + pending * DAY, "expires_at": self.now + life * DAY}
        given: dict[str, Any] = {"source": "purchase", "ref": ref, "now": self.now, **dates}
        assert self.do(lambda tx: earn(tx, self.ids[who], PLUS, points, **given))
        assert not self.do(lambda tx: earn(tx, self.ids[who], PLUS, points, **given))
        self._add(Lot(who, ref, points, points, self.day + pending, self.day + life))

    @rule(who=_WHO, points=_POINTS)
    def gets_by_hand(self, who: int, points: int) -> None:
        who = self.one(who)
        assert self.do(lambda tx: earn(tx, self.ids[who], PLUS, points, source=BY_HAND, ref="", now=self.now))
        self._add(Lot(who, "", points, points, self.day, 10**6))

    def _add(self, lot: Lot) -> None:
        lot.age = len(self.model.lots)
        self.model.lots.append(lot)
        self.model.settle(self.model.of(lot.owner), self.day)

    @rule(who=_WHO, points=st.integers(1, 60), by_hand=st.booleans())
    def spends(self, who: int, points: int, by_hand: bool) -> None:
        who = self.one(who)
        spent = self.do(lambda tx: spend(tx, self.ids[who], PLUS, points, now=self.now, by_hand=by_hand))
        assert isinstance(spent, Short) is not self.model.take(who, points, self.day)

    @precondition(lambda self: any(lot.ref for lot in self.model.lots))
    @rule(data=st.data(), points=st.none() | _POINTS)
    def brings_back(self, data: st.DataObject, points: int | None) -> None:
        lot = data.draw(st.sampled_from([lot for lot in self.model.lots if lot.ref]), label="lot")
        back: dict[str, Any] = {"source": "purchase", "ref": lot.ref, "now": self.now, "points": points}
        self.do(lambda tx: reverse(tx, self.ids[lot.owner], PLUS, **back))
        self.model.give_back(lot, lot.came if points is None else points, self.day)

    @rule(days=st.integers(1, 4))
    def waits(self, days: int) -> None:
        self.day += days

    @rule(who=_WHO)
    def expires(self, who: int) -> None:
        who = self.one(who)
        self.do(lambda tx: expire(tx, self.ids[who], PLUS, self.now))
        lots = self.model.of(who)
        self.model.settle(lots, self.day)
        for lot in lots:
            if lot.left > 0 and lot.expires <= self.day:
                lot.expired, lot.left = lot.expired + lot.left, 0

    @precondition(lambda self: self.merge is None)
    @rule()
    def become_one(self) -> None:
        self.merge = self.do(lambda tx: merge_customers(tx, self.ids[0], self.ids[1], self.now))
        assert isinstance(self.merge, Merge)
        self.moved = self.model.of(1)
        for lot in self.moved:
            lot.owner = 0

    @precondition(lambda self: self.merge is not None)
    @rule()
    def become_two(self) -> None:
        merge = self.merge
        assert merge is not None
        assert isinstance(self.do(lambda tx: unmerge(tx, merge.id, self.now)), Merge)
        self.merge = None
        for lot in self.moved:
            lot.owner = 1

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        self.do(self._compare)

    async def _compare(self, tx: Tx) -> None:
        came = points_entries.c.kind.in_([EntryKind.EARN, EntryKind.REVERSE, EntryKind.MANUAL])
        is_up = came & ((points_entries.c.kind != EntryKind.MANUAL) | (points_entries.c.points > 0))
        sums = select(
            points_entries.c.lot_id,
            func.sum(points_entries.c.points).label("left"),
            func.sum(points_entries.c.points).filter(is_up).label("came"),
        ).group_by(points_entries.c.lot_id)
        by_lot = {row.lot_id: (row.left, row.came) for row in await tx.execute(sums)}
        lots = (await tx.execute(select(points_lots).order_by(points_lots.c.id))).all()
        assert {lot.id: (lot.points_left, lot.points) for lot in lots} == by_lot
        assert sum(lot.points_left for lot in lots) == sum(lot.left for lot in self.model.lots)
        for who in {self.one(0), self.one(1)}:
            kept = await balance_of(tx, self.ids[who], PLUS, self.now)
            assert (kept.usable, kept.pending, kept.owed) == self.model.balance(who, self.day)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


async def _two(tx: Tx) -> list[int]:
    await add_customers(tx, [{"name": name, "created_at": START} for name in ("Ann", "Bea")])
    return sorted(await tx.scalars(select(customers.c.id)))


@pytest.mark.hypothesis  # a machine's run is not marked by itself, and `make explore` asks for the mark
def test_points_are_conserved_whatever_happens(sqlite_template: Path, tmp_path: Path) -> None:
    """Earned, spent, pending, expired, brought back, given and taken by hand, merged and unmerged again."""
    Ledger.template, Ledger.folder = sqlite_template, tmp_path
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Ledger,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )
