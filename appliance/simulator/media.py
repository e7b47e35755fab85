"""Files of clients and of the firm, as Meta keeps them (business-phone-numbers/media)."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from appliance.simulator.bell import Bell
from appliance.simulator.refusals import no_such_object

ID_LIFE = 7 * 24 * 3600.0  # seconds: the id in a webhook serves seven days
UPLOAD_LIFE = 30 * 24 * 3600.0  # seconds: the id of an upload serves thirty
URL_LIFE = 5 * 60.0  # seconds: an address serves five minutes


@dataclass(frozen=True)
class Media:
    """One file; `sha256` is in hex as GET /<media-id> tells it, in base64 in a webhook.

    `is_ours`: the firm uploaded it.
    """

    media_id: str
    data: bytes
    mime_type: str
    kept_at: float
    is_ours: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def sha256_in_base64(self) -> str:
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()


class MediaShelf:
    """Keeps files for seven days (uploads: thirty), and hands out addresses for five minutes."""

    def __init__(self, bell: Bell, clock: Callable[[], float]) -> None:
        self._bell, self._clock = bell, clock
        self._files: dict[str, Media] = {}
        self._issued: dict[str, tuple[str, float]] = {}
        self.url_life = URL_LIFE

    def keep(self, data: bytes, mime_type: str, *, is_ours: bool = False) -> Media:
        media_id = str(10**15 + secrets.randbelow(9 * 10**15))
        media = Media(media_id, data, mime_type, self._clock(), is_ours)
        with self._bell:
            self._files[media_id] = media
        return media

    def expire(self, media_id: str) -> None:
        with self._bell:
            self._files.pop(media_id, None)

    def find(self, media_id: str) -> Media:
        """Raises RefusedError 100/33 when the id is unknown or too old."""
        media = self._living(media_id)
        if media is None:
            raise no_such_object(media_id)
        return media

    def uploaded(self, media_id: str) -> Media | None:
        """A file of the firm's that may be sent by this id."""
        media = self._living(media_id)
        return media if media is not None and media.is_ours else None

    def count_uploaded(self) -> int:
        with self._bell.lock:
            return sum(media.is_ours for media in self._files.values())

    def _living(self, media_id: str) -> Media | None:
        with self._bell.lock:
            media = self._files.get(media_id)
        if media is None:
            return None
        life = UPLOAD_LIFE if media.is_ours else ID_LIFE
        return media if self._clock() - media.kept_at < life else None

    def issue(self, media: Media) -> str:
        """A new secret address (its last part) for a file."""
        token = secrets.token_urlsafe(24)
        with self._bell:
            self._issued[token] = (media.media_id, self._clock())
        return token

    def behind(self, token: str) -> Media | None:
        """The file behind an address that still serves."""
        with self._bell.lock:
            media_id, issued_at = self._issued.get(token, ("", 0.0))
            media = self._files.get(media_id)
        return media if self._clock() - issued_at < self.url_life else None
