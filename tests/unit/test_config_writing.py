"""config.ini is changed line by line, and whole or not at all."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import SECTIONS, Origin, judge
from appliance.config.sources import Findings, from_file
from appliance.config.writing import changed, write
from appliance.vault import SECRETS

SAMPLE = (Path(__file__).parents[2] / "config.ini").read_bytes()
NAMES = [
    (section, key)
    for section, model in SECTIONS.items()
    for key in model.model_fields
    if f"{section}.{key}" not in SECRETS
]
words = st.text(st.characters(min_codepoint=33, max_codepoint=0x6FF), max_size=12)


def said(raw: bytes) -> dict[tuple[str, str], str]:
    findings = Findings()
    from_file(raw, "config.ini", findings)
    assert not findings.complaints
    return {(one.section, one.key): one.text for one in findings.settings}


def test_the_sample_keeps_every_other_line() -> None:
    made = changed(SAMPLE, {("firm", "name"): "Cabinet Trabelsi & Associés"})
    before, after = SAMPLE.decode().splitlines(), made.decode().splitlines()
    differing = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert differing == [("name = Cabinet", "name = Cabinet Trabelsi & Associés")]


@given(st.dictionaries(st.sampled_from(NAMES), words, max_size=6))
def test_any_change_is_read_as_it_was_meant_and_nothing_else(
    changes: dict[tuple[str, str], str],
) -> None:
    for raw in (SAMPLE, b"", b"[email]\r\nhost = a\r\n# mine\r\n", b"\xef\xbb\xbf[firm]\nname=B"):
        expected = {name: text.strip() for name, text in changes.items()}
        assert said(changed(raw, expected)) == said(raw) | expected


def test_line_ends_and_comments_are_as_they_were() -> None:
    raw = b"\xef\xbb\xbf[Firm]\r\n; ours\r\n  Name  =  Old\r\n\r\n[email]\r\nport = 25\r\n"
    made = changed(raw, {("firm", "name"): "New", ("firm", "country"): "FR"})
    expected = b"[Firm]\r\n; ours\r\nname = New\r\ncountry = FR\r\n\r\n[email]\r\nport = 25\r\n"
    assert made == b"\xef\xbb\xbf" + expected


def test_a_line_break_never_becomes_a_second_setting() -> None:
    with pytest.raises(ValueError, match="line break"):
        changed(b"", {("firm", "name"): "x\nlanguage = en"})


def test_the_file_before_is_kept_beside_and_so_are_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.ini"
    write(file, b"[firm]\nname = A\n")
    write(file, b"[firm]\nname = B\n")
    assert file.read_bytes() == b"[firm]\nname = B\n"
    assert (tmp_path / "new" / "config.ini.bak").read_bytes() == b"[firm]\nname = A\n"
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        write(file, b"")
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert {path.name for path in file.parent.iterdir()} == {"config.ini", "config.ini.bak"}


def test_a_change_is_judged_before_the_file_is_touched(tmp_path: Path) -> None:
    origin = Origin(None, {"HOME": str(tmp_path), "GREFFIER_KEYRING": "off"}, tmp_path)
    judged = judge(origin, b"[webhook]\nport = 8090\n[email]\nhost = mail.example.org\n")
    assert {one.place.name for one in judged.complaints} == {
        ("webhook", "port"),
        ("email", "host"),
    }
    assert not (tmp_path / "config.ini").exists()
    assert not judge(origin, b"", {("whatsapp", "access_token"): "abc"}).complaints
