/*
 * What the officer does: buttons and keys become actions of the selected tile, and every answer says how fast it was effective.
 * `deck.do(name)` is one entry of the bar; a held space bar speaks to both sides for as long as it is held.
 */
import { t } from "../i18n.js";
import { actWords, errorWords } from "./words.js";

const KEYS = { p: "pause", o: "talk-outside", i: "talk-terminal", 1: "mute-outside", 2: "mute-terminal", k: "mark", e: "end" };
const FIELDS = { m: "#message-canned", w: "#warn-rule", h: "#handover-to" };

export class Deck {
  /** `tile()` gives the selected tile or null; `keys`: further keys of the page, letter -> function. */
  constructor({ root, media, log, tile, keys = {} }) {
    Object.assign(this, { root, media, log, tile, keys });
    this.talking = null; // {tile, side}
    this.ack = root.querySelector("[data-ack]");
    this.endForm = root.querySelector("[data-end-form]");
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.do(button.dataset.do);
    });
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keyup", (event) => event.code === "Space" && this.held && this.release());
    window.addEventListener("blur", () => this.held && this.release());
    this.endForm.addEventListener("submit", (event) => this.end(event));
  }

  key(event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const field = FIELDS[name] && this.root.querySelector(FIELDS[name]);
    if (event.code === "Space" && this.knows("talk-all") && !event.target.closest("button, summary, a")) {
      event.preventDefault();
      if (!event.repeat) this.hold();
    } else if (field) {
      event.preventDefault();
      field.closest("details")?.setAttribute("open", "");
      field.focus();
    } else if (this.keys[name] && !event.repeat) {
      event.preventDefault();
      this.keys[name]();
    } else if (KEYS[name] && !event.repeat && this.knows(KEYS[name])) {
      event.preventDefault();
      this.do(KEYS[name]);
    }
  }

  /** What this kind of visit does not allow has no button, and its key does nothing. */
  knows(name) {
    return Boolean(this.root.querySelector(`[data-do="${name}"]`));
  }

  do(name) {
    if (!this.tile()) return null;
    const [verb, side] = name.split("-");
    if (verb === "talk") return this.talking && this.talking.side === side ? this.hush() : this.speak(side);
    if (verb === "mute") return this.mute(side);
    if (name === "pause") return this.pause();
    if (name === "mark") return this.act("mark", { note_code: "officer" });
    return this.askEnd(name === "end");
  }

  // ---- speaking

  hold() {
    this.held = true;
    this.speak("all");
  }

  release() {
    this.held = false;
    this.hush();
  }

  async speak(side) {
    if (this.talking && this.talking.tile !== this.tile()) await this.hush();
    this.talking = { tile: this.tile(), side };
    this.media.silence("audio", false);
    this.press();
    await this.media.open().catch(() => null);
    const ack = await this.act("speak", { to: side });
    if (!ack.ok) this.silent();
    else if (!this.media.track("audio")) this.say(t("You are joined, but this computer gives no microphone."), false);
  }

  /** Nobody is spoken to any more; also when another visit is selected. */
  async hush() {
    const { tile } = this.talking || {};
    this.silent();
    if (tile) await this.act("hush", {}, tile);
  }

  silent() {
    this.talking = null;
    this.media.silence("audio", true);
    this.press();
  }

  // ---- the rest

  async mute(side) {
    const tile = this.tile();
    const people = tile.pids(side);
    if (!people.length) return this.say(errorWords("UNKNOWN_PARTICIPANT"), false);
    const action = tile.isMuted(side) ? "lift" : "mute";
    for (const person of people) await this.act(action, { pid: person.pid }, tile);
    return null;
  }

  pause() {
    const snapshot = this.tile().snapshot;
    const paused = snapshot && snapshot.stage === "paused";
    const reason = this.root.querySelector("[data-pause-reason]");
    return paused ? this.act("resume") : this.act("pause", { reason: reason ? reason.value : "officer" });
  }

  /** The end by a rule is the last step of the ladder: after two warnings, and it names the rule. */
  askEnd(open, rule = null) {
    this.endForm.hidden = !open;
    if (!open) return;
    const warned = this.tile().snapshot ? this.tile().snapshot.warnings : 0;
    this.endForm.querySelector('option[value="rule"]').disabled = warned < 2;
    const reason = this.endForm.querySelector("select");
    if (rule) {
      reason.value = "rule";
      this.endForm.querySelector("#end-text").value = String(rule);
    }
    reason.focus();
  }

  async end(event) {
    event.preventDefault();
    const field = this.endForm.querySelector("#end-reason");
    const text = this.endForm.querySelector("#end-text").value.trim();
    const reason = field.value;
    if (!reason || (["other", "rule"].includes(reason) && !text)) return this.endForm.querySelector(reason ? "#end-text" : "#end-reason").focus();
    const ack = await this.act("end", { reason: text ? `${reason}: ${text}` : reason });
    if (!ack.ok) return null;
    this.askEnd(false);
    field.value = this.endForm.querySelector("#end-text").value = "";
    return null;
  }

  async act(action, values = {}, tile = this.tile()) {
    const ack = await tile.act(action, values);
    if (ack.ok) this.say(t("%(what)s: effective in %(seconds)s s", { what: actWords(action), seconds: (ack.took / 1000).toFixed(2) }), true, tile);
    else this.say(t("%(what)s: %(error)s", { what: actWords(action), error: errorWords(ack.error) }), false, tile);
    this.press();
    return ack;
  }

  say(text, ok, tile = this.tile()) {
    this.ack.textContent = text;
    this.ack.classList.toggle("quality-bad", !ok);
    this.log.add(text, tile);
  }

  /** The buttons show what is true, as far as the broker has said it. */
  press() {
    const tile = this.tile();
    if (!tile) return;
    const snapshot = tile.snapshot;
    const set = (name, on) => {
      const button = this.root.querySelector(`[data-do="${name}"]`);
      if (button) button.setAttribute("aria-pressed", String(Boolean(on)));
    };
    const side = this.talking && this.talking.tile === tile ? this.talking.side : null;
    for (const one of ["all", "outside", "terminal"]) set(`talk-${one}`, side === one);
    for (const one of ["outside", "terminal"]) set(`mute-${one}`, tile.isMuted(one));
    const words = this.root.querySelector('[data-do="pause"] [data-words]');
    if (words) words.textContent = snapshot && snapshot.stage === "paused" ? t("Go on") : t("Pause");
  }
}
