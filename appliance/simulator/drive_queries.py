"""Search expressions of files.list (developers.google.com/workspace/drive/api/guides/
ref-search-terms): comparisons joined by `and`, `or` and `not`, with brackets."""

import re
from collections.abc import Callable
from typing import Protocol

from appliance.simulator.drive_refusals import RefusedError, bad_value

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z][A-Za-z.]*)|(?P<sign><=|>=|!=|[=<>(){}]))\s*""",
    re.DOTALL,
)
_ORDERED: dict[str, Callable[[str, str], bool]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "<": lambda have, want: have < want,
    "<=": lambda have, want: have <= want,
    ">": lambda have, want: have > want,
    ">=": lambda have, want: have >= want,
}
_TEXTS = {
    "name": ("=", "!=", "contains"),
    "mimeType": ("=", "!=", "contains"),
    "modifiedTime": tuple(_ORDERED),
    "createdTime": tuple(_ORDERED),
}
_SWITCHES = ("trashed", "starred")
_PROPERTIES = ("appProperties", "properties")


class Found(Protocol):
    """What a file must tell to be searched: texts and switches by field, its parents."""

    def text(self, field: str) -> str: ...
    def switch(self, field: str) -> bool: ...
    def has_parent(self, identity: str) -> bool: ...
    def has_property(self, kind: str, key: str, value: str) -> bool: ...
    def has_owner(self, address: str) -> bool: ...


Test = Callable[[Found], bool]


class _Reader:
    """Reads one expression. `not` binds closest, then `and`, then `or`."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self.parents: list[str] = []

    def whole(self) -> Test:
        test = self._either()
        if self._tokens:
            raise _invalid()
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next_is("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda file: any(test(file) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._next_is("and"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda file: all(test(file) for test in tests)

    def _single(self) -> Test:
        if self._next_is("not"):
            denied = self._single()
            return lambda file: not denied(file)
        if self._next_is("("):
            test = self._either()
            self._expect(")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        kind, first = self._take()
        if kind == "text":
            return self._membership(first)
        if first in _SWITCHES:
            return self._switch(first)
        if first in _PROPERTIES:
            return self._property(first)
        if first in _TEXTS:
            return self._text(first)
        raise _invalid()

    def _membership(self, value: str) -> Test:
        self._expect("in")
        _, field = self._take()
        if field == "parents":
            self.parents.append(value)
            return lambda file: file.has_parent(value)
        if field == "owners":
            return lambda file: file.has_owner(value)
        raise _invalid()

    def _switch(self, field: str) -> Test:
        _, sign = self._take()
        _, word = self._take()
        if sign not in ("=", "!=") or word not in ("true", "false"):
            raise _invalid()
        wanted = (word == "true") == (sign == "=")
        return lambda file: file.switch(field) == wanted

    def _property(self, kind: str) -> Test:
        self._expect("has")
        self._expect("{")
        key = self._equals("key")
        self._expect("and")
        value = self._equals("value")
        self._expect("}")
        return lambda file: file.has_property(kind, key, value)

    def _equals(self, word: str) -> str:
        self._expect(word)
        self._expect("=")
        return self._literal()

    def _text(self, field: str) -> Test:
        _, sign = self._take()
        if sign not in _TEXTS[field]:
            raise _invalid()
        wanted = self._literal()
        if sign == "contains":
            return _contains(field, wanted)
        compare = _ORDERED[sign]
        return lambda file: compare(file.text(field), wanted)

    def _literal(self) -> str:
        kind, value = self._take()
        if kind != "text":
            raise _invalid()
        return value

    def _take(self) -> tuple[str, str]:
        if not self._tokens:
            raise _invalid()
        return self._tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        if self._tokens and self._tokens[0][0] != "text" and self._tokens[0][1] == word:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._next_is(word):
            raise _invalid()


def read(text: str) -> tuple[Test, list[str]]:
    """What a file must be, and the parents that the expression names.

    Raises RefusedError 400 `invalid` for what Drive's grammar does not know; nothing is ignored.
    """
    reader = _Reader(text)
    return reader.whole(), reader.parents


def _contains(field: str, wanted: str) -> Test:
    """ref-search-terms: for `name`, `contains` does prefix matching of words only."""
    folded = wanted.casefold()
    if field != "name":
        return lambda file: folded in file.text(field).casefold()
    start = re.compile(r"(?:^|\W|_)" + re.escape(folded))
    return lambda file: bool(start.search(file.text(field).casefold()))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _invalid()
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        found.append((kind, value))
        place = match.end()
    return found


def _invalid() -> RefusedError:
    return bad_value("q")
