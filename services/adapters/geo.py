"""Points on the grid that search engines keep them on, and Web Mercator tiles: the same sums for every adapter."""

import math
from typing import Final, NamedTuple

from services.core.errors import BadInput
from services.core.ports import Within

# Lucene stores a coordinate as one of 2**32 steps of the range. A point and the edges of a box are rounded down to a
# step here as there, so that a point on an edge is inside everywhere.
_LAT_STEP: Final = 180 / 2**32
_LON_STEP: Final = 360 / 2**32
MAX_ZOOM: Final = 29
MAX_CELLS: Final = 10_000


class Point(NamedTuple):
    """A position in steps, signed 32 bits each."""

    lat: int
    lon: int


class Box(NamedTuple):
    """A box in steps, edges included, west never over east."""

    south: int
    north: int
    west: int
    east: int

    def holds(self, point: Point) -> bool:
        """Whether the point is inside or on an edge."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


def _step(degrees: float, size: float) -> int:
    return min(math.floor(degrees / size), 2**31 - 1)


def point(lat: float, lon: float) -> Point:
    """The point at these degrees. Raises ValueError for what is not on Earth."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"latitude {lat}, longitude {lon} is no place on Earth")
    return Point(_step(lat, _LAT_STEP), _step(lon, _LON_STEP))


def degrees(place: tuple[float, float]) -> tuple[float, float]:
    """Latitude and longitude of a point, or of one between steps."""
    return place[0] * _LAT_STEP, place[1] * _LON_STEP


def boxes(within: Within) -> tuple[Box, ...]:
    """The box of a filter, in two where it crosses 180°. Raises BadInput for an impossible one."""
    if within.south > within.north:
        raise BadInput(f"the box's south {within.south} is over its north {within.north}")
    try:
        low, high = point(within.south, within.west), point(within.north, within.east)
    except ValueError as error:
        raise BadInput(f"the box is impossible: {error}") from error
    if within.west <= within.east:
        return (Box(low.lat, high.lat, low.lon, high.lon),)
    return Box(low.lat, high.lat, low.lon, 2**31 - 1), Box(low.lat, high.lat, -(2**31), high.lon)


def tile(place: Point, zoom: int) -> str:
    """The Web Mercator tile "zoom/x/y" of a point; the poles belong to the first and last row."""
    lat, lon = degrees(place)
    count = 1 << zoom
    x = math.floor((lon + 180) / 360 * count)
    sine = math.sin(math.radians(lat))
    if abs(sine) == 1.0:
        y = 0 if sine > 0 else count - 1
    else:
        y = math.floor((0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * count)
    return f"{zoom}/{min(max(x, 0), count - 1)}/{min(max(y, 0), count - 1)}"
