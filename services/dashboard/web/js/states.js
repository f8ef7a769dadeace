// What is shown when there is nothing to show: what happened, and what to do.

import { h } from "./dom.js";

/** An error with a way to try again. */
export function problem(error, again) {
  const missing = error.status === 404;
  const title = missing ? "There is no such thing here" : "That did not work";
  const text = missing
    ? "It may have been merged or never been indexed. Go back to the search and look for its words."
    : error.message;
  return h(
    "div",
    { class: "state", role: "alert" },
    h("h1", { tabindex: -1 }, title),
    h("p", { dir: "auto" }, text),
    missing ? null : h("button", { type: "button", click: again }, "Try again"),
  );
}

/** A search that found nothing. */
export function nothingFound(narrowed, clear) {
  if (narrowed) {
    return h(
      "div",
      { class: "state" },
      h("h2", {}, "No events match"),
      h("p", {}, "Take away a filter, use fewer words, or widen the time and the area."),
      h("button", { type: "button", click: clear }, "Clear everything"),
    );
  }
  return h(
    "div",
    { class: "state" },
    h("h2", {}, "No events yet"),
    h(
      "p",
      {},
      "Add feeds with “dateline feeds add URL”, or files with “dateline ingest FILES”. ",
      "Events appear here by themselves, seconds after their articles are read.",
    ),
  );
}
