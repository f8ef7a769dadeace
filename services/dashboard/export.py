"""Events as rows and as points, for spreadsheets and maps."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from services.core.models import Actor, Event
from services.core.models.base import format_time
from services.dashboard.links import web_link
from services.dashboard.views import first_report

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_KINDS: Final = ("killed", "injured", "captured", "displaced")
COLUMNS: Final = (
    "id", "type", "mode", "quad_class", "modality", "acled_event_type", "acled_sub_event_type", "title", "date_start",
    "date_end", "date_precision", "country", "admin1", "place", "latitude", "longitude", "place_precision", "actors",
    "recipients", "killed_low", "killed_high", "injured_low", "injured_high", "captured_low", "captured_high",
    "displaced_low", "displaced_high", "denied_by", "reports", "independent_sources", "sources", "first_seen",
    "last_seen", "confidence", "url", "summary",
)  # fmt: skip


def row(event: Event) -> dict[str, Any]:
    """An event as one flat row with the names of COLUMNS; lists are joined by "; ", what is unknown is None."""
    place, date, toll, first = event.place, event.date, event.casualties, first_report(event.mentions)
    cells: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "mode": event.mode,
        "quad_class": event.quad_class,
        "modality": event.modality,
        "acled_event_type": event.acled.event_type if event.acled else None,
        "acled_sub_event_type": event.acled.sub_event_type if event.acled else None,
        "title": event.title,
        "date_start": date.start.isoformat() if date else None,
        "date_end": date.end.isoformat() if date else None,
        "date_precision": date.precision if date else None,
        "country": place.country if place else None,
        "admin1": place.admin1 if place else None,
        "place": place.name if place else None,
        "latitude": place.lat if place else None,
        "longitude": place.lon if place else None,
        "place_precision": place.precision if place else None,
        "actors": _names(event.actors),
        "recipients": _names(event.recipients),
    }
    for kind in _KINDS:
        cells[f"{kind}_low"] = getattr(toll.low, kind) if toll else None
        cells[f"{kind}_high"] = getattr(toll.high, kind) if toll else None
    return cells | {
        "denied_by": "; ".join(dict.fromkeys(c.by.name for c in event.claims if c.stance == "denies")),
        "reports": event.mention_count,
        "independent_sources": event.independent_sources,
        "sources": "; ".join(event.sources),
        "first_seen": format_time(event.first_seen),
        "last_seen": format_time(event.last_seen),
        "confidence": event.confidence,
        "url": web_link(first.url) if first else None,
        "summary": first.sentence if first else None,
    }


def _names(actors: Iterable[Actor]) -> str:
    return "; ".join(actor.name for actor in actors)


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


async def as_csv(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    """CSV (RFC 4180) with a header, line by line."""
    yield _line(COLUMNS)
    async for event in events:
        cells = row(event)
        yield _line(safe_cell(cells[name]) for name in COLUMNS)


def _line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow("" if cell is None else cell for cell in cells)
    return out.getvalue()


async def as_geojson(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    """A FeatureCollection (RFC 7946); events without a position have a null geometry."""
    yield '{"type":"FeatureCollection","features":['
    separator = "\n"
    async for event in events:
        yield separator + json.dumps(feature(event), ensure_ascii=False, separators=(",", ":"))
        separator = ",\n"
    yield "\n]}\n"


def feature(event: Event) -> dict[str, Any]:
    """An event as a GeoJSON feature."""
    cells = row(event)
    lat, lon = cells.pop("latitude"), cells.pop("longitude")
    geometry = {"type": "Point", "coordinates": [lon, lat]} if lat is not None and lon is not None else None
    return {"type": "Feature", "id": event.id, "geometry": geometry, "properties": cells}
