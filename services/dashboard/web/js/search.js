// The search: list, filters, map and timeline over one query.

import { ask, newestOnly } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { ActiveFilters, Facets, News } from "./facets.js";
import { EventList } from "./list.js";
import { WorldMap } from "./map.js";
import { changed, FACETS, forApi, fromAddress, isNarrowed } from "./query.js";
import { nothingFound, problem } from "./states.js";
import { Timeline } from "./timeline.js";
import { many } from "./words.js";

const PAGE = 30;
const SORTS = [
  ["", "Newest report"],
  ["newest", "Newest report"],
  ["happened", "When it happened"],
  ["killed", "Most killed"],
  ["sources", "Most sources"],
  ["oldest", "Oldest report"],
];

export class SearchView {
  constructor({ go, now }) {
    this.go = go;
    this.now = now;
    this.query = fromAddress("");
    this.shown = null;
    this.asOf = null;
    this.signal = newestOnly();
    this.mapSignal = newestOnly();
    const change = (query) => this.go(this.address(query));
    this.facets = new Facets(
      (query) => change(query),
      () => this.query,
    );
    this.active = new ActiveFilters(change, () => this.query);
    this.news = new News(change, () => this.query);
    this.list = new EventList({ more: () => this.more(), point: (event) => this.map.point(event) });
    this.map = new WorldMap({ area: (box) => change(changed(this.query, { box })), zoomed: () => this.showMap() });
    this.timeline = new Timeline((from, to) => change(changed(this.query, { from, to })));
    this.total = h("h1", { class: "total", tabindex: -1 });
    this.sort = this.sorter(change);
    this.exports = h("p", { class: "foot" });
    this.waiting = h(
      "button",
      { type: "button", class: "waiting", hidden: true, click: () => this.load() },
      "New reports are in. Show them",
    );
    this.node = this.layout();
  }

  layout() {
    const toggle = h(
      "button",
      {
        type: "button",
        class: "filters-toggle",
        "aria-expanded": "false",
        "aria-controls": "filters",
        click: () => toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true")),
      },
      "Filters",
    );
    this.toggle = toggle;
    return h(
      "div",
      { class: "search" },
      toggle,
      h(
        "aside",
        { id: "filters", class: "filters", "aria-label": "Filters" },
        this.news.node,
        this.timeline.inputs,
        this.facets.node,
      ),
      h(
        "section",
        { class: "results", "aria-label": "Events" },
        h("div", { class: "results-head" }, this.total, this.sort),
        this.active.node,
        this.waiting,
        this.list.node,
        this.exports,
      ),
      h("section", { class: "picture", "aria-label": "Map and timeline" }, this.map.node, this.timeline.node),
    );
  }

  sorter(change) {
    const options = SORTS.map(([value, label]) => h("option", { value }, label));
    const select = h(
      "select",
      { "aria-label": "Order", change: () => change(changed(this.query, { sort: select.value })) },
      options,
    );
    return select;
  }

  /** Without an order the best match comes first where there are words to match, else the newest. */
  showSort() {
    const matched = this.query.has("q");
    this.sort.options[0].textContent = matched ? "Best match" : "Newest report";
    this.sort.options[1].hidden = !matched;
    this.sort.value = this.query.get("sort") ?? "";
  }

  /** The address of a query, by default of the present one. */
  address(query = this.query) {
    const text = String(query);
    return text ? `/?${text}` : "/";
  }

  /** Shows a query; one that is shown already is left as it is, so that going back keeps the place in the list. */
  async show(query) {
    const same = this.shown === String(query);
    this.query = query;
    if (!same) await this.load();
  }

  /** There is news: loads again where that disturbs nobody, else offers to. */
  async refresh() {
    if (this.shown === null) return;
    const results = this.list.node.parentNode;
    const reading = this.list.extended || this.list.node.contains(document.activeElement);
    if (this.node.hidden || reading || results.scrollTop > 0 || window.scrollY > 0) this.waiting.hidden = false;
    else await this.load();
  }

  /** Reckoned from when the list was loaded: a cursor belongs to one query only. */
  params(extra) {
    return forApi(this.query, this.asOf, extra);
  }

  async load() {
    const signal = this.signal();
    this.shown = String(this.query);
    this.asOf = this.now();
    this.waiting.hidden = true;
    this.node.setAttribute("aria-busy", "true");
    this.active.show();
    this.news.show();
    this.showSort();
    this.toggle.textContent = isNarrowed(this.query) ? "Filters (on)" : "Filters";
    const asked = { limit: PAGE, facet: FACETS.join(","), facet_size: 30, histogram: "day", highlight: "true" };
    try {
      const ranged = this.query.has("from") || this.query.has("to");
      const [found, around] = await Promise.all([
        ask("events", this.params(asked), signal),
        ranged ? ask("events", this.params({ from: null, to: null, limit: 0, histogram: "day" }), signal) : null,
        this.showMap(),
      ]);
      this.showFound(found);
      this.timeline.show((around ?? found).histogram, this.query.get("from"), this.query.get("to"));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.shown = null;
      this.total.textContent = "";
      replace(
        this.list.node,
        problem(error, () => this.load()),
      );
    }
    this.node.removeAttribute("aria-busy");
  }

  showFound(found) {
    this.found = found;
    this.total.textContent = many(found.total, "event");
    announce(`${many(found.total, "event")} found`);
    this.facets.show(found.facets);
    this.active.show(found.facets);
    this.list.show(found, this.now());
    this.map.know(found.items);
    const params = this.params();
    this.exports.hidden = found.total === 0;
    replace(
      this.exports,
      "Take these events away as ",
      h("a", { href: `/api/v1/events.csv?${params}`, download: true }, "CSV"),
      " or ",
      h("a", { href: `/api/v1/events.geojson?${params}`, download: true }, "GeoJSON"),
      ".",
    );
    if (found.total === 0) {
      replace(
        this.list.node,
        nothingFound(isNarrowed(this.query), () => this.go("/")),
      );
    }
  }

  /** Loads what the map counts, at its present zoom. */
  async showMap() {
    const signal = this.mapSignal();
    try {
      const found = await ask("events", this.params({ limit: 0, grid: this.map.gridZoom, sort: null }), signal);
      this.map.show(found.grid, found.total, this.query.get("box"));
    } catch (error) {
      if (error.name !== "AbortError") this.map.show([], 0, null);
    }
  }

  async more() {
    const found = await ask("events", this.params({ limit: PAGE, cursor: this.found.cursor, highlight: "true" }));
    this.found = { ...found, facets: this.found.facets };
    this.list.extend(found, this.now());
    this.map.know(found.items);
  }
}
