"""The command line: quick help, right exit codes, sentences instead of tracebacks, one JSON document with --json."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bot.command_line
from bot.command_line import program
from tests.bot.command_line import Run, runner


@pytest.fixture
def vuoro(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path) -> Run:
    """The program in a folder of its own, with an empty store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vuoro.toml").write_text(f'[store]\nurl = "{sqlite_url}"\n[staff]\nadmins = [7]\n', encoding="utf-8")
    return runner(capsys)


def test_help_imports_no_command() -> None:
    """`vuoro --help` answers at once: it loads neither the store nor Telegram's library."""
    code = (
        "import sys; from bot.command_line import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'telegram', 'aiohttp', 'jinja2', 'rich', 'alembic'} & set(sys.modules)\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "newsletter" in ended.stdout


def test_every_command_can_be_loaded_and_says_what_it_does() -> None:
    """The list of commands and their modules belong together."""
    context = program.make_context("vuoro", ["check"], resilient_parsing=True)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None, name
        assert command.name == name
        assert command.help, name


def test_unknown_command_is_wrong_usage_with_a_hint(vuoro: Run) -> None:
    """A slip of the fingers costs one look."""
    result = vuoro("newsleter")
    assert result.code == 2
    assert 'did you mean "newsletter"?' in result.err


def test_word_that_is_no_text_is_wrong_usage(vuoro: Run) -> None:
    """A name typed in Latin-1 is told at once; no store could hold it, nor any terminal show it."""
    result = vuoro("customer", "list", "--search", "M\udce4kel\udce4")
    assert (result.code, result.out) == (2, "")
    assert "word 4 after vuoro cannot be read as text; write it in UTF-8" in result.err


def test_missing_config_is_a_sentence(vuoro: Run, tmp_path: Path) -> None:
    """The first thing a new admin meets tells her what to do."""
    (tmp_path / "vuoro.toml").unlink()
    result = vuoro("staff", "list")
    assert (result.code, result.out) == (1, "")
    assert "copy config.example.toml to vuoro.toml" in result.err


def test_store_that_cannot_be_reached_is_a_sentence(vuoro: Run, tmp_path: Path) -> None:
    """No traceback for a database that is down."""
    (tmp_path / "vuoro.toml").write_text('[store]\nurl = "postgresql://nobody@127.0.0.1:1/none"', encoding="utf-8")
    result = vuoro("staff", "list")
    assert result.code == 1
    assert result.err.startswith("store: the database cannot be used")
    assert "Traceback" not in result.err


def test_mistake_of_the_program_is_a_sentence_too(vuoro: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even what nobody foresaw tells how to get help; the traceback comes only when asked for."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(bot.command_line.program, "invoke", broken)
    result = vuoro("check")
    assert result.code == 1
    assert result.err.startswith("a mistake of the program itself (ZeroDivisionError: oops)")
    monkeypatch.setenv("VUORO_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        vuoro("check")


def test_staff_are_added_listed_and_removed(vuoro: Run) -> None:
    """The config's admins are there from the start; others come and go by command."""
    assert vuoro("staff", "add", 42, "agent", "--name", "Olga", "--language", "fi").code == 0
    members = vuoro("staff", "list", "--json").document
    assert [(m["id"], m["name"], m["role"]) for m in members] == [(7, "", "admin"), (42, "Olga", "agent")]
    assert "Olga" in vuoro("staff", "list").out
    assert vuoro("staff", "remove", 42).code == 0
    again = vuoro("staff", "remove", 42)
    assert (again.code, again.err) == (1, "42: is no staff member; vuoro staff list shows who is\n")
    assert "by the config" in vuoro("staff", "remove", 7).err
    assert vuoro("staff", "add", 42, "king").code == 2


def test_store_is_backed_up_and_restored(vuoro: Run, tmp_path: Path) -> None:
    """The admin's round: back up, break, restore; what was there is kept."""
    vuoro("staff", "add", 42, "agent", "--name", "Olga")
    assert vuoro("store", "backup", "kept.backup").code == 0
    vuoro("staff", "remove", 42)
    restored = vuoro("store", "restore", "kept.backup")
    assert restored.code == 0
    assert "is kept as" in restored.out
    assert "Olga" in vuoro("staff", "list").out
    report = vuoro("store", "check", "--json").document
    assert (report["counts"]["customers"], report["problems"]) == (0, [])
    assert "0 figures were wrong" in vuoro("store", "check", "--mend").err
    assert vuoro("store", "restore", "missing").err.startswith("missing: there is no such file")
    assert vuoro("store", "copy", "mysql://x").code == 2
    assert vuoro("store", "copy", f"sqlite:///{tmp_path}/second.db").out.startswith("Copied and counted")
    assert "already has rows" in vuoro("store", "copy", f"sqlite:///{tmp_path}/second.db").err


def test_check_notes_a_clock_that_no_case_could_ever_have(
    vuoro: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt category is no fault, since cases may be made by hand; but it is named with its line and a remedy."""
    file = tmp_path / "vuoro.toml"
    config = file.read_text(encoding="utf-8") + '\n[[cases.clocks]]\ncategories = ["delivry", "talk"]\n'
    file.write_text(config, encoding="utf-8")
    monkeypatch.setenv("VUORO_TELEGRAM__TOKEN", "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    result = vuoro("check")
    (note,) = [line for line in result.err.splitlines() if line.startswith("note: ")]
    assert f"{len(config.splitlines())}: cases.clocks[1].categories: no dialogue makes a case of" in note
    assert note.endswith('"delivry"; did you mean "delivery"?')


def test_check_tells_every_fault_of_every_kind_of_file(vuoro: Run, tmp_path: Path) -> None:
    """Config, dialogue, text, newsletter and rule are mended in one round."""
    for name, content in {
        "dialogues/own.toml": 'id = "own"\nversion = "one"\n',
        "templates/service.en.toml": 'hello = "{{ nme"\n',
        "newsletters/june.fi.j2": "+++\naudience = 'town ='\n+++\nHello\n",
        "rules/loyal.rule": "visits(12m >= 20\n",
    }.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True)
        path.write_text(content, encoding="utf-8")
    (tmp_path / "vuoro.toml").write_text('[content]\nfolder = "own"\n[company]\nnam = "x"\n', encoding="utf-8")
    result = vuoro("check", "--json")
    assert result.code == 1
    files = {fault["file"].rsplit("/", 1)[-1] for fault in result.document["faults"]}
    assert files == {"vuoro.toml", "own.toml", "service.en.toml", "june.fi.j2", "loyal.rule"}
    assert "vuoro.toml:4: company.nam: unknown key; did you mean" in vuoro("check").err


def test_check_of_what_is_right_says_so(vuoro: Run, tmp_path: Path) -> None:
    """The shipped files have no fault."""
    (tmp_path / "vuoro.toml").write_text('[telegram]\ntoken = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"\n')
    result = vuoro("check")
    assert result.code == 0
    assert result.out.startswith("All is well: config, texts, 7 dialogues")
