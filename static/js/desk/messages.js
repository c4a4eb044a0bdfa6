/*
 * Messages and warnings to one side or both, and what became of each: sent, shown, confirmed. A kind of visit that knows none of them has no form on the page.
 */
import { t } from "../i18n.js";
import { CANNED, RULES, shownMessage } from "../live/canned.js";

const KEPT = 12;

/** What was sent in each visit, and how far each side has read it. */
export class Sent {
  constructor(list) {
    this.list = list;
    this.tile = null;
    this.rows = new Map(); // reference -> [{id, text, warning, at, shown, confirmed}]
  }

  add(tile, id, text, warning) {
    const rows = this.rows.get(tile.ref) || [];
    rows.unshift({ id, text, warning, at: new Date(), shown: new Set(), confirmed: new Set() });
    this.rows.set(tile.ref, rows.slice(0, KEPT));
    this.render();
  }

  receipt(tile, { id, pid, what }) {
    const row = (this.rows.get(tile.ref) || []).find((one) => one.id === id);
    if (row && row[what]) row[what].add(pid);
    this.render();
  }

  show(tile) {
    this.tile = tile;
    this.render();
  }

  render() {
    const rows = this.tile ? this.rows.get(this.tile.ref) || [] : [];
    this.list.hidden = !rows.length;
    this.list.replaceChildren(...rows.map(item));
  }
}

function item(row) {
  const place = document.createElement("li");
  place.className = row.warning ? "sent is-warning" : "sent";
  const time = row.at.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
  const text = Object.assign(document.createElement("span"), { textContent: row.text });
  const state = Object.assign(document.createElement("span"), { className: row.confirmed.size ? "quality-good" : "muted", textContent: `${time} · ${stateOf(row)}` });
  place.append(text, state);
  return place;
}

function stateOf({ shown, confirmed }) {
  const sides = (pids) => [...new Set([...pids].map((pid) => (pid.startsWith("terminal:") ? t("inside") : t("outside"))))].join(", ");
  if (confirmed.size) return t("confirmed: %(sides)s", { sides: sides(confirmed) });
  return shown.size ? t("shown: %(sides)s", { sides: sides(shown) }) : t("sent");
}

export function messages(root, deck, log, sent) {
  const form = root.querySelector("[data-message-form]");
  if (!form) return;
  const canned = form.querySelector("[data-canned]");
  const free = form.querySelector("textarea");
  const count = form.querySelector("[data-count]");
  for (const { code, text } of CANNED) canned.append(new Option(text, code));
  const counted = () => { count.textContent = `${free.value.length} / ${free.maxLength}`; };
  free.addEventListener("input", counted);
  free.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = canned.value || null;
    const text = code ? "" : free.value.trim();
    if (!code && !text) return free.focus();
    const tile = deck.tile();
    const ack = await deck.act("message", { text, code, to: form.querySelector("#message-to").value });
    if (ack.ok) {
      const said = shownMessage({ text, code, warning: null }).text;
      log.add(said, tile);
      sent.add(tile, ack.message, said, false);
      free.value = canned.value = "";
      counted();
    }
    return null;
  });
  counted();
}

export function warnings(root, deck, log, sent) {
  const form = root.querySelector("[data-warn-form]");
  if (!form) return;
  const rules = form.querySelector("[data-rules]");
  for (const { rule, text } of RULES) rules.append(new Option(`${rule}. ${text}`, String(rule)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rule = Number(rules.value);
    if (!rule) return rules.focus();
    const tile = deck.tile();
    const before = tile.snapshot ? tile.snapshot.warnings : 0;
    const ack = await deck.act("warn", { rule, text: "", to: form.querySelector("#warn-to").value });
    if (!ack.ok) return null;
    const said = `${rule}. ${shownMessage({ warning: rule }).text}`;
    log.add(said, tile);
    sent.add(tile, ack.message, said, true);
    rules.value = "";
    if (before >= 1) deck.askEnd(true, rule); // the second warning may end the visit, and the end names the rule
    return null;
  });
}
