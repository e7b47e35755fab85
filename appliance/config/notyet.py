"""Settings of the contract whose work is not in this version: said at start, never ignored."""

from pydantic import BaseModel

from appliance.config.sections import Config
from appliance.errors import Fault, mark, sentence

NOT_YET = mark("%(what)s is not in this version yet: set `%(remedy)s`")
WATCHER = ("alerts.heartbeat_url", "the outside watcher", "no heartbeat_url")

# They change nothing yet. A firm may leave them as it wants them later; `check` says so.
_WITHOUT_EFFECT = {
    "alerts": ("errors_per_hour",),
    "documents": ("keep_original",),  # evidence: what came in is always kept, as it came
    "retention": ("backups",),
}


def without_effect(config: Config) -> list[str]:
    """The settings that somebody has changed and that do nothing in this version."""
    return [
        f"[{section}] {key}"
        for section, keys in _WITHOUT_EFFECT.items()
        for key in keys
        if key in getattr(config, section).model_fields_set
        and getattr(getattr(config, section), key) != _default(getattr(config, section), key)
    ]


def _default(section: BaseModel, key: str) -> object:
    return type(section).model_fields[key].get_default()


def not_yet(config: Config) -> list[Fault]:
    """A fault for each thing asked for that would silently not happen."""
    asked = [
        (not config.store.url.startswith("sqlite:"), "[store] url", "PostgreSQL", "url = sqlite:"),
        (config.tunnel.provider != "none", "[tunnel] provider", "the tunnel", "provider = none"),
        (config.alerts.heartbeat_url is not None, *WATCHER),
        (config.sentry.dsn is not None, "sentry.dsn", "Sentry", "no dsn"),
    ]
    return [
        Fault.of(where, sentence(NOT_YET, what=what, remedy=remedy))
        for is_asked, where, what, remedy in asked
        if is_asked
    ]
