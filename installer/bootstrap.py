"""Makes Greffier's virtual environment beside the code, once, and starts things in it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from installer import environment, failure, lock
from installer.failure import InstallError
from installer.progress import Progress, stop

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"
STOPPED = 130
TERMINATED = 143
PROBE_WITHIN_SECONDS = 60
MAKING = environment.DAMAGED._replace(state="making")


def main_of(work: Callable[[Sequence[str]], int]) -> NoReturn:
    """Run a command's work: a clear sentence for what fails, and silence for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _leave)
    try:
        too_old = failure.sentence_for_version(sys.version_info[:3], sys.executable)
        if too_old:
            raise InstallError(too_old)
        sys.exit(work(sys.argv[1:]))
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(STOPPED)


def ready_python(progress: Progress, extras: Iterable[str] = ()) -> Path:
    """Answer the environment's Python, after making or renewing what is not as it should be."""
    venv = venv_folder()
    want = environment.wanted(ROOT, venv, frozenset(extras))
    if _state(venv, want) != environment.READY:
        try:
            _make_ready(venv, want, progress)
        except OSError as error:
            raise InstallError(
                f"{error}\nCheck that {venv.parent} is yours to write in, that the disk is not "
                "full and that Greffier is not running; then start again."
            ) from error
    return python_of(venv)


def venv_folder() -> Path:
    """Say where the environment is: beside the code, or where GREFFIER_VENV says."""
    return Path(os.environ.get("GREFFIER_VENV") or ROOT / ".venv").absolute()


def python_of(venv: Path) -> Path:
    """Say where an environment's Python is."""
    return venv / "Scripts" / "python.exe" if WINDOWS else venv / "bin" / "python"


def child_environment() -> dict[str, str]:
    """Give a child our environment, without what would lead its Python astray."""
    astray = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in astray}


def hand_over(command: Sequence[str], cwd: Path) -> int:
    """Become this command: it gets the signals, and its exit code is ours."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.chdir(str(cwd))
        os.execve(command[0], list(command), child_environment())
    return run_as_child(command, cwd)


def run_as_child(command: Sequence[str], cwd: Path) -> int:
    """Become this command as well as Windows can, where Ctrl-C reaches parent and child alike."""
    child = subprocess.Popen(command, cwd=str(cwd), env=child_environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    except BaseException:
        stop(child)
        raise


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)


def _state(venv: Path, want: environment.Wanted) -> str:
    return environment.decide(want, _read_stamp(venv), _probe(venv))


def _make_ready(venv: Path, want: environment.Wanted, progress: Progress) -> None:
    """Make or renew the environment, unless another bootstrap just did."""
    _refuse_a_folder_of_others(venv)
    venv.mkdir(parents=True, exist_ok=True)
    with lock.held(venv / environment.LOCK_NAME, progress.waiting("another installation")):
        progress.erase()
        todo = _state(venv, want)
        if todo == environment.READY:
            return
        if todo == environment.REBUILD:
            _build(venv, progress)
        _install(venv, want, progress)


def _without_venv() -> str:
    debian = Path("/etc/debian_version").exists()
    return failure.NO_VENV_ON_DEBIAN if debian else failure.NO_VENV


def _build(venv: Path, progress: Progress) -> None:
    """Make an empty environment."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise InstallError(_without_venv())
    _clear(venv)
    base = getattr(sys, "_base_executable", None) or sys.executable
    log = venv / environment.LOG_NAME
    command = [base, "-I", "-m", "venv", str(venv)]
    code = progress.step(
        f"Making the environment {venv.name}", command, log=log, cwd=ROOT, env=child_environment()
    )
    if code != 0:
        said = failure.last_lines(log, 30)
        reason = _without_venv() if "ensurepip" in said else failure.remedy_for(said)
        raise InstallError(f"{said}\n\n{reason}")


def _refuse_a_folder_of_others(venv: Path) -> None:
    """Go no further with a folder that was never an environment: renewing it would empty it."""
    marks = ("pyvenv.cfg", environment.STAMP_NAME, environment.LOCK_NAME)
    if venv.is_dir() and any(venv.iterdir()) and not any((venv / name).exists() for name in marks):
        raise InstallError(f"{venv} is not empty and not an environment: move it away.")


def _clear(venv: Path) -> None:
    """Empty the folder, after a mark that says so to whoever comes if this is cut short."""
    _write_stamp(venv, MAKING)
    kept = {environment.LOCK_NAME, environment.STAMP_NAME}
    for path in venv.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()


def _install(venv: Path, want: environment.Wanted, progress: Progress) -> None:
    """Install Greffier in its environment; cut short, it leaves the mark that says so."""
    before = _read_stamp(venv)
    extras = want.extras | (before.extras if before else frozenset())
    _write_stamp(venv, MAKING)
    log = venv / environment.LOG_NAME
    code = progress.step(
        "Installing Greffier and what it needs",
        _pip_command(venv, extras),
        log=log,
        cwd=ROOT,
        env=_pip_environment(),
    )
    if code != 0:
        (venv / environment.STAMP_NAME).unlink()
        said = failure.last_lines(log, 30)
        raise InstallError(f"{said}\n\n{failure.remedy_for(said)}\n(All of it: {log})")
    found = _probe(venv)
    if found is None or not found.complete:
        raise InstallError(f"The environment {venv} does not work: delete it and start again.")
    _write_stamp(
        venv, environment.Stamp(environment.READY, want.project, want.place, found.python, extras)
    )


def _pip_command(venv: Path, extras: Iterable[str]) -> list[str]:
    """Write pip's command: in UTF-8 wherever it is, and without a path that pip would parse."""
    names = ",".join(sorted(extras))
    return [
        *(str(python_of(venv)), "-I", "-X", "utf8", "-m", "pip", "install"),
        *("--progress-bar", "off", "--no-input", "--disable-pip-version-check"),
        *("--editable", f".[{names}]" if names else "."),
    ]


def _pip_environment() -> dict[str, str]:
    """Overrule the settings of a machine's pip that an environment cannot obey."""
    return {**child_environment(), "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


def _probe(venv: Path) -> environment.Found | None:
    python = python_of(venv)
    if not (venv / "pyvenv.cfg").exists() or not python.exists():
        return None
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", environment.PROBE],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            timeout=PROBE_WITHIN_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return environment.found_from_text(answer.stdout.decode("utf-8", "replace"))


def _read_stamp(venv: Path) -> environment.Stamp | None:
    try:
        text = (venv / environment.STAMP_NAME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return environment.stamp_from_text(text)


def _write_stamp(venv: Path, stamp: environment.Stamp) -> None:
    (venv / environment.STAMP_NAME).write_text(environment.stamp_as_text(stamp), encoding="utf-8")
