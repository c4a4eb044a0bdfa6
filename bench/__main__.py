"""`python -m bench [scenario ...]`: run measurements; without a name, all of them."""

import importlib
import sys

SCENARIOS = ("start", "pages", "visit", "media", "bookings", "availability", "opening", "helpday", "reports")
"""Names of modules in bench/, each with a `run()`."""


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(SCENARIOS)
    if unknown:
        sys.stderr.write(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(SCENARIOS)}\n")
        return 2
    for name in wanted or SCENARIOS:
        importlib.import_module(f"bench.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
