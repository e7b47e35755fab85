"""What may be set and is not done yet: refused where it would be relied on, else said."""

from pathlib import Path

import pytest

from appliance.config import not_yet, read, without_effect


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("STORE_URL", "postgresql://db/greffier", "[store] url"),
        ("TUNNEL_PROVIDER", "cloudflared", "[tunnel] provider"),
        ("ALERTS_HEARTBEAT_URL", "https://watch.example.org/1", "alerts.heartbeat_url"),
        ("SENTRY_DSN", "https://key@sentry.example.org/1", "sentry.dsn"),
    ],
)
def test_what_a_firm_would_rely_on_is_refused(
    tmp_path: Path, key: str, value: str, where: str
) -> None:
    config = read(None, {f"GREFFIER_{key}": value}, tmp_path)

    assert [fault.where for fault in not_yet(config)] == [where]


def test_a_setting_that_does_nothing_yet_is_named(tmp_path: Path) -> None:
    environ = {"GREFFIER_DOCUMENTS_KEEP_ORIGINAL": "no", "GREFFIER_LIMITS_WHATSAPP_SEND": "500/24h"}
    environ |= {"GREFFIER_ALERTS_ERRORS_PER_HOUR": "3"}

    idle = ["[alerts] errors_per_hour", "[documents] keep_original"]
    assert without_effect(read(None, environ, tmp_path)) == idle


@pytest.mark.parametrize("urgency", ["WARNING", "ERROR", "CRITICAL"])
def test_alerts_may_have_addresses(tmp_path: Path, urgency: str) -> None:
    environ = {f"GREFFIER_ALERTS_{urgency}": "json://127.0.0.1/x"}
    assert not_yet(read(None, environ, tmp_path)) == []


def test_a_setting_at_its_default_is_nobodys_surprise(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "config.ini"

    assert without_effect(read(sample, {}, tmp_path)) == []
    assert not_yet(read(sample, {}, tmp_path)) == []
