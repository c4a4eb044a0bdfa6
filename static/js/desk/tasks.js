/* The officer's task list across all tiles: the most severe first, no duplicates, closed ones say how long it took and then go. */
import { t } from "../i18n.js";
import { taskWords } from "./words.js";

const ORDER = { high: 3, medium: 2, low: 1 };
const CLOSED_STAYS = 20000;

export class Tasks {
  constructor(list, none) {
    this.list = list;
    this.none = none;
    this.rows = new Map();
  }

  take(tile, task) {
    const key = `${tile.root.dataset.tile}/${task.id}`;
    const row = this.rows.get(key) || document.createElement("li");
    const severity = ORDER[task.severity] || 1;
    const closed = task.closed_after !== null && task.closed_after !== undefined;
    row.className = `task severity-${severity}${closed ? " is-closed" : ""}`;
    row.dataset.weight = closed ? 0 : severity;
    const since = new Date(task.since * 1000).toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
    row.replaceChildren(taskWords(task.kind), span(closed ? t("back after %(seconds)s s", { seconds: task.closed_after }) : t("since %(time)s", { time: since })));
    if (task.kind === "VISITOR_LATE" && !closed) row.append(checkInButton(tile));
    this.rows.set(key, row);
    if (closed) setTimeout(() => this.forget(key), CLOSED_STAYS);
    this.render();
  }

  forget(key) {
    this.rows.delete(key);
    this.render();
  }

  render() {
    const sorted = [...this.rows.values()].sort((a, b) => b.dataset.weight - a.dataset.weight);
    this.list.replaceChildren(...sorted);
    this.none.hidden = sorted.length > 0;
  }
}

/** Whoever came late is compared while nothing flows: first the pause, then the page of the check-in. */
function checkInButton(tile) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-warning";
  button.textContent = t("Pause and check in");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const ack = tile.snapshot && tile.snapshot.stage !== "live" ? { ok: true } : await tile.act("pause", { reason: "late_visitor" });
    if (ack.ok) location.assign(tile.root.dataset.checkIn);
    else button.disabled = false;
  });
  return button;
}

function span(text) {
  const element = document.createElement("span");
  element.className = "muted";
  element.textContent = text;
  return element;
}
