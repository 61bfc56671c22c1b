"""
Imports broken files without end: no traceback, no half import, every bad row named.

Run: `python -m tests.bench.import_fuzz [--files 10000] [--seed 1]`. A file that breaks something is told by its seed.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import random
import tempfile
import time
from pathlib import Path

from bot.imports_kinds import KINDS
from domain.imports import ImportKind
from store.database import Database, store_url
from store.upgrade import upgrade
from tests.bot.import_fuzz import FuzzedImports, broken_file


async def main(files: int, seed: int, kinds: list[ImportKind]) -> None:
    """Import *files* files, of each kind in turn, and print what became of them; the first fault raises."""
    counts: collections.Counter[str] = collections.Counter()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        url = store_url(f"sqlite:///{Path(folder) / 'fuzz.db'}")
        await upgrade(url)
        database = Database(url)
        fuzzed = FuzzedImports(database)
        await fuzzed.prepare()
        for number in range(seed, seed + files):
            chance = random.Random(number)
            kind = kinds[number % len(kinds)]
            try:
                outcome = await fuzzed.check(kind, broken_file(chance, kind), new_customers=chance.random() < 0.3)
            except BaseException:
                print(f"seed {number}, {kind}:")
                raise
            counts[f"{kind} refused as a whole" if outcome.refused else f"{kind} imported"] += 1
            if outcome.report is not None:
                counts[f"{kind} rows"] += outcome.report.read
                counts[f"{kind} rows kept"] += outcome.report.kept
                counts[f"{kind} rows bad, each named"] += len(outcome.report.bad)
        await database.close()
    for name, count in sorted(counts.items()):
        print(f"{count:10,}  {name}")
    print(f"{files:10,}  files in {time.perf_counter() - began:.0f} s; no traceback, no half import")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=[each.value for each in KINDS], help="only this kind")
    asked = parser.parse_args()
    asyncio.run(main(asked.files, asked.seed, [ImportKind(asked.kind)] if asked.kind else list(KINDS)))
