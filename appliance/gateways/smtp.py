"""E-mail to the firm's people, over its own mail server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate

from appliance.config import Email
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.gateways.parcel import Parcel

TIMEOUT = 20  # seconds
DATA_TIMEOUT = 300  # seconds: servers look for viruses before they answer (RFC 5321, 4.5.3.2.6)
_ACCOUNT_WAIT = timedelta(minutes=5)  # a wrong password is the firm's to mend, not the letter's

NO_ADDRESS = mark("not an e-mail address: %(address)s")
BROKE_OFF = mark("the mail server broke off while it took the letter (%(kind)s): try again later")
ACCOUNT_REFUSED = mark(
    "the mail server refuses the account: check [email] username and email.password"
)
NOT_SAFE = mark("the mail server cannot do it safely: check [email] security and port (%(cause)s)")
UNREACHABLE = mark(
    "the mail server cannot be reached: check [email] host and the network (%(kind)s)"
)
REFUSED = mark("the mail server refused the letter: %(answer)s")


class SmtpGateway:
    """Sends one letter a connection. A repeated letter keeps its Message-ID.

    So an answer lost after DATA is not ambiguous: the mailbox recognises the second copy.
    """

    def __init__(self, config: Email) -> None:
        self._config = config

    def send(self, parcel: Parcel) -> str:
        """Send a letter; return its Message-ID. Raises TemporaryError or PermanentError.

        A server that is not reached counts against no letter; one that breaks off while it takes
        this letter does, or the same letter would be handed over for ever.
        """
        letter = self._letter(parcel)
        with _translated(), self._session() as session, _handing_over(session):
            session.send_message(letter)
        return str(letter["Message-ID"])

    def check(self) -> None:
        """Connect, sign in and leave. Raises as `send` does."""
        with _translated(), self._session() as session:
            session.noop()

    def _letter(self, parcel: Parcel) -> EmailMessage:
        letter = EmailMessage()
        try:
            letter["To"] = parcel.recipient
            letter["From"] = self._config.sender
        except ValueError as error:
            raise PermanentError(NO_ADDRESS, address=parcel.recipient) from error
        letter["Subject"] = " ".join(parcel.subject.split())
        letter["Date"] = formatdate(localtime=True)
        domain = str(self._config.sender).rpartition("@")[2].rstrip(">") or "greffier.invalid"
        letter["Message-ID"] = f"<{parcel.callback}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        letter.set_content(parcel.text)
        if parcel.html:
            letter.add_alternative(parcel.html, subtype="html")
        return letter

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        config = self._config
        if config.security == "ssl":
            context = ssl.create_default_context()
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                config.host, config.port, timeout=TIMEOUT, context=context
            )
        else:
            opened = smtplib.SMTP(config.host, config.port, timeout=TIMEOUT)
        with opened as session:
            if config.security == "starttls":
                session.starttls(context=ssl.create_default_context())
            if config.username and config.password:
                session.login(config.username, config.password.get_secret_value())
            yield session


@contextmanager
def _handing_over(session: smtplib.SMTP) -> Iterator[None]:
    """From here on the server may have the letter, whatever becomes of the connection."""
    if session.sock is not None:
        session.sock.settimeout(DATA_TIMEOUT)
    try:
        yield
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
        raise  # it spoke: what it said decides
    except OSError as error:
        raise TemporaryError(BROKE_OFF, kind=type(error).__name__) from error


@contextmanager
def _translated() -> Iterator[None]:
    """The mail server's words as what happens next."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        _raise_refusal(*next(iter(error.recipients.values())))
    except smtplib.SMTPAuthenticationError as error:
        raise TemporaryError(ACCOUNT_REFUSED, _ACCOUNT_WAIT, counts=False) from error
    except smtplib.SMTPResponseException as error:
        _raise_refusal(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
        cause = str(error)
        raise TemporaryError(NOT_SAFE, _ACCOUNT_WAIT, counts=False, cause=cause) from error
    except OSError as error:
        kind = type(error).__name__
        raise TemporaryError(UNREACHABLE, counts=False, kind=kind) from error


def _raise_refusal(code: int, words: bytes | str) -> None:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    answer = f"{code} {said[:300]}"
    if 400 <= code < 500:
        raise TemporaryError(REFUSED, answer=answer)
    raise PermanentError(REFUSED, answer=answer)
