"""Meta's Graph API: files in, messages out. Translates Meta's answers into what happens next."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from appliance import __version__
from appliance.config import WhatsApp
from appliance.errors import AmbiguousError, GreffierError, PermanentError, TemporaryError, mark
from appliance.gateways.parcel import Parcel
from appliance.phones import is_user_id

CONNECT_TIMEOUT = 10  # seconds
ANSWER_TIMEOUT = 30  # seconds without a byte
CHUNK = 256 * 1024  # bytes

# Meta, support/error-codes. Answers after which nothing was sent and trying again makes sense:
_RETRY = frozenset({4, 2, 80007, 130429, 131000, 131016, 131056, 131057, 133004, 133016})
# Our token or permissions: no message's own fault, a person must act, work waits.
_OURS = frozenset({0, 3, 10, 190, 131005, *range(200, 300)})
_OURS_WAIT = timedelta(minutes=5)
_NO_SUCH_OBJECT = (100, 33)  # code, subcode: a media id that Meta no longer knows

UNREACHABLE = mark("Meta cannot be reached: check the network")
BROKEN = mark("the connection to Meta broke (%(kind)s): check the network")
CUT = mark("the connection broke before Meta's answer came: it may have been sent")
TOKEN_REFUSED = mark(
    "Meta refused our access token, or what we ask with it (%(answer)s): renew the token with "
    "`greffier secret set whatsapp.access_token`, then restart Greffier"
)
META_ILL = mark("Meta could not do it just then (%(answer)s): try again later")
META_ILL_SENDING = mark("Meta had a fault while it took the message (%(answer)s): it may be sent")
FILE_GONE = mark(
    "Meta no longer has this file (%(answer)s); it keeps one 7 days: ask the client to send it "
    "again"
)
FILE_REFUSED = mark("the file could not be fetched (%(answer)s): ask the client to send it again")
MESSAGE_REFUSED = mark("Meta refused the message (%(answer)s): answer the client another way")
NO_ADDRESS = mark("Meta gave no usable address for the file: try again later")
NOT_JSON = mark("Meta's answer could not be read: try again later")
NO_ID = mark("Meta said yes without a message id: it may have been sent")
REQUEST_REFUSED = "Meta refused the request (%(answer)s)"  # only `greffier check` asks so


@dataclass(frozen=True)
class MediaInfo:
    """Where a file can be fetched for the next five minutes, and what Meta says of it."""

    url: str
    mime_type: str | None
    sha256: str | None
    size: int | None


class _Bearer(AuthBase):
    """As an auth object, so that no .netrc of the machine's can replace the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class WhatsAppGateway:
    """The firm's number at Meta. Safe to call from several threads."""

    def __init__(self, config: WhatsApp) -> None:
        self._base = f"{str(config.graph_url).rstrip('/')}/{config.graph_version}"
        self._number = config.phone_number_id
        self._account = config.business_account_id
        token = config.access_token
        self._auth = _Bearer(token.get_secret_value() if token else "")
        self._refusals: dict[str, str] = {}

    def refusal(self) -> str | None:
        """Why Meta last refused our token or its rights; None since it has let us in again.

        Kept apart for fetching and for sending: a token may have the right to one of the two.
        """
        return next(iter(self._refusals.copy().values()), None)

    def media_info(self, media_id: str) -> MediaInfo:
        """Ask where the file is (Meta, business-phone-numbers/media).

        Raises PermanentError when Meta no longer has it, TemporaryError when it may work later.
        """
        found = _json(self._get(f"{self._base}/{media_id}", FILE_REFUSED))
        url = str(found.get("url", ""))
        if urlsplit(url).scheme != urlsplit(self._base).scheme:
            raise TemporaryError(NO_ADDRESS)
        size = str(found.get("file_size", ""))
        return MediaInfo(
            url=url,
            mime_type=found.get("mime_type"),
            sha256=found.get("sha256"),
            size=int(size) if size.isdigit() else None,
        )

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """The file's bytes in chunks. Raises TemporaryError: ask for a new address, then again."""
        with _temporary_if_broken(), self._open(url) as answer:
            self._heard(answer, FILE_REFUSED)
            yield answer.iter_content(CHUNK)

    def send(self, parcel: Parcel) -> str:
        """Send a message; return Meta's id for it (wamid). Accepted is not yet delivered.

        The recipient is "+" and digits, or a business-scoped user id; the callback comes back in
        the receipts. Raises TemporaryError (nothing was sent), PermanentError (never will be) or
        AmbiguousError (nobody can tell: a receipt with `callback` may).
        """
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            # Meta reads a user id in `to` as a phone number and loses the message.
            "recipient" if is_user_id(parcel.recipient) else "to": parcel.recipient,
            "type": "text",
            "text": {"preview_url": False, "body": parcel.text},
            "biz_opaque_callback_data": parcel.callback,
        }
        return _wamid(self._post(f"{self._base}/{self._number}/messages", body))

    def number(self) -> dict[str, Any]:
        """What Meta says of the firm's number. Raises as `media_info` does."""
        fields = "display_phone_number,verified_name,quality_rating"
        return _json(self._get(f"{self._base}/{self._number}?fields={fields}"))

    def subscribed(self) -> bool:
        """Whether an app of ours receives this account's messages."""
        found = _json(self._get(f"{self._base}/{self._account}/subscribed_apps"))
        return bool(found.get("data"))

    def seconds_ahead(self, now: datetime) -> float:
        """How far `now` is ahead of Meta's clock, in seconds. Raises as `media_info` does."""
        said = self._get(f"{self._base}/{self._number}").headers.get("Date", "")
        try:
            return (now - parsedate_to_datetime(said)).total_seconds()
        except ValueError as error:
            raise TemporaryError("Meta's answer bears no date") from error

    def _get(self, url: str, refused: str = REQUEST_REFUSED) -> requests.Response:
        with _temporary_if_broken(), self._open(url) as answer:
            self._heard(answer, refused)
            answer.content  # noqa: B018 - read while errors are translated
            return answer

    def _open(self, url: str) -> requests.Response:
        headers = {"User-Agent": f"Greffier/{__version__}"}
        timeout = (CONNECT_TIMEOUT, ANSWER_TIMEOUT)
        return requests.get(url, auth=self._auth, headers=headers, timeout=timeout, stream=True)

    def _post(self, url: str, body: dict[str, Any]) -> requests.Response:
        """A connection of its own: one kept alive may be cut under us, and nobody could tell when.

        Without redirects: a POST is sent where we said, once.
        """
        headers = {"User-Agent": f"Greffier/{__version__}", "Connection": "close"}
        timeout = (CONNECT_TIMEOUT, ANSWER_TIMEOUT)
        try:
            answer = requests.post(
                url,
                json=body,
                auth=self._auth,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            if _never_left(error):
                raise TemporaryError(UNREACHABLE, counts=False) from error
            raise AmbiguousError(CUT) from error
        self._heard(answer, MESSAGE_REFUSED, sending=True)
        return answer

    def _heard(self, answer: requests.Response, refused: str, *, sending: bool = False) -> None:
        """Return if Meta did it, else raise what its refusal means for the work."""
        work = "sending" if sending else "fetching"
        if answer.status_code == requests.codes.ok:
            self._refusals.pop(work, None)
            return
        error = _refusal(answer, refused, sending=sending)
        if error.text == TOKEN_REFUSED:
            self._refusals[work] = error.reason
        raise error


@contextmanager
def _temporary_if_broken() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        if _never_left(error):
            raise TemporaryError(UNREACHABLE, counts=False) from error
        raise TemporaryError(BROKEN, kind=type(error).__name__) from error


def _never_left(error: requests.RequestException) -> bool:
    """True when no connection was made, so that Meta cannot have read the request."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)


def _refusal(answer: requests.Response, refused: str, *, sending: bool) -> GreffierError:
    """What this refusal means for the work, with Meta's own words in it."""
    status = answer.status_code
    fault = _graph_error(answer)
    code, said = fault.get("code"), _words(status, fault)
    if code in _OURS or status == requests.codes.unauthorized:
        return TemporaryError(TOKEN_REFUSED, _OURS_WAIT, counts=False, answer=said)
    if code in _RETRY or status == requests.codes.too_many_requests:
        return TemporaryError(META_ILL, answer=said)
    if (code, fault.get("error_subcode")) == _NO_SUCH_OBJECT:
        return PermanentError(FILE_GONE, answer=said)
    if status >= 500:
        if sending:
            return AmbiguousError(META_ILL_SENDING, answer=said)
        return TemporaryError(META_ILL, answer=said)
    if status == requests.codes.not_found and not sending:
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


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise TemporaryError(NOT_JSON) from error
    if not isinstance(found, dict):
        raise TemporaryError(NOT_JSON)
    return found


def _wamid(answer: requests.Response) -> str:
    """The id in an answer that said 200. Without one, nobody can tell what became of it."""
    try:
        wamid = answer.json()["messages"][0]["id"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AmbiguousError(NO_ID) from error
    return str(wamid)
