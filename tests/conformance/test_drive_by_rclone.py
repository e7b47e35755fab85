"""The played Drive is taken for Google's by a program that neither of us wrote: Debian's rclone.

It speaks to www.googleapis.com; a proxy of ours leads it to the simulator, with a certificate of an
authority made for the test. Nothing leaves this computer.
"""

import contextlib
import json
import secrets
import select
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.simulator.drive_accounts import WHOLE
from appliance.simulator.google_drive import Drive

HOSTS = ["www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com"]
ARABIC = "عقد بيع – نسخة أصلية.pdf"
HARD = 'L\'acte de "vente" \\ (1) & co.txt'
BIG = 9 * 1024 * 1024 + 12_345  # bytes: above rclone's limit of 8 MiB, so it comes in pieces

Rclone = Callable[..., "subprocess.CompletedProcess[str]"]


class _Authority:
    """An authority of one day, and a certificate of its own for Google's names."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.chain = folder / "ca.pem", folder / "chain.pem"
        key, subject = ec.generate_private_key(ec.SECP256R1()), _name("Test authority")
        root = _certificate(subject, subject, key, key, is_authority=True)
        own = ec.generate_private_key(ec.SECP256R1())
        leaf = _certificate(_name("Played Google"), subject, own, key, is_authority=False)
        self.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.chain.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(use, critical=False)
        .sign(signer, hashes.SHA256())
    )


class _Proxy:
    """Answers CONNECT, ends the encryption, and passes the bytes on to the simulator."""

    def __init__(self, chain: Path, target: int) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain)
        self._target = target
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller:
            self.asked.append(_head(caller).split()[1])
            caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            inside = self._context.wrap_socket(caller, server_side=True)
            with inside, socket.create_connection(("127.0.0.1", self._target)) as google:
                _pass_on(inside, google)


def _head(caller: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = caller.recv(1)
        if not piece:
            raise ConnectionError
        head += piece
    return head.decode()


def _pass_on(inside: ssl.SSLSocket, google: socket.socket) -> None:
    """Until either side ends."""
    while True:
        ready = [inside] if inside.pending() else select.select([inside, google], [], [], 30)[0]
        for one in ready:
            piece = one.recv(65536)
            if not piece:
                return
            (google if one is inside else inside).sendall(piece)


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        played.known_as = "https://www.googleapis.com"
        yield played


@pytest.fixture
def proxy(drive: Drive, tmp_path: Path) -> Iterator[_Proxy]:
    authority = _Authority(tmp_path)
    opened = _Proxy(authority.chain, int(drive.url.rpartition(":")[2]))
    yield opened
    opened.close()


def _run(config: Path, ca: Path, proxy: _Proxy, *words: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not installed")
    command = [program, "--config", str(config), "--ca-cert", str(ca)]
    quick = ["--low-level-retries", "5", "--retries", "1", "--drive-pacer-min-sleep", "1ms"]
    environment = {"HTTPS_PROXY": proxy.url, "HOME": str(config.parent), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [*command, *quick, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _config(path: Path, **settings: str) -> Path:
    lines = [f"{name} = {value}" for name, value in settings.items()]
    path.write_text("\n".join(["[google]", "type = drive", *lines, ""]))
    return path


@pytest.fixture
def rclone(drive: Drive, proxy: _Proxy, tmp_path: Path) -> Rclone:
    """In the name of a person who signed in a while ago: its access token is over."""
    signed = drive.signed_in(WHOLE)
    token = {
        "access_token": "long-over",
        "token_type": "Bearer",
        "refresh_token": signed["refresh_token"],
        "expiry": "2020-01-01T00:00:00Z",
    }
    config = _config(
        tmp_path / "rclone.conf",
        scope="drive",
        client_id=signed["client_id"],
        client_secret=signed["client_secret"],
        token=json.dumps(token),
    )
    return lambda *words: _run(config, tmp_path / "ca.pem", proxy, *words)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Five files in two folders: an Arabic name, a hard one, an empty one, 9 MB."""
    folder = tmp_path / "Dossiers"
    (folder / "Ben Youssef").mkdir(parents=True)
    (folder / "Ben Youssef" / ARABIC).write_bytes(b"%PDF-1.7 " + secrets.token_bytes(40_000))
    (folder / "Ben Youssef" / "scan.bin").write_bytes(secrets.token_bytes(BIG))
    (folder / HARD).write_text("Fait à Tunis\r\n", newline="")
    (folder / "vide.txt").touch()
    (folder / "note.txt").write_bytes(b"ends in a line\r\n")
    return folder


def test_rclone_copies_a_folder_and_finds_each_byte_again(
    rclone: Rclone, drive: Drive, proxy: _Proxy, papers: Path
) -> None:
    copied = rclone("copy", str(papers), "google:Dossiers")
    assert copied.returncode == 0, copied.stderr
    checked = rclone("check", str(papers), "google:Dossiers")
    assert checked.returncode == 0, checked.stderr
    assert "0 differences found" in checked.stderr
    assert "5 matching files" in checked.stderr
    for path in (path for path in papers.rglob("*") if path.is_file()):
        kept = drive.at(f"Dossiers/{path.relative_to(papers)}")
        assert drive.bytes_of(kept.id) == path.read_bytes()
    assert {host.partition(":")[0] for host in proxy.asked} <= set(HOSTS)


def test_the_large_file_came_in_pieces_and_the_others_at_once(
    rclone: Rclone, drive: Drive, papers: Path
) -> None:
    assert rclone("copy", str(papers), "google:Dossiers").returncode == 0
    operations = [request.operation for request in drive.requests]
    assert operations.count("upload_start") == 1
    assert operations.count("upload_chunk") == 2
    assert [kept.size for kept in drive.files if kept.path.endswith("scan.bin")] == [BIG]


def test_rclone_lists_names_sizes_and_sums(rclone: Rclone, papers: Path) -> None:
    assert rclone("copy", str(papers), "google:Dossiers").returncode == 0
    listed = rclone("lsf", "--recursive", "--files-only", "--format", "ps", "google:Dossiers")
    sizes = {
        str(path.relative_to(papers)): path.stat().st_size
        for path in papers.rglob("*")
        if path.is_file()
    }
    found = dict(line.rsplit(";", 1) for line in listed.stdout.splitlines())
    assert found == {name: str(size) for name, size in sizes.items()}


def test_rclone_sees_that_one_byte_was_changed_by_hand(
    rclone: Rclone, drive: Drive, papers: Path
) -> None:
    assert rclone("copy", str(papers), "google:Dossiers").returncode == 0
    kept = drive.at(f"Dossiers/{HARD}")
    drive.person.edits(kept.id, b"Fait a Tunis!\r\n")
    checked = rclone("check", str(papers), "google:Dossiers")
    assert checked.returncode != 0
    assert "1 differences found" in checked.stderr


def test_rclone_brings_everything_back(rclone: Rclone, papers: Path, tmp_path: Path) -> None:
    assert rclone("copy", str(papers), "google:Dossiers").returncode == 0
    back = tmp_path / "back"
    fetched = rclone("copy", "google:Dossiers", str(back))
    assert fetched.returncode == 0, fetched.stderr
    for path in (path for path in papers.rglob("*") if path.is_file()):
        assert (back / path.relative_to(papers)).read_bytes() == path.read_bytes()


def test_rclone_gets_through_what_passes(rclone: Rclone, drive: Drive, papers: Path) -> None:
    drive.faults.on("upload_chunk", 503, None, "drop")
    drive.faults.on("list", 500, (403, "userRateLimitExceeded"))
    drive.faults.on("create", 429, None, 503)
    copied = rclone("copy", str(papers), "google:Dossiers")
    assert copied.returncode == 0, copied.stderr
    assert "0 differences found" in rclone("check", str(papers), "google:Dossiers").stderr
    assert drive.faults.waiting("list") == 0


def test_rclone_moves_renames_trashes_and_deletes(
    rclone: Rclone, drive: Drive, papers: Path
) -> None:
    assert rclone("copy", str(papers), "google:Dossiers").returncode == 0
    was = drive.at("Dossiers/note.txt")
    moved = rclone("moveto", "google:Dossiers/note.txt", "google:Clos/rangée.txt")
    assert moved.returncode == 0, moved.stderr
    assert drive.at("Clos/rangée.txt").id == was.id
    assert rclone("deletefile", "google:Dossiers/vide.txt").returncode == 0
    assert drive.at("Dossiers/vide.txt").trashed
    assert rclone("delete", "--drive-use-trash=false", "google:Clos").returncode == 0
    assert not [kept for kept in drive.files if kept.id == was.id]


def test_under_drive_file_rclone_sees_only_what_it_made(
    drive: Drive, proxy: _Proxy, papers: Path, tmp_path: Path
) -> None:
    drive.person.puts("par la main.txt", b"by hand")
    signed = drive.signed_in()
    token = {
        "access_token": "x",
        "refresh_token": signed["refresh_token"],
        "expiry": "2020-01-01T00:00:00Z",
    }
    config = _config(
        tmp_path / "own.conf",
        scope="drive.file",
        client_id=signed["client_id"],
        client_secret=signed["client_secret"],
        token=json.dumps(token),
    )
    run = lambda *words: _run(config, tmp_path / "ca.pem", proxy, *words)  # noqa: E731
    copied = run("copy", str(papers), "google:")
    assert copied.returncode == 0, copied.stderr
    assert "par la main.txt" not in run("lsf", "google:").stdout
    assert "0 differences found" in run("check", str(papers), "google:").stderr


def test_a_service_account_copies_into_a_shared_drive_and_nowhere_else(
    drive: Drive, proxy: _Proxy, papers: Path, tmp_path: Path
) -> None:
    shared = drive.make_shared_drive("Cabinet", robot="organizer")
    key = tmp_path / "key.json"
    key.write_text(
        json.dumps(drive.key.file("https://oauth2.googleapis.com/token", drive.app.project))
    )
    settings = {"scope": "drive", "service_account_file": str(key)}
    own = _config(tmp_path / "own.conf", **settings)
    team = _config(tmp_path / "team.conf", **settings, team_drive=shared.id)
    ca = tmp_path / "ca.pem"
    refused = _run(own, ca, proxy, "copy", str(papers), "google:Dossiers")
    assert refused.returncode != 0
    assert "storageQuotaExceeded" in refused.stderr
    copied = _run(team, ca, proxy, "copy", str(papers), "google:Dossiers")
    assert copied.returncode == 0, copied.stderr
    checked = _run(team, ca, proxy, "check", str(papers), "google:Dossiers")
    assert "0 differences found" in checked.stderr
    assert len([kept for kept in drive.files if not kept.is_folder]) == 5
