"""The pure parts of the installer: when the environment is made again, and what people are told."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from installer import environment, failure
from installer.environment import INSTALL, READY, REBUILD, Found, Stamp

ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP_FILES = [*sorted((ROOT / "installer").glob("*.py")), ROOT / "tests" / "__main__.py"]

WHOLE = Found(python=(3, 11), pip=True, complete=True)
STAMP = Stamp(READY, "abc", "here", (3, 11), frozenset({"test"}))


def want(
    project: str = "abc", place: str = "here", extras: tuple[str, ...] = ()
) -> environment.Wanted:
    return environment.Wanted(project, place, frozenset(extras))


@pytest.mark.parametrize(
    "path", BOOTSTRAP_FILES, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_an_old_python_can_read_the_bootstrap_far_enough_to_say_that_it_is_too_old(
    path: Path,
) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    lazy = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert lazy or path.name == "__init__.py"


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    ours = {"installer"}
    known = {
        *("__future__", "collections", "contextlib", "fcntl", "hashlib", "importlib", "json"),
        *("msvcrt", "os", "pathlib", "re", "shutil", "signal", "subprocess", "sys", "time"),
        *("types", "typing"),
    }
    imported = set()
    for path in BOOTSTRAP_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported - ours <= known


def test_a_python_that_is_too_old_is_named_with_what_to_do() -> None:
    sentence = failure.sentence_for_version((3, 9, 6), "/usr/bin/python3")
    assert sentence is not None
    assert "needs Python 3.11 or newer; this is Python 3.9.6 (/usr/bin/python3)" in sentence
    assert "https://www.python.org/downloads/" in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2), (4, 0, 0)])
def test_a_python_that_will_do_is_not_spoken_of(version: tuple[int, ...]) -> None:
    assert failure.sentence_for_version(version, "python3") is None


def test_the_bootstrap_asks_for_the_python_that_the_project_asks_for() -> None:
    asked = re.search(
        r'requires-python = ">=(\d+)\.(\d+)"', (ROOT / "pyproject.toml").read_text("utf-8")
    )
    assert asked is not None
    assert (int(asked[1]), int(asked[2])) == failure.OLDEST


@pytest.mark.parametrize(
    ("wanted", "stamp", "found", "decision"),
    [
        pytest.param(want(), STAMP, WHOLE, READY, id="as it should be"),
        pytest.param(want(extras=("test",)), STAMP, WHOLE, READY, id="extras are there"),
        pytest.param(want(extras=("redis",)), STAMP, WHOLE, INSTALL, id="an extra is missing"),
        pytest.param(want(project="new"), STAMP, WHOLE, INSTALL, id="pyproject changed"),
        pytest.param(
            want(), STAMP, WHOLE._replace(complete=False), INSTALL, id="a package is gone"
        ),
        pytest.param(want(), None, WHOLE, INSTALL, id="made by hand, or pip failed"),
        pytest.param(want(), None, None, REBUILD, id="not there"),
        pytest.param(want(), STAMP, None, REBUILD, id="its Python does not run"),
        pytest.param(want(), STAMP, WHOLE._replace(pip=False), REBUILD, id="without pip"),
        pytest.param(want(), STAMP._replace(state="making"), WHOLE, REBUILD, id="cut short"),
        pytest.param(want(), environment.DAMAGED, WHOLE, REBUILD, id="stamp unreadable"),
        pytest.param(want(place="moved"), STAMP, WHOLE, REBUILD, id="folder moved"),
        pytest.param(want(), STAMP, WHOLE._replace(python=(3, 12)), REBUILD, id="Python upgraded"),
        pytest.param(want(), None, WHOLE._replace(python=(3, 10)), REBUILD, id="Python too old"),
    ],
)
def test_the_environment_is_made_again_only_when_it_must_be(
    wanted: environment.Wanted, stamp: Stamp | None, found: Found | None, decision: str
) -> None:
    assert environment.decide(wanted, stamp, found) == decision


def test_a_stamp_is_read_as_it_was_written() -> None:
    stamp = STAMP._replace(place="/home/Amélie Ben Youssef/greffier")
    assert environment.stamp_from_text(environment.stamp_as_text(stamp)) == stamp


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"state": "ready"}', "null"])
def test_a_stamp_that_cannot_be_read_is_damaged(text: str) -> None:
    assert environment.stamp_from_text(text) == environment.DAMAGED


@pytest.mark.parametrize("text", ["", "Traceback", '{"python": 3}'])
def test_a_python_that_answers_nonsense_is_not_found(text: str) -> None:
    assert environment.found_from_text(text) is None


def test_a_change_of_the_project_or_of_its_place_is_seen(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]", encoding="utf-8")
    before = environment.wanted(tmp_path, tmp_path / ".venv", frozenset())
    assert environment.wanted(tmp_path, tmp_path / ".venv", frozenset()) == before
    assert environment.wanted(tmp_path, tmp_path / "other", frozenset()) != before
    project.write_text("[project]\n", encoding="utf-8")
    assert environment.wanted(tmp_path, tmp_path / ".venv", frozenset()) != before


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("Failed to establish a new connection: [Errno 111] Connection refused", "HTTPS_PROXY"),
        ("[Errno -3] Temporary failure in name resolution", "network"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407", "proxy"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("[WinError 32] The process cannot access the file", "Stop Greffier"),
        ("ERROR: No matching distribution found for peewee>=4.5.3", "Another Python"),
        ("something nobody has seen", "The lines above"),
    ],
)
def test_what_stops_pip_is_answered_with_what_to_do(output: str, word: str) -> None:
    assert word in failure.remedy_for(output)


def test_without_the_network_it_is_the_network_that_is_named() -> None:
    output = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(\n"
        "ERROR: No matching distribution found for setuptools>=77"
    )
    assert "network" in failure.remedy_for(output)


def test_debian_is_told_the_exact_command() -> None:
    assert "sudo apt install python3-venv" in failure.NO_VENV_ON_DEBIAN.splitlines()[-1]


def test_only_the_end_of_a_log_is_shown_whatever_its_bytes(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.write_bytes(b"one\ntwo \xe9\nthree\n")
    assert failure.last_lines(log, 2) == "two \N{REPLACEMENT CHARACTER}\nthree"
    assert failure.last_lines(tmp_path / "absent", 2) == ""
