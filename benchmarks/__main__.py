"""`python -m benchmarks [--quick] [--all | name …]`: run the benchmarks, print their lines as they come, and the goals
with what was measured as one table."""

from __future__ import annotations

import argparse
import importlib
import platform
import time

from benchmarks.goals import Figure, table

NAMES = ("building", "gaps", "answers", "families", "solving", "frames")
MORE = ("orlib", "pages")
"""By name or with `--all` only: published problems to their best known values, and pages with much in them."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(NAMES)} (these); {', '.join(MORE)}")
    parser.add_argument("--all", action="store_true", help="every one")
    parser.add_argument("--quick", action="store_true", help="small sizes and few seeds: shows that it runs")
    options = parser.parse_args()
    unknown = set(options.names) - {*NAMES, *MORE}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    print(
        f"Python {platform.python_version()}; ratios hold on other machines, absolute figures are context only"
    )
    figures: list[Figure] = []
    for name in options.names or (*NAMES, *(MORE if options.all else ())):
        began = time.monotonic()
        print(f"\n== {name} ==", flush=True)
        for line in importlib.import_module(f"benchmarks.{name}").run(quick=options.quick):
            if isinstance(line, Figure):
                figures.append(line)
            else:
                print(line, flush=True)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    if figures:
        print("\n== goals ==", *table(figures), sep="\n")


if __name__ == "__main__":
    main()
