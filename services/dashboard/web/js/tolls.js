// The toll by claimant: every account in its own row, as a number and as a mark on one scale.

import { h, s, words } from "./dom.js";
import { count, KINDS, moment, number, span } from "./words.js";

const WIDTH = 160;
const END = 6;

/** A table, or nothing where nobody counts. */
export function tollTable(casualties) {
  if (!casualties?.by_claimant.length) return null;
  const kinds = KINDS.filter((kind) => casualties.by_claimant.some((one) => one.casualties[kind]));
  const most = Math.max(1, ...casualties.by_claimant.flatMap((one) => bounds(one.casualties[kinds[0]])));
  const rows = [...casualties.by_claimant].sort((a, b) => String(a.time ?? "").localeCompare(String(b.time ?? "")));
  return h(
    "section",
    { class: "tolls", "aria-labelledby": "tolls" },
    h("h2", { id: "tolls" }, "How many, by whose account"),
    h(
      "div",
      { class: "wide" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Account"),
            h("th", { scope: "col", class: "scale" }, h("span", { class: "unseen" }, "On a scale")),
            kinds.map((kind) => h("th", { scope: "col", class: "number" }, kind)),
            h("th", { scope: "col", class: "as-of" }, "As of"),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((one) =>
            h(
              "tr",
              {},
              words(one.by.name, "th", { scope: "row" }),
              h("td", { class: "scale" }, scale(one.casualties[kinds[0]], most)),
              kinds.map((kind) => h("td", { class: "number" }, count(one.casualties[kind]) || "–")),
              h("td", { class: "as-of" }, moment(one.time)),
            ),
          ),
        ),
        h(
          "tfoot",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "row" }, "Lowest to highest"),
            h("td", { class: "scale" }),
            kinds.map((kind) => h("td", { class: "number" }, span(casualties.low[kind], casualties.high[kind]) || "–")),
            h("td", {}),
          ),
        ),
      ),
    ),
    h("p", { class: "none" }, "The newest count of each account. Accounts are never averaged."),
  );
}

const bounds = (value) => [value?.min ?? 0, value?.max ?? 0];

/** A dot for an exact count, a line for a range, open-ended where there is no upper bound. */
function scale(value, most) {
  if (!value || (value.min === null && value.max === null)) return null;
  const x = (n) => END + (n / most) * (WIDTH - 2 * END);
  const low = x(value.min ?? 0);
  const high = value.max === null ? WIDTH : x(value.max);
  return s(
    "svg",
    { viewBox: `0 0 ${WIDTH} 14`, width: WIDTH, height: 14, "aria-hidden": "true" },
    s("line", { x1: 0, x2: WIDTH, y1: 7, y2: 7, class: "rail" }),
    s("line", { x1: low, x2: high, y1: 7, y2: 7, class: value.max === null ? "span open" : "span" }),
    value.min !== null ? s("circle", { cx: low, cy: 7, r: 4.5 }) : null,
    value.max !== null && value.max !== value.min ? s("circle", { cx: high, cy: 7, r: 4.5, class: "upper" }) : null,
    s("title", {}, number(value.min ?? value.max)),
  );
}
