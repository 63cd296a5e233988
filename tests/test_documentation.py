"""The documentation says what the code does: its halts, its settings, its steps and its commands."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import patchwright
from halt_sites import sites
from patchwright.halts import KINDS, Bug, combine
from patchwright.pipeline import STEPS, STEPS_BY_NAME
from patchwright.settings import Argv, Settings, load_settings
from rooms import MODULES, imported_modules, room_of

ROOT = Path(__file__).parent.parent
DOCUMENTATION = ROOT / "documentation"
PAGES = sorted([*ROOT.glob("*.md"), *DOCUMENTATION.glob("*.md"), *ROOT.glob(".github/**/*.md")])
REPOSITORY = "https://github.com/patchwright/patchwright"
README_LINES = 200
# Raised by `halts.combine`, in a class that it chooses.
SEVERAL = "… problems must be fixed before this release can start."
# The steps after the push use these modules, but what they halt on is known before it: what was typed, the
# checks of preflight, and the commands of the project.
ONLY_BEFORE_THE_PUSH = {
    "preflight.programs", "preflight.remote", "releases.plan", "releases.request", "releases.workspace",
    "tools.hatch", "tools.ref_guard", "tools.towncrier",
}  # fmt: skip  # one set
TYPES = {
    str: "text",
    bool: "true or false",
    float: "seconds",
    Argv: "list of words",
    tuple[Argv, ...]: "list of commands",
}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# Halts


def listed() -> dict[int, dict[str, str]]:
    """Return what documentation/halts.md lists by exit status: a halt's sentence, and how to fix it."""
    parts = re.split(r"^## Exit (\d+): .*$", read(DOCUMENTATION / "halts.md"), flags=re.MULTILINE)[1:]
    return {
        int(status): dict(re.findall(r"^\| (.+?) \| (.+) \|$", text.split("|---|---|")[1], re.MULTILINE))
        for status, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_halt_is_listed_with_its_remedy() -> None:
    rows = listed()
    missing = [site for site in sites() if not rows.get(site.status, {}).get(site.sentence)]
    assert not missing, "documentation/halts.md lacks:\n" + "\n".join(
        f"exit {site.status}: | {site.sentence} | ... |   ({site.place})" for site in missing
    )


def late_sentences() -> set[str]:
    """Return what the modules say that the steps after the push use, but for ONLY_BEFORE_THE_PUSH."""
    names = list(STEPS_BY_NAME)
    late = names[names.index("push") + 1 :]
    todo, seen = [f"steps.{name.replace('-', '_')}" for name in late], set[str]()
    while todo:
        module = todo.pop()
        if module not in seen and room_of(module) != "foundation":
            seen.add(module)
            todo.extend(imported_modules(module))
    return {site.sentence for site in sites() if site.module in seen - ONLY_BEFORE_THE_PUSH}


def test_every_halt_after_the_push_is_listed_with_its_reason() -> None:
    rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", read(DOCUMENTATION / "after-the-push.md"), re.MULTILINE))
    del rows["it says"]
    assert set(rows) == late_sentences()
    assert all(reason.endswith(".") for reason in rows.values())


def test_every_listed_row_is_a_halt() -> None:
    said = {(site.status, site.sentence) for site in sites()}
    stale = [
        f"exit {status}: {sentence}"
        for status, rows in listed().items()
        for sentence in rows
        if sentence != SEVERAL and (status, sentence) not in said
    ]
    assert not stale


def test_every_exit_status_has_its_table() -> None:
    assert set(listed()) == {Bug.status, *(kind.status for kind in KINDS)}


def test_the_halt_for_several_problems_is_listed() -> None:
    both = combine([KINDS[1]("One."), KINDS[1]("Two.")])
    assert SEVERAL.replace("…", "2") == both.cause
    assert SEVERAL in listed()[both.status]


# Settings


@dataclasses.dataclass(frozen=True)
class Documented:
    """What documentation/settings.md says of one setting."""

    type: str
    default: Any
    example: str


def settings_page() -> dict[str, Documented]:
    """Return the settings that documentation/settings.md describes, by key."""
    parts = re.split(r"^### `(.+)`$", read(DOCUMENTATION / "settings.md"), flags=re.MULTILINE)[1:]
    return {
        key: documented(key, text.split("\n## ")[0])
        for key, text in zip(parts[::2], parts[1::2], strict=True)
    }


def documented(key: str, text: str) -> Documented:
    blocks = re.findall(r"^```toml\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    said = re.search(r"^Type: ([a-z ]+)\. Default:(?: `(.+)`)?$", text, re.MULTILINE)
    assert said is not None, key
    default = f"{key} = {said[2]}" if said[2] else blocks.pop(0)
    assert len(blocks) == 1, f"{key} has one example"
    return Documented(said[1], tomllib.loads(default)[key], blocks[0])


def as_toml(value: object) -> object:
    return [as_toml(item) for item in value] if isinstance(value, tuple) else value


def test_every_setting_is_described_with_its_type_and_default() -> None:
    types = get_type_hints(Settings)
    expected = {
        field.name.replace("_", "-"): (TYPES[types[field.name]], as_toml(field.default))
        for field in dataclasses.fields(Settings)
    }
    described = {key: (setting.type, setting.default) for key, setting in settings_page().items()}
    assert described == expected


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: str(field.name))
def test_every_example_of_a_setting_is_accepted_and_changes_it(
    field: dataclasses.Field[Any], tmp_path: Path
) -> None:
    pyproject = tmp_path / "pyproject.toml"
    example = settings_page()[field.name.replace("_", "-")].example
    pyproject.write_text(f"[tool.patchwright]\n{example}", encoding="utf-8")
    changed = dataclasses.asdict(load_settings(pyproject, {}, {}))
    assert {name for name, value in dataclasses.asdict(Settings()).items() if changed[name] != value} == {
        field.name
    }


# Architecture


def test_the_diagram_shows_every_room_and_no_other() -> None:
    shown = set(re.findall(r'^    \w+\["(\w+)/', read(DOCUMENTATION / "architecture.md"), re.MULTILINE))
    rooms = {path.parent.name for path in Path(patchwright.__file__).parent.glob("*/__init__.py")}
    assert shown == rooms


def arrows() -> set[tuple[str, str]]:
    """Return the arrows between the rooms of the diagram."""
    rows = re.findall(r"^    (\w+) --> ([\w &]+)$", read(DOCUMENTATION / "architecture.md"), re.MULTILINE)
    return {(room, target) for room, targets in rows for target in targets.split(" & ")}


def imports_between_rooms() -> set[tuple[str, str]]:
    """Return the pairs of rooms of which the first imports the second; the steps are loaded by name."""
    pairs = {("engine", "steps")}
    for module in MODULES:
        for imported in imported_modules(module):
            room, target = room_of(module), room_of(imported)
            if room != target and "__init__" not in {room, target} and target:
                pairs.add((room, "base" if target == "foundation" else target))
    return pairs


def test_an_arrow_of_the_diagram_is_an_import_and_every_import_follows_arrows() -> None:
    drawn, real = arrows(), imports_between_rooms()
    assert drawn - real == set()
    reachable = set(drawn)
    while more := {(a, d) for a, b in reachable for c, d in drawn if b == c} - reachable:
        reachable |= more
    assert {pair for pair in real if pair[0] != "foundation"} - reachable == set()


# Every page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_link_within_the_project_leads_to_something(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        within = re.sub(
            rf"^(?:{REPOSITORY}/(?:blob|tree)/main|https://raw\.githubusercontent\.com/patchwright/patchwright/main)/",
            f"{ROOT}/",
            target,
        )
        if within.startswith(("http://", "https://")):
            continue
        name, _, anchor = within.partition("#")
        to = (page.parent / name).resolve() if name else page
        assert to.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", read(to), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings}


# The README


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len(read(ROOT / "README.md").splitlines()) <= README_LINES


def test_an_index_page_can_follow_every_link_of_the_readme() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", read(ROOT / "README.md"))
    assert targets
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_the_readme_lists_the_steps_in_their_order() -> None:
    rows = re.findall(r"^\| `release\.([a-z-]+)` \| .+ \|$", read(ROOT / "README.md"), re.MULTILINE)
    assert rows == [step.name for step in STEPS]


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    commands = [row for row in read(ROOT / ".ci" / "run").splitlines() if row.endswith("dev.journeys")]
    assert len(commands) == 1
    assert f"    {commands[0]}\n" in read(ROOT / "README.md")
