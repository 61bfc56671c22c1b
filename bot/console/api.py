"""
The HTTP interface: `POST /api/purchases`, `POST /api/customers`, `GET /api/imports/ID`, for tills, shops and registers.

Each request is an import of its own, so it can be looked at and undone like a file's. Nothing of a body is ever logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.console.api_answers import Refusal, answer, broken, no_table, replayed, report_body, run_body
from bot.console.api_bodies import MOST_ROWS, TooManyRows, csv_source, json_source
from bot.imports import ImportReport, ImportSettings, Source
from bot.imports_kinds import KINDS
from bot.imports_running import ImportBroken, map_header, run_import
from domain.clock import Clock
from domain.company import Company
from domain.faults import Faults, did_you_mean
from domain.folding import printable
from domain.imports import ImportKind, Mapped
from store import leases
from store.api_requests import SOURCE, earlier_request
from store.database import Database, StoreUnavailable
from store.imports import ImportUnderWay, import_run, undo_unfinished

log = logging.getLogger(__name__)

MOST_BYTES = 16 << 20
MOST_WRONG_KEYS = 20
"""How many wrong keys an address may send in a minute before it is told to wait."""

_MINUTE = dt.timedelta(minutes=1)
_ADDRESSES_KEPT = 1000
_PATIENCE_S = 30.0
_LOOK_AGAIN_S = 0.05
_LONGEST_KEY = 255
_JSON, _CSV = ("application/json",), ("text/csv", "application/csv")
_OPTIONS = ("dry_run", "new_customers")
_FLAGS = {"yes": True, "no": False}

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Api:
    """
    Answers the addresses under /api. Without a key in the config they only say how to turn them on.

    Requests are carried out one after the other, over all processes of a store, so one that is delivered twice at the
    same time brings nothing twice.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        company: Company,
        key: str,
        on_imported: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._company = company
        self._key = key.encode()
        self._on_imported = on_imported
        self._busy = asyncio.Lock()
        self._wrong: OrderedDict[str, list[dt.datetime]] = OrderedDict()

    def add_to(self, app: web.Application) -> None:
        """Mount the addresses."""
        for kind in ImportKind:
            app.router.add_post(f"/api/{kind.value}", self._guarded(self._importing(kind)))
        app.router.add_get("/api/imports/{id}", self._guarded(self._look))

    # The door --------------------------------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            try:
                self._let_in(request)
                return await handler(request)
            except Refusal as refusal:
                return refusal.response
            except StoreUnavailable as error:
                return _later(f"the store cannot be used: {error}")
            except ImportUnderWay as error:
                return _later(str(error))

        return guarded

    def _let_in(self, request: web.Request) -> None:
        if not self._key:
            remedy = "set [console] api_key or api_key_file in the config (32 random signs or more) and start anew"
            raise Refusal(403, "this interface is switched off", remedy)
        scheme, _, key = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(key.strip().encode("utf-8", "replace"), self._key):
            return
        if self._is_flooding(request.remote or ""):
            raise Refusal(429, "too many wrong keys", "wait a minute and send the right one", retry_after=60)
        log.warning("api.wrong_key")
        told = {"WWW-Authenticate": 'Bearer realm="vuoro"'}
        raise Refusal(401, "no key, or a wrong one", "send the header Authorization: Bearer KEY", headers=told)

    def _is_flooding(self, address: str) -> bool:
        """Count one more wrong key; the right one is let in all the same, so nobody shuts out a till beside her."""
        now = self._clock.now()
        lately = [at for at in self._wrong.pop(address, []) if now - at < _MINUTE]
        is_too_much = len(lately) >= MOST_WRONG_KEYS
        self._wrong[address] = lately if is_too_much else [*lately, now]
        while len(self._wrong) > _ADDRESSES_KEPT:
            self._wrong.popitem(last=False)
        return is_too_much

    # Bringing in -----------------------------------------------------------------------------------------------------

    def _importing(self, kind: ImportKind) -> Handler:
        async def post(request: web.Request) -> web.Response:
            if kind not in KINDS:
                raise Refusal(404, f"{kind} cannot be imported here", "post to another address")
            options = _options(request)
            body = await _body(request)
            source = await _source(request, body)
            key = _idempotency_key(request)
            if key:
                source.digest = hashlib.sha256(f"{kind}\n{key}".encode("utf-8", "surrogateescape")).hexdigest()
                source.notes = {**source.notes, "body": hashlib.sha256(body).hexdigest()}
            is_keyed = bool(key) and not options.get("dry_run")
            return await self._carry_out(kind, source, options, is_keyed=is_keyed)

        return post

    async def _carry_out(
        self, kind: ImportKind, source: Source, options: dict[str, bool], *, is_keyed: bool
    ) -> web.Response:
        if not source.header and not is_keyed:
            return answer(200 if source.total == 0 else 422, report_body(await _nothing(source)))
        async with self._alone():
            now = self._clock.now()
            await undo_unfinished(self._database, now)
            async with self._database.read() as tx:
                earlier = await earlier_request(tx, kind, source.digest) if is_keyed else None
                if earlier is not None:
                    return replayed(earlier, source)
                if not source.header:
                    return answer(200 if source.total == 0 else 422, report_body(await _nothing(source)))
                try:
                    mapped = await map_header(tx, kind, source)
                except Faults as faults:
                    return no_table(faults)
            settings = ImportSettings(
                self._company,
                now,
                self._company.zone,
                self._company.currency,
                new_customers=options.get("new_customers", False),
                dry_run=options.get("dry_run", False),
            )
            return await self._import(kind, source, mapped, settings)

    async def _import(self, kind: ImportKind, source: Source, mapped: Mapped, settings: ImportSettings) -> web.Response:
        try:
            report = await run_import(self._database, kind, source, mapped, settings)
        except ImportBroken as error:
            if isinstance(error.__cause__, StoreUnavailable | OSError):
                return _later(str(error))
            return broken(error)
        counts = {"kind": kind.value, "id": report.id, "read": report.read, "kept": report.kept}
        log.info("api.import", extra={**counts, "skipped": report.skipped, "bad": len(report.bad)})
        if report.kept and not settings.dry_run:
            self._on_imported()
        return answer(422 if report.is_all_bad else 200, report_body(report))

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Carry out one request at a time; whoever waits too long is asked to come again."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._busy.acquire()
        except TimeoutError:
            raise Refusal(503, "other requests are being carried out", "send it again later", retry_after=5) from None
        try:
            lease = await self._lease()
            try:
                yield
            finally:
                await lease.release()
        finally:
            self._busy.release()

    async def _lease(self) -> leases.Lease:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    if (lease := await leases.take(self._database, "api")) is not None:
                        return lease
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            raise Refusal(503, "another process carries out a request", "send it again", retry_after=5) from None

    # Looking ---------------------------------------------------------------------------------------------------------

    async def _look(self, request: web.Request) -> web.Response:
        written = request.match_info["id"]
        number = int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None
        async with self._database.read() as tx:
            run = None if number is None else await import_run(tx, number)
        if run is None or run.source != SOURCE:  # a file's bad rows are for who imported it
            raise Refusal(404, "there is no such import", "take the id from the answer to a request")
        return answer(200, run_body(run))


async def _body(request: web.Request) -> bytes:
    """Read the body up to its limit, counted after unpacking; raises Refusal."""
    too_large = Refusal(413, f"the body is over {MOST_BYTES >> 20} MB", "send it in several requests")
    if request.content_length is not None and request.content_length > MOST_BYTES:
        raise too_large
    packing = request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower()
    if packing not in {"identity", "gzip", "deflate"}:
        raise Refusal(415, f"a body cannot be packed with {packing[:20]}", "pack it with gzip, or not at all")
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.content.iter_any():
            size += len(part)
            if size > MOST_BYTES:
                raise too_large
            parts.append(part)
    except (web.RequestPayloadError, HttpProcessingError) as error:
        raise Refusal(400, "the body cannot be unpacked or breaks off", "send it whole, packed as it says") from error
    return b"".join(parts)


async def _source(request: web.Request, body: bytes) -> Source:
    """Make a table of the body, as its type says; raises Refusal."""
    try:
        if request.content_type in _JSON:
            return await asyncio.to_thread(json_source, body)
        if request.content_type in _CSV:
            return await asyncio.to_thread(csv_source, body, request.charset or None)
    except Faults as faults:
        raise Refusal.of(no_table(faults)) from None
    except TooManyRows:
        raise Refusal(413, f"more than {MOST_ROWS} rows", "send them in several requests") from None
    problem = f"{printable(request.content_type[:60])} is no type of body that is read here"
    raise Refusal(415, problem, "send Content-Type: application/json, or text/csv; charset=utf-8")


def _options(request: web.Request) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name, value in request.query.items():
        if name not in _OPTIONS:
            remedy = did_you_mean(name, _OPTIONS, otherwise=f"there are {', '.join(_OPTIONS)}")
            raise Refusal(400, f"?{name[:40]}: no such option", remedy)
        if value not in _FLAGS:
            raise Refusal(400, f"?{name}={value[:20]}: is neither yes nor no", f"write ?{name}=yes")
        found[name] = _FLAGS[value]
    return found


def _idempotency_key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > _LONGEST_KEY:
        raise Refusal(400, f"the Idempotency-Key has {len(key)} signs", f"send at most {_LONGEST_KEY}")
    return key


async def _nothing(source: Source) -> ImportReport:
    """Report on a body whose rows have no keys at all."""
    mapped = Mapped((), {})
    report = ImportReport(None, mapped, source.notes)
    for _ in source.batches(mapped, report.bad):
        pass
    return dataclasses.replace(report, read=len(report.bad))


def _later(problem: str) -> web.Response:
    return Refusal(503, problem, "send it again later", retry_after=5).response
