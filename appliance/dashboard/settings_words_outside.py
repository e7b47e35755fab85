"""The words for the settings of what is outside: Meta, Google, mail, alerts."""

from appliance.config import Name
from appliance.wording import mark

OUTSIDE: dict[Name, tuple[str, str]] = {
    ("whatsapp", "phone_number_id"): (
        mark("Id of the number"),
        mark("At Meta: WhatsApp, API setup. Digits, but not the telephone number itself."),
    ),
    ("whatsapp", "business_account_id"): (
        mark("Id of the account"),
        mark("The WhatsApp Business account, on the same page at Meta."),
    ),
    ("whatsapp", "graph_url"): (
        mark("Address of Meta's API"),
        mark("Change it for a simulator only."),
    ),
    ("whatsapp", "graph_version"): (
        mark("Version of Meta's API"),
        mark("v23.0 or newer."),
    ),
    ("whatsapp", "access_token"): (
        mark("Access token"),
        mark("Of a system user at Meta, without end date. A new one counts at once."),
    ),
    ("whatsapp", "app_secret"): (
        mark("App secret"),
        mark("At Meta: App settings, Basic. By it Meta's messages are told from others'."),
    ),
    ("whatsapp", "verify_token"): (
        mark("Verify token"),
        mark("A word of your own, the same here and at Meta, under the webhook's address."),
    ),
    ("whatsapp", "confirm_after"): (
        mark("Wait before confirming"),
        mark("For more documents, so that one confirmation is enough for all: 0 s to 1 day."),
    ),
    ("whatsapp", "template_confirmation"): (
        mark("Template of the confirmation"),
        mark("Its name at Meta; for when 24 hours are over and a free answer is not allowed."),
    ),
    ("whatsapp", "template_language"): (
        mark("Language of the template"),
        mark("As Meta approved it, such as fr."),
    ),
    ("whatsapp", "mark_as_read"): (
        mark("Two blue ticks"),
        mark("When a message is filed. Clients may take it for “the lawyer has read it”."),
    ),
    ("whatsapp", "typing"): (
        mark("Show “is typing”"),
        mark("While an automatic answer is on its way. It marks as read, too."),
    ),
    ("tunnel", "provider"): (
        mark("Kind of tunnel"),
        mark("Only none works in this version: run a tunnel of your own towards the public door."),
    ),
    ("tunnel", "command"): (
        mark("Command"),
        mark("The program of your own that keeps the tunnel open."),
    ),
    ("tunnel", "public_url"): (
        mark("Public address"),
        mark("The address that Meta calls; with it, the check compares it with Meta's."),
    ),
    ("drive", "enabled"): (
        mark("Copy to Google Drive"),
        mark("Afterwards the account is connected on the page Google Drive."),
    ),
    ("drive", "root_folder"): (
        mark("Folder on Drive"),
        mark("The folder there that holds those of the clients."),
    ),
    ("drive", "credentials"): (
        mark("Google's key file"),
        mark("Its full path on this computer, such as /srv/greffier/google.json."),
    ),
    ("drive", "api_url"): (
        mark("Address of Drive's API"),
        mark("Empty is Google's; change it for a simulator only."),
    ),
    ("drive", "shared_drive"): (
        mark("Shared drive"),
        mark("Its id, if the firm uses one; it needs a service account."),
    ),
    ("drive", "token"): (
        mark("Sign-in at Google"),
        mark("Put there when somebody connects on the page Google Drive."),
    ),
    ("email", "host"): (
        mark("Mail server"),
        mark("When empty, no e-mail is sent."),
    ),
    ("email", "port"): (mark("Port"), mark("587 goes with starttls, 465 with ssl.")),
    ("email", "security"): (
        mark("Protection"),
        mark("How the connection is protected; none only within this computer."),
    ),
    ("email", "username"): (
        mark("Account"),
        mark("The name to sign in with, if the server wants one."),
    ),
    ("email", "password"): (
        mark("Password of the account"),
        mark("If the mail server is changed, it is typed again."),
    ),
    ("email", "sender"): (
        mark("Sender"),
        mark("Whom letters are from, such as Greffier <greffier@example.org>."),
    ),
    ("email", "digest_minutes"): (
        mark("Minutes to gather news"),
        mark("Into one letter; 0 sends each at once."),
    ),
    ("alerts", "warning"): (
        mark("Warnings go to"),
        mark(
            "Good to know: a file put away, a warning of Meta's. Addresses of Apprise (Slack, "
            "Telegram, SMS…), with a space between two. They name no client and no file."
        ),
    ),
    ("alerts", "error"): (
        mark("Errors go to"),
        mark(
            "Somebody has to act today: Google Drive has stopped, a file is soon lost at Meta. If "
            "it is empty, they go to the addresses of warnings."
        ),
    ),
    ("alerts", "critical"): (
        mark("What is urgent goes to"),
        mark(
            "Clients are no longer answered: act at once. If it is empty, it goes to the addresses "
            "of errors, else of warnings."
        ),
    ),
    ("alerts", "heartbeat_url"): (
        mark("Outside watcher"),
        mark("Not in this version yet: leave it empty."),
    ),
    ("alerts", "errors_per_hour"): (
        mark("Errors in an hour"),
        mark("More than these would be worth an alert. Without effect in this version."),
    ),
    ("sentry", "dsn"): (
        mark("Address at Sentry"),
        mark("Not in this version yet: leave it empty."),
    ),
    ("sentry", "environment"): (
        mark("Name of this installation"),
        mark("In such a report."),
    ),
    ("sentry", "traces_sample_rate"): (
        mark("Share that is timed"),
        mark("How much of the work is timed in detail: 0 to 1."),
    ),
}
