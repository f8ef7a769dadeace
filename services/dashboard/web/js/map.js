// The world, with events counted by place. Offline: Natural Earth through world-atlas, drawn with d3-geo.

import { asset } from "./api.js";
import { h, replace, s } from "./dom.js";
import { View, SIZE } from "./view.js";
import { many, number, placeName, QUADS } from "./words.js";

const { geoMercator, geoPath, geoCentroid, geoArea } = globalThis.d3;
const CELL = 42;
const FINE_FROM = 4;
const VAGUE = new Set(["country", "admin1"]);
const projection = geoMercator()
  .scale(SIZE / (2 * Math.PI))
  .translate([SIZE / 2, SIZE / 2]);
const path = geoPath(projection);

export class WorldMap {
  constructor({ area, zoomed }) {
    this.area = area;
    this.zoomed = zoomed;
    this.cells = [];
    this.known = new Map();
    this.base = s("g", { class: "base" });
    this.frame = s("rect", { class: "frame", width: 0, height: 0, rx: 3 });
    this.labels = s("g", { class: "labels" });
    this.dots = s("g", { class: "dots" });
    this.ring = s("circle", { class: "ring", r: 0 });
    this.svg = s("svg", { "aria-hidden": "true" }, this.base, this.labels, this.frame, this.dots, this.ring);
    this.pane = h("div", { class: "pane", tabindex: 0, role: "group" }, this.svg);
    this.only = h(
      "button",
      { type: "button", class: "only", click: () => this.area(this.view.box()) },
      "Only this area",
    );
    this.everywhere = h("button", { type: "button", class: "only", click: () => this.area(null) }, "Everywhere");
    this.node = h(
      "div",
      { class: "map" },
      this.pane,
      this.buttons(),
      h("div", { class: "map-tools" }, this.only, this.everywhere),
      h(
        "ul",
        { class: "legend", "aria-label": "Colours" },
        Object.entries(QUADS).map(([quad, name]) => h("li", { "data-quad": quad }, name)),
      ),
      h("p", { class: "credit" }, "Borders: Natural Earth, as they are held"),
    );
    this.view = new View(this.pane, () => this.draw());
    this.loaded = this.load("110m");
    this.grid = this.gridZoom;
    this.fits = 0;
  }

  buttons() {
    const button = (text, name, act) =>
      h("button", { type: "button", "aria-label": name, title: name, click: act }, text);
    return h(
      "div",
      { class: "zoom" },
      button("+", "Zoom in", () => this.view.zoom(1.7)),
      button("−", "Zoom out", () => this.view.zoom(1 / 1.7)),
      button("⌂", "Whole world", () => this.view.home()),
    );
  }

  /** The tile zoom at which events are counted, so that a cell is about as wide as a marker. */
  get gridZoom() {
    return Math.max(1, Math.min(10, Math.round(Math.log2((SIZE * this.view.k) / CELL))));
  }

  async load(resolution) {
    if (this.resolution === resolution) return;
    this.resolution = resolution;
    // Without borders the dots still tell where: a map that cannot be had is no reason to show nothing.
    const world = await asset(`vendor/world-atlas/countries-${resolution}.json`).catch(() => null);
    if (!world) return;
    const { feature, mesh } = globalThis.topojson;
    const countries = feature(world, world.objects.countries).features.filter((one) => one.id !== "010");
    replace(
      this.base,
      s("path", { class: "graticule", d: path(globalThis.d3.geoGraticule10()) }),
      s("path", { class: "land", d: path({ type: "FeatureCollection", features: countries }) }),
      s("path", { class: "borders", d: path(mesh(world, world.objects.countries, (a, b) => a !== b)) }),
    );
    if (!this.names) this.names = countries.map(nameplate);
    replace(
      this.labels,
      this.names.map((one) => one.node),
    );
    this.draw();
  }

  /** Events that are in the list: their cells can say what they are. */
  know(events) {
    for (const event of events) if (event.place?.lat != null) this.known.set(event.id, event);
    this.mark();
  }

  show(cells, total, box) {
    this.cells = cells.map((cell) => ({ ...cell, xy: projection([cell.lon, cell.lat]) }));
    this.boxed = box?.split(",").map(Number) ?? null;
    this.everywhere.hidden = !box;
    const placed = cells.reduce((sum, cell) => sum + cell.count, 0);
    this.pane.setAttribute(
      "aria-label",
      `World map: ${many(placed, "event")} with a position of ${number(total)}. Arrow keys move, plus and minus zoom.`,
    );
    this.mark();
    if (this.boxed && this.lastBox !== box)
      this.view.fit([projection(this.boxed.slice(0, 2)), projection(this.boxed.slice(2))], 0.9);
    else this.fitOnce();
    this.lastBox = box;
  }

  /** At first shows all that there is; once more when that made the cells finer, unless the reader has moved. */
  fitOnce() {
    if (!this.cells.length || this.fits > 1 || (this.fits && !this.view.wanted)) return;
    this.fits += 1;
    this.view.fit(
      this.cells.map((cell) => cell.xy),
      0.78,
      5,
    );
  }

  /** Draws the dots anew: as large as they count, in the colour of what happened where that is known and one. */
  mark() {
    const most = Math.max(1, ...this.cells.map((cell) => cell.count));
    replace(
      this.dots,
      this.cells.map((cell) => {
        const inside = this.inside(cell);
        const quads = new Set(inside.map((event) => event.quad_class));
        const sure = inside.length >= cell.count && quads.size === 1;
        const vague = inside.length >= cell.count && inside.every((event) => VAGUE.has(event.place.precision));
        const radius = cell.count === 1 ? 6 : 9 + 13 * Math.sqrt(cell.count / most) * Math.min(1, most / 40);
        const names = inside.slice(0, 4).map((event) => `${event.title} (${placeName(event.place)})`);
        cell.node = s(
          "g",
          {
            class: vague ? "dot vague" : "dot",
            "data-quad": sure ? [...quads][0] : null,
            click: () => this.choose(cell),
          },
          s("title", {}, [many(cell.count, "event"), ...names].join("\n")),
          s("circle", { r: vague ? radius + 6 : radius }),
          cell.count > 1 ? s("text", { dy: "0.36em" }, number(cell.count)) : null,
        );
        return cell.node;
      }),
    );
    this.draw();
  }

  inside(cell) {
    const [zoom, x, y] = cell.tile.split("/").map(Number);
    const size = SIZE / 2 ** zoom;
    return [...this.known.values()].filter((event) => {
      const [left, top] = projection([event.place.lon, event.place.lat]);
      return Math.floor(left / size) === x && Math.floor(top / size) === y;
    });
  }

  choose(cell) {
    if (this.view.dragged) return;
    const [zoom, x, y] = cell.tile.split("/").map(Number);
    const size = SIZE / 2 ** zoom;
    const [west, north] = projection.invert([x * size, y * size]);
    const [east, south] = projection.invert([(x + 1) * size, (y + 1) * size]);
    this.area([west, south, Math.min(180, east), north].map((edge) => edge.toFixed(4)).join(","));
  }

  /** Rings the place of an event; null takes the ring away. */
  point(event) {
    this.pointed = event?.place?.lat != null ? projection([event.place.lon, event.place.lat]) : null;
    this.draw();
  }

  draw() {
    const { k, x, y } = this.view;
    this.base.setAttribute("transform", `translate(${x},${y}) scale(${k})`);
    for (const cell of this.cells)
      cell.node?.setAttribute("transform", `translate(${cell.xy[0] * k + x},${cell.xy[1] * k + y})`);
    for (const one of this.names ?? []) {
      one.node.setAttribute("transform", `translate(${one.xy[0] * k + x},${one.xy[1] * k + y})`);
      one.node.setAttribute("visibility", one.width * k > one.text * 7 + 12 ? "visible" : "hidden");
    }
    this.ring.setAttribute("r", this.pointed ? 15 : 0);
    if (this.pointed) {
      this.ring.setAttribute("cx", this.pointed[0] * k + x);
      this.ring.setAttribute("cy", this.pointed[1] * k + y);
    }
    this.drawFrame();
    if (k > FINE_FROM) this.load("50m");
    if (this.grid !== undefined && this.grid !== this.gridZoom) {
      this.grid = this.gridZoom;
      this.zoomed();
    }
  }

  drawFrame() {
    const { k, x, y } = this.view;
    if (!this.boxed) return this.frame.setAttribute("width", 0);
    const [left, bottom] = projection(this.boxed.slice(0, 2));
    const [right, top] = projection(this.boxed.slice(2));
    this.frame.setAttribute("x", left * k + x);
    this.frame.setAttribute("y", top * k + y);
    this.frame.setAttribute("width", Math.max(0, (right - left) * k));
    this.frame.setAttribute("height", Math.max(0, (bottom - top) * k));
  }
}

/** A country's name at the middle of its largest part, with the width that it has for it. */
function nameplate(country) {
  const { type, coordinates } = country.geometry;
  const parts = (type === "Polygon" ? [coordinates] : coordinates).map((part) => ({
    type: "Polygon",
    coordinates: part,
  }));
  const largest = parts.reduce((best, part) => (geoArea(part) > geoArea(best) ? part : best));
  const [[left], [right]] = path.bounds(largest);
  const name = country.properties.name;
  return { node: s("text", {}, name), xy: projection(geoCentroid(largest)), width: right - left, text: name.length };
}
