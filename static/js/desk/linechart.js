/*
 * How much of a side's line was lost in the last five minutes, as two small lines: what comes from them, and what goes to them. The dashes are at 2 and 8 %,
 * from where a line is poor and bad.
 */
import { t } from "../i18n.js";

const POINTS = 60;
const EVERY = 4000; // the broker says it every five seconds, and at changes between
const TOP = 0.16;
const WIDTH = 120;
const HEIGHT = 24;
const SVG = "http://www.w3.org/2000/svg";

export class LineChart {
  constructor(root) {
    this.root = root;
    this.points = [];
    this.at = -Infinity;
    root.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    root.setAttribute("preserveAspectRatio", "none");
    root.setAttribute("aria-label", t("Lost on the line: not measured yet"));
    for (const [share, name] of [[0.02, "poor"], [0.08, "bad"]]) this.make("line", { x1: 0, x2: WIDTH, y1: height(share), y2: height(share), class: `chart-limit chart-${name}` });
    this.lines = { up: this.make("polyline", { class: "chart-up" }), down: this.make("polyline", { class: "chart-down" }) };
  }

  make(tag, values) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
    this.root.append(element);
    return element;
  }

  add(line, now) {
    if (!line || now - this.at < EVERY) return;
    this.at = now;
    this.points.push({ up: line.lost_up, down: line.lost_down });
    if (this.points.length > POINTS) this.points.shift();
    for (const way of ["up", "down"]) this.lines[way].setAttribute("points", polyline(this.points.map((point) => point[way])));
    const worst = (way) => (Math.max(...this.points.map((point) => point[way])) * 100).toFixed(1) + "%";
    this.root.setAttribute("aria-label", t("Lost in the last five minutes: from them up to %(up)s, to them up to %(down)s", { up: worst("up"), down: worst("down") }));
  }
}

function height(share) {
  return HEIGHT - 1 - Math.min(1, share / TOP) * (HEIGHT - 2);
}

/** The newest value stands at the right edge. Pure. */
export function polyline(values) {
  const step = WIDTH / (POINTS - 1);
  return values.map((value, index) => `${(WIDTH - (values.length - 1 - index) * step).toFixed(1)},${height(value).toFixed(1)}`).join(" ");
}
