"""Who can reach the dashboard: this computer alone, unless somebody chose otherwise."""

import ipaddress

from appliance.config import Config
from appliance.upkeep.finding import Finding

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def check_dashboard(config: Config) -> Finding:
    """What the settings open, and what is missing for it."""
    dashboard = config.dashboard
    where = f"{dashboard.host or '0.0.0.0'}:{dashboard.port}"  # noqa: S104 - only how it is shown
    if dashboard.host in LOOPBACK:
        return Finding("dashboard", "ok", f"on this computer only ({where})")
    names = [name for name in dashboard.allowed_hosts if name not in LOOPBACK]
    if not names and not _is_one_address(dashboard.host):
        what = (
            f"open to the network ({where}), but browsers elsewhere are refused: add the name or "
            "address that they type to [dashboard] allowed_hosts"
        )
        return Finding("dashboard", "broken", what)
    what = (
        f"open to the network ({where}) without encryption: passwords and documents can be read on "
        "the way. Put a proxy with TLS before it on this computer (Caddy, say) and set [dashboard] "
        "host = 127.0.0.1; or be certain that nobody else is on this network"
    )
    return Finding("dashboard", "warning", what)


def _is_one_address(host: str) -> bool:
    """Whether it is the address that browsers type, not a wildcard."""
    try:
        return not ipaddress.ip_address(host or "0.0.0.0").is_unspecified  # noqa: S104
    except ValueError:
        return True  # a name
