"""What each person has seen of what came in. Owns looks.

It is a mark on the page of today and nothing else: no message is done or filed by it.
"""

from collections.abc import Iterable
from datetime import timedelta

from appliance.clock import Clock
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Look

KEPT = timedelta(days=30)  # the page shows a week


class Looks:
    """Marks what somebody has seen, and takes the mark away again."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def mark(self, user_id: int, message_ids: Iterable[int]) -> None:
        """They have seen what ends with each of these messages; said twice it is said once."""
        now, wanted = self._clock.now(), sorted(set(message_ids))

        def unit() -> None:
            Look.delete().where(Look.user == user_id, Look.at < now - KEPT).execute()
            for message_id in wanted:
                if rows.find(Look, user=user_id, message_id=message_id) is None:
                    rows.insert(Look, user=user_id, message_id=message_id, at=now)

        self._store.write(unit)

    def unmark(self, user_id: int, message_id: int) -> None:
        """They want to see it again."""
        mine = (Look.user == user_id) & (Look.message_id == message_id)
        self._store.write(lambda: Look.delete().where(mine).execute())

    def seen(self, user_id: int, message_ids: Iterable[int]) -> set[int]:
        """Those of the messages of which they have seen what ends with it."""
        query = Look.select(Look.message_id)
        mine = query.where(Look.user == user_id, Look.message_id.in_(list(message_ids)))
        return {message_id for (message_id,) in mine.tuples()}
