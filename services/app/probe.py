"""`dateline health` without the rest of the command line: a container asks often, so it must cost nothing."""

import http.client
import sys


def probe(port: int) -> int:
    """Asks the stage on this machine whether it is alive; the exit code."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"no answer on port {port}: {error}\n")
        return 1
    finally:
        connection.close()
    sys.stdout.write("alive\n" if status == 200 else f"not alive (status {status})\n")
    return 0 if status == 200 else 1
