"""A real clamd on loopback, with one signature of our own: that of the file made for such tests."""

import base64
import hashlib
import shutil
import socket
import subprocess
from pathlib import Path

from tests.support import until

PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
SIGNATURE = "Greffier.Test.Eicar"
STREAM_MAX = 20 * 1024 * 1024  # bytes


def eicar() -> bytes:
    """EICAR's test file, made at run time: a file that holds it would be put away on any PC."""
    begins = "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJ"
    ends = "Q0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
    return base64.b64decode(begins + ends)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Scanner:
    """clamd, started and stopped as a test wants it; always at the same address."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"clamd://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        base = folder / "base"
        base.mkdir()
        data = eicar()
        digest = hashlib.md5(data).hexdigest()
        (base / "greffier.hdb").write_text(f"{digest}:{len(data)}:{SIGNATURE}\n")
        (folder / "clamd.conf").write_text(
            f"Foreground yes\nTCPSocket {self.port}\nTCPAddr 127.0.0.1\n"
            f"DatabaseDirectory {base}\nLogFile {folder / 'clamd.log'}\n"
            f"TemporaryDirectory {folder}\nAlertEncrypted yes\nStreamMaxLength {STREAM_MAX}\n"
            "MaxScanSize 20M\nMaxScanTime 3000\nMaxThreads 4\nReadTimeout 20\nSelfCheck 0\n"
        )

    def start(self) -> None:
        assert PROGRAM is not None
        if self._process is not None:
            return
        program = self._folder / "clamd"  # a copy: where AppArmor is, it lets the original read
        shutil.copy(PROGRAM, program)  # no settings but the distribution's
        command = [str(program), "--config-file", str(self._folder / "clamd.conf")]
        silent = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=silent, stderr=silent)
        until(self._answers, within=30, what="clamd did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"zPING\0")
                return connection.recv(10) == b"PONG\0"
        except OSError:
            return False
