"""The template that the firm may begin with: its name is in the settings, its words are at Meta."""

from collections.abc import Iterable
from typing import Any

from appliance.config import Config
from appliance.inbox.fields import objects_at, text

_SPOKEN = ("HEADER", "BODY", "FOOTER")  # in the order in which a phone shows them


class Approved:
    """Its words as Meta told them last; None before it was asked, which a start does at once."""

    def __init__(self, name: str, language: str) -> None:
        self.name = name  # empty: none is set
        self.language = language
        self.words: str | None = None

    @classmethod
    def of(cls, config: Config) -> "Approved":
        language = config.whatsapp.template_language or config.firm.language
        return cls(config.whatsapp.template_confirmation, language)

    def own_among(self, templates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of the account's templates that are this one."""
        wanted = (self.name, self.language)
        return [one for one in templates if (one.get("name"), one.get("language")) == wanted]

    def hear(self, templates: Iterable[dict[str, Any]]) -> None:
        """Keep what it says: the texts of its components (Meta, message templates)."""
        spoken = [_words(one) for one in self.own_among(templates)]
        self.words = next(filter(None, spoken), None)


def _words(template: dict[str, Any]) -> str | None:
    parts = {
        part.get("type"): text(part.get("text")) for part in objects_at(template, "components")
    }
    return "\n".join(filter(None, map(parts.get, _SPOKEN))) or None
