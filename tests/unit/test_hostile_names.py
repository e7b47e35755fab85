"""Whatever a sender calls a file, or a list calls a client: the exact name that it gets.

`fixtures/hostile_names.csv` holds a case a line. Its texts are written as in JSON, in ASCII, so
that an editor shows what is invisible: `written` is what came, `given` is the name. `as` says what
for: "document:pdf" (received on 2026-11-23, a PDF by its content), "folder" (a client's), "name".
"""

import csv
import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from appliance import names

TABLE = Path(__file__).parents[1] / "fixtures" / "hostile_names.csv"
DAY = date(2026, 11, 23)
DEVICE = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.IGNORECASE
)


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def spelt(cell: str) -> str:
    text: str = json.loads(f'"{cell}"')
    return text


def named(how: str, written: str) -> str:
    match how.split(":"):
        case ["document", extension]:
            return names.document_name(written, extension, DAY, "Document")
        case ["folder"]:
            return names.folder_name(written, "client")
        case _:
            return names.safe_name(written)


def test_the_table_is_as_long_as_promised_and_repeats_nothing() -> None:
    asked = [(case["as"], case["written"]) for case in cases()]

    assert len(asked) >= 200
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['id']}-{case['what']}")
def test_a_hostile_name_gets_exactly_this_one(case: dict[str, str], tmp_path: Path) -> None:
    given = spelt(case["given"])

    assert named(case["as"], spelt(case["written"])) == given
    assert names.safe_name(given) == given
    if case["as"] == "folder":
        assert names.folder_name(given, "client") == given

    (tmp_path / given).touch(exist_ok=False)
    assert [path.name for path in tmp_path.iterdir()] == [given]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['id']}-{case['what']}")
def test_the_name_that_it_gets_hides_nothing_and_every_disk_takes_it(case: dict[str, str]) -> None:
    given = spelt(case["given"])

    assert unicodedata.is_normalized("NFC", given)
    assert not set(given) & set('<>:"/\\|?*')
    hidden = {unicodedata.category(sign) for sign in given if sign not in "\u200c\u200d"}
    assert not hidden & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert given == given.strip(" .\u200c\u200d")
    assert not DEVICE.match(given)
    assert len(given.encode("utf-16-le")) // 2 <= 120
    assert len(given.encode()) <= 240
    if case["as"].startswith("document:"):
        assert given.endswith("." + case["as"].partition(":")[2])
        assert given.startswith("2026-11-23 ")
