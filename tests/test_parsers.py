"""Every parser of outside text takes any text: it returns something, or raises what it says it raises."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from patchwright.changelogs import headings, placing, sections
from patchwright.github import client, models, repository, triggers
from patchwright.github.client import NoAnswerError
from patchwright.halts import Halt
from patchwright.preflight.programs import require_at_least
from patchwright.releases import refusals
from patchwright.tools import documents, git_output, hatch, news_fragments, towncrier
from patchwright.tools.shell import Output
from repository import PYPROJECT, START, section

SHA = "a" * 40
PUSH = triggers.Push("refs/heads/release-1.24", changed_paths=lambda: ["a.py", "b/c.md"])
COMMIT = (
    f"\x01{SHA}\0P{SHA}\0AAda <a@b.c>\0D2026-11-22T14:00:00+00:00\0BOne\n\n\0\n"
    f":100644 100644 {SHA} {SHA} M\0x.py\0"
)
TAG = f"object {SHA}\ntype commit\ntag v1.24.1\ntagger Ada <a@b.c> 1763820000 +0000\n\nOne\n-----BEGIN PGP\n"
RUN = {
    "id": 1, "name": "qa", "path": ".github/workflows/qa.yaml@x", "workflow_id": 7, "run_number": 3,
    "run_attempt": 1, "event": "push", "head_branch": "x", "head_sha": SHA, "status": "completed",
    "conclusion": "success", "html_url": "https://x", "created_at": "2026-11-22T14:00:00Z",
    "run_started_at": "2026-11-22T14:00:00Z", "updated_at": "2026-11-22T14:00:00Z",
}  # fmt: skip  # one run
JOB = {
    "id": 1, "name": "test", "status": "completed", "conclusion": "failure", "html_url": "https://x",
    "started_at": "2026-11-22T14:00:00Z", "completed_at": None, "steps": [{"name": "a", "status": "queued"}],
}  # fmt: skip  # one job
WORKFLOW = (
    "name: qa\non:\n  push:\n    branches: [main, '!x**']\n    paths-ignore: ['*.md']\njobs:\n"
    "  test:\n    if: github.ref == 'x'\n    needs: [a]\n    runs-on: ubuntu\n    steps: []\n"
)
HATCH = (
    '[version]\nsource = "regex"\npath = "a.py"\npattern = "(?P<version>.+)"\n'
    '[envs.develop]\ntemplate = "default"\nscripts.x = ["a"]\nmatrix = [{python = ["3.11"]}]\n'
)
CHANGES = f"Changes\n*******\n\n{START}\n{section('1.24.1', 'Tides. (#2)')}{section('1.24.0', 'Leap. (#1)')}"
MARKDOWN = (
    "# Changes\n\n<!-- towncrier release notes start -->\n\n"
    "## x 1.24.1 (2026-11-22)\n\n- Tides\n\n## x 1.24.0\n"
)
EVENTS = '{"event": "child_start", "child_class": "hook", "child_id": 1, "hook_name": "pre-commit"}\n' * 2
ANSWER = (
    "HTTP/2.0 403 Forbidden\nDate: Sun, 22 Nov 2026 14:00:00 GMT\n"
    'Retry-After: 9\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 17638\n\n{"message": "no"}'
)


@dataclass(frozen=True)
class Parser:
    """A parser, a text that it can read, and what it raises for other texts."""

    name: str
    parse: Callable[[str], object]
    sample: str
    raises: tuple[type[Exception], ...] = ()


def _answer(text: str) -> object:
    answer = client.parse_answer(text)
    return answer.message, answer.sent_at, answer.is_rate_limit, answer.rate_limit_seconds


def _config(text: str) -> object:
    return news_fragments.fragments(
        towncrier.configuration(text, None), ["changes/1.fix.md", "a/+x.repair.rst", "b/c.d.e.f"]
    )


def _hatch(text: str) -> object:
    def read(path: str) -> str | None:
        return text if path in {"pyproject.toml", "hatch.toml"} else None

    source = hatch.version_source(read)
    found = source.version_in(text) if source else None
    return found, hatch.project_name(read), hatch.environments(read), hatch.environment(read, "develop.3")


def _sections(markup: headings.Markup) -> Callable[[str], object]:
    def parse(text: str) -> object:
        sections.markup_of(text, "")
        sections.find_sections(text, markup, start_string=START)
        sections.section_for(text, "1.24.1", markup, start_string=START)
        return placing.insert_section(text, section("1.24.2", "New."), "1.24.2", markup, start_string=START)

    return parse


def _json(read: Callable[[Any], object]) -> Callable[[str], object]:
    return lambda text: read(client.parse_json(text))


NO_ANSWER, HALT = (NoAnswerError,), (Halt,)
UNPLACED = (sections.Ambiguous, placing.Unplaceable)
RST, MD = headings.Markup.RST, headings.Markup.MARKDOWN
PARSERS = [
    Parser("git's commits", lambda text: list(git_output.parse_commits(text)), COMMIT * 2, HALT),
    Parser("git's tag", git_output.parse_tag, TAG, HALT),
    Parser("git's identities", git_output.parse_identities, TAG, HALT),
    Parser("git's configuration", git_output.parse_configuration, "user.name\nAda\0core.bare\0"),
    Parser("git's objects", lambda text: list(git_output.parse_contents([SHA, "x"], text)),
           f"{SHA} blob 2\nab\nx missing\n", HALT),
    Parser("git's trees", lambda text: list(git_output.parse_tree(text)), f"100644 blob {SHA}\ta b\0", HALT),
    Parser("git's events", git_output.failed_hook, EVENTS),
    Parser("git's refusals",
           lambda text: (refusals.is_rejected(text), refusals.remedies(text, "refs/tags/x", "o")),
           "! [remote rejected] x -> x (GH013: Repository rule violations found)"),
    Parser("gh's answer", _answer, ANSWER, NO_ANSWER),
    Parser("GitHub's run", _json(models.read_run), json.dumps(RUN), NO_ANSWER),
    Parser("GitHub's runs", _json(models.read_list("workflow_runs", models.read_run)),
           json.dumps({"total_count": 1, "workflow_runs": [RUN]}), NO_ANSWER),
    Parser("GitHub's job", _json(models.read_job), json.dumps(JOB), NO_ANSWER),
    Parser("GitHub's workflow", _json(models.read_workflow),
           '{"id": 7, "name": "qa", "path": "a/b.yaml", "state": "active"}', NO_ANSWER),
    Parser("GitHub's repository", _json(models.read_about),
           '{"full_name": "o/n", "fork": true, "parent": {"full_name": "p/n"}, "archived": false,'
           '"permissions": {"push": true}}', NO_ANSWER),
    Parser("GitHub's approvals", _json(models.read_approvals),
           '[{"environment": {"name": "x"}, "reviewers": [{"reviewer": {"login": "a"}}]}]', NO_ANSWER),
    Parser("GitHub's release", _json(models.read_release),
           '{"tag_name": "v1", "published_at": "2026-11-22T14:00:00Z", "html_url": "x", "draft": false}',
           NO_ANSWER),
    Parser("gh's log", lambda text: repository.failing_lines(text.split("\n"), "test"),
           "build\ttest\t2026-11-22T14:00:00.1Z ##[error]no\n"),
    Parser("a URL", repository.parse_url, "ssh://git@github.com:22/o/n.git"),
    Parser("a workflow", triggers.workflow_name, WORKFLOW),
    Parser("workflow files", lambda text: triggers.select_files("qa", {"x": text}), WORKFLOW),
    Parser("a trigger", lambda text: triggers.find_obstacle(text, PUSH, ["test"]), WORKFLOW),
    Parser("towncrier's configuration", _config,
           PYPROJECT, HALT),
    Parser("Hatch's configuration", _hatch, HATCH),
    Parser("pyproject.toml",
           lambda text: documents.find_literal("pyproject.toml", text, ("project", "version")),
           '[project]\nversion = "1.24.0"\n'),
    Parser("package.json", lambda text: documents.leaves(documents.parse_document("package.json", text)),
           '{"version": "1.24.0", "a": [1, {}]}'),
    Parser("a changelog in reStructuredText", _sections(RST), CHANGES, UNPLACED),
    Parser("a changelog in Markdown", _sections(MD), MARKDOWN, UNPLACED),
    Parser("a version", lambda text: hatch.stated_version(Output(("hatch",), 0, text, "")), "1.24.1\n", HALT),
    Parser("a program's version", lambda text: require_at_least("git", text, (2, 39)),
           "git version 2.39\n", HALT),
]  # fmt: skip  # what is read, by what, a sample, what it raises
BY_NAME = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
PIECES = st.sampled_from(
    ["", "\0", "\n", "\x01", ":", " ", "\t", '"', "[", "{", "}", "=", "null", "-1", "1e999", "\ud800",
     "\udcff", "- ", "&a ", "*a", "!x ", "9" * 5000, "---", "\r", "\ufeff", "٣", "<!--", "`", "=" * 9, "true",
     "[]", "{}", "0"]
)  # fmt: skip  # one list


def check(parser: Parser, text: str) -> None:
    """Parse a text. Any other exception than the documented ones fails the test."""
    with contextlib.suppress(*parser.raises):
        parser.parse(text)


@BY_NAME
def test_a_parser_reads_its_sample(parser: Parser) -> None:
    parser.parse(parser.sample)


@BY_NAME
@settings(max_examples=60)
@given(text=st.text(max_size=200))
def test_any_text_is_parsed_or_refused(parser: Parser, text: str) -> None:
    check(parser, text)


@BY_NAME
@settings(max_examples=150)
@given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_a_damaged_text_is_parsed_or_refused(parser: Parser, edits: list[tuple[int, int, str]]) -> None:
    text = parser.sample
    for at, length, piece in edits:
        place = at % (len(text) + 1)
        text = text[:place] + piece + text[place + length :]
    check(parser, text)


@pytest.mark.parametrize(
    "parser",
    [one for one in PARSERS if one.name.startswith("GitHub's") or one.name == "package.json"],
    ids=lambda one: one.name,
)
def test_json_with_other_values_is_parsed_or_refused(parser: Parser) -> None:
    values: list[Any] = [None, True, -1, 10**400, 1.5, "", "x", [], {}, [None], {"name": 1}]
    source = random.Random(1)  # noqa: S311  no secret

    def changed(content: Any) -> Any:  # noqa: ANN401  JSON is anything
        if source.random() < 0.1:
            return source.choice(values)
        if isinstance(content, dict):
            return {name: changed(value) for name, value in content.items() if source.random() > 0.03}
        return [changed(value) for value in content] if isinstance(content, list) else content

    content = json.loads(parser.sample)
    for _ in range(400):
        check(parser, json.dumps(changed(content)))


@pytest.mark.parametrize(
    "value", ["1", "''", "[]", "{}", "[{}]", "[1]", "true", "1979-05-27", "nan", "{a = 1}", "9" * 5000]
)
@pytest.mark.parametrize(
    "key",
    [
        "project", "project.name", "project.version", "tool", "tool.towncrier", "tool.towncrier.type",
        "tool.towncrier.section", "tool.towncrier.directory", "tool.towncrier.filename",
        "tool.towncrier.ignore",
        "tool.towncrier.template", "tool.towncrier.title_format", "tool.towncrier.underlines",
        "tool.towncrier.name", "tool.towncrier.package", "tool.towncrier.issue_format", "tool.hatch",
        "tool.hatch.version", "tool.hatch.version.path", "tool.hatch.version.pattern", "tool.hatch.envs",
        "tool.hatch.envs.develop", "tool.hatch.envs.develop.matrix", "tool.hatch.envs.develop.template",
        "tool.hatch.env", "tool.hatch.env.collectors", "envs", "version", "envs.develop", "env",
    ],
)  # fmt: skip  # keys, one list
def test_settings_of_another_type_are_read_or_refused(key: str, value: str) -> None:
    base = "" if "." not in key else "[tool.towncrier]\ndirectory = 'x'\n"
    text = f"{key} = {value}\n" if key.startswith("tool.towncrier") else f"{key} = {value}\n{base}"
    for name in ("towncrier's configuration", "Hatch's configuration"):
        parser = next(one for one in PARSERS if one.name == name)
        check(parser, text)
        check(parser, f"tool.towncrier.directory = 'x'\n{key} = {value}\n")
