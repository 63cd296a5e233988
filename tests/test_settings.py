"""Settings: the written process is the default, and an error names the file and the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from patchwright.halts import Prerequisite
from patchwright.settings import ConfigurationError, Settings, fill_command, load_settings

INVOKE = "invoke.yaml, `patchwright`"


def load_table(
    tmp_path: Path, table: str = "", configured: Mapping[str, Any] | None = None, **environment: str
) -> Settings:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(f"[tool.patchwright]\n{table}\n")
    return load_settings(pyproject, {INVOKE: configured or {}}, environment)


def test_the_defaults_are_those_of_the_written_process(tmp_path: Path) -> None:
    settings = load_table(tmp_path)
    assert settings == Settings()
    assert (settings.remote, settings.mainline, settings.release_branch, settings.tag) == (
        "origin",
        "master",
        "release-{series}",
        "v{version}",
    )
    assert settings.checks[0] == ("hatch", "--env", "develop", "run", "linters")


def test_a_project_without_pyproject_has_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "pyproject.toml", {}, {}) == Settings()


def test_later_sources_override_earlier_ones(tmp_path: Path) -> None:
    table = 'mainline = "main"\nremote = "a"\nqa_workflow = "tests"\nwatch-interval = 5'
    settings = load_table(
        tmp_path, table, {"remote": "b", "mainline": "trunk"}, INVOKE_PATCHWRIGHT_REMOTE="c"
    )
    assert (settings.remote, settings.mainline, settings.qa_workflow) == ("c", "trunk", "tests")
    assert settings.watch_interval == 5.0


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        ("colour = true", ["`colour` is not a setting"]),
        ('mainlne = "main"', ["`mainlne` is not a setting", "did you mean mainline?"]),
        ("sign = 'yes'", ["`sign` must be true or false, not 'yes'"]),
        ("remote = 3", ["`remote` must be text"]),
        ("remote = ' '", ["`remote` must be text"]),
        ("watch-interval = 'often'", ["`watch-interval` must be a number of seconds"]),
        ("watch-interval = true", ["`watch-interval` must be a number of seconds"]),
        ("watch-interval = 0", ["`watch-interval` must be more than 0 seconds"]),
        ("watch-timeout = inf", ["`watch-timeout` must be more than 0 seconds"]),
        (
            "bump-command = 'hatch version {version}'",
            ["`bump-command` must be a list of words", '["hatch", "version"]'],
        ),
        ("bump-command = []", ["`bump-command` must be a list of words"]),
        ("bump-command = ['hatch', 3]", ["`bump-command` must be a list of words"]),
        ("checks = 'tox'", ["`checks` must be a list of commands"]),
        ("checks = ['tox']", ["`checks[0]` must be a list of words"]),
        ("tag = 'v'", ["`tag` must contain {version}"]),
        ("release-branch = 'stable'", ["`release-branch` must contain {series}"]),
        ("version-subject = 'Now {colour}'", ["`version-subject` may only use {date}, {series}, {version}"]),
        ("version-subject = 'Now {'", ["`version-subject` is not a valid template"]),
        ("version-source = 'git'", ["`version-source` must be one of auto, tag, file"]),
        ("development-version = '{next}'", ["must be a development version such as {next}.dev0"]),
        ("development-version = '{next}a1'", ["must be a development version such as {next}.dev0"]),
        ("development-version = '1.24.3.dev0'", ["must contain {next}"]),
        ("development-version = '{version}.dev0'", ["may only use {next}"]),
        ("mainline-via = 'mail'", ["`mainline-via` must be one of push, pull-request"]),
        ("remote = 'a'\n'remote' = 'b'", ["pyproject.toml is not TOML"]),
        ("qa-workflow = 'a'\nqa_workflow = 'b'", ["is set twice"]),
    ],
)
def test_an_error_names_the_file_and_the_key(table: str, facts: list[str], tmp_path: Path) -> None:
    with pytest.raises(Prerequisite) as halted:
        load_table(tmp_path, table)
    assert halted.value.code == 3
    for fact in ["pyproject.toml", *facts]:
        assert fact in str(halted.value)


def test_an_error_in_the_configuration_of_invoke_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"invoke\.yaml, `patchwright`: `sign` must be true or false"
    ):
        load_table(tmp_path, configured={"sign": 1})


@pytest.mark.parametrize(
    ("name", "value", "fact"),
    [
        ("INVOKE_PATCHWRIGHT_COLOUR", "x", "is not a setting"),
        ("INVOKE_PATCHWRIGHT_SIGN", "maybe", "must be true or false, not 'maybe'"),
        ("INVOKE_PATCHWRIGHT_PATIENCE", "long", "must be a number of seconds, not 'long'"),
        ("INVOKE_PATCHWRIGHT_PATIENCE", "nan", "must be more than 0 seconds"),
        ("INVOKE_PATCHWRIGHT_CHECKS", "tox", "is a command: set it in pyproject.toml, as a list"),
        ("INVOKE_PATCHWRIGHT_TAG", "v", "must contain {version}"),
    ],
)
def test_an_error_in_a_variable_names_the_variable(name: str, value: str, fact: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as halted:
        load_table(tmp_path, "", None, **{name: value})
    assert f"the environment: `{name}` {fact}" in str(halted.value)


def test_variables_have_the_types_of_their_settings(tmp_path: Path) -> None:
    settings = load_table(
        tmp_path,
        INVOKE_PATCHWRIGHT_SIGN="no",
        INVOKE_PATCHWRIGHT_PATIENCE="1.5",
        INVOKE_PATCHWRIGHT_MAINLINE="main",
    )
    assert (settings.sign, settings.patience, settings.mainline) == (False, 1.5, "main")


KEYS = st.sampled_from([field.name for field in fields(Settings)]) | st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_configuration_gives_settings_or_an_error(configured: dict[str, Any]) -> None:
    nowhere = Path("/nowhere/pyproject.toml")
    try:
        settings = load_settings(nowhere, {INVOKE: configured}, {})
    except ConfigurationError as error:
        assert INVOKE in error.cause  # noqa: PT017  the other outcome is asserted as well
    else:
        assert all(getattr(settings, key.replace("-", "_")) is not None for key in configured)


@pytest.mark.parametrize(
    ("table", "jobs"),
    [
        ("release-jobs = []", ()),
        ("release-jobs = ['publish to PyPI']", ("publish to PyPI",)),
        ("release-jobs = ['publish ({ linux, 3.12)']", ("publish ({ linux, 3.12)",)),
    ],
)
def test_the_names_of_jobs_may_be_none_and_are_no_templates(
    table: str, jobs: tuple[str, ...], tmp_path: Path
) -> None:
    assert load_table(tmp_path, table).release_jobs == jobs


@pytest.mark.parametrize("table", ["release-jobs = 'publish'", "release-jobs = ['']", "checks = [[]]"])
def test_a_list_of_another_form_is_an_error(table: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="must be a list of words"):
        load_table(tmp_path, table)


def test_a_field_is_filled_in_within_its_word() -> None:
    command = ("hatch", "version", "{version}", "--x={series}-{date}")
    assert fill_command(command, version="1.24.1; rm -rf x", series="1.24", date="today") == (
        "hatch",
        "version",
        "1.24.1; rm -rf x",
        "--x=1.24-today",
    )
