/*
 * What the officer does: buttons and keys become actions of the selected tile, and every answer says how fast it was effective.
 * `deck.do(name)` is one entry of DOES; a held space bar speaks to both sides for as long as it is held.
 */
import { t } from "../i18n.js";
import { actWords, errorWords } from "./words.js";

const KEYS = { p: "pause", o: "talk-outside", i: "talk-terminal", 1: "mute-outside", 2: "mute-terminal", k: "mark", e: "end" };
const SIDES = { outside: "outside", terminal: "terminal", all: "all" };

export class Deck {
  constructor({ root, media, log, tile }) {
    Object.assign(this, { root, media, log, tile });
    this.talking = null;
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
    const name = event.key.toLowerCase();
    if (event.code === "Space" && this.knows("talk-all") && !event.target.closest("button, summary, a")) {
      event.preventDefault();
      if (!event.repeat) this.hold();
    } else if (name === "m" || name === "w") {
      const field = this.root.querySelector(name === "m" ? "#message-canned" : "#warn-rule");
      event.preventDefault();
      if (field) field.focus();
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
    const [verb, side] = name.split("-");
    if (verb === "talk") return this.talking === side ? this.hush() : this.speak(side);
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
    this.talking = side;
    this.media.silence("audio", false);
    this.press();
    await this.media.open().catch(() => null);
    const ack = await this.act("speak", { to: SIDES[side] });
    if (!ack.ok) this.silent();
    else if (!this.media.track("audio")) this.say(t("You are joined, but this computer gives no microphone."), false);
  }

  async hush() {
    this.silent();
    await this.act("hush");
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
    for (const person of people) await this.act(action, { pid: person.pid });
    return null;
  }

  pause() {
    const snapshot = this.tile().snapshot;
    const paused = snapshot && snapshot.stage === "paused";
    const reason = this.root.querySelector("[data-pause-reason]");
    return paused ? this.act("resume") : this.act("pause", { reason: reason ? reason.value : "officer" });
  }

  askEnd(open) {
    this.endForm.hidden = !open;
    if (open) this.endForm.querySelector("select").focus();
  }

  async end(event) {
    event.preventDefault();
    const reason = this.endForm.querySelector("#end-reason").value;
    const text = this.endForm.querySelector("#end-text").value.trim();
    if (!reason || (reason === "other" && !text)) return this.endForm.querySelector(reason ? "#end-text" : "#end-reason").focus();
    const ack = await this.act("end", { reason: text ? `${reason}: ${text}` : reason });
    if (ack.ok) this.askEnd(false);
    return null;
  }

  async act(action, values = {}) {
    const ack = await this.tile().act(action, values);
    if (ack.ok) this.say(t("%(what)s: effective in %(seconds)s s", { what: actWords(action), seconds: (ack.took / 1000).toFixed(2) }), true);
    else this.say(t("%(what)s: %(error)s", { what: actWords(action), error: errorWords(ack.error) }), false);
    this.press();
    return ack;
  }

  say(text, ok) {
    this.ack.textContent = text;
    this.ack.classList.toggle("quality-bad", !ok);
    this.log.add(text);
  }

  /** The buttons show what is true, as far as the broker has said it. */
  press() {
    const tile = this.tile();
    const snapshot = tile.snapshot;
    const set = (name, on) => {
      const button = this.root.querySelector(`[data-do="${name}"]`);
      if (button) button.setAttribute("aria-pressed", String(Boolean(on)));
    };
    for (const side of ["all", "outside", "terminal"]) set(`talk-${side}`, this.talking === side);
    for (const side of ["outside", "terminal"]) set(`mute-${side}`, tile.isMuted(side));
    const words = this.root.querySelector('[data-do="pause"] [data-words]');
    if (words) words.textContent = snapshot && snapshot.stage === "paused" ? t("Go on") : t("Pause");
  }
}
