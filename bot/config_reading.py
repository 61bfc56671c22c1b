"""
Reading the config: a TOML file, overrides from the environment, secrets from files; every fault at once.

Each section has its function; a key that no function asks for is a fault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from bot.config import (
    OFFICIAL_API,
    Approval,
    Config,
    ConsoleSettings,
    LogForm,
    LogLevel,
    LogSettings,
    Mode,
    Retention,
    StaffSettings,
    TelegramSettings,
    WebhookSettings,
)
from bot.config_cases import read_cases
from bot.config_insight import read_insight
from bot.config_values import ADDRESS, API_KEY, HOURS, KEEP, LABEL, LISTEN, SECRET, STORE_URL, TOKEN
from domain.company import Company, CourtesyRules, Hours
from domain.customers import Purpose
from domain.documents import Override, Table, read_document
from domain.documents_values import (
    DATE,
    LANGUAGE,
    SPAN,
    TEXT,
    TIME,
    ZONE,
    Kind,
    MisfitError,
    choice,
    integer,
    list_of,
    matching,
    text,
)
from domain.faults import FaultList
from domain.recontact import InvitingRules
from domain.rules import CUSTOMER_RULE

FILE = "vuoro.toml"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCORES = ("nps", "csat", "ces")
_PREFIX = "VUORO_"
_CURRENCY = matching(r"[A-Z]{3}", "a currency's three letters", '"EUR"')
_TOPIC = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)  # it stands in the data behind a button
_OFFICIAL_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}", re.ASCII)
T = TypeVar("T")


def load_config(
    path: Path | None, environ: Mapping[str, str], *, to_run: bool = False, needs_content: bool = True
) -> Config:
    """
    Read the config file (`vuoro.toml` of the current folder when None), with the environment's overrides.

    Without any file the overrides alone may do. *to_run* asks for what only the running bot needs: the token, and
    a webhook's secret; without *needs_content* the content folder may be missing. Raises `Faults` with every fault at
    once.
    """
    faults = FaultList()
    config = look_over_config(path, environ, faults, to_run=to_run, needs_content=needs_content)
    faults.raise_if_any()
    assert config is not None
    return config


def look_over_config(
    path: Path | None,
    environ: Mapping[str, str],
    faults: FaultList,
    *,
    to_run: bool = False,
    needs_content: bool = True,
) -> Config | None:
    """Do the same, but put the faults into *faults* and give the config as far as it can be read."""
    overrides = overrides_from(environ)
    file = path or Path(FILE)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if path is not None or not overrides:
            remedy = (
                f"copy config.example.toml to {FILE} and fill it in, or give --config FILE; without one: vuoro demo"
            )
            faults.add(str(file), None, None, "there is no such file", remedy)
            return None
        content = b""
    except OSError as error:
        faults.add(str(file), None, None, f"cannot be read ({error.strerror})", "check its name and its rights")
        return None
    top = read_document(content, str(file), faults, overrides=overrides)
    if top is None:
        return None
    return read_config(top, file.resolve().parent, to_run=to_run, needs_content=needs_content)


def read_config(top: Table, folder: Path, *, to_run: bool = False, needs_content: bool = True) -> Config:
    """Read the config from its top table; relative paths begin at *folder*; faults go where the table's do."""
    store = top.section("store")
    own = top.section("content").get("folder", text(empty=True), "")
    newsletters = top.section("newsletters")
    log = top.section("log")
    config = Config(
        folder=folder,
        company=_company(top),
        telegram=_telegram(top.section("telegram"), folder, to_run=to_run),
        staff=_staff(top.section("staff")),
        store=_secret(store, "url", STORE_URL, folder) or "sqlite:///vuoro.db",
        content=folder / own if own else None,
        console=_console(top.section("console"), folder),
        newsletters=newsletters.get("approval", choice(Approval), Approval.SECOND_PERSON),
        test_list=newsletters.get("test_list", list_of(TEXT, distinct=True), ()),
        surveys=_surveys(top.section("surveys")),
        retention=_retention(top.section("retention")),
        log=LogSettings(
            log.get("level", choice(LogLevel), LogLevel.INFO), log.get("form", choice(LogForm), LogForm.TEXT)
        ),
        insight=read_insight(top.section("insight")),
        cases_for=top.section("signals").get("cases_for", CUSTOMER_RULE, None),
    )
    if needs_content and config.content is not None and not config.content.is_dir():
        top.section("content").fault("folder", f"there is no folder {own}", "make it, or leave the key out")
    top.finish()
    return config


def overrides_from(environ: Mapping[str, str]) -> dict[tuple[str, ...], Override]:
    """Find `VUORO_SECTION__KEY` (and deeper: `VUORO_TELEGRAM__WEBHOOK__URL`) in the environment."""
    found: dict[tuple[str, ...], Override] = {}
    for name, value in environ.items():
        if name.startswith(_PREFIX) and "__" in name:
            found[tuple(name.removeprefix(_PREFIX).lower().split("__"))] = Override(value, name)
    return found


def _company(top: Table) -> Company:
    default = Company()
    table = top.section("company")
    first_answer = table.get("first_answer", SPAN, default.first_answer)
    languages = table.get("languages", list_of(LANGUAGE, at_least=1, distinct=True), default.languages)
    hours = table.maybe_table("hours")
    holidays: tuple[dt.date, ...] = table.get("holidays", list_of(DATE), ())
    return Company(
        name=table.get("name", TEXT, default.name),
        timezone=table.get("timezone", ZONE, default.zone).key,
        languages=languages,
        currency=table.get("currency", _CURRENCY, default.currency),
        hours=default.hours if hours is None else _hours(hours),
        holidays=frozenset(holidays),
        courtesy=_courtesy(top.section("courtesy")),
        first_answer=first_answer,
        cases=read_cases(top.section("cases"), first_answer, languages),
        topics=_topics(top.section("newsletters").section("topics")),
    )


def _topics(table: Table) -> dict[str, Mapping[str, str]]:
    found = table.mapping(LABEL)
    for name in found:
        if _TOPIC.fullmatch(name) is None or name in list(Purpose):
            table.fault(name, "is no name for a topic", "use up to 32 of a-z, 0-9 and _, as in offers")
    return found


def _hours(table: Table) -> tuple[Hours, ...]:
    found = [(day, table.get(name, HOURS, None)) for day, name in enumerate(WEEKDAYS)]
    return tuple(Hours(day, *hours) for day, hours in found if hours is not None)


def _courtesy(table: Table) -> CourtesyRules:
    default = CourtesyRules()
    return CourtesyRules(
        per_week=table.get("per_week", integer(0, 50), default.per_week),
        least_gap=table.get("least_gap", SPAN, default.least_gap),
        quiet_from=table.get("quiet_from", TIME, default.quiet_from),
        quiet_to=table.get("quiet_to", TIME, default.quiet_to),
    )


def _telegram(table: Table, folder: Path, *, to_run: bool) -> TelegramSettings:
    settings = TelegramSettings(
        token=_secret(table, "token", TOKEN, folder),
        api_url=table.get("api_url", ADDRESS, OFFICIAL_API),
        mode=table.get("mode", choice(Mode), Mode.POLLING),
        webhook=_webhook(table.section("webhook"), folder),
        bulk_per_second=table.get("bulk_per_second", integer(1, 100_000), 30),
        paid_per_second=table.get("paid_per_second", integer(0, 1000), 0),
    )
    has_token = "token" in table or "token_file" in table
    if to_run and not has_token:
        table.fault("token", "is missing", "add token or token_file with what @BotFather gave")
    if settings.token and settings.api_url == OFFICIAL_API and not _OFFICIAL_TOKEN.fullmatch(settings.token):
        misfit = MisfitError(
            "this is no token of Telegram's", "write the whole one that @BotFather gave: 123456789:AA..."
        )
        table.fault("token" if "token" in table else "token_file", misfit.problem, misfit.remedy)
    if settings.api_url == OFFICIAL_API and settings.bulk_per_second > 30:
        table.fault(
            "bulk_per_second", "Telegram takes 30 a second for nothing", "write at most 30 and use paid_per_second"
        )
    if settings.api_url == OFFICIAL_API and settings.bulk_per_second + settings.paid_per_second > 1000:
        table.fault(
            "paid_per_second",
            "Telegram takes 1000 a second at most, free and paid ones together",
            f"write at most {1000 - settings.bulk_per_second}",
        )
    if settings.mode is Mode.WEBHOOK:
        _check_webhook(table, settings)
    return settings


def _webhook(table: Table, folder: Path) -> WebhookSettings:
    return WebhookSettings(
        url=table.get("url", ADDRESS, ""),
        listen=table.get("listen", LISTEN, None),
        secret=_secret(table, "secret", SECRET, folder),
    )


def _check_webhook(table: Table, settings: TelegramSettings) -> None:
    webhook = table.section("webhook")
    if "url" not in webhook:
        webhook.fault("url", "is missing", "add the address under which Telegram reaches the bot")
    elif settings.api_url == OFFICIAL_API and not settings.webhook.url.startswith("https://"):
        webhook.fault(
            "url", "Telegram delivers to https:// addresses only", "put a server with a certificate before it"
        )
    if "secret" not in webhook and "secret_file" not in webhook:
        webhook.fault("secret", "is missing: anybody could send updates", "add 32 random signs")


def _staff(table: Table) -> StaffSettings:
    return StaffSettings(
        admins=table.get("admins", list_of(integer(1), distinct=True), ()),
        group=table.get("group", integer(at_most=-1), None),
    )


def _console(table: Table, folder: Path) -> ConsoleSettings:
    default = ConsoleSettings()
    return ConsoleSettings(
        listen=table.get("listen", LISTEN, default.listen),
        url=table.get("url", ADDRESS, ""),
        api_key=_secret(table, "api_key", API_KEY, folder),
    )


def _surveys(table: Table) -> InvitingRules:
    default = InvitingRules()
    kinds = {kind: table.get(kind, SPAN, None) for kind in SCORES}
    return InvitingRules(
        any=table.get("recontact", SPAN, default.any),
        same=table.get("same", SPAN, default.same),
        kinds={kind: rest for kind, rest in kinds.items() if rest is not None},
    )


def _retention(table: Table) -> Retention:
    default = Retention()
    return Retention(
        holds=table.get("holds", KEEP, default.holds),
        audit=table.get("audit", KEEP, default.audit),
        words=table.get("words", KEEP, default.words),
        media=table.get("media", KEEP, default.media),
        answers=table.get("answers", KEEP, default.answers),
        clicks=table.get("clicks", KEEP, default.clicks),
        moves=table.get("moves", KEEP, default.moves),
        purchases=table.get("purchases", KEEP, default.purchases),
        coupon_tries=table.get("coupon_tries", KEEP, default.coupon_tries),
        offers=table.get("offers", KEEP, default.offers),
        imports=table.get("imports", KEEP, default.imports),
        facts=table.section("facts").mapping(KEEP),
    )


def _secret(table: Table, key: str, kind: Kind[str], folder: Path) -> str:
    """Give the secret at *key*, or the first line of the file that `KEY_file` names; "" when neither is there."""
    file = table.get(f"{key}_file", TEXT, "")
    if not file:
        return table.get(key, kind, "")
    if key in table:
        table.fault(key, f"is given beside {key}_file", "keep one of them")
        return ""
    try:
        content = (folder / Path(file).expanduser()).read_text(encoding="utf-8").strip()
        return kind.read(content)
    except MisfitError as misfit:
        table.fault(f"{key}_file", f"in {file}: {misfit.problem}", misfit.remedy)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        table.fault(f"{key}_file", f"{file} cannot be read ({reason})", "check its name and its rights")
    return ""
