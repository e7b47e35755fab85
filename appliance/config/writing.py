"""Changes config.ini as a person would: the line of a key, and nothing else in the file.

The file's grammar is our own reader's (config.sources), which knows no continued lines and takes
an indented key for a key: a library with another grammar could write what we then read otherwise.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from appliance.disk import make_private_folder, write_private

Name = tuple[str, str]
BACKUP_SUFFIX = ".bak"
_HEADER = "# Greffier's settings. What is not written here has its default.\n"
_BOM = b"\xef\xbb\xbf"


def changed(raw: bytes, changes: Mapping[Name, str]) -> bytes:
    """The same file with these values: every other line, comment and line ending as it was.

    A key that is there keeps its line; a new one goes to the end of its section, and a new section
    to the end of the file. An empty value is the default. `raw` must be readable without fault.
    """
    bom = _BOM if raw.startswith(_BOM) else b""
    text = raw.removeprefix(_BOM).decode("utf-8") or _HEADER
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    for name, value in changes.items():
        if any(letter in value for letter in "\r\n\0"):
            raise ValueError(f"a value of {'.'.join(name)} holds a line break")
        _put(lines, name, value)
    return bom + (end.join(lines) + end).encode()


def _put(lines: list[str], name: Name, value: str) -> None:
    section, key = name
    written = f"{key} = {value}".rstrip()
    now, last = "", None
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith("[") and bare.endswith("]"):
            now = bare[1:-1].strip().lower()
            last = number if now == section else last
        elif now == section and bare and not bare.startswith(("#", ";")):
            last = number
            if bare.partition("=")[0].strip().lower() == key:
                lines[number] = written
                return
    if last is None:
        lines += ["", f"[{section}]", written]
    else:
        lines.insert(last + 1, written)


def write(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file, whole and durable; the file before is `….bak`.

    If the power fails, the file is the old one or the new one, and so is its `.bak`. Who may read
    it stays as it was; a new file is for this user only. Raises OSError; nothing has changed then.
    """
    make_private_folder(path.parent)
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    if mode is not None:
        kept = path.with_name(path.name + BACKUP_SUFFIX)
        write_private(kept, path.read_bytes())
        _allow(kept, mode)
    write_private(path, content)
    if mode is not None:
        _allow(path, mode)


def _allow(path: Path, mode: int) -> None:
    if os.name != "nt":
        path.chmod(mode)
