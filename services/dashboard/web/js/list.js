// The list of events.

import { h, replace, snippet, words } from "./dom.js";
import { ago, KINDS, many, modeName, placeName, range, span, typeName } from "./words.js";

const LEAD = 50;

export class EventList {
  constructor({ more, point }) {
    this.point = point;
    this.items = h("ol", { class: "events" });
    this.moreButton = h("button", { type: "button", class: "more" }, "Show more");
    this.moreButton.addEventListener("click", () => this.load(more));
    this.node = h("div", { class: "list" });
    this.extended = false;
  }

  show(found, now) {
    this.extended = false;
    replace(
      this.items,
      found.items.map((event) => this.item(event, now)),
    );
    this.moreButton.hidden = !found.cursor;
    replace(this.node, this.items, this.moreButton);
  }

  extend(found, now) {
    this.extended = true;
    const added = found.items.map((event) => this.item(event, now));
    this.items.append(...added);
    this.moreButton.hidden = !found.cursor;
    added[0]?.querySelector("a").focus();
  }

  async load(more) {
    this.moreButton.disabled = true;
    this.moreButton.textContent = "Loading …";
    try {
      await more();
      this.moreButton.textContent = "Show more";
    } catch (error) {
      this.moreButton.textContent = `${error.message} Try again`;
    }
    this.moreButton.disabled = false;
  }

  item(event, now) {
    const on = () => this.point(event);
    const off = () => this.point(null);
    return h(
      "li",
      { class: "event", "data-quad": event.quad_class, mouseenter: on, mouseleave: off, focusin: on, focusout: off },
      h(
        "p",
        { class: "kicker" },
        kind(event),
        words(placeName(event.place), "span", { class: "where" }),
        event.date ? h("time", { datetime: event.date.start }, range(event.date)) : null,
      ),
      h("h2", {}, h("a", { href: `/events/${encodeURIComponent(event.id)}` }, words(event.title))),
      h("p", { class: "whom" }, parties(event)),
      found(event),
      h(
        "p",
        { class: "facts" },
        tolls(event),
        disputed(event),
        h("span", {}, support(event)),
        h("span", { class: "seen" }, ago(event.last_seen, now)),
      ),
    );
  }
}

/** The type with its mode; what has not simply happened says so. */
export function kind(event) {
  return h(
    "span",
    { class: "kind", "data-quad": event.quad_class },
    typeName(event.type),
    event.mode ? h("span", { class: "mode" }, ` ${modeName(event.mode)}`) : null,
    event.modality !== "actual" ? h("span", { class: "modality" }, ` ${event.modality}`) : null,
  );
}

/** Who → whom. */
export function parties(event) {
  const names = (actors) => actors.flatMap((actor, at) => [at ? ", " : null, words(actor.name)]);
  const arrow = [h("span", { class: "arrow", "aria-hidden": "true" }, " → "), h("span", { class: "unseen" }, " to ")];
  if (!event.actors.length && !event.recipients.length) return null;
  return [
    event.actors.length ? names(event.actors) : h("em", {}, "unknown"),
    event.recipients.length ? [arrow, names(event.recipients)] : null,
  ];
}

/** By how many it is told, and by how many independently. */
export function support(event) {
  const reports = many(event.mention_count, "report");
  return event.mention_count > 1 ? `${reports}, ${many(event.independent_sources, "independent source")}` : reports;
}

function tolls(event) {
  if (!event.tolls) return null;
  const { low, high } = event.tolls;
  const told = KINDS.map((name) => [name, span(low[name], high[name])]).filter(([, text]) => text);
  return told.map(([name, text]) => h("span", { class: "toll" }, h("strong", {}, text), ` ${name}`));
}

function disputed(event) {
  if (!event.denied_by.length) return null;
  return h("span", { class: "disputed" }, "Denied by ", words(event.denied_by.join(", ")));
}

/** A snippet cut so that its first match is seen within two lines. */
function near(text) {
  const at = text.indexOf("<mark>");
  if (at < LEAD) return text;
  return `… ${text.slice(text.indexOf(" ", at - LEAD) + 1)}`;
}

/** Where the searched words stand, unless the title has them. */
function found(event) {
  const first = event.snippets.text?.[0];
  return first ? h("p", { class: "snippet", dir: "auto" }, snippet(near(first))) : null;
}
