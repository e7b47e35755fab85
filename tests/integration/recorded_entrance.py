"""Who comes in, and by what: the acts at the door, as recorded_acts has the others."""

from flask.testing import FlaskClient

from tests.integration.reading import token_of
from tests.integration.recorded_acts import ADMIN, AVOCAT, Act, Filled
from tests.integration.recorded_house import PASSWORD, House

CHOSEN = f"{PASSWORD} 2"


def _stranger(house: House, _: str) -> FlaskClient:
    """Somebody's browser, before they are signed in."""
    return house.app.test_client()


def _halfway(house: House, role: str) -> FlaskClient:
    """The password was right, the code is still to come."""
    browser = house.app.test_client()
    form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser)}
    assert browser.post("/login", data=form).location == "/login/code"
    return browser


def _named(house: House) -> Filled:
    house.user(AVOCAT, AVOCAT)
    return {}, {"name": AVOCAT, "password": PASSWORD}


def _code(house: House) -> Filled:
    house.user(AVOCAT, AVOCAT)
    house.factor(AVOCAT)
    return {}, {"code": house.code(AVOCAT)}


def _invited(house: House) -> Filled:
    house.user(AVOCAT, AVOCAT)
    token = house.desk.users.invite(AVOCAT, "x")
    return {"token": token}, {"password": CHOSEN, "again": CHOSEN}


def _begun(house: House) -> Filled:
    """A picture for the telephone was shown, and read."""
    house.begin_factor(house.user(AVOCAT, AVOCAT))
    return {}, {"code": house.code(AVOCAT)}


def _in_force(house: House) -> Filled:
    house.user(AVOCAT, AVOCAT)
    house.factor(AVOCAT)
    return {}, {"password": PASSWORD}


def _somebodys(house: House) -> Filled:
    sonia = house.user("Sonia", "assistant").id
    house.factor("Sonia")
    return {"user_id": sonia}, {}


ENTRANCE = {
    "pages.sign_in": Act(AVOCAT, "signed in", _named, _stranger),
    "entrance.enter": Act(AVOCAT, "signed in", _code, _halfway),
    "entrance.accept": Act(AVOCAT, "invitation used", _invited, _stranger),
    "account.confirm": Act(AVOCAT, "second factor switched on", _begun),
    "account.codes": Act(AVOCAT, "recovery codes made", _in_force),
    "account.off": Act(AVOCAT, "second factor switched off", _in_force),
    "users.reset_factor": Act(ADMIN, "second factor reset", _somebodys),
}
