"""Real kills in the middle of newsletters, a few of them; `tests.bench.newsletter_kills` does a thousand."""

from __future__ import annotations

import asyncio
import sys


async def test_ten_kills_leave_the_ledger_exact_nobody_twice_and_nobody_missed() -> None:
    """Whatever process dies, the next one goes on from the store; unknown is at most what was on its way."""
    bench = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.newsletter_kills", "--kills", "10", "--readers", "15",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(bench.communicate(), 120)
    assert bench.returncode == 0, printed.decode()
    assert b"all promises held" in printed
