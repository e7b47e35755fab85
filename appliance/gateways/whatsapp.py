"""Meta's Graph API: files in, messages out. Translates Meta's answers into what happens next."""

import hmac
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from appliance import __version__
from appliance.config import WhatsApp
from appliance.errors import AmbiguousError, GreffierError, TemporaryError, mark
from appliance.gateways.answers import FILE_NOT_TAKEN, FILE_REFUSED, is_ours, meaning_of
from appliance.gateways.connection import UNREACHABLE, Form, never_left, temporary_if_broken
from appliance.gateways.parcel import Parcel
from appliance.phones import is_user_id

CONNECT_TIMEOUT = 10  # seconds
ANSWER_TIMEOUT = 30  # seconds without a byte
CHUNK = 256 * 1024  # bytes
OURS = {"User-Agent": f"Greffier/{__version__}", "Connection": "close"}
NUMBER_FIELDS = (
    "display_phone_number,verified_name,quality_rating,"
    "whatsapp_business_manager_messaging_limit,throughput,webhook_configuration"
)
# Meta's samples name lookaside.fbsbx.com; others have seen fbcdn.net and whatsapp.net.
META_HOSTS = (".facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net")
FETCHING, SENDING, LOOKING = "fetching", "sending", "looking"  # what a token may do, or not
TEMPLATE_FIELDS = "fields=name,language,status,category,components&limit=100"
MOST_TEMPLATES = 6000  # Meta's own limit for a verified account

CUT = mark("the connection broke before Meta's answer came: it may have been sent")
NO_ADDRESS = mark("Meta gave no usable address for the file: try again later")
NOT_JSON = mark("Meta's answer could not be read: try again later")
NO_ID = mark("Meta said yes without a message id: it may have been sent")
_WORK = {FILE_REFUSED: FETCHING, FILE_NOT_TAKEN: SENDING}
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
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class WhatsAppGateway:
    """The firm's number at Meta. Safe to call from several threads."""

    def __init__(self, config: WhatsApp) -> None:
        self._base = f"{str(config.graph_url).rstrip('/')}/{config.graph_version}"
        self._number = config.phone_number_id
        self._account = config.business_account_id
        token = config.access_token
        self._auth = _Bearer(token.get_secret_value() if token else "")
        self._refusals: dict[str, GreffierError] = {}
        self._sessions = threading.local()

    def use_token(self, token: str) -> bool:
        """From now on, this access token. True if it is another one than before."""
        is_new = not hmac.compare_digest(token.encode(), self._auth.token.encode())
        self._auth = _Bearer(token)
        return is_new

    def refusal(self) -> str | None:
        """Why Meta last refused our token or its rights; None since it has let us in again.

        Kept apart for fetching, for sending and for looking at the account: a token may have the
        right to some of these.
        """
        refused = self.refused() or self._refusals.get(LOOKING)
        return None if refused is None else refused.reason

    def refused(self) -> GreffierError | None:
        """The same, as it was raised; what only keeps us from looking keeps nobody from sending."""
        found = self._refusals.copy()
        return found.get(SENDING) or found.get(FETCHING)

    def forgive(self) -> None:
        """Somebody has acted: what Meta said before is not held against it."""
        self._refusals.clear()

    def media_info(self, media_id: str) -> MediaInfo:
        """Ask where the file is (Meta, business-phone-numbers/media).

        Raises PermanentError when Meta no longer has it, TemporaryError when it may work later.
        """
        found = _json(self._get(f"{self._base}/{media_id}", FILE_REFUSED))
        url = str(found.get("url", ""))
        if not self._is_metas(url):
            raise TemporaryError(NO_ADDRESS)
        size = str(found.get("file_size", ""))
        return MediaInfo(
            url=url,
            mime_type=found.get("mime_type"),
            sha256=found.get("sha256"),
            size=int(size) if size.isascii() and size.isdigit() else None,
        )

    def _is_metas(self, url: str) -> bool:
        """Whether our token may go there: to the host that we are told to ask, or one of Meta's."""
        asked, base = urlsplit(url), urlsplit(self._base)
        if asked.scheme != base.scheme:
            return False
        is_real = (base.hostname or "").endswith(META_HOSTS)
        return asked.hostname == base.hostname or (
            is_real and f".{asked.hostname}".endswith(META_HOSTS)
        )

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """The file's bytes in chunks. Raises TemporaryError: ask for a new address, then again."""
        with temporary_if_broken(), self._open(url) as answer:
            self._heard(answer, FILE_REFUSED)
            yield answer.iter_content(CHUNK)

    def send(self, parcel: Parcel) -> str:
        """Send a message; return Meta's id for it (wamid). Accepted is not yet delivered.

        The recipient is "+" and digits, or a business-scoped user id; the callback comes back in
        the receipts. Raises TemporaryError (nothing was sent), PermanentError (never will be) or
        AmbiguousError (nobody can tell: a receipt with `callback` may).
        """
        if parcel.content is not None and "status" in parcel.content:
            self._tell({**parcel.content, "messaging_product": "whatsapp"})
            return str(parcel.content["message_id"])
        text = {"type": "text", "text": {"preview_url": False, "body": parcel.text}}
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            # Meta reads a user id in `to` as a phone number and loses the message.
            "recipient" if is_user_id(parcel.recipient) else "to": parcel.recipient,
            **(parcel.content or text),
            "biz_opaque_callback_data": parcel.callback,
        }
        return _wamid(self._tell(body))

    def upload(self, chunks: Iterable[bytes], size: int, mime_type: str) -> str:
        """Have Meta keep a file that is going to be sent; its media id, good for thirty days.

        Nobody gets it by this alone (Meta, business-phone-numbers/media), so what broke is done
        again: raises TemporaryError, or PermanentError when Meta will never take the file.
        """
        form = {"messaging_product": "whatsapp", "type": mime_type}
        body = Form(form, "document", size, chunks)
        with temporary_if_broken():
            answer = requests.post(
                f"{self._base}/{self._number}/media",
                data=body,
                auth=self._auth,
                headers={**OURS, "Content-Type": body.content_type},
                timeout=(CONNECT_TIMEOUT, ANSWER_TIMEOUT),
                allow_redirects=False,
            )
        self._heard(answer, FILE_NOT_TAKEN)
        media_id = _json(answer).get("id")
        if not media_id:
            raise TemporaryError(NOT_JSON)
        return str(media_id)

    def _tell(self, body: dict[str, Any]) -> requests.Response:
        return self._post(f"{self._base}/{self._number}/messages", body)

    def number(self) -> dict[str, Any]:
        """What Meta says of the firm's number. Raises as `media_info` does."""
        return _json(self._get(f"{self._base}/{self._number}?fields={NUMBER_FIELDS}"))

    def subscriptions(self) -> list[dict[str, Any]]:
        """The apps that receive this account's messages. Raises as `media_info` does."""
        return _listed(_json(self._get(f"{self._base}/{self._account}/subscribed_apps")))

    def templates(self) -> list[dict[str, Any]]:
        """The account's templates: name, language, status, category, components.

        Raises like `media_info`.
        """
        url: str | None = f"{self._base}/{self._account}/message_templates?{TEMPLATE_FIELDS}"
        found: list[dict[str, Any]] = []
        while url is not None and len(found) < MOST_TEMPLATES:
            page = _json(self._get(url))
            found += _listed(page)
            url = self._next(page)
        return found

    def _next(self, page: dict[str, Any]) -> str | None:
        """The address of the next page: at Meta, or nowhere, for our token goes along."""
        paging = page.get("paging")
        url = paging.get("next") if isinstance(paging, dict) else None
        is_metas = isinstance(url, str) and urlsplit(url)[:2] == urlsplit(self._base)[:2]
        return url if is_metas else None

    def seconds_ahead(self, now: datetime) -> float:
        """How far `now` is ahead of Meta's clock, in seconds. Raises as `media_info` does."""
        said = self._get(f"{self._base}/{self._number}").headers.get("Date", "")
        try:
            return (now - parsedate_to_datetime(said)).total_seconds()
        except ValueError as error:
            raise TemporaryError("Meta's answer bears no date") from error

    def _get(self, url: str, refused: str = REQUEST_REFUSED) -> requests.Response:
        with temporary_if_broken(), self._open(url) as answer:
            self._heard(answer, refused)
            answer.content  # noqa: B018 - read while errors are translated
            return answer

    def _open(self, url: str) -> requests.Response:
        headers = {"User-Agent": f"Greffier/{__version__}"}
        timeout = (CONNECT_TIMEOUT, ANSWER_TIMEOUT)
        return self._session().get(
            url, auth=self._auth, headers=headers, timeout=timeout, stream=True
        )

    def _session(self) -> requests.Session:
        """A thread's own, whose connections stay open: a handshake a file would be slow."""
        if not hasattr(self._sessions, "own"):
            self._sessions.own = requests.Session()
        session: requests.Session = self._sessions.own
        return session

    def _post(self, url: str, body: dict[str, Any]) -> requests.Response:
        """A connection of its own: one kept alive may be cut under us, and nobody could tell when.

        Without redirects: a POST is sent where we said, once.
        """
        timeout = (CONNECT_TIMEOUT, ANSWER_TIMEOUT)
        try:
            answer = requests.post(
                url,
                json=body,
                auth=self._auth,
                headers=OURS,
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            if never_left(error):
                raise TemporaryError(UNREACHABLE, counts=False) from error
            raise AmbiguousError(CUT) from error
        self._heard(answer, REQUEST_REFUSED, sending=True)
        return answer

    def _heard(self, answer: requests.Response, refused: str, *, sending: bool = False) -> None:
        """Return if Meta did it, else raise what its refusal means for the work."""
        work = SENDING if sending else _WORK.get(refused, LOOKING)
        if answer.status_code == requests.codes.ok:
            self._refusals.pop(work, None)
            return
        error = meaning_of(answer, refused, sending=sending)
        if is_ours(error):
            self._refusals[work] = error
        raise error


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise TemporaryError(NOT_JSON) from error
    if not isinstance(found, dict):
        raise TemporaryError(NOT_JSON)
    return found


def _listed(found: dict[str, Any]) -> list[dict[str, Any]]:
    data = found.get("data")
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


def _wamid(answer: requests.Response) -> str:
    """The id in an answer that said 200. Without one, nobody can tell what became of it."""
    try:
        wamid = answer.json()["messages"][0]["id"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AmbiguousError(NO_ID) from error
    return str(wamid)
