"""The config: the example is the reference, every fault is told at once, secrets are never shown."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest

from bot.config import Approval, Config, Mode
from bot.config_reading import load_config, read_config
from bot.config_values import Listen
from domain.company import Hours
from domain.documents import read_document
from domain.faults import FaultList, Faults

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def _load(folder: Path, content: str, *, to_run: bool = False, **environ: str) -> Config:
    file = folder / "vuoro.toml"
    file.write_text(content, encoding="utf-8")
    return load_config(file, environ, to_run=to_run)


def _faults(folder: Path, content: str, *, to_run: bool = False, **environ: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        _load(folder, content, to_run=to_run, **environ)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_example_as_it_stands_is_the_defaults(tmp_path: Path) -> None:
    """What the example shows as defaults is what an empty file means."""
    assert _load(tmp_path, EXAMPLE.read_text(encoding="utf-8")) == _load(tmp_path, "")


def _paths(values: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    if isinstance(values, list) and any(isinstance(each, dict) for each in values):
        inner = (_paths(each, (*path, index)) - {(*path, index)} for index, each in enumerate(values))
        return set().union(*inner, {path})
    if not isinstance(values, dict):
        return {path}
    return set().union(*(_paths(value, (*path, key)) for key, value in values.items()), {path})


def test_example_has_every_key_and_no_other(tmp_path: Path) -> None:
    """A setting that is added or renamed in the code fails here until the example follows."""

    everything = re.sub(r"^#(\w+ = |\[\[)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    top = read_document(everything, "example", FaultList())
    assert top is not None
    read_config(top, tmp_path)
    asked = {(*path, key) for path, keys in top._source.known.items() for key in keys}
    assert asked == _paths(tomllib.loads(everything)) - {()}


def test_all_faults_are_told_at_once_with_line_and_remedy(tmp_path: Path) -> None:
    """An admin mends a config in one round, not one fault a start."""
    content = """
[company]
timezone = "Europe/Helsingfors"
languages = []
hours = { mon = "17-9", som = "closed" }
[telegram]
tokn = "x"
mode = "webhook"
[store]
url = "mysql://root@localhost/vuoro"
[courtesy]
least_gap = "3m"
"""
    no_store = "this is no database URL that the store can use (not shown here: it may hold a password)"
    no_length = '"3m" has no fixed length ("m" is months); use s, min, h, d or w; for minutes write "3min"'
    assert _faults(tmp_path, content, to_run=True) == [
        'vuoro.toml:3: company.timezone: "Europe/Helsingfors" is no time zone; did you mean "Europe/Helsinki"?',
        "vuoro.toml:4: company.languages: has 0 elements; 1 are needed; add what is missing",
        'vuoro.toml:5: company.hours.mon: "17-9" is no opening time; write "09:00-17:00" or "closed"',
        "vuoro.toml:5: company.hours.som: unknown key; remove it (known here: fri, mon, sat, sun, thu, tue, wed)",
        "vuoro.toml:6: telegram.token: is missing; add token or token_file with what @BotFather gave",
        "vuoro.toml:6: telegram.webhook.url: is missing; add the address under which Telegram reaches the bot",
        "vuoro.toml:6: telegram.webhook.secret: is missing: anybody could send updates; add 32 random signs",
        'vuoro.toml:7: telegram.tokn: unknown key; did you mean "token"?',
        f"vuoro.toml:10: store.url: {no_store}; use sqlite or postgresql",
        f"vuoro.toml:12: courtesy.least_gap: {no_length}",
    ]


def test_values_come_out_as_written(tmp_path: Path) -> None:
    """Each section's values reach the settings with their types."""
    config = _load(
        tmp_path,
        f"""
[company]
name = "Kauppahuone"
languages = ["en", "cs"]
hours = {{ sat = "10:00-15:30", sun = "closed" }}
holidays = [2027-12-24]
[telegram]
token = "{TOKEN}"
api_url = "http://127.0.0.1:9999/"
mode = "webhook"
webhook = {{ url = "http://127.0.0.1:8443", listen = "[::1]:8443", secret = "0123456789abcdef" }}
[staff]
admins = [42]
group = -100123
[newsletters]
approval = "none"
test_list = ["10023", "10024"]
[newsletters.topics]
offers = {{ en = "Offers", cs = "Nabídky" }}
magazine = "Magazine"
[retention]
holds = "for ever"
""",
        to_run=True,
    )
    assert config.company.languages == ("en", "cs")
    assert config.company.hours == (Hours(5, dt.time(10), dt.time(15, 30)),)
    assert config.company.holidays == {dt.date(2027, 12, 24)}
    assert config.telegram.api_url == "http://127.0.0.1:9999"
    assert (config.telegram.mode, config.telegram.webhook.listen) == (Mode.WEBHOOK, Listen("::1", 8443))
    assert (config.staff.admins, config.staff.group) == ((42,), -100123)
    assert config.newsletters is Approval.NONE
    assert config.test_list == ("10023", "10024")
    assert config.company.topics == {"offers": {"en": "Offers", "cs": "Nabídky"}, "magazine": {"": "Magazine"}}
    assert config.retention.holds is None


def test_topics_are_judged_by_name_and_label(tmp_path: Path) -> None:
    """A topic's name stands behind a button, so it is short and plain; a purpose's name is taken."""
    content = '[newsletters.topics]\nOffers = "Offers"\nsurveys = "Surveys"\nclub = { en = "" }\n'
    misfit = "is no name for a topic; use up to 32 of a-z, 0-9 and _, as in offers"
    assert _faults(tmp_path, content) == [
        f"vuoro.toml:2: newsletters.topics.Offers: {misfit}",
        f"vuoro.toml:3: newsletters.topics.surveys: {misfit}",
        'vuoro.toml:4: newsletters.topics.club: "" is no button\'s text; write 1 to 40 signs',
    ]


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A container is configured without a file of its own."""
    config = _load(
        tmp_path,
        '[company]\nname = "From the file"',
        VUORO_COMPANY__NAME="From outside",
        VUORO_STAFF__ADMINS="[1, 2]",
        VUORO_TELEGRAM__WEBHOOK__LISTEN="0.0.0.0:8443",
        VUORO_SOMETHING="no override",
    )
    assert config.company.name == "From outside"
    assert config.staff.admins == (1, 2)
    assert config.telegram.webhook.listen == Listen("0.0.0.0", 8443)


def test_fault_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    """Whoever set it finds it."""
    (fault,) = _faults(tmp_path, "", VUORO_COMPANY__CURRENCY="euro")
    assert fault.startswith('VUORO_COMPANY__CURRENCY: company.currency: "euro" is not a currency')


def test_environment_alone_may_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file the overrides are the config; with neither, a sentence says what to do."""
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {"VUORO_TELEGRAM__TOKEN": TOKEN}, to_run=True).telegram.token == TOKEN
    with pytest.raises(Faults, match=r"vuoro.toml: there is no such file; copy config.example.toml to vuoro.toml"):
        load_config(None, {})


def test_secrets_may_be_files_beside_the_config(tmp_path: Path) -> None:
    """A relative file is taken from the config's folder, not from where the program was started."""
    (tmp_path / "token.txt").write_text(TOKEN + "\n", encoding="utf-8")
    assert _load(tmp_path, '[telegram]\ntoken_file = "token.txt"', to_run=True).telegram.token == TOKEN


def test_secret_given_twice_or_in_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """Which of two would count is not left to chance."""
    both = f'[telegram]\ntoken = "{TOKEN}"\ntoken_file = "token.txt"'
    assert _faults(tmp_path, both) == ["vuoro.toml:2: telegram.token: is given beside token_file; keep one of them"]
    (fault,) = _faults(tmp_path, '[telegram]\ntoken_file = "none.txt"')
    assert fault.startswith("vuoro.toml:2: telegram.token_file: none.txt cannot be read (No such file or directory);")


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """Neither a fault nor a printed config gives away a token, a secret or a password."""
    content = """
[telegram]
token = "123456789:hidden"
webhook = { secret = "hidden!" }
[store]
url = "oracle://user:hidden@host/db"
"""
    assert "hidden" not in "\n".join(_faults(tmp_path, content, to_run=True))
    good = _load(tmp_path, f'[telegram]\ntoken = "{TOKEN}"\n[store]\nurl = "postgresql://user:hidden@host/db"')
    assert TOKEN not in repr(good)
    assert "hidden" not in repr(good)


def test_another_server_may_have_tokens_of_its_own(tmp_path: Path) -> None:
    """The form of a token is Telegram's own affair: elsewhere anything without a space does."""
    content = '[telegram]\ntoken = "12345678:T"\napi_url = "http://127.0.0.1:8081"'
    assert _load(tmp_path, content, to_run=True).telegram.token == "12345678:T"


def test_missing_content_folder_is_a_fault(tmp_path: Path) -> None:
    """A misspelt folder must not silently leave the company with the shipped texts only."""
    assert _faults(tmp_path, '[content]\nfolder = "contnt"') == [
        "vuoro.toml:2: content.folder: there is no folder contnt; make it, or leave the key out"
    ]


def test_rests_between_surveys_are_read_for_any_for_the_same_and_by_kind_of_score(tmp_path: Path) -> None:
    """A kind that is left out has no rest of its own; a month has no fixed length."""
    rules = _load(tmp_path, '[surveys]\nrecontact = "14d"\nnps = "90d"\n').surveys
    assert (rules.any, rules.same) == (dt.timedelta(14), dt.timedelta(60))
    assert rules.kinds == {"nps": dt.timedelta(90)}
    (fault,) = _faults(tmp_path, '[surveys]\ncsat = "3m"\n')
    assert fault.startswith("vuoro.toml:2: surveys.csat: ")
