"""A fault of the database's own: the audit log takes no line."""

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.store.database import Store

_REFUSE = """CREATE TRIGGER "no_line" BEFORE INSERT ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'the audit log takes no line'); END"""


@contextmanager
def no_line(store: Store) -> Iterator[None]:
    """Meanwhile SQLite refuses every line, in the middle of the commit that it belongs to."""
    store.write(lambda: store.execute(_REFUSE) and None)
    yield
    store.write(lambda: store.execute('DROP TRIGGER "no_line"') and None)
