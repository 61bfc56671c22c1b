"""Purchases and customers over HTTP: let in by a key, kept once however often they come, and told row by row."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select, update
from yarl import URL

import bot.console.api
from bot.console.api import MOST_WRONG_KEYS, Api
from bot.console.server import ConsoleServer
from bot.playground.clock import PlayClock
from domain.company import Company
from store.customers import add_customers
from store.database import Database, StoreUnavailable
from store.imports import undo_import
from store.tables import consents, customers, imports, purchases

NOW = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
KEY = "k" * 40
LINE = {"customer": "C1", "receipt": "r1", "at": "2027-03-01T12:00:00+02:00", "product": "milk", "amount": "1.50"}


class Door:
    """A console with the interface, and a till that knows the key."""

    def __init__(self, url: str, database: Database, clock: PlayClock) -> None:
        self.url, self.database, self.clock = url, database, clock

    async def post(
        self, body: Any, path: str = "/api/purchases", *, key: str = KEY, **headers: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Post a body; a text or bytes go as they are, all else as JSON."""
        data = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.ClientSession() as session, session.post(self.url + path, data=data, headers=sent) as got:
            return got.status, await got.json(), dict(got.headers)

    async def lines(self) -> list[tuple[str, int]]:
        """Return the purchases that the store has: product and amount."""
        async with self.database.read() as tx:
            rows = await tx.execute(select(purchases.c.product, purchases.c.amount_minor).order_by(purchases.c.product))
            return [(row.product, row.amount_minor) for row in rows]


@asynccontextmanager
async def served(database: Database, key: str = KEY) -> AsyncIterator[Door]:
    """Serve the interface on a free port."""
    clock = PlayClock(NOW, frozen=True)
    app = web.Application()
    Api(database, clock, Company(), key).add_to(app)
    server = ConsoleServer(app, "127.0.0.1", 0)
    await server.start()
    try:
        yield Door(server.url, database, clock)
    finally:
        await server.stop()


async def know_two(database: Database) -> None:
    """Let C1 and C2 be known."""
    async with database.write() as tx:
        await add_customers(tx, [{"number": number, "created_at": NOW} for number in ("C1", "C2")])


@pytest.fixture
async def door(database: Database) -> AsyncIterator[Door]:
    """The interface over each database in turn, with two customers."""
    await know_two(database)
    async with served(database) as opened:
        yield opened


@pytest.fixture
async def sqlite_door(sqlite_database: Database) -> AsyncIterator[Door]:
    """The same over SQLite, for what does not depend on the database."""
    await know_two(sqlite_database)
    async with served(sqlite_database) as opened:
        yield opened


@pytest.mark.parametrize(
    "body", [{"rows": [LINE]}, [LINE], LINE], ids=["an object with rows", "a list", "a single object"]
)
async def test_purchase_is_kept_and_told(door: Door, body: Any) -> None:
    """Each form of JSON says the same."""
    status, told, headers = await door.post(body)
    assert (status, told) == (200, {"read": 1, "kept": 1, "skipped": 0, "bad": [], "id": told["id"]})
    assert headers["Cache-Control"] == "no-store"
    assert await door.lines() == [("milk", 150)]


async def test_csv_with_semicolons_and_its_own_letters_is_read(sqlite_door: Door) -> None:
    """A till that writes what Excel writes is understood."""
    csv = "asiakas;kuitti;pvm;tuote;määrä;amount\nC2;77;2027-03-01;Jäätelö;2;3,20\n"
    status, told, _ = await sqlite_door.post(csv.encode("windows-1252"), Content_Type="text/csv; charset=windows-1252")
    assert (status, told["kept"]) == (200, 1)
    assert await sqlite_door.lines() == [("Jäätelö", 320)]


async def test_customers_are_put_in_and_changed_by_their_number(door: Door) -> None:
    """A register's row is a customer; the same again changes nothing, another town changes the town; lists are tags."""
    row = {"number": "C7", "name": "Meri Mäkelä", "town": "Turku", "tags": ["vip", "tea"], "marketing_consent": True}
    row |= {"consent_at": "2027-02-01", "consent_source": "shop"}
    status, told, _ = await door.post([row], "/api/customers")
    assert (status, told["kept"], told["bad"]) == (200, 1, [])
    assert (await door.post([row], "/api/customers"))[1]["skipped"] == 1
    assert (await door.post({**row, "town": "Oulu"}, "/api/customers"))[1]["kept"] == 1
    async with door.database.read() as tx:
        (found,) = (await tx.execute(select(customers).where(customers.c.number == "C7"))).all()
        said = (await tx.execute(select(consents.c.purpose, consents.c.given))).all()
    assert (found.name, found.town, sorted(found.tags)) == ("Meri Mäkelä", "Oulu", ["tea", "vip"])
    assert [tuple(each) for each in said] == [("marketing", True)]


async def test_what_may_be_meant_otherwise_is_warned_of(sqlite_door: Door) -> None:
    """In the answer, in its second delivery, and when the import is looked at; a till's clock may go a little ahead."""
    _, soon, _ = await sqlite_door.post({**LINE, "at": "2027-03-02T10:30:00+02:00"})
    assert "warnings" not in soon
    _, told, _ = await sqlite_door.post({**LINE, "at": "2027-12-01"}, Idempotency_Key="one")
    (warning,) = told["warnings"]
    assert warning.startswith("at: 1 purchase is in the future, the latest 2027-12-01 00:00 (line 1)")
    assert (await sqlite_door.post({**LINE, "at": "2027-12-01"}, Idempotency_Key="one"))[1] == told
    _, register, _ = await sqlite_door.post({"cust ref": "C7", "name": "Meri"}, "/api/customers")
    assert register["warnings"][0].endswith('is it "cust ref"? then call "cust ref" "number"')


async def test_same_new_customers_from_two_programs_at_once_are_there_once(door: Door) -> None:
    """Two shops that send the same register make no doubles."""
    rows = [{"number": f"N{n}", "name": f"Person {n}"} for n in range(30)]
    told = [body for _, body, _ in await asyncio.gather(*(door.post(rows, "/api/customers") for _ in range(3)))]
    assert sorted(each["kept"] for each in told) == [0, 0, 30]
    async with door.database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(customers)) == 32


async def test_good_rows_are_kept_and_each_bad_one_is_named_by_its_number(sqlite_door: Door) -> None:
    """Line 1 is the first row of the body; what may be mended is said for HTTP, not for a command line."""
    rows = [LINE, {**LINE, "amount": "much"}, {**LINE, "customer": "C9"}, 7, {**LINE, "product": {"id": 1}}]
    status, told, _ = await sqlite_door.post(rows)
    assert (status, told["read"], told["kept"]) == (200, 5, 1)
    assert [(bad["line"], bad["column"]) for bad in told["bad"]] == [
        (2, "amount"),
        (3, "customer"),
        (4, ""),
        (5, "product"),
    ]
    assert "?new_customers=yes" in told["bad"][1]["problem"]
    assert all("--" not in bad["problem"] for bad in told["bad"])


async def test_request_of_bad_rows_only_is_a_422(sqlite_door: Door) -> None:
    """Whoever looks at the status alone notices."""
    status, told, _ = await sqlite_door.post([{**LINE, "at": "yesterday"}])
    assert (status, told["kept"], len(told["bad"])) == (422, 0, 1)


async def test_dry_run_tells_the_same_and_keeps_nothing(sqlite_door: Door) -> None:
    """A new till is tried out so."""
    status, told, _ = await sqlite_door.post([LINE], "/api/purchases?dry_run=yes")
    assert (status, told) == (200, {"read": 1, "kept": 1, "skipped": 0, "bad": [], "id": None, "dry_run": True})
    assert await sqlite_door.lines() == []


async def test_unknown_number_makes_a_customer_where_that_is_asked_for(sqlite_door: Door) -> None:
    """A shop need not send its register first."""
    status, told, _ = await sqlite_door.post([{**LINE, "customer": "C9"}], "/api/purchases?new_customers=yes")
    assert (status, told["kept"], told["new_customers"]) == (200, 1, 1)


async def test_second_delivery_changes_nothing(door: Door) -> None:
    """With an external id, and without one too: the same line is the same line."""
    for row in (LINE, {**LINE, "product": "bread", "external_id": "x1"}):
        _, first, _ = await door.post([row])
        status, again, _ = await door.post([row])
        assert (first["kept"], status, again["kept"], again["skipped"]) == (1, 200, 0, 1)
    assert await door.lines() == [("bread", 150), ("milk", 150)]


async def test_same_request_twice_at_the_same_time_brings_its_lines_once(door: Door) -> None:
    """A till that gives up waiting and sends again does no harm."""
    rows = [{**LINE, "product": f"p{n}", "external_id": f"x{n}" if n % 2 else None} for n in range(20)]
    told = [body for _, body, _ in await asyncio.gather(*(door.post(rows) for _ in range(4)))]
    assert sorted(each["kept"] for each in told) == [0, 0, 0, 20]
    assert len(await door.lines()) == 20


async def test_idempotency_key_gives_the_first_answer_again_even_when_the_world_has_moved_on(door: Door) -> None:
    """Nothing is done twice; another body under the same key is refused; undone, the request may come anew."""
    rows = [LINE, {**LINE, "amount": "much"}]
    rows.append({**LINE, "at": "2027-04-01", "customer": "C3"})
    _, first, _ = await door.post(rows, Idempotency_Key="till-7-receipt-1")
    assert "add ?new_customers=yes" in first["bad"][1]["problem"]
    async with door.database.write() as tx:
        await tx.execute(update(purchases).values(external_id="changed meanwhile"))
    status, again, headers = await door.post(rows, Idempotency_Key="till-7-receipt-1")
    assert (status, again, headers["Idempotency-Replayed"]) == (200, first, "true")
    others: tuple[Any, ...] = ([LINE], {"rows": []}, [{}])
    for other in others:
        status, refused, _ = await door.post(other, Idempotency_Key="till-7-receipt-1")
        assert (status, "another body" in refused["problem"]) == (422, True)
    await undo_import(door.database, first["id"], NOW)
    _, anew, _ = await door.post(rows, Idempotency_Key="till-7-receipt-1")
    assert (anew["kept"], anew["id"] != first["id"]) == (1, True)


async def test_idempotency_key_in_another_encoding_is_a_key_like_any_other(sqlite_door: Door) -> None:
    """A till that writes its headers in Latin-1 is answered, and twice alike."""
    body = json.dumps([LINE]).encode()
    head = f"POST /api/purchases HTTP/1.1\r\nHost: till\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: t\u00e4ti-1\r\n\r\n"
    url = URL(sqlite_door.url)
    told = []
    for _ in range(2):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head.encode("latin-1") + body)
        told.append(await reader.read())
        writer.close()
    assert all(each.startswith(b"HTTP/1.1 200 ") for each in told)
    assert told[0].partition(b"\r\n\r\n")[2] == told[1].partition(b"\r\n\r\n")[2]
    assert len(await sqlite_door.lines()) == 1


async def test_keyed_request_of_bad_rows_only_is_tried_again(sqlite_door: Door) -> None:
    """The customer whom nobody knew may be known by now."""
    row = {**LINE, "customer": "C9"}
    assert (await sqlite_door.post([row], Idempotency_Key="one"))[0] == 422
    await sqlite_door.post({"number": "C9", "name": "Nine"}, "/api/customers")
    assert (await sqlite_door.post([row], Idempotency_Key="one"))[1]["kept"] == 1


async def test_each_request_is_an_import_that_can_be_looked_at(door: Door) -> None:
    """And so it can be undone like a file's."""
    _, told, _ = await door.post([LINE, {**LINE, "amount": "much"}])
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{door.url}/api/imports/{told['id']}") as got:
            run = await got.json()
        async with session.get(f"{door.url}/api/imports/nothing") as got:
            assert got.status == 404
    assert (run["kind"], run["state"], run["read"], run["kept"], run["bad_rows"]) == ("purchases", "done", 2, 1, 1)
    assert run["bad"][0]["line"] == 2


async def test_wrong_key_is_refused_and_many_are_told_to_wait_while_the_right_one_goes_in(sqlite_door: Door) -> None:
    """Guessing is slowed down; the till beside the guesser is not."""
    status, told, headers = await sqlite_door.post([LINE], key="w" * 40)
    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="vuoro"')
    assert "Authorization: Bearer KEY" in told["remedy"]
    for _ in range(MOST_WRONG_KEYS):
        status, _, headers = await sqlite_door.post([LINE], key="w" * 40)
    assert (status, headers["Retry-After"]) == (429, "60")
    assert (await sqlite_door.post([LINE]))[0] == 200
    assert await sqlite_door.lines() == [("milk", 150)]


async def test_without_a_key_in_the_config_the_door_is_shut_and_says_how_to_open_it(sqlite_database: Database) -> None:
    """Nobody can post to a program that was never told to take posts; an empty key opens nothing."""
    async with served(sqlite_database, "") as door:
        status, told, _ = await door.post([LINE], key="")
    assert (status, "api_key" in told["remedy"]) == (403, True)


@pytest.mark.parametrize(
    ("body", "headers", "path", "status", "words"),
    [
        ('{"rows": [{"a": 1},\n{"b" 2}]}', {}, "", 400, "column 6: expecting ':' delimiter"),
        ('"text"', {}, "", 400, "a text is no table"),
        ('{"rows": [], "dry_run": true}', {}, "", 400, "stands beside rows"),
        ('[{"customer": "C1", "customer": "C2"}]', {}, "", 400, "stands twice"),
        ('[{"customer": "C1", "\\ud800": 1}]', {}, "", 400, "half a character"),
        ('[{"amount": NaN}]', {}, "", 400, "NaN is no number"),
        (b'[{"customer": "\xff"}]', {}, "", 400, "no UTF-8"),
        ("[" * 100_000, {}, "", 400, "lists within lists"),
        ('[{"receipt": "1"}]', {}, "", 400, 'name a column \\"customer\\"'),
        ("", {"Content_Type": "text/csv"}, "", 400, "the file is empty"),
        ("PK\x03\x04", {"Content_Type": "text/csv"}, "", 400, "a spreadsheet"),
        ("PAR1PAR1", {"Content_Type": "text/csv"}, "", 400, "is Parquet, not CSV"),
        ("customer\nC1", {"Content_Type": "text/csv; charset=klingon"}, "", 400, "klingon"),
        ("customer\nC1", {"Content_Type": "text/csv; charset=utf-16"}, "", 400, "cannot be read as utf-16"),
        ("[]", {"Content_Type": "text/xml"}, "", 415, "text/xml is no type"),
        ("[]", {"Content_Encoding": "compress"}, "", 415, "packed with compress"),
        ("[]", {}, "?dry-run=yes", 400, 'did you mean \\"dry_run\\"'),
        ("[]", {}, "?dry_run=1", 400, "write ?dry_run=yes"),
        ("[]", {"Idempotency_Key": "x" * 300}, "", 400, "300 signs"),
    ],
)
async def test_body_that_is_no_table_is_refused_with_where_what_and_what_to_do(
    sqlite_door: Door, body: str | bytes, headers: dict[str, str], path: str, status: int, words: str
) -> None:
    """No traceback, no half import."""
    got, told, _ = await sqlite_door.post(body, "/api/purchases" + path, **headers)
    assert got == status
    assert words in json.dumps(told, ensure_ascii=False)
    assert told["remedy"]
    assert await sqlite_door.lines() == []


async def test_numbers_beyond_all_use_make_bad_rows_and_exact_ones_stay_exact(sqlite_door: Door) -> None:
    """A number with a thousand digits stops nobody; 0.1 stays ten cents."""
    body = ",".join(
        json.dumps({**LINE, "product": f"p{place}"})[:-1].replace('"amount": "1.50"', f'"amount": {number}') + "}"
        for place, number in enumerate(("0.1", "1e3", "9" * 5000, "1e999999999", "-" + "9" * 40, "true", "null"))
    )
    status, told, _ = await sqlite_door.post(f"[{body}]")
    assert status == 200
    assert await sqlite_door.lines() == [("p0", 10), ("p1", 100000)]
    assert {bad["column"] for bad in told["bad"]} == {"amount"}
    assert [bad["line"] for bad in told["bad"]] == [3, 4, 5, 6, 7]


async def test_body_over_its_limit_is_a_413_also_when_it_comes_packed_or_in_chunks(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is what comes out of the packing."""
    monkeypatch.setattr(bot.console.api, "MOST_BYTES", 10_000)
    large = json.dumps([LINE] * 200).encode()
    assert (await sqlite_door.post(large))[0] == 413
    assert (await sqlite_door.post(gzip.compress(large), Content_Encoding="gzip"))[0] == 413

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    url = sqlite_door.url + "/api/purchases"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=chunks()) as got:
        assert got.status == 413
    assert await sqlite_door.lines() == []


async def test_packed_and_chunked_bodies_are_read(sqlite_door: Door) -> None:
    """Both are usual; broken packing is said."""
    body = json.dumps([LINE]).encode()
    assert (await sqlite_door.post(gzip.compress(body), Content_Encoding="gzip"))[1]["kept"] == 1
    status, told, _ = await sqlite_door.post(b"no gzip at all", Content_Encoding="gzip")
    assert (status, told["remedy"] != "") == (400, True)


async def test_too_many_rows_are_sent_back(sqlite_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request must not keep the others waiting for long."""
    monkeypatch.setattr("bot.console.api_bodies.MOST_ROWS", 2)
    assert (await sqlite_door.post([LINE] * 3))[0] == 413
    csv = "customer,at,amount\n" + "C1,2027-03-01,1\n" * 3
    assert (await sqlite_door.post(csv, Content_Type="text/csv"))[0] == 413


async def test_store_that_cannot_be_used_is_a_503_and_nothing_is_lost(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till is told when to come again; then all is kept."""

    async def unavailable(*_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(bot.console.api, "undo_unfinished", unavailable)
        status, told, headers = await sqlite_door.post([LINE])
    assert (status, headers["Retry-After"], "the disk is full" in told["problem"]) == (503, "5", True)
    assert (await sqlite_door.post([LINE]))[1]["kept"] == 1


async def test_request_killed_in_its_middle_leaves_nothing_after_the_next(door: Door) -> None:
    """Rows that were stored by a process that died are taken back before the next request."""
    _, first, _ = await door.post([LINE])
    async with door.database.write() as tx:  # as a kill between the rows and the end leaves it
        await tx.execute(update(imports).where(imports.c.id == first["id"]).values(state="running", ended_at=None))
    status, again, _ = await door.post([LINE])
    assert (status, again["kept"]) == (200, 1)
    async with door.database.read() as tx:
        assert await tx.scalar(select(imports.c.state).where(imports.c.id == first["id"])) == "undone"
        assert await tx.scalar(select(func.count()).select_from(purchases)) == 1


async def test_log_has_counts_and_none_of_the_body(sqlite_door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Neither who bought nor what, nor the key."""
    with caplog.at_level(logging.DEBUG):
        await sqlite_door.post([{**LINE, "product": "Secret-Thing"}, {**LINE, "amount": "Secret-Amount"}])
        await sqlite_door.post('{"Secret', key=KEY)
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "api.import" in told
    assert "Secret" not in told
    assert KEY not in told
