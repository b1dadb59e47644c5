"""`python -m benchmarks [--quick] [name …]`: run the benchmarks and print their lines as they come."""

from __future__ import annotations

import argparse
import importlib
import platform
import time

NAMES = ("building", "solving", "gaps", "answers", "orlib", "families", "frames", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(NAMES)} (all)")
    parser.add_argument("--quick", action="store_true", help="small sizes and few seeds: shows that it runs")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    print(
        f"Python {platform.python_version()}; ratios hold on other machines, absolute figures are context only"
    )
    for name in options.names or NAMES:
        began = time.monotonic()
        print(f"\n== {name} ==", flush=True)
        for line in importlib.import_module(f"benchmarks.{name}").run(quick=options.quick):
            print(line, flush=True)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
