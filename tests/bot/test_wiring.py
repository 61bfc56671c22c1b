"""The whole program against the stand-in: by polling and webhook, ended, begun again, and refused when it must be."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Config, ConsoleSettings, Mode, StaffSettings, TelegramSettings, WebhookSettings
from bot.config_values import Listen
from bot.content import Content, load_content
from bot.pacing import Pace
from bot.playground.limits import Limits
from bot.playground.people import Person
from bot.playground.playground import Playground
from bot.pump import PumpSettings
from bot.wiring import AlreadyRunning, App, RunSettings
from domain.company import Company
from domain.faults import Faults
from tests.bot.telegram_stub import PATIENCE_S

COMPANY = Company(languages=("en", "fi", "cs"))
SECRET = "a-secret-of-the-webhook"
Make = Callable[..., App]


@pytest.fixture(scope="module")
def content() -> Content:
    """The shipped dialogues and texts, read once."""
    return load_content(Config(folder=Path(), company=COMPANY))


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """The stand-in Telegram."""
    async with Playground(limits=Limits.none()) as running:
        yield running


@pytest.fixture
def make(playground: Playground, content: Content, sqlite_url: str, tmp_path: Path) -> Make:
    """Makes programs that work on one store and against the stand-in."""

    def made(said: list[str] | None = None, **telegram: object) -> App:
        settings = TelegramSettings(token=playground.token, api_url=playground.url)
        config = Config(
            folder=tmp_path,
            company=COMPANY,
            telegram=replace(settings, **telegram),  # type: ignore[arg-type]  # what the tests vary
            staff=StaffSettings(admins=(77,)),
            store=sqlite_url,
            console=ConsoleSettings(Listen("127.0.0.1", 0)),
        )
        pump = PumpSettings(pace=Pace.unlimited(), first_wait=0.02, longest_wait=0.1)
        say = (said if said is not None else []).append
        return App(config, content=content, settings=RunSettings(pump=pump, long_poll=1, say=say))

    return made


async def _answered(playground: Playground, app: App, person: Person, text: str) -> str:
    person.sends(text)
    await playground.until_idle()
    await app.settle()
    return person.chat.from_bot[-1].text


async def test_customer_is_answered_by_polling(playground: Playground, make: Make) -> None:
    """Built from the config alone, the program hears and answers."""
    app = make()
    await app.start()
    ann = playground.add_person("Ann")
    assert "Which language" in await _answered(playground, app, ann, "/start")
    await app.stop()


async def test_customer_is_answered_by_webhook(playground: Playground, make: Make, unused_tcp_port: int) -> None:
    """With another config and nothing else, Telegram delivers to the program's own address."""
    listen = Listen("127.0.0.1", unused_tcp_port)
    webhook = WebhookSettings(f"http://127.0.0.1:{unused_tcp_port}", listen, SECRET)
    app = make(mode=Mode.WEBHOOK, webhook=webhook)
    await app.start()
    ann = playground.add_person("Ann")
    assert "Which language" in await _answered(playground, app, ann, "/start")
    await app.stop()


async def test_message_during_an_outage_is_answered_after_it(playground: Playground, make: Make) -> None:
    """Stopped in order or killed: what was sent meanwhile waits at Telegram, and what was taken in is not lost."""
    ann = playground.add_person("Ann")
    app = make()
    await app.start()
    await _answered(playground, app, ann, "/start")
    await app.stop()
    ann.sends("English")
    app = make()
    await app.start()
    await playground.until_idle()
    await app.kill()
    app = make()
    await app.start()
    await app.settle()
    assert "news and offers" in ann.chat.from_bot[-1].text
    await app.stop()


async def test_second_program_on_the_same_file_is_refused(make: Make) -> None:
    """Two processes on one SQLite file would fight; the second says what to do and leaves nothing behind."""
    first = make()
    await first.start()
    with pytest.raises(AlreadyRunning, match="another Vuoro works on this SQLite file; stop that one"):
        await make().start()
    await first.stop()
    again = make()
    await again.start()
    await again.stop()


async def test_wrong_token_is_a_plain_sentence(make: Make) -> None:
    """The program keeps its post and says once what is wrong."""
    said: list[str] = []
    app = make(said, token="1000001:another-token-than-theirs")
    await app.start()
    async with asyncio.timeout(PATIENCE_S):
        while not said:
            await asyncio.sleep(0.01)
    await app.stop()
    assert any("does not accept the bot's token" in sentence for sentence in said)
    assert not any("another-token" in sentence for sentence in said)


async def test_menus_are_set_in_each_language(playground: Playground, make: Make) -> None:
    """Customers and staff find what works behind Telegram's own menu button, and nothing that does not."""
    playground.add_person("Olga", user_id=77)
    app = make()
    await app.start()
    commands = playground.world.commands
    async with asyncio.timeout(PATIENCE_S):
        while "report" not in {each["command"] for each in commands.seen_by(77, "en")}:
            await asyncio.sleep(0.01)
    finnish = {each["command"]: each["description"] for each in commands.seen_by(1, "fi")}
    assert finnish["complaint"] == "Tee reklamaatio"
    assert finnish["coupons"] == "Kuponkisi"
    assert "redeem" not in finnish
    assert {"cases", "newsletter", "report"} <= {each["command"] for each in commands.seen_by(77, "en")}
    await app.stop()


async def test_broken_content_stops_the_start_with_all_faults(make: Make, tmp_path: Path) -> None:
    """Nothing starts half: no store is touched, no port is taken, no update is fetched."""
    (tmp_path / "own" / "dialogues").mkdir(parents=True)
    (tmp_path / "own" / "dialogues" / "broken.toml").write_text('id = "broken"\nversion = "x"\n', encoding="utf-8")
    (tmp_path / "own" / "templates").mkdir()
    (tmp_path / "own" / "templates" / "service.en.toml").write_text('hello = "{{"\n', encoding="utf-8")
    app = make()
    app = App(replace(app.config, content=tmp_path / "own", store="sqlite:///other.db"))
    with pytest.raises(Faults) as caught:
        await app.start()
    told = str(caught.value)
    assert "broken.toml" in told
    assert "service.en.toml" in told
    assert not (tmp_path / "other.db").exists()


async def test_sigterm_ends_the_real_process_in_order(playground: Playground, tmp_path: Path) -> None:
    """A service manager's stop loses nothing, and the exit code says so."""
    config = tmp_path / "vuoro.toml"
    config.write_text(
        f'[telegram]\ntoken = "{playground.token}"\napi_url = "{playground.url}"\n'
        '[console]\nlisten = "127.0.0.1:0"\n[company]\nlanguages = ["en"]\n',
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("vuoro"),
        "run",
        "--config",
        str(config),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert process.stderr is not None
    started = await asyncio.wait_for(process.stderr.readuntil(b"Ctrl-C stops it."), PATIENCE_S)
    ann = playground.add_person("Ann")
    ann.sends("/start")
    await playground.until_idle()
    process.send_signal(signal.SIGTERM)
    _, ended = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, (started + ended).decode()
    assert b"nothing is lost" in ended
