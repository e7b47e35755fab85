"""Templates, compiled once a process however many doors are made: each takes its time."""

from functools import cache

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps them in memory; Jinja itself asks whether the source is still the same."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept of this template, if anything."""
        known = self._kept.get(bucket.key)
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


@cache
def compiled() -> Compiled:
    """The one of this process."""
    return Compiled()
