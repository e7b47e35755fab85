"""Partial answers: which fields were asked for (developers.google.com/workspace/drive/api/guides/
fields-parameter): `a,b(c,d/e),f/g,*`."""

import re
from typing import Any

from appliance.simulator.drive_refusals import RefusedError

Mask = dict[str, "Mask"]  # a name and what is asked of it; empty: all of it

_TOKEN = re.compile(r"\s*([A-Za-z0-9_.\-]+|[*,/()])\s*")
_ANY = "*"


class _Reader:
    """Reads one mask from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)

    def whole(self) -> Mask:
        mask = self._several()
        if self._tokens:
            raise self._wrong(self._tokens[0])
        return mask

    def _several(self) -> Mask:
        mask: Mask = {}
        while True:
            self._one(mask)
            if not self._next_is(","):
                return mask

    def _one(self, mask: Mask) -> None:
        if not self._tokens or self._tokens[0] in ",/()":
            raise self._wrong(self._text)
        into = mask.setdefault(self._tokens.pop(0), {})
        if self._next_is("/"):
            self._one(into)
        elif self._next_is("("):
            into.update(self._several())
            if not self._next_is(")"):
                raise self._wrong(self._text)

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _wrong(self, what: str) -> RefusedError:
        return unknown_field(what)


def read(text: str) -> Mask:
    """Raises RefusedError 400 `invalidParameter` when it is not a mask."""
    return _Reader(text).whole()


def unknown_field(name: str) -> RefusedError:
    """Google's words for a field that does not exist."""
    message = f"Invalid field selection {name}"
    return RefusedError(400, "invalidParameter", message, location="fields")


def apply(mask: Mask, to: Any) -> Any:
    """Only what was asked for. A name that this answer does not have is left out."""
    if isinstance(to, list):
        return [apply(mask, each) for each in to]
    if not mask or not isinstance(to, dict):
        return to
    if _ANY in mask:
        return {name: apply(mask.get(name, mask[_ANY]), value) for name, value in to.items()}
    return {name: apply(mask[name], value) for name, value in to.items() if name in mask}


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise unknown_field(text)
        found.append(match[1])
        place = match.end()
    return found
