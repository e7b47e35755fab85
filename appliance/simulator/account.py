"""The firm as Meta knows it: its number, its app and its secrets."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Template:
    """A message that Meta lets the firm begin with. `parameters`: of its body, all to be given."""

    status: str = "APPROVED"
    category: str = "UTILITY"
    parameters: int = 0
    text: str = "Hello."


@dataclass
class Account:
    """One app, one WhatsApp Business account, one number. Secrets may change at any time."""

    app_secret: str
    access_token: str
    verify_token: str
    phone_number_id: str = "106540352242922"
    business_account_id: str = "102290129340398"
    display_phone_number: str = "21671000000"
    verified_name: str = "Cabinet (simulateur)"
    timezone: str | None = None  # of the pages' clock; None: this computer's
    country_code: str = "216"
    quality_rating: str = "GREEN"
    app_is_subscribed: bool = True  # POST /<WABA>/subscribed_apps; without it nothing is delivered
    messaging_limit: str = "TIER_250"
    webhook_configuration: dict[str, str] = field(default_factory=dict)
    templates: dict[tuple[str, str], Template] = field(
        default_factory=lambda: {("hello_world", "en_US"): Template()}
    )


@dataclass(frozen=True)
class Person:
    """Who is behind a phone. Without a number: a person with a username who withholds it.

    Meta, business-scoped-user-ids: `user_id` is always told, the number only when it may be.
    """

    number: str | None
    name: str
    user_id: str
