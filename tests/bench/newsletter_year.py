"""
The year of a weekly newsletter at ten where each customer lives: every slot once or reported, everybody at her time.

    python -m tests.bench.newsletter_year --per-zone 20 --seed 1

Exit status 1 when anything came at a wrong time, twice, or not at all.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from store.database import store_url
from store.upgrade import upgrade
from tests.scheduler.local_year import ZONES, LocalYear
from tests.scheduler.stage import Stage

EVERY_SUNDAY = "30 3 * * SUN"


async def measure(per_zone: int, seed: int) -> str:
    """Live through the year and print what happened; return what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'year.db'}"
        await upgrade(store_url(url))
        stage = Stage(url, Path(folder))
        stage.start()
        try:
            year = LocalYear(stage, EVERY_SUNDAY, per_zone)
            await year.open()
            began = time.perf_counter()
            await year.live(random.Random(seed))
            wall = time.perf_counter() - began
            wrong = ""
            try:
                await year.check()
            except AssertionError as error:
                wrong = str(error) or "a promise was broken"
        finally:
            await stage.close()
    print(f"{per_zone * len(ZONES)} customers in {len(ZONES)} zones, seed {seed}: {wall:.0f} s")
    print(f"messages {len(year.got):,}, moments {year.moments:,}, deaths {stage.deaths}")
    print(wrong or "every slot once or reported, everybody at her time or skipped as too late")
    return wrong


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-zone", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(1 if asyncio.run(measure(given.per_zone, given.seed)) else 0)


if __name__ == "__main__":
    main()
