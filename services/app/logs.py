"""Logs: one JSON object a line, or readable lines on a terminal; control characters never reach a terminal raw."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(9), *range(10, 32), *range(127, 160)]}


def _escape_controls(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value.translate(_ESCAPES) if isinstance(value, str) else value for key, value in event.items()}


def set_up_logs(level: str, style: str) -> None:
    """Sends the standard library's loggers through structlog to standard error."""
    plain = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if plain:
        last: list[structlog.types.Processor] = [
            _escape_controls,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their info lines tell of every request and every heartbeat.
    for chatty in ("aiokafka", "opensearch", "httpx", "uvicorn.access", "trafilatura", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
