"""A whole Greffier whose sending stops: the telephones that are named in the settings ring."""

from pathlib import Path

from appliance.demo import cast
from appliance.simulator.account import Account
from appliance.simulator.faults import Refuse
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import SECRET, TOKEN, VERIFY, Office
from tests.listener import Listener
from tests.support import until

GEHEIM = "Geheim-4711-Alarm"


def test_a_dead_token_rings_the_telephone_of_the_firm(tmp_path: Path) -> None:
    """No mail server is named: the alert is all that anybody hears. Its address is kept nowhere."""
    with Meta(Account(SECRET, TOKEN, VERIFY)) as meta, Listener() as listener:
        office = Office.of(tmp_path / "data", meta)
        office.settings["ALERTS_ERROR"] = listener.address(GEHEIM)
        office.know_clients()
        with office.open() as running:
            meta.subscribe(running.webhook)
            meta.faults.always("send", Refuse(401, 190))
            meta.phone(cast.BEN_YOUSSEF, "Amel").sends(cast.pdf("BAIL"), filename="bail.pdf")
            until(lambda: listener.said(GEHEIM), 30)
            until(lambda: office.rows("SELECT 1 FROM outbox WHERE status = 'sent'"))
            assert GEHEIM not in running.stdout
        (said,) = listener.said(GEHEIM)
        assert "jeton" in said["message"]
        sent = office.rows("SELECT recipient, status FROM outbox WHERE channel = 'alert'")
        assert sent == [("alerts.error 1", "sent")]
        kept = [file.read_bytes() for file in office.data.rglob("*") if file.is_file()]
        assert not any(GEHEIM.encode() in content for content in kept), "database, log, copies"
