"""Leases: one holder at a time, and none that outlives its process."""

from __future__ import annotations

import asyncio
import sys
import textwrap

import pytest

from store import leases
from store.database import Database, StoreUnavailable, store_url


async def test_lease_has_one_holder_until_it_is_given_back(database: Database) -> None:
    """Of two processes one polls, the other waits; different leases do not meet."""
    first = await leases.take(database, "intake")
    assert first is not None
    assert await first.is_held()
    assert await leases.take(database, "intake") is None
    other = await leases.take(database, "pump")
    assert other is not None
    await other.release()
    await first.release()
    again = await leases.take(database, "intake")
    assert again is not None
    await again.release()
    assert not await again.is_held()


async def test_lease_of_a_killed_process_is_free_at_once(database: Database) -> None:
    """After kill -9 the next process starts without waiting for a clock."""
    code = textwrap.dedent(
        """
        import asyncio, sys
        from sqlalchemy.engine import make_url
        from store import leases
        from store.database import Database

        async def main():
            lease = await leases.take(Database(make_url(sys.argv[1])), "pump")
            print("held" if lease else "refused", flush=True)
            await asyncio.Event().wait()

        asyncio.run(main())
        """
    )
    url = database.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"held"
    assert await leases.take(database, "pump") is None
    process.kill()
    await process.wait()
    async with asyncio.timeout(60):
        while (lease := await leases.take(database, "pump")) is None:  # PostgreSQL notices the closed connection later
            await asyncio.sleep(0.02)
    await lease.release()


async def test_lease_in_a_folder_that_is_not_there_is_no_other_process() -> None:
    """A disk that cannot be used must not look like a second process."""
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await leases.take(Database(store_url("sqlite:////nowhere/at/all/vuoro.db")), "pump")
