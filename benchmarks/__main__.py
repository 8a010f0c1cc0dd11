"""All benchmarks, or those named: `python -m benchmarks [NAME ..]`."""

import importlib
import pkgutil
import sys

import benchmarks
import zitter  # noqa: F401  (float64 on before jax is imported)


def main() -> int:
    """Run the benchmarks; 2 for a name that does not exist."""
    found = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__))
    found = [name for name in found if not name.startswith("_")]
    chosen = sys.argv[1:] or found
    unknown = [name for name in chosen if name not in found]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are: {', '.join(found)}.")
        return 2
    for name in chosen:
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
