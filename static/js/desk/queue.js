/* Who comes next, what else runs in this prison, and whose outcome is still to be written down: each opens on this same page. */
import { t } from "../i18n.js";
import { qualityWords } from "./words.js";

export class Queue {
  /** `open(url)` shows a page beside the pictures; `take(ref)` puts a visit on this wall. */
  constructor(root, { open, take }) {
    Object.assign(this, { root, open, take, arriving: [] });
  }

  show({ arriving, others, unwritten }) {
    this.arriving = arriving;
    this.fill("arriving", arriving.map((one) => row(`${one.time} ${one.inmate}`, `${one.terminal} · ${one.phaseWords}`, one.tone, t("Check in"), () => this.open(one.url))));
    this.fill("others", others.map((one) => row(`${one.time} ${one.inmate}`, otherWords(one), one.watched ? "calm" : "bad", t("Supervise"), () => this.take(one.ref))));
    this.fill("unwritten", unwritten.map((one) => row(`${one.time} ${one.inmate}`, "", "wait", t("Write it down"), () => this.open(one.url))));
  }

  fill(name, rows) {
    const list = this.root.querySelector(`[data-${name}]`);
    const mark = rows.map((one) => one.dataset.mark).join("|");
    if (list.dataset.mark === mark) return; // unchanged: a button under the pointer stays what it is
    list.dataset.mark = mark;
    list.replaceChildren(...rows);
    list.closest("section").hidden = !rows.length;
  }

  /** The check-in of whoever is next. */
  first() {
    if (this.arriving.length) this.open(this.arriving[0].url);
  }
}

function otherWords(one) {
  const officer = one.watched ? one.officer : t("no officer");
  const sides = one.sides.filter((side) => side.role !== "officer" && side.state === "in_session" && side.quality !== "good").map((side) => qualityWords(side.quality));
  return [one.terminal, one.stageWords, officer, ...sides].join(" · ");
}

function row(title, text, tone, words, act) {
  const item = document.createElement("li");
  item.className = `queue-row tone-${tone}`;
  item.dataset.mark = [title, text, tone].join("/");
  const main = document.createElement("span");
  main.className = "row-main";
  main.append(Object.assign(document.createElement("strong"), { textContent: title }), Object.assign(document.createElement("span"), { className: "muted", textContent: text }));
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-primary", textContent: words });
  button.addEventListener("click", act);
  item.append(main, button);
  return item;
}
