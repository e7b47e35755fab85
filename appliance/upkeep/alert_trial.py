"""Tries the addresses of alerts, really: a test message to each, all at the same time.

An address holds its own secret and is sent to nobody but itself.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from uuid import uuid4

from appliance.config import Alerts
from appliance.errors import PermanentError, Sentence, mark, sentence
from appliance.gateways.alerts import AlertGateway
from appliance.gateways.parcel import Parcel
from appliance.wording import Wording

LONGEST = 30.0  # seconds, for all of them together
AT_ONCE = 8
NO_ADDRESS = mark(
    "no alert has an address yet: write one, such as slack://… or tgram://…, as the services are "
    "listed on https://appriseit.com/services/; several with a space between them"
)
ALL_TOOK_IT = mark("all %(count)s addresses took the test: look whether it has arrived")
SOME_DID_NOT = mark(
    "%(taken)s of %(count)s addresses took the test. These did not: %(names)s. Look whether each "
    "is as its service gave it, whether its token is still good, and whether this computer reaches "
    "the internet"
)
SUBJECT = mark("[Greffier] A test")
WORDS = mark("This message was sent to try an address of alerts (%(address)s). It works.")


def try_alerts(config: Alerts, wording: Wording) -> Sentence:
    """Send a test to every address. Raises PermanentError with the names of those that refuse."""
    names = list(config.addresses)
    if not names:
        raise PermanentError(NO_ADDRESS)
    gateway = AlertGateway(config)
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alert-trial")
    asked = {name: pool.submit(gateway.send, _test(name, wording)) for name in names}
    wait(asked.values(), LONGEST)
    pool.shutdown(wait=False, cancel_futures=True)
    refused = [name for name, answer in asked.items() if not _is_taken(answer)]
    if refused:
        taken = len(names) - len(refused)
        named = ", ".join(refused)
        raise PermanentError(SOME_DID_NOT, taken=taken, count=len(names), names=named)
    return sentence(ALL_TOOK_IT, count=len(names))


def _is_taken(answer: "Future[str]") -> bool:
    """Whether it was, in time; one that is still being waited for was not."""
    return answer.done() and not answer.cancelled() and answer.exception() is None


def _test(name: str, wording: Wording) -> Parcel:
    return Parcel(
        recipient=name,
        subject=wording.text(SUBJECT),
        text=wording.text(WORDS, address=name),
        callback=f"test-{uuid4().hex}",
    )
