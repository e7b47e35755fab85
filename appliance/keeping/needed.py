"""Which files somebody still waits for: those of messages that are not settled. Reads only."""

import json
from dataclasses import dataclass
from typing import Any

from appliance.inbox.envelope import KEPT_AS_FILES, media_of
from appliance.store.models import Message, MessageStatus

_UNSETTLED = (MessageStatus.RECEIVED, MessageStatus.MEDIA_DOWNLOADED, MessageStatus.ERROR)


@dataclass(frozen=True)
class Needed:
    """By Meta's ids, and by the hashes that Meta announced."""

    media_ids: frozenset[str]
    hashes: frozenset[str]


def needed_now() -> Needed:
    """By messages under way, or failed: few, and found by small indexes."""
    under_way = Message.due_at.is_null(False)
    failed = Message.error.is_null(False) & (Message.status.in_(_UNSETTLED))
    queries = (Message.select(Message.raw).where(one) for one in (under_way, failed))
    return _of(row for query in queries for row in query.tuples())


def needed_ever() -> Needed:
    """By any message that has no document and whose words are still here. Looks at all of them."""
    query = Message.select(Message.raw).where(
        Message.document.is_null(),
        Message.emptied_at.is_null(),
        Message.type.in_(sorted(KEPT_AS_FILES)),
    )
    return _of(query.tuples().iterator())


def _of(raws: Any) -> Needed:
    found = [media for (raw,) in raws if (media := media_of(json.loads(raw))) is not None]
    return Needed(
        frozenset(media.media_id for media in found),
        frozenset(media.sha256 for media in found if media.sha256),
    )
