"""Google, played for one firm: signing in, and Drive v3, on a real port.

Built from Google's documents, of which each room names the page. It imports nothing of ours, so
that it says no where Google says no.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from flask import Flask

from appliance.simulator.bell import Bell
from appliance.simulator.drive_accounts import GIB, OWN_FILES, Account, App, Role, SharedDrive
from appliance.simulator.drive_api import DriveApi
from appliance.simulator.drive_bytes import Store
from appliance.simulator.drive_faults import Faults
from appliance.simulator.drive_files import File
from appliance.simulator.drive_filing import Filing
from appliance.simulator.drive_gate import Gate, Request
from appliance.simulator.drive_ids import Ids
from appliance.simulator.drive_key import ServiceKey
from appliance.simulator.drive_pages import DrivePages
from appliance.simulator.drive_person import Person
from appliance.simulator.drive_sign_in import SignIn
from appliance.simulator.drive_tokens import Grant, Tokens
from appliance.simulator.drive_tree import Tree
from appliance.simulator.drive_upload_api import UploadApi
from appliance.simulator.drive_uploads import Uploads
from appliance.simulator.server import Server

__all__ = ["Drive", "Kept"]

_APP = App("407408718192.apps.googleusercontent.com", "GOCSPX-simulateur")
_PERSON = Account("cabinet@example.com", "Cabinet Trabelsi")
_ROBOT = "greffier@greffier-simulateur.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Kept:
    """One file or folder that is there. `path` is below My Drive, or below the shared drive."""

    path: str
    id: str
    is_folder: bool
    size: int
    md5: str | None
    sha256: str | None
    mime_type: str
    trashed: bool
    app_properties: dict[str, str]


class Drive:
    """Google Drive for one firm: a person, a service account, and one app ("Desktop app").

    Enforces the rules that Google documents, fails on order.
    """

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        bell = self._bell = Bell()
        self.app = _APP
        self.account = Account(_PERSON.email, _PERSON.name, 15 * GIB)
        self.robot = Account(_ROBOT, "greffier", 0, is_service=True)
        self.faults = Faults(bell)
        self._tokens = Tokens(self.app, bell, clock)
        self._gate = Gate(self.faults, self._tokens, bell)
        self._store, self._tree = Store(), Tree(bell, clock)
        self._ids = Ids(self._tree)
        self._filing = Filing(self._tree, self._ids, self._store)
        self._uploads = Uploads(bell, self._store, clock)
        self._api = DriveApi(self._gate, self._tree, self._filing, self._ids)
        self._upload_api = UploadApi(
            self._gate, self._tree, self._filing, self._store, self._uploads, self._api
        )
        self._sign_in = SignIn(self._gate, self._tokens, self.app, self.account)
        self.key = ServiceKey(self.robot, time.time)  # its callers sign by their own clock
        self._sign_in.keys.append((self.robot, self.key))
        self.person = Person(self.account, self._tree, self._filing, self._ids, self._store)
        self.person.also_against(self.robot)
        self._server = self._serve(port)

    def _serve(self, port: int) -> Server:
        app = Flask(__name__)
        server = Server(app, "127.0.0.1", port)
        self._gate.join(app, server)
        self._api.join(app)
        self._upload_api.join(app)
        self._sign_in.join(app)
        DrivePages(self._tree, self.person, lambda: self.files).join(app)
        return server

    # -- its life

    @property
    def url(self) -> str:
        """Once started: what stands for Google's addresses, and where the owner's page is."""
        return self._server.url

    def start(self) -> None:
        """Started again after a stop, it has the same port and the same memory."""
        self._server.start()

    def stop(self) -> None:
        """Google is away: connections are refused."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- credentials

    @property
    def token_uri(self) -> str:
        return f"{self.url}/token"

    @property
    def client_config(self) -> dict[str, Any]:
        """The JSON file of an OAuth client "Desktop app", as the console gives it."""
        return {
            "installed": {
                "client_id": self.app.client_id,
                "project_id": self.app.project,
                "auth_uri": f"{self.url}/o/oauth2/v2/auth",
                "token_uri": self.token_uri,
                "client_secret": self.app.client_secret,
                "redirect_uris": ["http://localhost"],
            }
        }

    @property
    def service_account(self) -> dict[str, Any]:
        """The JSON key file of the service account."""
        return self.key.file(self.token_uri, self.app.project)

    def signed_in(self, *scopes: str) -> dict[str, Any]:
        """What is left of a sign-in: an "authorized_user" file. Without scopes: drive.file."""
        granted = frozenset(scopes or (OWN_FILES,))
        return {
            "type": "authorized_user",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "refresh_token": self._tokens.grant(self.account, granted),
            "token_uri": self.token_uri,
        }

    def access_token(self, *scopes: str, account: Account | None = None) -> str:
        """A living access token, for plain requests. Without scopes: drive.file."""
        granted = frozenset(scopes or (OWN_FILES,))
        return self._tokens.issue(account or self.account, self.app.client_id, granted)

    # -- what is there, and what was asked

    @property
    def files(self) -> list[Kept]:
        """Everything that is not deleted, in order of paths; the trash too."""
        with self._bell.lock:
            there = [f for f in self._tree.files.values() if f.parent and not f.gone]
            return sorted((self._kept(file) for file in there), key=lambda kept: kept.path)

    def _kept(self, file: File) -> Kept:
        return Kept(
            self._tree.path_of(file),
            file.id,
            file.is_folder,
            file.size,
            file.blob.md5 if file.blob else None,
            file.blob.sha256 if file.blob else None,
            file.mime_type,
            self._tree.is_trashed(file),
            dict(file.app_properties.get(self.app.client_id, {})),
        )

    def at(self, path: str) -> Kept:
        """The only file or folder at a path. Raises LookupError when there is none, or several."""
        found = [kept for kept in self.files if kept.path == path]
        if len(found) != 1:
            raise LookupError(f"{len(found)} at {path}: {[kept.path for kept in self.files]}")
        return found[0]

    def bytes_of(self, identity: str) -> bytes:
        """A file's content, also of one in the trash."""
        blob = self._tree.files[identity].blob
        return blob.path.read_bytes() if blob else b""

    @property
    def requests(self) -> list[Request]:
        """Every request to the API and the token endpoint, in order, however it ended."""
        with self._bell.lock:
            return list(self._gate.requests)

    @property
    def consents(self) -> list[Grant]:
        """Every consent given so far: whose, for which scopes, and whether it is revoked."""
        return self._tokens.grants

    @property
    def open_uploads(self) -> int:
        """Upload sessions whose file is not there yet."""
        return len(self._uploads.open)

    def wait_for(self, condition: Callable[[], bool], within: float = 10.0) -> None:
        """Wait until it is true, asked at each event here. Raises TimeoutError."""
        if not self._bell.wait_for(condition, within):
            raise TimeoutError(f"not true after {within} s")

    # -- switches

    def make_shared_drive(self, name: str, **roles: Role) -> SharedDrive:
        """A drive of the organisation's. `person=` and `robot=` say who may what in it."""
        drive = self._tree.add_drive(name)
        addresses = {"person": self.account.email, "robot": self.robot.email}
        drive.members.update({addresses[who]: role for who, role in roles.items()})
        return drive

    @property
    def auto_approve(self) -> bool:
        """Whether the consent page answers for the person, at once."""
        return self._sign_in.auto_approve

    @auto_approve.setter
    def auto_approve(self, on: bool) -> None:
        self._sign_in.auto_approve = on

    def ticks(self, *scopes: str) -> None:
        """Whatever the app asks for, the person grants only these of it from now on."""
        self._sign_in.ticked = frozenset(scopes)

    @property
    def testing(self) -> bool:
        """Whether the consent screen is in "testing": what is granted now lives seven days."""
        return self._tokens.testing

    @testing.setter
    def testing(self, on: bool) -> None:
        self._tokens.testing = on

    @property
    def access_life(self) -> float:
        """Seconds that an access token serves, from the next one on."""
        return self._tokens.access_life

    @access_life.setter
    def access_life(self, seconds: float) -> None:
        self._tokens.access_life = seconds

    @property
    def quota_limit(self) -> int:
        """Bytes that the person may keep."""
        return self.account.quota_limit

    @quota_limit.setter
    def quota_limit(self, size: int) -> None:
        self.account.quota_limit = size

    @property
    def max_children(self) -> int:
        """How many files a folder takes (Google: 500,000)."""
        return self._filing.max_children

    @max_children.setter
    def max_children(self, count: int) -> None:
        self._filing.max_children = count

    @property
    def known_as(self) -> str | None:
        """The scheme and host in the addresses of upload sessions; None: those of the request."""
        return self._upload_api.known_as

    @known_as.setter
    def known_as(self, origin: str | None) -> None:
        self._upload_api.known_as = origin

    def expire_tokens(self) -> None:
        """All access tokens serve no more; refresh tokens do."""
        self._tokens.expire()

    def revoke(self) -> None:
        """The person takes the app's access away in their Google account: invalid_grant."""
        self._tokens.revoke_all()

    def kill_sessions(self) -> None:
        """All uploads on their way are forgotten."""
        self._uploads.kill()

    def forget_changes(self) -> None:
        """All tokens of changes given so far are too old: 410."""
        self._api.history.forget()
