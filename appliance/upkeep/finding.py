"""What the doctor finds: one line, with the remedy when something is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.errors import ConfigError, GreffierError, Sentence

OK, OFF, WARNING, BROKEN = "ok", "off", "warning", "broken"


@dataclass(frozen=True)
class Finding:
    """`state` is ok, off (switched off on purpose), warning (it works, and could be safer), broken.

    What is `told` holds the remedy.
    """

    name: str
    state: str
    told: Sentence

    @property
    def sentence(self) -> str:
        """The same in English."""
        return str(self.told)

    def as_json(self) -> dict[str, str]:
        """For scripts."""
        return {"name": self.name, "state": self.state, "sentence": self.sentence}


def find(name: str, check: Callable[[], Sentence]) -> list[Finding]:
    """One finding, or one for each fault: each has its own remedy."""
    try:
        return [Finding(name, OK, check())]
    except ConfigError as error:
        return broken_by(name, error)
    except GreffierError as error:
        return [Finding(name, BROKEN, Sentence(error.text, error.values))]


def broken_by(name: str, error: ConfigError) -> list[Finding]:
    """A finding for each fault."""
    return [
        Finding(
            name,
            BROKEN,
            Sentence("%(where)s: %(what)s", {"where": one.where, "what": one.said or one.what})
            if one.where
            else one.said or Sentence(one.what),
        )
        for one in error.faults
    ]
