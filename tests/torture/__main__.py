"""The long form: `python -m tests.torture --kills 300`. See README.md."""

import argparse
import sys

from tests.torture import plan
from tests.torture.machine import why_not
from tests.torture.world import disk, tortured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how often the process is killed")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--power", action="store_true", help="cut the power instead of killing")
    parser.add_argument("--big-disk", action="store_true", help="never fill the disk")
    chosen = parser.parse_args()
    if reason := why_not():
        print(f"this computer cannot be hurt: {reason}")
        return 2
    others = plan.OTHERS if chosen.big_disk else plan.OTHERS | plan.FULL
    deadly = plan.POWER if chosen.power else plan.KILLS
    with (
        disk(is_small=not chosen.big_disk) as home,
        tortured(home, chosen.seed, records=chosen.power) as run,
    ):
        order = plan.in_turn(run, deadly, others, chosen.kills)
        faults = plan.torture(run, order, deadly | others, lambda said: print(said, flush=True))
    for fault in faults:
        print(f"FAULT  {fault}")
    print(f"{len(faults)} faults" if faults else "0 lost, 0 twice")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
