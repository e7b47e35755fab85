"""What the audit log speaks of: every act in words, every subject however it was spelt."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.filing.carrying import AUDITED
from appliance.firm.deeds import DEEDS, About, Subject, code_of, deed_of, number_in, subject_of

ROOT = Path(__file__).parents[2] / "appliance"
TELLS = {"audit", "note", "_note", "_audit", "done", "_done", "ended"}


@pytest.mark.parametrize(
    ("action", "subject", "read"),
    [
        ("document moved", "document:7", Subject(About.DOCUMENT, 7, None)),
        ("document moved", "document 7", Subject(About.DOCUMENT, 7, None)),
        ("document moved", "7", Subject(About.DOCUMENT, 7, None)),
        ("copy sent again", "dossier:3", Subject(About.DOSSIER, 3, None)),
        ("message tried again", "12", Subject(About.MESSAGE, 12, None)),
        ("dossier closed", "2026-014", Subject(About.DOSSIER, None, "2026-014")),
        ("dossier closed", "17", Subject(About.DOSSIER, None, "17")),
        ("dossier closed", "dossier:17", Subject(About.DOSSIER, 17, None)),
        ("user added", "Nour", Subject(About.USER, None, "Nour")),
        ("photos bound", "client:5", Subject(About.CLIENT, 5, None)),
        ("signed in", None, Subject(About.USER, None, None)),
        ("never heard of", "7", Subject(None, None, "7")),
        ("never heard of", "planet:7", Subject(None, None, "planet:7")),
        ("document moved", "٧", Subject(About.DOCUMENT, None, "٧")),
        ("document moved", "9" * 40, Subject(About.DOCUMENT, None, "9" * 40)),
    ],
)
def test_a_subject_is_read_in_every_way_in_which_it_was_spelt(
    action: str, subject: str | None, read: Subject
) -> None:
    assert subject_of(action, subject) == read


def test_an_act_with_a_number_is_told_with_it() -> None:
    assert code_of("bordereau 12 issued") == "bordereau # issued"
    assert number_in("bordereau 12 issued") == "12"
    assert "%(number)s" in deed_of("bordereau 12 issued").words


def test_an_act_that_nobody_knows_says_itself_and_may_hold_content() -> None:
    assert deed_of("something new") == ("something new", None, True)


def test_every_act_that_the_code_tells_has_words() -> None:
    told = set(_told())
    assert len(told) > 30, "the test no longer finds them"
    assert told - {code for code in told if code_of(code) in DEEDS} == set()


def test_every_act_on_a_document_that_is_moved_has_words() -> None:
    assert [code for code in AUDITED.values() if code not in DEEDS] == []


def _told() -> Iterator[str]:
    """The acts that are written out where they are told: `audit(by, "document moved", …)`."""
    for path in ROOT.rglob("*.py"):
        if "simulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in TELLS:
                yield from (
                    each.value
                    for each in node.args[1:3]
                    if isinstance(each, ast.Constant)
                    and isinstance(each.value, str)
                    and " " in each.value
                    and each.value == each.value.lower()
                )


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""
