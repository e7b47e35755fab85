"""Meta's refusals, as what happens next to the work."""

from datetime import timedelta
from typing import Any

import requests

from appliance.errors import (
    AmbiguousError,
    GreffierError,
    PermanentError,
    TemporaryError,
    mark,
)
from appliance.gateways.refusals import OUR_MEDIA, PERHAPS, TABLE, Action, Refusal, refusal_of

OURS_WAIT = timedelta(minutes=1)  # how often the number is looked at, too
NO_SUCH_OBJECT = (100, 33)  # code, subcode: a media id that Meta no longer knows

FILE_GONE = mark(
    "Meta no longer has this file (%(answer)s); it keeps one 7 days: ask the client to send it "
    "again"
)
FILE_NOT_TAKEN = OUR_MEDIA
FILE_REFUSED = mark("the file could not be fetched (%(answer)s): ask the client to send it again")
MESSAGE_REFUSED = mark("Meta refused the message (%(answer)s): answer the client another way")
META_ILL = mark("Meta could not do it just then (%(answer)s): try again later")
# After one of these the file must be sent again, by its sender.
ASK_AGAIN = frozenset({FILE_GONE, FILE_REFUSED})


def meaning_of(answer: requests.Response, refused: str, *, sending: bool) -> GreffierError:
    """What this refusal means for the work, with Meta's own words in it.

    `refused`: the text for a refusal for good that the table does not know.
    """
    fault = _graph_error(answer)
    said = _words(answer.status_code, fault)
    row = refusal_of(fault.get("code"))
    if row is None and answer.status_code == requests.codes.unauthorized:
        row = TABLE[190]
    if sending:
        return _of_sending(row, answer.status_code, said)
    return _of_fetching(row, answer.status_code, fault, refused, said)


def is_ours(error: GreffierError) -> bool:
    """Whether a person of the firm must act before Meta lets us in again."""
    return error.refusal is not None and error.refusal.action == Action.STOP_ALL


def _of_sending(row: Refusal | None, status: int, said: str) -> GreffierError:
    error = _unknown(status, said) if row is None else _known(row, said)
    error.refusal = row
    return error


def _unknown(status: int, said: str) -> GreffierError:
    """A refusal without a code that the table has."""
    if status >= 500:
        return AmbiguousError(PERHAPS, answer=said)
    if status == requests.codes.too_many_requests:
        return TemporaryError(META_ILL, answer=said)
    return PermanentError(MESSAGE_REFUSED, answer=said)


def _known(row: Refusal, said: str) -> GreffierError:
    match row.action:
        case Action.AMBIGUOUS:
            return AmbiguousError(row.text, answer=said)
        case Action.PERMANENT:
            return PermanentError(row.text, answer=said)
        case Action.RETRY:
            return TemporaryError(row.text, row.wait(1), answer=said)
        case _:  # no fault of this message's: it waits with the others
            return TemporaryError(row.text, counts=False, answer=said)


def _of_fetching(
    row: Refusal | None, status: int, fault: dict[str, Any], refused: str, said: str
) -> GreffierError:
    is_gone = (fault.get("code"), fault.get("error_subcode")) == NO_SUCH_OBJECT
    if is_gone and refused != FILE_NOT_TAKEN:
        return PermanentError(FILE_GONE, answer=said)
    if row is not None and row.action == Action.STOP_ALL:
        error = TemporaryError(row.text, OURS_WAIT, counts=False, answer=said)
        error.refusal = row
        return error
    is_busy = row is not None and row.action in {Action.RETRY, Action.HOLD_RECIPIENT}
    if is_busy or status >= 500 or status == requests.codes.too_many_requests:
        return TemporaryError(META_ILL, answer=said)
    if status == requests.codes.not_found:
        # Meta: "a failed download is a 404; ask for a new address"
        return TemporaryError(refused, answer=said)
    return PermanentError(refused, answer=said)


def _words(status: int, fault: dict[str, Any]) -> str:
    """The refusal as Meta said it."""
    code = fault.get("code")
    return f"HTTP {status}" + (f", code {code}" if code is not None else "") + _details(fault)


def _graph_error(answer: requests.Response) -> dict[str, Any]:
    try:
        fault = answer.json()["error"]
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return {}
    return fault if isinstance(fault, dict) else {}


def _details(fault: dict[str, Any]) -> str:
    data = fault.get("error_data")
    words = data.get("details") if isinstance(data, dict) else None
    words = words or fault.get("message")
    return f": {str(words)[:300]}" if words else ""
