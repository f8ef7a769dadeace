// The badge that says how fresh the data is, and the pulse that notices when it changes.

import { ask } from "./api.js";
import { h, replace } from "./dom.js";
import { ago, many, moment } from "./words.js";

const EVERY = 15000;
const OLD = 6 * 3600000;

export class Freshness {
  constructor(node) {
    this.node = node;
    this.onChange = () => {};
    this.status = null;
    this.seen = "";
  }

  /** The server's time, so that a wrong clock at the reader's misleads nobody. */
  get now() {
    return this.status?.now ?? new Date().toISOString();
  }

  async start() {
    await this.look();
    setInterval(() => document.visibilityState === "visible" && this.look(), EVERY);
  }

  async look() {
    try {
      this.status = await ask("status");
    } catch (error) {
      this.node.dataset.state = "lost";
      replace(this.node, "No connection to the data");
      this.node.title = error.message;
      return;
    }
    this.show();
    const { counts, newest_indexed: indexed } = this.status;
    const seen = JSON.stringify([counts, indexed]);
    if (this.seen && this.seen !== seen) this.onChange();
    this.seen = seen;
  }

  show() {
    const { newest_published: newest, now, counts } = this.status;
    this.node.title = `${many(counts.events, "event")} from ${many(counts.articles, "article")}`;
    if (!newest) {
      this.node.dataset.state = "empty";
      replace(this.node, counts.articles ? "Articles without dates" : "No data yet");
      return;
    }
    this.node.dataset.state = new Date(now) - new Date(newest) > OLD ? "old" : "fresh";
    replace(
      this.node,
      h("span", { class: "unseen" }, "Data "),
      h("span", { class: "as-of" }, "as of "),
      h("time", { datetime: newest }, moment(newest)),
      h("span", { class: "age" }, ` · ${ago(newest, now)}`),
    );
  }
}
