"""A bench's processes: the stub of Telegram on one core, and what is measured on another, so that neither slows it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any


def cores() -> tuple[int | None, int | None]:
    """Return the measured process's core and the stub's; None where the machine has but one: nothing is pinned."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else (None, None)


@contextlib.asynccontextmanager
async def stub(delay: float = 0.0, core: int | None = None) -> AsyncIterator[str]:
    """Run the stub on *core* and give its address; it answers after *delay* seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.stub_server", str(delay), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()


async def told_by(name: str, module: str, *words: str, core: int | None) -> dict[str, Any]:
    """Run *module* on *core* to its end and return the JSON line that it prints last; exits where it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, *words),
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=None if core is None else (lambda: os.sched_setaffinity(0, {core})),
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        sys.exit(f"{name}: ended with status {process.returncode}; what it printed stands above")
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    return told
