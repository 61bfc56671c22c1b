"""`python -m bot.playground`: the stand-in alone, for manual use and for benches in a process of their own."""

import argparse
import asyncio
import contextlib
import signal
import sys

from bot.playground.limits import Limits
from bot.playground.playground import TOKEN, Playground

_NAMES = ("Aino", "Eliška", "Ann", "Mikko", "Jan", "Olivia", "Sanna", "Petr", "Emma", "Juhani")
_LANGUAGES = ("fi", "cs", "en")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=3, metavar="N", help="people who have already pressed Start")
    parser.add_argument("--no-limits", action="store_true", help="no 429 at any pace")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="waited before each answer")
    parser.add_argument("--count-only", action="store_true", help="keep only the last few messages of each chat")
    return parser.parse_args()


async def _serve(given: argparse.Namespace) -> None:
    playground = Playground(
        token=given.token,
        seed=given.seed,
        limits=Limits.none() if given.no_limits else Limits.telegram(),
        keep_messages=not given.count_only,
        delay_s=given.delay_ms / 1000,
    )
    for number in range(given.people):
        person = playground.add_person(
            _NAMES[number % len(_NAMES)],
            last_name=str(number // len(_NAMES) + 1) if number >= len(_NAMES) else "",
            language_code=_LANGUAGES[number % len(_LANGUAGES)],
            user_id=500_000_001 + number,
        )
        person.started = True
    if given.people and not given.count_only:
        playground.add_group("Staff", members=[playground.add_person("Olga", user_id=400_000_001)])
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stopped.set)
    await playground.start(given.host, given.port)
    sys.stdout.write(f"url {playground.url}\ntoken {playground.token}\n")
    sys.stdout.flush()
    await stopped.wait()
    await playground.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
