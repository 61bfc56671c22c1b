"""
A rehearsed year of many customers, by the command line in a process of its own: how long, how much memory.

    python -m tests.bench.rehearsal --customers 10000 --year 2027
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rehearsal_store import make_company


def measure(customers: int, year: int, folder: Path) -> None:
    """Make the company, rehearse, and print."""
    config = make_company(folder, customers, customers * 15, dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    command = [str(Path(sys.executable).with_name("vuoro")), "rehearse", str(year), "--config", str(config), "--json"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stderr)
    found = json.loads(done.stdout)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    days = (dt.date(year + 1, 1, 1) - dt.datetime.now(dt.UTC).date()).days
    print(f"{customers:,} customers, {days} days lived through, {found['moments']:,} moments: {took:.0f} s", end="")
    print(f" ({used.ru_utime + used.ru_stime:.0f} s of processor), {used.ru_maxrss / 1024:.0f} MB")
    print(f"{found['contacts']:,} contacts counted in {year}, {found['messages']:,} messages not sent")
    print(f"per customer: median {found['per_customer']['median']}, most {found['per_customer']['most']}")
    print(
        f"held: {sum(sum(each.values()) for each in found['holds'].values()):,}; jobs in trouble: {found['troubles']}"
    )
    print(f"{took / 300:.2f} of the five minutes it may take")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--year", type=int, default=dt.datetime.now(dt.UTC).year + 1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(given.customers, given.year, Path(folder))


if __name__ == "__main__":
    main()
