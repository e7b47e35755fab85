"""Connections to Meta that break, and files that go over them piece by piece."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.fields import RequestField

from appliance.errors import TemporaryError, mark

UNREACHABLE = mark("Meta cannot be reached: check the network")
BROKEN = mark("the connection to Meta broke (%(kind)s): check the network")


@contextmanager
def temporary_if_broken() -> Iterator[None]:
    """For what does no harm when it is done twice. Raises TemporaryError."""
    try:
        yield
    except requests.RequestException as error:
        if never_left(error):
            raise TemporaryError(UNREACHABLE, counts=False) from error
        raise TemporaryError(BROKEN, kind=type(error).__name__) from error


def never_left(error: requests.RequestException) -> bool:
    """True when no connection was made, so that Meta cannot have read the request."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)


class Form:
    """A form with one file of `size` bytes, which is never in memory as a whole."""

    def __init__(self, fields: dict[str, str], name: str, size: int, chunks: Iterable[bytes]):
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        parts = [_head(boundary, each, None) + said.encode() for each, said in fields.items()]
        parts.append(_head(boundary, "file", (name, fields["type"])))
        self._before = b"\r\n".join(parts)
        self._after = f"\r\n--{boundary}--\r\n".encode()
        self._size, self._chunks = size, chunks

    def __len__(self) -> int:
        return len(self._before) + self._size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        yield from self._chunks
        yield self._after


def _head(boundary: str, name: str, file: tuple[str, str] | None) -> bytes:
    field = RequestField(name, b"", filename=file[0] if file else None)
    field.make_multipart(content_type=file[1] if file else None)
    return f"--{boundary}\r\n{field.render_headers()}".encode()
