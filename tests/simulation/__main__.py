"""`make simulate`: everything at large, with the figures as a table; or one play again, with its trace.

make simulate                   the whole, with 1,500 seeds: some minutes
make simulate SEEDS=10000       with so many seeds
make simulate SEED=17           the world of a seed again, with its trace
make simulate NAME="…"          any play by its name, as a failing run prints it (tests/simulation/names.py)
make simulate EVERYWHERE=1      with each fault and each end from outside in every scenario that meets it: an hour

It stops at the first violation, prints how to play that again, and exits with 1.
"""

import argparse
import sys
import time
from functools import partial

from tests.simulation.campaign import Campaign, ViolationError
from tests.simulation.judging import INTERLEAVINGS, ORDERS, first_breach, of_name
from tests.simulation.names import KNOWN, play_of

SEEDS = 1_500


def replay(name: str) -> int:
    """Play one again, print its trace; 1 if something was broken."""
    if name in {INTERLEAVINGS, ORDERS}:
        found = first_breach(by=name, only=True)
        print(found or "nothing is broken")
        return 1 if found else 0
    played = play_of(name).run()
    print("\n".join(played.world.trace))
    print("outcomes:", played.outcomes())
    for gap, sentence in dict.fromkeys(played.invariants.excused):
        print(f"excused ({gap}): {sentence}")
    broken = list(of_name(name))
    print("\n".join(broken) or "nothing is broken")
    return 1 if broken else 0


def main() -> int:
    """Do what the arguments say; 1 if anything is broken."""
    parser = argparse.ArgumentParser(
        prog="make simulate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many seeds ({SEEDS:,})")
    parser.add_argument("--from-seed", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--play", help="the name of one play")
    parser.add_argument("--everywhere", action="store_true", help="each fault and end in every scenario: an hour")
    parser.add_argument("--seeds-only", action="store_true", help="nothing but the seeds")
    options = parser.parse_args()
    if options.play:
        return replay(options.play)
    begun, campaign = time.monotonic(), Campaign(partial(print, flush=True))
    try:
        seeds = range(options.from_seed, options.from_seed + options.seeds)
        if options.seeds_only:
            campaign.run_seeds(seeds)
        else:
            campaign.run(seeds, everywhere=options.everywhere)
    except ViolationError as violation:
        campaign.print_table(time.monotonic() - begun)
        print(f"VIOLATION {violation.sentence}", file=sys.stderr)
        print(f"replay: {violation.command}", file=sys.stderr)
        return 1
    campaign.print_table(time.monotonic() - begun)
    for fault, name in KNOWN.items():
        print(f'known, not mended yet: {fault}: make simulate NAME="{name}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
