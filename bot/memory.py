"""How the garbage collector of a program that runs for months looks at memory."""

from __future__ import annotations

import gc

_YOUNG = 10_000  # objects that may be made before the youngest are looked through


def leave_alone_what_stays() -> None:
    """
    Tell the collector that what exists now (libraries, texts, statements) stays: it is never looked through again.

    Else each full collection stops everything for a tenth of a second, a newsletter brings about one every two seconds,
    and a customer's answer waits for it. Call it once, when the program has started.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
