"""Settings of the contract whose work is not in this version: said at start, never ignored."""

from appliance.config.sections import Config
from appliance.errors import Fault


def not_yet(config: Config) -> list[Fault]:
    """A fault for each thing asked for that would silently not happen."""
    asked = [
        (not config.store.url.startswith("sqlite:"), "[store] url", "PostgreSQL", "url = sqlite:"),
        (config.drive.enabled, "[drive] enabled", "Google Drive", "enabled = no"),
        (config.tunnel.provider != "none", "[tunnel] provider", "the tunnel", "provider = none"),
        (
            config.documents.antivirus is not None,
            "[documents] antivirus",
            "the virus scanner",
            "antivirus = none",
        ),
    ]
    return [
        Fault(where, f"{what} is not in this version yet: set `{remedy}`")
        for is_asked, where, what, remedy in asked
        if is_asked
    ]
