"""What the doctor finds: one line, with the remedy when something is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import ConfigError, GreffierError


@dataclass(frozen=True)
class Finding:
    """`state` is ok, off (switched off on purpose), warning (it works, and could be safer), broken.

    `sentence` holds the remedy.
    """

    name: str
    state: str
    sentence: str


def find(name: str, check: Callable[[], str]) -> list[Finding]:
    """One finding, or one for each fault: each has its own remedy."""
    try:
        return [Finding(name, "ok", check())]
    except ConfigError as error:
        return [Finding(name, "broken", str(fault)) for fault in error.faults]
    except GreffierError as error:
        return [Finding(name, "broken", str(error))]
