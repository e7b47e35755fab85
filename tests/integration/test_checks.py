"""`greffier check` says how the firm's number stands at Meta, each fault with its remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import read
from appliance.demo import cast
from appliance.errors import PermanentError
from appliance.gateways.refusals import PAYMENT, QUALITY, TEMPLATE_STOPPED
from appliance.inbox.door import PATH
from appliance.outbox import holds
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.upkeep.checks import examine
from appliance.upkeep.finding import Finding
from appliance.upkeep.kept_checks import HELD
from tests.clamd import PROGRAM, Scanner, free_port
from tests.hostile_files import FILES
from tests.integration.conftest import Office, environment

PUBLIC = "https://greffier.example"
OURS = f"{PUBLIC}{PATH}"
RECU = {"WHATSAPP_TEMPLATE_CONFIRMATION": "recu", "WHATSAPP_TEMPLATE_LANGUAGE": "fr"}
OF_THE_NUMBER = ("webhook address", "number quality", "messaging limit", "template")


class Doctor:
    """Examines an appliance with these settings."""

    def __init__(self, meta: Meta, mailbox: Mailbox, data: Path) -> None:
        self._known = environment(meta, mailbox)
        self._data = data

    def finds(self, name: str, **settings: str) -> Finding:
        """The one line of this name."""
        (found,) = self.all(name, **settings)
        return found

    def all(self, name: str, **settings: str) -> list[Finding]:
        environ = self._known | {f"GREFFIER_{key}": value for key, value in settings.items()}
        findings = examine(read(None, environ, self._data), SystemClock())
        return [finding for finding in findings if finding.name == name]


@pytest.fixture
def doctor(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> Doctor:
    return Doctor(meta, mailbox, tmp_path)


@pytest.mark.parametrize("level", ["application", "whatsapp_business_account", "phone_number"])
def test_the_address_that_meta_writes_to_is_ours(doctor: Doctor, meta: Meta, level: str) -> None:
    meta.account.webhook_configuration = {level: OURS}
    found = doctor.finds("webhook address", TUNNEL_PUBLIC_URL=f"{PUBLIC}/")
    assert (found.state, found.sentence) == ("ok", OURS)


def test_another_address_is_named_beside_ours(doctor: Doctor, meta: Meta) -> None:
    elsewhere = "https://old.example/hook"
    meta.account.webhook_configuration = {"application": OURS, "phone_number": elsewhere}
    found = doctor.finds("webhook address", TUNNEL_PUBLIC_URL=PUBLIC)
    assert found.state == "broken"
    assert elsewhere in found.sentence
    assert OURS in found.sentence
    assert "correct the webhook's address in Meta's App Dashboard" in found.sentence


def test_an_address_that_cannot_be_compared_is_not_called_right(doctor: Doctor, meta: Meta) -> None:
    untold = doctor.finds("webhook address", TUNNEL_PUBLIC_URL=PUBLIC)
    assert (untold.state, "Meta does not tell it" in untold.sentence) == ("off", True)
    meta.account.webhook_configuration = {"application": OURS}
    unset = doctor.finds("webhook address")
    assert unset.state == "off"
    assert "set [tunnel] public_url" in unset.sentence


@pytest.mark.parametrize(
    ("rating", "state", "sentence"),
    [
        ("GREEN", "ok", "good (GREEN)"),
        ("YELLOW", "broken", "write to them less of your own accord"),
        ("RED", "broken", "write to them less of your own accord"),
        ("UNKNOWN", "ok", "Meta has not rated it yet"),
        ("", "ok", "Meta has not rated it yet"),
    ],
)
def test_the_quality_of_the_number_is_said(
    doctor: Doctor, meta: Meta, rating: str, state: str, sentence: str
) -> None:
    meta.account.quality_rating = rating
    found = doctor.finds("number quality")
    assert found.state == state
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("tier", "sentences"),
    [
        (
            "TIER_250",
            (
                "write first to 250 people a day",
                "keeps to that, not to the 1000 of [limits] whatsapp_send",
                "verify the business",
            ),
        ),
        ("TIER_2K", ("write first to 2000 people a day",)),
        ("TIER_UNLIMITED", ("none that counts (TIER_UNLIMITED)",)),
        ("", ("Meta does not tell it",)),
    ],
)
def test_the_messaging_limit_is_said_in_people(
    doctor: Doctor, meta: Meta, tier: str, sentences: tuple[str, ...]
) -> None:
    meta.account.messaging_limit = tier
    found = doctor.finds("messaging limit")
    assert found.state == "ok"
    assert all(sentence in found.sentence for sentence in sentences), found.sentence
    assert ("verify" in found.sentence) == (tier == "TIER_250")


def test_without_a_template_what_is_late_waits_and_it_is_said(doctor: Doctor) -> None:
    found = doctor.finds("template")
    assert found.state == "off"
    assert "set [whatsapp] template_confirmation" in found.sentence


def test_a_template_is_judged_by_its_name_and_language(doctor: Doctor, meta: Meta) -> None:
    meta.approve_template("recu", "ar")
    unknown = doctor.finds("template", **RECU)
    assert unknown.state == "broken"
    assert "the template recu (fr)" in unknown.sentence
    assert "write it in WhatsApp Manager, or correct the setting" in unknown.sentence

    meta.approve_template("recu", "fr")
    good = doctor.finds("template", **RECU)
    assert (good.state, good.sentence) == ("ok", "recu (fr) is approved")


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED", "DISABLED"])
def test_a_template_that_meta_does_not_approve_is_broken(
    doctor: Doctor, meta: Meta, status: str
) -> None:
    meta.approve_template("recu", "fr")
    meta.judge_template("recu", "fr", status)
    found = doctor.finds("template", **RECU)
    assert found.state == "broken"
    assert f"may not be used ({status}): see WhatsApp Manager" in found.sentence


def test_when_meta_refuses_us_the_reason_is_said_once(doctor: Doctor, meta: Meta) -> None:
    meta.faults.always("account", Refuse(401, 190))
    assert "renew it" in doctor.finds("whatsapp token").sentence
    for name in OF_THE_NUMBER:
        found = doctor.finds(name, **RECU)
        assert (found.state, "mend what is broken above" in found.sentence) == ("off", True)


def test_templates_that_cannot_be_read_are_not_called_right(doctor: Doctor, meta: Meta) -> None:
    meta.approve_template("recu", "fr")
    # The token, the subscription, the clock and the number are asked for first.
    meta.faults.on("account", None, None, None, None, Refuse(500, 2))
    found = doctor.finds("template", **RECU)
    assert found.state == "broken"
    assert "try again later" in found.sentence


# What keeps messages from going out.


def test_where_nothing_is_held_sending_is_free(doctor: Doctor, office: Office) -> None:
    assert doctor.finds("sending").sentence == "free"


def test_before_the_first_start_nothing_can_be_held(doctor: Doctor) -> None:
    found = doctor.finds("sending")
    assert (found.state, found.sentence) == ("ok", "free")


def test_every_hold_that_somebody_must_end_has_a_line_with_its_remedy(
    doctor: Doctor, office: Office
) -> None:
    now = SystemClock().now()
    bill = PermanentError(PAYMENT, answer="HTTP 400, code 131042")
    paused = PermanentError(TEMPLATE_STOPPED, answer="HTTP 400, code 132015")

    def unit() -> None:
        holds.open_hold(holds.ALL, bill, now, None)
        holds.open_hold(holds.TEMPLATES, paused, now, None)
        holds.open_hold(holds.RECIPIENT, bill, now, now + timedelta(hours=1), "+21620111222")

    office.store.write(unit)
    everything, templates = doctor.all("sending")

    assert {everything.state, templates.state} == {"broken"}
    assert everything.sentence.startswith(f"all messages are held since {now:%Y-%m-%d %H:%M} UTC")
    assert "put the billing of the WhatsApp account in order" in everything.sentence
    assert "choose or write another one in WhatsApp Manager" in templates.sentence


def test_a_hold_that_ends_by_itself_is_no_fault(doctor: Doctor, office: Office) -> None:
    now, hour = SystemClock().now(), timedelta(hours=1)
    slow = PermanentError(QUALITY, answer="HTTP 400, code 131048")
    office.store.write(lambda: holds.open_hold(holds.RECIPIENT, slow, now, now + hour, "+21620"))
    found = doctor.finds("sending")
    assert (found.state, "goes on by itself" in found.sentence) == ("ok", True)

    office.store.write(lambda: holds.end(holds.RECIPIENT, now) and None)
    office.store.write(lambda: holds.open_hold(holds.TEMPLATES, slow, now, now - hour))
    assert doctor.finds("sending").sentence == "free", "its time is over"

    office.store.write(lambda: holds.end(holds.TEMPLATES, now) and None)
    office.store.write(lambda: holds.open_hold(holds.TEMPLATES, slow, now, now + hour))
    assert doctor.finds("sending").state == "broken", "it concerns everybody"


def test_every_scope_of_a_hold_has_words() -> None:
    assert set(HELD) == {holds.ALL, holds.TEMPLATES, holds.RECIPIENT}


def test_a_firm_without_a_virus_scanner_is_told_how_to_have_one(doctor: Doctor) -> None:
    found = doctor.finds("virus scanner")
    assert found.state == "off"
    assert "[documents] antivirus = clamd://HOST:PORT" in found.sentence


def test_a_virus_scanner_that_is_away_is_named_with_the_remedy(doctor: Doctor) -> None:
    found = doctor.finds("virus scanner", DOCUMENTS_ANTIVIRUS=f"clamd://127.0.0.1:{free_port()}")
    assert found.state == "broken"
    assert "start clamd, or correct [documents] antivirus" in found.sentence


@pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed")
def test_a_virus_scanner_that_answers_says_its_version(doctor: Doctor, tmp_path: Path) -> None:
    folder = tmp_path / "clamd"
    folder.mkdir()
    scanner = Scanner(folder)
    scanner.start()
    try:
        found = doctor.finds("virus scanner", DOCUMENTS_ANTIVIRUS=scanner.address)
    finally:
        scanner.stop()
    assert found.state == "ok"
    assert found.sentence.startswith("ClamAV")


def test_what_waits_for_a_look_is_counted(office: Office, doctor: Doctor, meta: Meta) -> None:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    phone.sends(FILES["pdf-script"](), filename="acte.pdf")
    meta.settle()
    office.rests()
    found = doctor.finds("safety")
    assert (found.state, found.sentence) == (
        "ok",
        "1 to be checked, 0 in quarantine (page Safety)",
    )


def test_a_dashboard_that_the_network_reaches_is_warned_of(doctor: Doctor) -> None:
    assert doctor.finds("dashboard").state == "ok"

    hosts = {"DASHBOARD_ALLOWED_HOSTS": "localhost, greffier.cabinet.lan"}
    found = doctor.finds("dashboard", DASHBOARD_HOST="0.0.0.0", **hosts)
    assert found.state == "warning"
    assert "without encryption" in found.sentence
    assert "host = 127.0.0.1" in found.sentence

    found = doctor.finds("dashboard", DASHBOARD_HOST="0.0.0.0")
    assert found.state == "broken"
    assert "allowed_hosts" in found.sentence
    assert doctor.finds("dashboard", DASHBOARD_HOST="192.168.1.20").state == "warning"
