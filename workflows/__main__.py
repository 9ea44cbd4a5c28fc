"""Render, check, lint and draw the machines: `python -m workflows [--check | --lint | --draw]`."""

import argparse
import sys

from workflows import rendering


def main() -> None:
    """Do what the option says; exit 1 with one sentence per fault."""
    parser = argparse.ArgumentParser(prog="python -m workflows", description="Without an option: write ASL and table.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="refuse generated files that are out of date")
    what.add_argument("--lint", action="store_true", help="check the machines: our own checks, then asl-validator")
    what.add_argument("--draw", action="store_true", help="write the pictures")
    options = parser.parse_args()
    faults: list[str] = []
    if options.check:
        faults = rendering.drift(rendering.asl_files() | rendering.table_files() | rendering.picture_files())
    elif options.lint:
        # Only the linter needs the JSONata parser and Node.
        from workflows.linting import lint  # noqa: PLC0415

        faults = lint(rendering.asl_files())
    elif options.draw:
        rendering.write(rendering.picture_files())
    else:
        rendering.write(rendering.asl_files() | rendering.table_files())
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
