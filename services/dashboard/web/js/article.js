// One article, with the sentences that tell of events marked, and the words in them that do.

import { ask } from "./api.js";
import { h, outward, words } from "./dom.js";
import { kind, parties } from "./list.js";
import { countryName, moment, placeName, range, stanceVerb } from "./words.js";

// A title longer than this is set smaller.
const LONG = 90;
const BASES = { feed: "by its feed", meta: "by its page", text: "by its text", url: "by its address", none: "" };
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"]);
const FLAGS = {
  retracted: "The publisher took this article back.",
  truncated: "Only the beginning was read.",
  future_date: "Its date lies in the future.",
  language_unsupported: "Its language is not coded yet.",
};

/** The page of an article: its title, its nodes, and the jump to the evidence that the address names. */
export async function showArticle(id, { signal }) {
  const article = await ask(`articles/${encodeURIComponent(id)}`, null, signal);
  const title = article.title || "Article without a title";
  const direction = RIGHT_TO_LEFT.has(article.language) ? "rtl" : article.language ? "ltr" : "auto";
  const nodes = h(
    "article",
    { class: "article-page" },
    head(article, title),
    h(
      "div",
      { class: "columns" },
      h("div", { class: "body" }, article.text === null ? extracts(article, direction) : text(article, direction)),
      aside(article),
    ),
  );
  return { title, nodes, ready: () => jump(decodeURIComponent(location.hash.slice(1))) };
}

function head(article, title) {
  const notes = article.flags.filter((flag) => flag in FLAGS).map((flag) => h("p", { class: "notice" }, FLAGS[flag]));
  const basis = BASES[article.published_basis];
  return h(
    "header",
    {},
    h(
      "p",
      { class: "kicker" },
      words(article.source.name || article.source.id || "Unknown source", "span", { class: "kind plain" }),
      article.source.country ? h("span", {}, countryName(article.source.country)) : null,
      article.revision > 1 ? h("span", { class: "tag" }, `revision ${article.revision}`) : null,
    ),
    words(title, "h1", { tabindex: -1, class: title.length > LONG ? "long" : null }),
    notes,
    h(
      "p",
      { class: "standfirst" },
      article.author ? [words(article.author), " · "] : null,
      article.published
        ? [
            "Published ",
            h("time", { datetime: article.published }, moment(article.published)),
            basis ? ` (${basis})` : "",
          ]
        : "No date of publication",
      ` · read ${moment(article.fetched_at)}`,
      article.url ? [" · ", outward(article.url, "Original at the publisher")] : null,
    ),
  );
}

/** The text in paragraphs. Offsets count code points, and so does Array.from. */
function text(article, direction) {
  const points = Array.from(article.text);
  const marks = marksOf(article.events, points.length);
  const names = namesOf([...article.entities, ...article.places]);
  const paragraphs = [];
  let at = 0;
  for (const paragraph of article.text.split("\n\n")) {
    const end = at + Array.from(paragraph).length;
    paragraphs.push(h("p", {}, pieces(points, at, end, marks, names)));
    at = end + 2;
  }
  return h("div", { class: "prose", dir: direction, lang: article.language }, paragraphs);
}

/** Sentences, with their triggers inside, in the order of the text; overlapping ones are one. */
function marksOf(events, length) {
  const whole = (one) => one.start >= 0 && one.start < one.end && one.end <= length;
  const sentences = events.filter((event) => whole(event.sentence)).sort((a, b) => a.sentence.start - b.sentence.start);
  const marks = [];
  for (const event of sentences) {
    const last = marks.at(-1);
    const trigger = whole(event.trigger) ? [event.trigger] : [];
    if (last && event.sentence.start < last.end) {
      last.end = Math.max(last.end, event.sentence.end);
      last.ids.push(event.mention_id);
      last.triggers.push(...trigger);
    } else {
      marks.push({
        start: event.sentence.start,
        end: event.sentence.end,
        ids: [event.mention_id],
        triggers: trigger,
        quad: event.quad_class,
      });
    }
  }
  return marks;
}

/** Where the text names somebody or some place, in its order; of overlapping ones the first. */
function namesOf(named) {
  const spans = named.flatMap((one) => one.spans.map(({ start, end }) => ({ start, end, one })));
  let reached = 0;
  return spans
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter((span) => {
      if (span.start < reached || span.end <= span.start) return false;
      reached = span.end;
      return true;
    });
}

/** Text without evidence in it, with its names. */
function run(points, from, to, names) {
  const nodes = [];
  let at = from;
  for (const { start, end, one } of names.filter((span) => span.start >= from && span.end <= to)) {
    nodes.push(points.slice(at, start).join(""));
    nodes.push(
      h(
        "span",
        { class: "name", title: [one.name, countryName(one.country)].filter(Boolean).join(", ") },
        points.slice(start, end).join(""),
      ),
    );
    at = end;
  }
  nodes.push(points.slice(at, to).join(""));
  return nodes;
}

function pieces(points, start, end, marks, names) {
  const nodes = [];
  let at = start;
  const plain = (to) => to > at && nodes.push(run(points, at, to, names));
  for (const mark of marks.filter((one) => one.start < end && one.end > start)) {
    plain(Math.max(start, mark.start));
    const [from, to] = [Math.max(start, mark.start), Math.min(end, mark.end)];
    nodes.push(evidence(points, from, to, mark, names));
    at = to;
  }
  plain(end);
  return nodes;
}

function evidence(points, from, to, mark, names = []) {
  const nodes = [];
  let at = from;
  for (const trigger of [...mark.triggers].sort((a, b) => a.start - b.start)) {
    if (trigger.start < at || trigger.end > to) continue;
    nodes.push(
      run(points, at, trigger.start, names),
      h("strong", { class: "trigger" }, points.slice(trigger.start, trigger.end).join("")),
    );
    at = trigger.end;
  }
  nodes.push(run(points, at, to, names));
  return h(
    "mark",
    { class: "evidence", tabindex: -1, "data-quad": mark.quad, "data-mentions": mark.ids.join(" ") },
    nodes,
  );
}

/** What may be shown where the text may not: the sentences that are evidence. */
function extracts(article, direction) {
  const sentences = new Map();
  for (const event of article.events) {
    const known = sentences.get(event.sentence.start) ?? {
      ...event.sentence,
      ids: [],
      triggers: [],
      quad: event.quad_class,
    };
    known.ids.push(event.mention_id);
    known.triggers.push(event.trigger);
    sentences.set(event.sentence.start, known);
  }
  const quoted = [...sentences.values()]
    .sort((a, b) => a.start - b.start)
    .map((one) => {
      const triggers = one.triggers.map(({ start, end }) => ({ start: start - one.start, end: end - one.start }));
      const points = Array.from(one.text);
      return h("p", {}, evidence(points, 0, points.length, { ...one, triggers }));
    });
  return [
    h("p", { class: "notice" }, article.text_withheld),
    h(
      "div",
      { class: "prose", dir: direction, lang: article.language },
      quoted.length ? quoted : words(article.extract, "p"),
    ),
  ];
}

function aside(article) {
  const named = (list) =>
    h(
      "ul",
      { class: "names" },
      list.map((one) =>
        h(
          "li",
          {},
          words(one.name),
          one.country ? h("span", { class: "count" }, ` ${countryName(one.country)}`) : null,
        ),
      ),
    );
  return h(
    "aside",
    { class: "facts-box", "aria-label": "What it tells of" },
    h("h2", {}, "Events in this article"),
    article.events.length
      ? h("ol", { class: "told" }, article.events.map(told))
      : h("p", { class: "none" }, "None that could be coded."),
    article.entities.length ? [h("h2", {}, "Who is named"), named(article.entities)] : null,
    article.places.length ? [h("h2", {}, "Places"), named(article.places)] : null,
    h(
      "p",
      { class: "origin" },
      h("a", { href: `/api/v1/articles/${encodeURIComponent(article.id)}` }, "This article as JSON"),
    ),
  );
}

function told(event) {
  const said = event.attribution;
  return h(
    "li",
    {},
    h("p", { class: "kicker" }, kind(event), event.background ? h("span", { class: "tag" }, "background") : null),
    h("p", { class: "whom" }, parties(event)),
    h(
      "p",
      { class: "origin" },
      event.place ? words(placeName(event.place)) : null,
      event.date ? ` · ${range(event.date)}` : null,
    ),
    said?.speaker
      ? h("p", { class: "origin" }, words(said.speaker.name), ` ${stanceVerb(said.stance)} so (“${said.cue}”)`)
      : null,
    h(
      "p",
      { class: "origin" },
      h("button", { type: "button", class: "quiet", click: () => jump(event.mention_id) }, "Show the sentence"),
      event.event_id
        ? [
            " · ",
            h(
              "a",
              { href: `/events/${encodeURIComponent(event.event_id)}` },
              "All reports of it",
              h("span", { class: "unseen" }, `: ${event.event_title}`),
            ),
          ]
        : null,
    ),
  );
}

/** Goes to the sentence of a mention. */
function jump(mention) {
  const all = [...document.querySelectorAll("mark.evidence")];
  const mark = mention ? all.find((node) => node.dataset.mentions.split(" ").includes(mention)) : null;
  for (const node of all) node.classList.toggle("wanted", node === mark);
  if (!mark) return;
  mark.focus({ preventScroll: true });
  mark.scrollIntoView({
    block: "center",
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
}
