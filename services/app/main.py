"""`dateline`: the command. Exit codes: 0 done, 1 some input failed, 2 bad usage or settings, 3 a dependency is away."""

import os
import sys

from services.core.errors import ConfigError, DatelineError, Unavailable


def main() -> None:
    """Runs the command line; our own errors become one message and an exit code, never a traceback."""
    port = os.environ.get("DATELINE_HEALTH_PORT", "")
    if sys.argv[1:] == ["health"] and port.isdecimal():
        from services.app.probe import probe

        sys.exit(probe(int(port)))
    from services.app.cli import app

    try:
        app(prog_name="dateline")
    except ConfigError as error:
        _leave(error, 2)
    except Unavailable as error:
        _leave(error, 3)
    except DatelineError as error:
        _leave(error, 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away (| head): that is no error of ours
        sys.exit(0)


def _leave(error: DatelineError, code: int) -> None:
    sys.stderr.write(f"dateline: {error}\n")
    sys.exit(code)
