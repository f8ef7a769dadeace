// What can be narrowed, with counts, and what is narrowed now.

import { h, replace, words } from "./dom.js";
import { changed, FACETS, isNarrowed, MANY, NEW, toggled } from "./query.js";
import { countryName, day, modalityName, modeName, number, quadOf, stanceName, typeName } from "./words.js";

const TITLES = {
  type: "What",
  country: "Where",
  actor: "Who acts",
  source: "Reported by",
  modality: "Certainty",
  stance: "Claims",
  place: "Place",
  recipient: "Done to",
  claimant: "Claimed by",
  story: "Story",
  article: "In article",
  mode: "Mode",
  context: "Context",
  sector: "Sector",
  acled: "ACLED",
};
const SHORT = 8;
const READ = { type: typeName, country: countryName, modality: modalityName, stance: stanceName, mode: modeName };

const label = (name, value, known) => READ[name]?.(value) ?? known ?? value;

export class Facets {
  constructor(change, query) {
    this.change = change;
    this.query = query;
    this.open = new Set();
    this.node = h("div", { class: "facets" });
  }

  show(facets) {
    const focused = this.node.contains(document.activeElement) ? document.activeElement.id : null;
    replace(
      this.node,
      FACETS.map((name) => this.facet(name, facets[name] ?? [])),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  facet(name, buckets) {
    const chosen = this.query().getAll(name);
    const counted = new Map(buckets.map((bucket) => [bucket.value, bucket]));
    for (const value of chosen) if (!counted.has(value)) counted.set(value, { value, count: 0, name: null });
    const all = [...counted.values()];
    if (!all.length) return null;
    const shown = this.open.has(name) ? all : all.filter((b, at) => at < SHORT || chosen.includes(b.value));
    const rest = all.length - shown.length;
    return h(
      "fieldset",
      { class: "facet", "data-facet": name },
      h("legend", {}, TITLES[name]),
      shown.map((bucket) => this.choice(name, bucket, chosen)),
      rest > 0 || this.open.has(name) ? this.opener(name, rest, buckets) : null,
    );
  }

  choice(name, bucket, chosen) {
    const id = `f-${name}-${bucket.value}`;
    return h(
      "div",
      { class: "choice" },
      h("input", {
        type: "checkbox",
        id,
        checked: chosen.includes(bucket.value),
        change: () => this.change(toggled(this.query(), name, bucket.value)),
      }),
      h(
        "label",
        { for: id },
        h(
          "span",
          { class: "value", "data-quad": name === "type" ? quadOf(bucket.value) : null },
          words(label(name, bucket.value, bucket.name)),
        ),
        h("span", { class: "count" }, number(bucket.count)),
      ),
    );
  }

  opener(name, rest, buckets) {
    const open = this.open.has(name);
    return h(
      "button",
      {
        type: "button",
        class: "quiet",
        id: `f-${name}-more`,
        "aria-expanded": String(open),
        click: () => {
          this.open[open ? "delete" : "add"](name);
          const old = this.node.querySelector(`[data-facet="${name}"]`);
          old.replaceWith(this.facet(name, buckets));
          document.getElementById(`f-${name}-more`)?.focus();
        },
      },
      open ? "Fewer" : `${rest} more`,
    );
  }
}

/** What came in lately, whenever it happened. */
export class News {
  constructor(change, query) {
    this.query = query;
    this.buttons = Object.entries(NEW).map(([value, [name]]) =>
      h(
        "button",
        {
          type: "button",
          value,
          "aria-pressed": "false",
          title: `New in ${name}`,
          click: () => change(changed(query(), { new: query().get("new") === value ? null : value })),
        },
        value.replace(/(?=[hd])/, " "),
      ),
    );
    this.node = h(
      "fieldset",
      { class: "news" },
      h("legend", {}, "New to us in the last"),
      h("div", { class: "segments" }, this.buttons),
    );
  }

  show() {
    for (const button of this.buttons)
      button.setAttribute("aria-pressed", String(this.query().get("new") === button.value));
  }
}

export class ActiveFilters {
  constructor(change, query) {
    this.change = change;
    this.query = query;
    this.names = new Map();
    this.node = h("ul", { class: "active", "aria-label": "Active filters" });
  }

  show(facets = {}) {
    for (const [name, buckets] of Object.entries(facets)) {
      for (const bucket of buckets) if (bucket.name) this.names.set(`${name} ${bucket.value}`, bucket.name);
    }
    const query = this.query();
    this.node.hidden = !isNarrowed(query);
    replace(
      this.node,
      this.chips(query),
      h(
        "li",
        {},
        h("button", { type: "button", class: "quiet", click: () => this.change(new URLSearchParams()) }, "Clear all"),
      ),
    );
  }

  chips(query) {
    const chip = (text, without) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "chip", click: () => this.change(without) },
          h("span", { class: "unseen" }, "Remove "),
          words(text),
          h("span", { "aria-hidden": "true" }, " ×"),
        ),
      );
    const simple = (name, text) =>
      query.has(name) ? chip(text(query.get(name)), changed(query, { [name]: null })) : null;
    return [
      simple("q", (text) => `“${text}”`),
      MANY.flatMap((name) =>
        query
          .getAll(name)
          .map((value) => chip(label(name, value, this.names.get(`${name} ${value}`)), toggled(query, name, value))),
      ),
      simple("from", (text) => `from ${safeDay(text)}`),
      simple("to", (text) => `until ${safeDay(text)}`),
      simple("new", (text) => `new in ${NEW[text][0]}`),
      simple("box", () => "chosen area"),
      simple("killed_min", (text) => `at least ${text} killed`),
      simple("sources_min", (text) => `at least ${text} sources`),
    ];
  }
}

const safeDay = (text) => (Number.isNaN(Date.parse(text)) ? text : day(text));
