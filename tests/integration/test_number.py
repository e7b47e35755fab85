"""What Meta says of the account, the daily look, and a token that is renewed while we run."""

from datetime import timedelta

import pytest

from appliance.errors import PermanentError, TemporaryError
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.outbox import holds
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.upkeep.account import AccountEvents, open_events, settle
from appliance.upkeep.approved import Approved
from appliance.upkeep.number import NumberWatch, Wanted
from appliance.upkeep.taskbook import Outcome, TaskBook
from tests.integration.conftest import TOKEN, Office
from tests.support import Hands, until

OURS = "https://greffier.example/api/webhooks/whatsapp"


class Watch:
    """A watch over the office's number, whose hours the test moves."""

    def __init__(self, office: Office, wanted: Wanted) -> None:
        self.clock = Hands()
        self.whatsapp = WhatsAppGateway(office.config.whatsapp)
        self.token, self.wanted = TOKEN, wanted
        self.events = AccountEvents(
            office.store, self.clock, office.inbox, office.outbox, office.limits.meta_allows
        )
        self.number = NumberWatch(
            self.clock,
            self.whatsapp,
            self.events,
            office.outbox,
            wanted,
            lambda: self.token,
            office.limits.meta_allows,
        )


@pytest.fixture
def watch(office: Office) -> Watch:
    return Watch(office, Wanted(OURS, Approved("recu", "fr")))


def test_what_costs_is_kept_told_once_and_leaves_the_list_when_seen(
    office: Office, meta: Meta, mailbox: Mailbox, watch: Watch
) -> None:
    meta.tells_account("account_update", {"event": "DISABLED_UPDATE"})
    meta.tells_account("phone_number_quality_update", {"event": "UPGRADE"})
    meta.settle()
    until(lambda: watch.events.read_new() >= 1)
    assert watch.events.read_new() == 0, "each is read once"
    (event,) = open_events()
    assert (event.field, event.severity) == ("account_update", "critical")
    assert models.AccountEvent.select().count() == 2, "good news is kept, too"
    until(lambda: len(mailbox.received) == 1)
    assert "Business Support Home" in mailbox.received[0].text

    assert settle(office.store, watch.clock, event.id)
    assert not settle(office.store, watch.clock, event.id)
    assert open_events() == []


def test_a_limit_that_meta_lowers_is_kept_to(office: Office, meta: Meta, watch: Watch) -> None:
    meta.tells_account(
        "business_capability_update", {"max_daily_conversations_per_business": "TIER_250"}
    )
    meta.settle()
    until(lambda: watch.events.read_new() == 1)
    assert office.limits.look("whatsapp_send").limit == 250
    meta.tells_account("business_capability_update", {"max_daily_conversations_per_business": 2000})
    meta.settle()
    until(lambda: watch.events.read_new() == 1)
    assert office.limits.look("whatsapp_send").limit == 2000, "and raised again"


def test_the_look_says_all_that_is_not_as_it_should_be_and_forgets_what_is_mended(
    office: Office, meta: Meta, watch: Watch
) -> None:
    meta.account.app_is_subscribed = False
    meta.account.quality_rating = "YELLOW"
    meta.account.webhook_configuration = {"application": "https://somewhere.example/hook"}
    assert watch.number.look()
    found = {event.event for event in open_events()}
    assert found == {"not subscribed", "quality", "webhook", "template"}
    assert watch.number.look()
    assert len(open_events()) == 4, "nothing is said twice"

    meta.account.app_is_subscribed = True
    meta.account.quality_rating = "GREEN"
    meta.account.webhook_configuration = {"application": OURS}
    meta.approve_template("recu", "fr", text="Vos documents sont arrivés.")
    assert watch.number.look()
    assert open_events() == []
    assert watch.wanted.approved.words == "Vos documents sont arrivés."


def test_a_look_that_meta_does_not_answer_is_taken_again_soon(
    office: Office, meta: Meta, watch: Watch
) -> None:
    meta.stop()
    assert not watch.number.look()
    meta.start()
    assert watch.number.look()


def test_sending_resumes_by_itself_with_a_new_token(
    office: Office, meta: Meta, watch: Watch
) -> None:
    """The outbox has a gateway of its own here: it gets the new token, too."""
    assert not watch.number.try_again(), "nothing is held"
    meta.access_token = "the new one"
    now = watch.clock.now()
    office.store.write(lambda: holds.open_hold(holds.ALL, PermanentError("190"), now, None))
    assert not watch.number.try_again(), "the old one opens nothing"
    assert holds.open_holds()

    watch.token = "the new one"
    assert watch.number.try_again()
    assert not holds.open_holds()
    assert not watch.number.try_again()


def test_a_token_refused_while_fetching_holds_sending_and_is_told_once(
    office: Office, meta: Meta, watch: Watch, mailbox: Mailbox
) -> None:
    """Nothing had to be sent: files could not be fetched."""
    meta.access_token = "the new one"
    with pytest.raises(TemporaryError):
        watch.whatsapp.media_info("1000")
    assert not watch.number.try_again()
    assert not watch.number.try_again()
    assert [hold.scope for hold in holds.open_holds()] == ["all"]
    until(lambda: len(mailbox.received) == 1)

    watch.token = "the new one"
    assert watch.number.try_again()
    assert not holds.open_holds()
    assert not watch.number.try_again(), "what was refused before is forgiven"
    assert len(mailbox.received) == 1


def test_a_right_that_only_lets_us_look_keeps_nobody_from_sending(
    office: Office, meta: Meta, watch: Watch
) -> None:
    """A token without whatsapp_business_management sends and fetches all the same."""
    meta.faults.on("account", None, Refuse(403, 200))
    assert not watch.number.look()

    assert "code 200" in (watch.whatsapp.refusal() or ""), "it is shown"
    assert not watch.number.try_again()
    assert not holds.open_holds()


def test_what_only_meta_knows_is_tried_once_an_hour(
    office: Office, meta: Meta, watch: Watch
) -> None:
    """A bill: whether it is paid, one attempt tells."""
    now = watch.clock.now()
    office.store.write(lambda: holds.open_hold(holds.ALL, PermanentError("131042"), now, None))
    assert not watch.number.try_again()
    meta.faults.on("account", Refuse(401, 190))
    watch.clock.pass_(timedelta(minutes=61))
    assert not watch.number.try_again(), "Meta still minds"
    assert not watch.number.try_again(), "asked a moment ago"
    watch.clock.pass_(timedelta(minutes=61))
    assert watch.number.try_again()


def test_a_look_that_meta_does_not_answer_has_failed_in_the_list_of_tasks(
    office: Office, meta: Meta, watch: Watch
) -> None:
    book = TaskBook(office.store, watch.clock)
    watch.number.show_in(book)
    meta.faults.always("account", Refuse(500, 2))
    watch.number._look_by_the_book()
    meta.faults.clear()
    assert [task.last and task.last.outcome for task in book.tasks()] == [Outcome.FAILED]
    book.ask("number")
    watch.number._look_by_the_book()
    (task,) = book.tasks()
    assert task.last is not None
    assert (task.last.outcome, task.is_asked) == (Outcome.DONE, False)
