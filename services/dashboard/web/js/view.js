// Moving about on a plane: drag, wheel, pinch, keys. Screen = world · k + (x, y).

export const SIZE = 1024;
const CLOSEST = 60;
const STEP = 60;
// Beyond these edges of the world square lies only ice.
const TOP = 0.09 * SIZE;
const BOTTOM = 0.74 * SIZE;

export class View {
  constructor(pane, changed) {
    this.pane = pane;
    this.changed = () => {};
    this.pointers = new Map();
    this.width = 600;
    this.height = 400;
    this.dragged = false;
    this.home();
    this.changed = changed;
    new ResizeObserver(() => this.resize()).observe(pane);
    this.listen();
  }

  get least() {
    return Math.max(this.width / SIZE, 0.3);
  }

  /** The whole world. */
  home() {
    this.k = this.least;
    this.x = (this.width - SIZE * this.k) / 2;
    this.y = this.height / 2 - ((TOP + BOTTOM) / 2) * this.k;
    this.changed();
  }

  resize() {
    const { width, height } = this.pane.getBoundingClientRect();
    if (!width || !height) return;
    const centre = [(this.width / 2 - this.x) / this.k, (this.height / 2 - this.y) / this.k];
    const atHome = this.k <= this.least * 1.001;
    Object.assign(this, { width, height });
    if (this.wanted) this.fit(...this.wanted);
    else if (atHome) this.home();
    else this.put(this.k, width / 2 - centre[0] * this.k, height / 2 - centre[1] * this.k);
  }

  /** Shows all of these points, filling a share of the pane, at most `closest` times the world. */
  fit(points, share, closest = CLOSEST) {
    this.wanted = [points, share, closest];
    const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const k = Math.min(
      (this.width * share) / Math.max(1, right - left),
      (this.height * share) / Math.max(1, bottom - top),
      closest,
    );
    this.put(k, this.width / 2 - ((left + right) / 2) * k, this.height / 2 - ((top + bottom) / 2) * k);
  }

  /** Goes there, kept within the world. */
  put(k, x, y) {
    const scale = Math.min(CLOSEST, Math.max(this.least, k));
    if (scale !== k)
      [x, y] = [
        this.width / 2 - ((this.width / 2 - x) / k) * scale,
        this.height / 2 - ((this.height / 2 - y) / k) * scale,
      ];
    const within = (at, low, high, room) => {
      const slack = Math.max(0, room - (high - low) * scale) / 2;
      return Math.min(-low * scale + slack, Math.max(room - high * scale - slack, at));
    };
    this.k = scale;
    this.x = within(x, 0, SIZE, this.width);
    this.y = within(y, TOP, BOTTOM, this.height);
    this.changed();
  }

  zoom(factor, at = [this.width / 2, this.height / 2]) {
    this.wanted = null;
    const k = Math.min(CLOSEST, Math.max(this.least, this.k * factor));
    const grown = k / this.k;
    this.put(k, at[0] - (at[0] - this.x) * grown, at[1] - (at[1] - this.y) * grown);
  }

  move(dx, dy) {
    this.wanted = null;
    this.put(this.k, this.x + dx, this.y + dy);
  }

  /** What is visible, as "west,south,east,north". */
  box() {
    const lon = (px) => Math.min(180, Math.max(-180, (((px - this.x) / this.k / SIZE) * 2 - 1) * 180));
    const lat = (py) => {
      const turn = Math.PI * (1 - (2 * (py - this.y)) / this.k / SIZE);
      return Math.min(85, Math.max(-85, (Math.atan(Math.sinh(turn)) * 180) / Math.PI));
    };
    return [lon(0), lat(this.height), lon(this.width), lat(0)].map((edge) => edge.toFixed(4)).join(",");
  }

  listen() {
    const at = (event) => {
      const box = this.pane.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    this.pane.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), at(event));
      },
      { passive: false },
    );
    this.pane.addEventListener("pointerdown", (event) => {
      if (!this.pointers.size) this.dragged = false;
      this.pointers.set(event.pointerId, at(event));
    });
    this.pane.addEventListener(
      "pointermove",
      (event) => this.pointers.has(event.pointerId) && this.drag(event, at(event)),
    );
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      this.pane.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    this.pane.addEventListener("dblclick", (event) => this.zoom(2, at(event)));
    this.pane.addEventListener("keydown", (event) => this.key(event));
  }

  drag(event, here) {
    const before = this.pointers.get(event.pointerId);
    this.pointers.set(event.pointerId, here);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (others.length === 1) {
      const other = others[0][1];
      const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
      this.zoom(apart(here) / apart(before), [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2]);
    } else {
      this.move(here[0] - before[0], here[1] - before[1]);
    }
    // Captured only once it is a drag: a click belongs to the dot under it.
    if (!this.dragged && Math.hypot(here[0] - before[0], here[1] - before[1]) > 2) {
      this.dragged = true;
      this.pane.setPointerCapture(event.pointerId);
    }
  }

  key(event) {
    const moves = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    if (event.target !== this.pane || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.move(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(1.5);
    else if (event.key === "-") this.zoom(1 / 1.5);
    else return;
    event.preventDefault();
  }
}
