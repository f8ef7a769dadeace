"""W3C trace context (https://www.w3.org/TR/trace-context/, section 3.2): one article's way through the stages."""

import re
import secrets

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def new_traceparent() -> str:
    """A traceparent that opens a new, sampled trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_of(traceparent: str | None) -> str:
    """The same trace with a new span; a new trace where the given one is missing or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return new_traceparent()
    return f"00-{match[1]}-{secrets.token_hex(8)}-{match[3]}"
