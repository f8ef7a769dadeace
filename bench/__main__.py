"""`make bench`: runs every benchmark, or the ones named; docs/benchmarks.md tells what the figures mean."""

import importlib
import pkgutil
import sys

import bench


def main(names: list[str]) -> int:
    """Runs `main([])` of each module of this package; 2 where a name is none."""
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names or known:
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
