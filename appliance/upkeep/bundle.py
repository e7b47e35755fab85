"""What support is sent: a ZIP of versions, findings, settings and the log; no secret, no client.

Of a firm's clients it holds nothing: no database, no document, no message. Every text goes through
the masking of the log, the settings' own secrets are never read into it.
"""

import io
import json
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path

from appliance import __version__
from appliance.config import SECTIONS, Config, as_written
from appliance.store.models import CheckResult
from appliance.telling import from_json
from appliance.upkeep.logs import MASK, Masking, tail
from appliance.upkeep.settings import DELICATE
from appliance.vault import SECRETS

# Whose firm it is, and which accounts it has, helps nobody to find a fault.
PRIVATE = frozenset(
    {
        ("firm", "name"),
        ("email", "username"),
        ("email", "sender"),
        ("whatsapp", "phone_number_id"),
        ("whatsapp", "business_account_id"),
        ("drive", "shared_drive"),
    }
)


@dataclass(frozen=True)
class Bundle:
    """What goes into it."""

    config: Config
    data: Path
    masked: Masking

    def made(
        self, findings: Iterable[CheckResult], known: Mapping[str, str], at: datetime
    ) -> bytes:
        """The ZIP. `known`: which secrets are set, and where each is kept."""
        parts = {
            "versions.json": self._versions(at),
            "checks.txt": "".join(
                f"{one.state:<7} {one.name:<17} {from_json(one.told)}\n" for one in findings
            ),
            "settings.ini": self._settings(known),
            "greffier.log": "\n".join(tail(self.data)) + "\n",
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in parts.items():
                archive.writestr(name, self.masked(text))
        return packed.getvalue()

    def _versions(self, at: datetime) -> str:
        installed = {one.metadata["Name"]: one.version for one in distributions()}
        about = {
            "made_at": at.isoformat(),
            "greffier": __version__,
            "python": sys.version,
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
            "packages": dict(sorted(installed.items())),
        }
        return json.dumps(about, indent=1)

    def _settings(self, known: Mapping[str, str]) -> str:
        lines = []
        for section, model in SECTIONS.items():
            lines.append(f"\n[{section}]")
            for key in model.model_fields:
                name = f"{section}.{key}"
                if name in SECRETS:
                    lines.append(f"# {key} ({known.get(name, 'not set')})")
                    continue
                value = as_written(section, key, getattr(getattr(self.config, section), key))
                is_hidden = (section, key) in DELICATE | PRIVATE and value not in {"", "sqlite:"}
                lines.append(f"{key} = {MASK if is_hidden else value}")
        return "\n".join(lines).lstrip() + "\n"
