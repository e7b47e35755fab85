"""Faults of the database's own: the audit log takes no line, a row does not change."""

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.store.database import Store


@contextmanager
def no_line(store: Store, action: str | None = None) -> Iterator[None]:
    """Meanwhile SQLite refuses every line, or those of this act, in the middle of the commit that
    they belong to.
    """
    which = f" WHEN NEW.action = '{action}'" if action else ""
    with refused(store, f"INSERT ON audit_log{which}"):
        yield


@contextmanager
def refused(store: Store, event: str) -> Iterator[None]:
    """Meanwhile SQLite refuses such a change: "UPDATE OF done_at ON acts"."""
    made = f"CREATE TRIGGER refused BEFORE {event} BEGIN SELECT RAISE(ABORT, 'refused'); END"
    store.write(lambda: store.execute(made) and None)
    yield
    store.write(lambda: store.execute("DROP TRIGGER refused") and None)
