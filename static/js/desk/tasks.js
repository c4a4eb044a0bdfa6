/* The officer's task list across all tiles: the most severe first, then the oldest; no duplicates; what is closed says how long it took, and then goes. */
import { t } from "../i18n.js";
import { taskWords } from "./words.js";

const ORDER = { high: 3, medium: 2, low: 1 };
const CLOSED_STAYS = 20000;

export class Tasks {
  /** `pick(tile)`: the officer chose a task; `checkIn(tile)`: compare somebody who came late. */
  constructor(list, none, { pick, checkIn }) {
    Object.assign(this, { list, none, pick, checkIn });
    this.rows = new Map(); // tile, kind and person -> {tile, task, closing}
  }

  /** Returns whether it is a task that was not there before. */
  take(tile, task) {
    const key = `${tile.ref}/${task.kind}/${task.pid || ""}`;
    const known = this.rows.get(key);
    const closed = isClosed(task);
    if (closed && !known) return false;
    if (known) clearTimeout(known.closing);
    const closing = closed ? setTimeout(() => this.forget(key), CLOSED_STAYS) : null;
    this.rows.set(key, { tile, task, closing });
    this.render();
    return !closed && !(known && !isClosed(known.task));
  }

  /** A tile has connected anew, or is gone: the broker tells again what is open. */
  clear(tile) {
    for (const [key, row] of this.rows) {
      if (row.tile !== tile || isClosed(row.task)) continue;
      this.rows.delete(key);
    }
    this.render();
  }

  forget(key) {
    this.rows.delete(key);
    this.render();
  }

  open() {
    return this.sorted().filter(({ task }) => !isClosed(task));
  }

  sorted() {
    return [...this.rows.values()].sort((a, b) => weight(b.task) - weight(a.task) || a.task.since - b.task.since);
  }

  render() {
    this.list.replaceChildren(...this.sorted().map((row) => this.item(row)));
    this.none.hidden = this.rows.size > 0;
    for (const { tile } of this.rows.values()) tile.root.classList.remove("severity-1", "severity-2", "severity-3");
    for (const { tile, task } of this.open().reverse()) {
      tile.root.classList.remove("severity-1", "severity-2", "severity-3");
      tile.root.classList.add(`severity-${ORDER[task.severity] || 1}`);
    }
  }

  item({ tile, task }) {
    const item = document.createElement("li");
    const closed = isClosed(task);
    item.className = `task severity-${ORDER[task.severity] || 1}${closed ? " is-closed" : ""}`;
    item.dataset.task = task.kind;
    const since = new Date(task.since * 1000).toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
    const choose = element("button", "task-choose", `${tile.session.inmate} · ${taskWords(task.kind, task.pid)}`);
    choose.type = "button";
    choose.addEventListener("click", () => this.pick(tile));
    item.append(choose, element("span", "muted", closed ? t("back after %(seconds)s s", { seconds: Math.round(task.closed_after) }) : t("since %(time)s", { time: since })));
    if (task.kind === "VISITOR_LATE" && !closed) item.append(this.checkInButton(tile));
    return item;
  }

  /** Whoever came late is compared while nothing flows: first the pause, then the check-in, on this same page. */
  checkInButton(tile) {
    const button = element("button", "btn btn-sm btn-warning", t("Pause and check in"));
    button.type = "button";
    button.addEventListener("click", async () => {
      button.disabled = true;
      const ack = tile.snapshot && tile.snapshot.stage !== "live" ? { ok: true } : await tile.act("pause", { reason: "late_visitor" });
      button.disabled = false;
      if (ack.ok) this.checkIn(tile);
    });
    return button;
  }
}

function isClosed(task) {
  return task.closed_after !== null && task.closed_after !== undefined;
}

function weight(task) {
  return isClosed(task) ? 0 : ORDER[task.severity] || 1;
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
