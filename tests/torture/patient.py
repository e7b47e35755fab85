"""`greffier run` whose workers can be made to die: each SIGUSR1 ends one, wherever it stands.

Nothing of the product is replaced; an exception is raised in a thread of its, as a bug would.
"""

import ctypes
import random
import signal
import threading
from types import FrameType

from appliance.cli import main


def end_a_worker(_signal: int, _frame: FrameType | None) -> None:
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("Worker-")]
    if workers:
        ident = ctypes.c_ulong(random.choice(workers).ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, end_a_worker)
    main()
