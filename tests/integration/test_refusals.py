"""Meta's error codes, each as it comes over HTTP: what becomes of the message, what people read.

Source: Meta, support/error-codes, and the pages that our sheet of facts names (section 7).
"""

import itertools
import re
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from appliance.config import WhatsApp
from appliance.errors import AmbiguousError, GreffierError, PermanentError, TemporaryError
from appliance.gateways.parcel import Parcel
from appliance.gateways.refusals import TABLE, Action, refusal_of
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.simulator.account import Account
from appliance.simulator.faults import Refuse
from appliance.simulator.whatsapp import Meta
from tests.integration.conftest import SECRET, TOKEN, VERIFY

PEOPLE = itertools.count(21620111222)
RIGHTS = range(200, 300)  # Meta names the range, not each code

# Every code of the sheet, by what it says is to be done.
FACTS: dict[Action, tuple[int, ...]] = {
    Action.STOP_ALL: (
        *(0, 190, 3, 10, 131005),  # token, rights
        *(33, 131045, 133010),  # the number is deleted or not registered
        *(131031, 368, 131037),  # locked, restricted, its name not approved
        *(131042, 134011),  # a payment
    ),
    Action.STOP_TEMPLATES: (
        *(131048, 131064, 132015, 132016),
        *(132000, 132012, 132001, 132005, 132007),  # the template as it is written
    ),
    Action.HOLD_RECIPIENT: (131056,),
    Action.WINDOW: (131047,),
    Action.RETRY: (4, 80007, 130429, 133016, 2, 131016, 133004, 131000, 131057),
    Action.AMBIGUOUS: (1,),
    Action.PERMANENT: (
        *(100, 131008, 131009, 135000, 131021, 131051, 131062),  # our request
        *(131026, 131030, 130497, 130403),  # this recipient
        *(131049, 131050, 130472, 131063),  # taken for marketing
        *(131052, 131053),  # files
    ),
}
BECOMES: dict[Action, type[GreffierError]] = {
    Action.PERMANENT: PermanentError,
    Action.AMBIGUOUS: AmbiguousError,
    Action.RETRY: TemporaryError,
    Action.WINDOW: TemporaryError,
    Action.HOLD_RECIPIENT: TemporaryError,
    Action.STOP_TEMPLATES: TemporaryError,
    Action.STOP_ALL: TemporaryError,
}
ROWS = [(action, code) for action, codes in FACTS.items() for code in codes]
# What a person can do, or that nobody need do anything.
REMEDY = re.compile(
    r"renew|give its system user|tried again|goes out|go; see|still go|choose or write|check |see "
    r"|put the billing|register it|tell your support|answer|it may be sent|ask for it|send it"
)


@pytest.fixture(scope="module")
def meta() -> Iterator[Meta]:
    with Meta(Account(SECRET, TOKEN, VERIFY)) as played:
        yield played


@pytest.fixture(scope="module")
def gateway(meta: Meta) -> WhatsAppGateway:
    account = meta.account
    return WhatsAppGateway(
        WhatsApp(
            phone_number_id=account.phone_number_id,
            business_account_id=account.business_account_id,
            graph_url=meta.url,
            access_token=SecretStr(TOKEN),
        )
    )


def letter() -> Parcel:
    """To somebody else each time: nobody gets too many."""
    return Parcel(f"+{next(PEOPLE)}", "Bien reçu.", "callback")


def refused(gateway: WhatsAppGateway, meta: Meta, refusal: Refuse) -> GreffierError:
    """What becomes of a message that Meta refuses so."""
    before = len(meta.accepted)
    meta.faults.on("send", refusal)
    with pytest.raises(GreffierError) as caught:
        gateway.send(letter())
    assert len(meta.accepted) == before
    return caught.value


def test_the_table_has_every_code_of_the_sheet_and_no_other() -> None:
    known = {code for _, code in ROWS} | set(RIGHTS)
    assert set(TABLE) == known
    assert len(ROWS) == len({code for _, code in ROWS}), "each once"


@pytest.mark.parametrize(("action", "code"), ROWS)
def test_a_code_means_the_same_whatever_the_http_status(
    gateway: WhatsAppGateway, meta: Meta, action: Action, code: int
) -> None:
    for status in (400, 500):
        error = refused(gateway, meta, Refuse(status, code))
        assert (error.refusal, error.refusal.action) == (TABLE[code], action)
        assert type(error) is BECOMES[action]


@pytest.mark.parametrize(("_", "code"), ROWS)
def test_what_people_read_has_metas_words_and_a_remedy(
    gateway: WhatsAppGateway, meta: Meta, _: Action, code: int
) -> None:
    said = refused(gateway, meta, Refuse(400, code)).reason
    assert f"(HTTP 400, code {code}: " in said
    remedy = said.rpartition("): ")[2]
    assert REMEDY.search(remedy), said
    assert "%(" not in said


@pytest.mark.parametrize("code", [RIGHTS[0], RIGHTS[19], RIGHTS[-1]])
def test_every_code_from_200_to_299_is_a_right_that_our_token_lacks(
    gateway: WhatsAppGateway, meta: Meta, code: int
) -> None:
    error = refused(gateway, meta, Refuse(403, code))
    assert error.refusal.action == Action.STOP_ALL
    assert "whatsapp_business_messaging" in error.reason
    assert {TABLE[each] for each in RIGHTS} == {error.refusal}


@pytest.mark.parametrize(("action", "code"), ROWS)
def test_only_what_is_this_messages_own_fault_counts_as_an_attempt(
    gateway: WhatsAppGateway, meta: Meta, action: Action, code: int
) -> None:
    error = refused(gateway, meta, Refuse(400, code))
    if isinstance(error, TemporaryError):
        assert error.counts == (action == Action.RETRY)


@pytest.mark.parametrize(("action", "code"), ROWS)
def test_only_what_a_person_of_the_firm_must_mend_is_held_against_the_token(
    gateway: WhatsAppGateway, meta: Meta, action: Action, code: int
) -> None:
    refused(gateway, meta, Refuse(400, code))
    assert (gateway.refusal() is not None) == (action == Action.STOP_ALL)
    gateway.send(letter())
    assert gateway.refusal() is None


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, PermanentError), (404, PermanentError), (429, TemporaryError), (500, AmbiguousError)],
)
def test_a_code_that_meta_has_not_told_us_of_is_judged_by_the_status(
    gateway: WhatsAppGateway, meta: Meta, status: int, error: type[GreffierError]
) -> None:
    assert refusal_of(999_999) is None
    found = refused(gateway, meta, Refuse(status, 999_999))
    assert type(found) is error
    assert found.refusal is None


def test_a_401_is_our_token_whatever_its_code(gateway: WhatsAppGateway, meta: Meta) -> None:
    assert refused(gateway, meta, Refuse(401, 999_999)).refusal == TABLE[190]


def test_one_persons_wait_grows_as_meta_says() -> None:
    """4^X seconds (Meta, about-the-platform#pair-rate-limits), and never for ever."""
    waits = [TABLE[131056].wait(attempts).total_seconds() for attempts in (1, 2, 3, 4, 99)]
    assert waits == [4, 16, 64, 256, 3600]
    assert TABLE[131057].wait(1).total_seconds() >= 60
    assert TABLE[4].wait(1).total_seconds() >= 60
