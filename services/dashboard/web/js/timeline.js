// How many events happened when; a range is drawn with the pointer or typed as dates.

import { h, replace, s } from "./dom.js";
import { day, many, month, shortDay } from "./words.js";

const DAY = 86400000;
const WIDTH = 1000;
const HEIGHT = 64;
const MOST = 120;
const TAIL = 0.2;

const iso = (time) => new Date(time).toISOString().slice(0, 10);

export class Timeline {
  constructor(choose) {
    this.choose = choose;
    this.from = this.input("from", "From");
    this.to = this.input("to", "To");
    this.inputs = h(
      "fieldset",
      { class: "when" },
      h("legend", {}, "When it happened"),
      this.from.parentNode,
      this.to.parentNode,
    );
    this.svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.caption = h("p", { class: "caption" });
    this.axis = h("p", { class: "axis", "aria-hidden": "true" });
    this.node = h("figure", { class: "timeline" }, h("figcaption", {}, this.caption), this.svg, this.axis);
    this.listen();
  }

  input(name, text) {
    const field = h("input", {
      type: "date",
      name,
      id: `t-${name}`,
      min: "1900-01-01",
      max: "2199-12-31",
      change: () => this.choose(this.from.value || null, this.to.value || null),
    });
    h("label", { for: `t-${name}` }, h("span", {}, text), field);
    return field;
  }

  show(histogram, from, to) {
    this.from.value = from ?? "";
    this.to.value = to ?? "";
    const bars = this.bars(histogram, from, to);
    this.node.hidden = !bars.length;
    if (!bars.length) return;
    const most = Math.max(...bars.map((bar) => bar.count));
    const x = (time) => ((time - this.start) / (this.end - this.start)) * WIDTH;
    const width = (WIDTH * this.step) / (this.end - this.start);
    const low = from ? Date.parse(from) : this.start;
    const high = to ? Date.parse(to) + DAY : this.end;
    replace(
      this.svg,
      s("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: "ground" }),
      bars.map((bar) =>
        s(
          "rect",
          {
            class: bar.time >= low && bar.time < high ? "bar" : "bar out",
            x: x(bar.time) + width * 0.1,
            width: Math.max(1, width * 0.8),
            y: HEIGHT - Math.max(3, (bar.count / most) * (HEIGHT - 4)),
            height: HEIGHT,
          },
          s("title", {}, `${day(bar.time)}: ${many(bar.count, "event")}`),
        ),
      ),
      (this.brush = s("rect", { class: "brush", x: 0, y: 0, width: 0, height: HEIGHT })),
    );
    const [ends, middle] = this.step > 7 * DAY ? [month, month] : [day, shortDay];
    replace(
      this.axis,
      h("span", {}, ends(this.start)),
      h("span", {}, middle((this.start + this.end) / 2)),
      h("span", {}, ends(this.end - DAY)),
    );
    replace(this.caption, h("strong", {}, "When it happened"), this.tell());
  }

  /** Bars of days, or of more days where there are many. */
  bars(histogram, from, to) {
    const days = histogram.map((bucket) => ({ time: Date.parse(bucket.value), count: bucket.count }));
    const edge = Math.min(...[from, to].filter(Boolean).map((text) => Date.parse(text)));
    let start = beginning(days);
    while (start > 0 && days[start].time > edge) start -= 1;
    this.before = days.slice(0, start).reduce((sum, bar) => sum + bar.count, 0);
    const kept = days.slice(start);
    if (!kept.length) return [];
    const length = (kept.at(-1).time - kept[0].time) / DAY + 1;
    this.step = Math.max(1, Math.ceil(length / MOST)) * DAY;
    this.start = kept[0].time - (length < 8 ? 2 * DAY : 0);
    const bars = new Map();
    for (const bar of kept) {
      const time = this.start + Math.floor((bar.time - this.start) / this.step) * this.step;
      bars.set(time, (bars.get(time) ?? 0) + bar.count);
    }
    this.end = Math.max(...bars.keys()) + this.step + (length < 8 ? 2 * DAY : 0);
    return [...bars].map(([time, count]) => ({ time, count }));
  }

  tell() {
    if (this.from.value || this.to.value) {
      return [
        " ",
        h("button", { type: "button", class: "quiet", click: () => this.choose(null, null) }, "Show all times"),
      ];
    }
    return this.before ? ` ${many(this.before, "event")} earlier` : " drag to choose a time";
  }

  listen() {
    let anchor = null;
    const at = (event) => {
      const box = this.svg.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    const draw = (here) => {
      this.brush?.setAttribute("x", Math.min(anchor, here) * WIDTH);
      this.brush?.setAttribute("width", Math.abs(anchor - here) * WIDTH);
    };
    this.svg.addEventListener("pointerdown", (event) => {
      anchor = at(event);
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => anchor !== null && draw(at(event)));
    this.svg.addEventListener("pointercancel", () => (anchor = null));
    this.svg.addEventListener("pointerup", (event) => {
      if (anchor === null) return;
      const [low, high] = [anchor, at(event)].sort((a, b) => a - b);
      anchor = null;
      const time = (share) => this.start + share * (this.end - this.start);
      const floor = (value) => this.start + Math.floor((value - this.start) / this.step) * this.step;
      this.choose(iso(floor(time(low))), iso(floor(time(Math.min(high, 0.99999))) + this.step - DAY));
    });
  }
}

/** Where to begin: after the few early days that lie further back than all the rest is long. They are told in words. */
function beginning(days) {
  const all = days.reduce((sum, bar) => sum + bar.count, 0);
  let start = 0;
  for (let at = 1, before = 0; at < days.length; at += 1) {
    before += days[at - 1].count;
    if (before > all * TAIL) break;
    if (days[at].time - days[at - 1].time > days.at(-1).time - days[at].time) start = at;
  }
  return start;
}
