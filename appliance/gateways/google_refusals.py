"""What Google's client raises, as errors of ours: every call to Google is inside `translated`."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httplib2
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from appliance.errors import GreffierError, TemporaryError
from appliance.gateways.drive_answers import (
    BAD_CLIENT,
    BROKEN,
    BUG,
    SIGN_IN,
    TROUBLE,
    UNREACHABLE,
    UNREADABLE,
    Next,
    Told,
    error_of,
    told,
)

CALIFORNIA = ZoneInfo("America/Los_Angeles")  # Google's day ends there (guides/limits)
LONGEST = timedelta(hours=1)  # that a Retry-After is believed
_CLIENT_FAULTS = ("invalid_client", "unauthorized_client", "deleted_client")


@contextmanager
def translated(now: Callable[[], datetime], broken: Callable[[], object]) -> Iterator[None]:
    """Raise ours for theirs. `broken` is called when the connection can be used no more."""
    try:
        yield
    except HttpError as error:
        raise meaning_of(error, now()) from error
    except RefreshError as error:
        raise _of_sign_in(error) from error
    except TransportError as error:
        broken()
        raise _of_line(error.args[0] if error.args else error) from error
    except (httplib2.HttpLib2Error, http.client.HTTPException, OSError) as error:
        broken()
        raise _of_line(error) from error
    except (ClientError, ValueError, KeyError) as error:
        broken()
        raise error_of(Told(Next.AGAIN, UNREADABLE)) from error


def meaning_of(error: HttpError, now: datetime) -> GreffierError:
    """The row of the table for this answer; it waits as long as Google says."""
    status, reason = int(error.resp.status), reason_of(error.content)
    found = error_of(told(status, reason), answer=f"{status} {reason}".strip())
    if isinstance(found, TemporaryError):
        found.after = _after(error.resp.get("retry-after", ""), now)
        if found.refusal == Next.DAILY:
            found.after = until_midnight(now)
        if found.refusal == Next.HOURLY:
            found.after = timedelta(hours=1)
    return found


def reason_of(content: bytes | str) -> str:
    """The first reason in an answer of Google's, in any of the shapes in which it comes; or ""."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    error: Any = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    for listed in ("errors", "details"):
        for one in error.get(listed) or ():
            if isinstance(one, dict) and isinstance(one.get("reason"), str):
                return str(one["reason"])
    return str(error.get("status") or "")


def until_midnight(now: datetime) -> timedelta:
    """How long until Google's day ends."""
    there = now.astimezone(CALIFORNIA)
    tomorrow = datetime.combine(there.date() + timedelta(days=1), time(), CALIFORNIA)
    return tomorrow.astimezone(UTC) - now


def _after(said: str, now: datetime) -> timedelta | None:
    """A Retry-After: seconds or a date."""
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=int(said)), LONGEST)
    try:
        return max(min(parsedate_to_datetime(said) - now, LONGEST), timedelta())
    except (TypeError, ValueError):
        return None


def _of_sign_in(error: RefreshError) -> GreffierError:
    """The token endpoint refused: `invalid_grant` and its like, or a fault that passes."""
    said = " ".join(str(part) for part in error.args)
    if error.retryable:
        return error_of(Told(Next.AGAIN, TROUBLE), answer="token")
    for fault in _CLIENT_FAULTS:
        if fault in said:
            return error_of(Told(Next.RECONNECT, BAD_CLIENT), answer=fault)
    return error_of(Told(Next.RECONNECT, SIGN_IN))


def _of_line(error: BaseException) -> GreffierError:
    if isinstance(error, httplib2.ServerNotFoundError | ConnectionRefusedError):
        return error_of(Told(Next.AGAIN, UNREACHABLE))
    return error_of(Told(Next.AGAIN, BROKEN), kind=type(error).__name__)


def not_understood() -> GreffierError:
    """An answer that says 200 and is not what was asked: a sign-in page of the network's, say."""
    return error_of(Told(Next.AGAIN, UNREADABLE))


def our_fault(what: str) -> GreffierError:
    """Something that cannot be, unless we have a bug."""
    return error_of(Told(Next.BUG, BUG), answer=what)
