// One event: what happened, who says so, by which reports.

import { ask } from "./api.js";
import { h, outward, words } from "./dom.js";
import { kind, parties, support } from "./list.js";
import { tollTable } from "./tolls.js";
import {
  ago,
  count,
  KINDS,
  many,
  modalityName,
  moment,
  placeName,
  QUADS,
  range,
  stanceVerb,
  typeName,
} from "./words.js";

// A title longer than this is a sentence: it is set smaller.
const LONG = 90;
const SIDES = [
  ["Who says it happened", ["asserts", "alleges"], "says"],
  ["Who denies it", ["denies"], "denies"],
  ["Who demands or warns", ["demands", "warns"], "wants"],
];

/** The page of an event: its title, its nodes, what to do once they are shown. */
export async function showEvent(id, { signal, now, go }) {
  const event = await ask(`events/${encodeURIComponent(id)}`, null, signal);
  if (event.merged_into) {
    await go(`/events/${encodeURIComponent(event.merged_into)}`, { replaced: true });
    throw new DOMException("went on to the merged event", "AbortError");
  }
  const nodes = h(
    "article",
    { class: "event-page" },
    head(event),
    h(
      "div",
      { class: "columns" },
      h("div", { class: "body" }, claims(event), tollTable(event.casualties), reports(event)),
      aside(event, now),
    ),
  );
  return { title: event.title, nodes };
}

function head(event) {
  return h(
    "header",
    {},
    h("p", { class: "kicker" }, kind(event), h("span", {}, QUADS[event.quad_class])),
    words(event.title, "h1", { tabindex: -1, class: event.title.length > LONG ? "long" : null }),
    event.retracted ? h("p", { class: "notice", role: "note" }, "Retracted: no report says this any longer.") : null,
    h(
      "p",
      { class: "standfirst" },
      words(placeName(event.place), "span", { class: "where" }),
      event.date
        ? [h("span", { class: "dot-sep" }, " · "), h("time", { datetime: event.date.start }, range(event.date))]
        : " · date unknown",
    ),
    h("p", { class: "whom" }, parties(event)),
  );
}

function claims(event) {
  if (!event.claims.length) return null;
  const sides = SIDES.map(([title, stances, side]) => [
    title,
    event.claims.filter((one) => stances.includes(one.stance)),
    side,
  ]).filter(([, found, side]) => found.length || side === "denies");
  return h(
    "section",
    { class: "claims", "aria-labelledby": "claims" },
    h("h2", { id: "claims" }, "Who says so"),
    h(
      "div",
      { class: "sides" },
      sides.map(([title, found, side]) =>
        h(
          "section",
          { class: "side", "data-side": side },
          h("h3", {}, title, " ", h("span", { class: "count" }, found.length)),
          found.length
            ? h(
                "ul",
                {},
                found.map((one, at) => claim(one, found.slice(0, at))),
              )
            : h("p", { class: "none" }, "Nobody, in the reports we have."),
        ),
      ),
    ),
  );
}

/** One claim. `newer` are those above it: what the same speaker said before is marked as such. */
function claim(one, newer) {
  const earlier = newer.some((other) => other.by.id === one.by.id);
  const toll = KINDS.map((name) => [name, count(one.casualties?.[name])]).filter(([, text]) => text);
  return h(
    "li",
    { class: "claim", "data-stance": one.stance },
    h(
      "p",
      { class: "by" },
      words(one.by.name, "strong"),
      ` ${stanceVerb(one.stance)}`,
      earlier ? h("span", { class: "tag" }, "earlier") : null,
      one.modality !== "actual" && one.modality !== "denied"
        ? h("span", { class: "modality" }, ` ${one.modality}`)
        : null,
    ),
    words(one.what, "blockquote"),
    toll.length
      ? h(
          "p",
          { class: "facts" },
          toll.map(([name, text]) => h("span", { class: "toll" }, h("strong", {}, text), ` ${name}`)),
        )
      : null,
    h(
      "p",
      { class: "origin" },
      one.article_id
        ? h(
            "a",
            { href: evidence(one.article_id, one.mention_id) },
            "In its article",
            h("span", { class: "unseen" }, `, claim by ${one.by.name}`),
          )
        : "Article not indexed",
      one.source?.name && one.source.name !== one.by.name ? [" · ", words(one.source.name)] : null,
      one.time ? ` · ${moment(one.time)}` : null,
    ),
  );
}

const evidence = (article, mention) => `/articles/${encodeURIComponent(article)}#${encodeURIComponent(mention)}`;

function reports(event) {
  const copies = new Map();
  for (const one of event.reports) if (one.copy_of) copies.set(one.copy_of, [...(copies.get(one.copy_of) ?? []), one]);
  const shown = new Set(event.reports.map((one) => one.article_id));
  const firsts = event.reports.filter((one) => !one.copy_of || !shown.has(one.copy_of));
  const told = new Set();
  const folded = (one) => {
    const mine = told.has(one.article_id) ? [] : (copies.get(one.article_id) ?? []);
    told.add(one.article_id);
    return mine;
  };
  const rest = event.mention_count - event.reports.length;
  return h(
    "section",
    { "aria-labelledby": "reports" },
    h("h2", { id: "reports" }, "Reports, in order of appearance"),
    h(
      "ol",
      { class: "reports" },
      firsts.map((one) => report(one, folded(one))),
    ),
    rest > 0 ? h("p", { class: "none" }, `and ${many(rest, "report")} more that are not kept with the event`) : null,
  );
}

function report(one, copies) {
  return h(
    "li",
    { class: "report", "data-state": one.state },
    h(
      "p",
      { class: "origin" },
      words(one.source.name || one.source.id || "Unknown source", "strong"),
      ` · ${moment(one.published)}`,
      one.revision > 1 ? h("span", { class: "tag" }, `revision ${one.revision}`) : null,
      one.state === "withdrawn" ? h("span", { class: "tag warn" }, "withdrawn by a later revision") : null,
      one.modality && one.modality !== "actual" ? h("span", { class: "tag" }, one.modality) : null,
    ),
    one.title ? h("h3", {}, words(one.title)) : null,
    h("blockquote", { dir: "auto" }, sentence(one)),
    h(
      "p",
      { class: "origin" },
      h(
        "a",
        { href: evidence(one.article_id, one.mention_id) },
        "See it in the article",
        h("span", { class: "unseen" }, ` of ${one.source.name}`),
      ),
      one.url ? [" · ", outward(one.url, "Original")] : null,
    ),
    copies.length ? fold(copies) : null,
  );
}

/** The sentence with the words that tell of the event marked. */
function sentence(one) {
  const at = one.trigger ? one.sentence.indexOf(one.trigger) : -1;
  if (at < 0) return one.sentence;
  return [one.sentence.slice(0, at), h("mark", {}, one.trigger), one.sentence.slice(at + one.trigger.length)];
}

function fold(copies) {
  return h(
    "details",
    { class: "copies" },
    h("summary", {}, `${many(copies.length, "copy", "copies")} of this text, counted once`),
    h(
      "ul",
      {},
      copies.map((one) =>
        h(
          "li",
          {},
          words(one.source.name || one.source.id),
          ` · ${moment(one.published)} · `,
          h("a", { href: evidence(one.article_id, one.mention_id) }, "article"),
        ),
      ),
    ),
  );
}

function aside(event, now) {
  const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : null);
  const filter = (name, values) =>
    values.flatMap((one, at) => [
      at ? ", " : null,
      h("a", { href: `/?${new URLSearchParams({ [name]: one.id })}` }, words(one.name)),
    ]);
  const place = event.place;
  return h(
    "aside",
    { class: "facts-box", "aria-label": "In short" },
    h("h2", {}, "In short"),
    h(
      "dl",
      {},
      fact("What", `${typeName(event.type)}${event.mode ? `, ${event.mode.replaceAll("-", " ")}` : ""}`),
      fact("Certainty", modalityName(event.modality)),
      fact("Who", event.actors.length ? filter("actor", event.actors) : null),
      fact("To whom", event.recipients.length ? filter("recipient", event.recipients) : null),
      fact(
        "Where",
        place
          ? [
              h("a", { href: `/?${new URLSearchParams({ place: place.id })}` }, words(placeName(place))),
              place.precision === "point" || place.precision === "city"
                ? null
                : ` (somewhere in this ${place.precision === "country" ? "country" : "division"})`,
            ]
          : null,
      ),
      fact("When", event.date ? `${range(event.date)}${event.date.text ? ` (“${event.date.text}”)` : ""}` : null),
      fact("Reports", support(event)),
      fact("First seen", moment(event.first_seen)),
      fact("Last news", `${moment(event.last_seen)} (${ago(event.last_seen, now)})`),
      fact("Confidence", `${Math.round(event.confidence * 100)} % that it was read rightly`),
      fact("ACLED", event.acled ? `${event.acled.event_type}: ${event.acled.sub_event_type}` : null),
      fact(
        "Story",
        event.story_title
          ? h("a", { href: `/?${new URLSearchParams({ story: event.story_id })}` }, words(event.story_title))
          : null,
      ),
    ),
    h(
      "p",
      { class: "origin" },
      h("a", { href: `/api/v1/events/${encodeURIComponent(event.id)}` }, "This event as JSON"),
    ),
  );
}
