/* The terminal in the visiting room. Nobody touches a keyboard here: it shows whose turn it is, joins by itself, and mends itself. */
import { t } from "../i18n.js";
import { Adapting, TERMINAL_WORDS } from "./adapting.js";
import { Awake } from "./awake.js";
import { FINAL, LiveClient } from "./client.js";
import { LocalMedia } from "./media.js";
import { Notes } from "./notes.js";
import { Panels } from "./panels.js";
import { show, SoundGate } from "./playback.js";
import { recover, settled } from "./recovery.js";
import { rulesLine } from "./rulesline.js";
import { selfTest } from "./selftest.js";
import { chime } from "./sound.js";
import { Stage } from "./stage.js";
import { idleWords, overWords, terminalSituation, terminalWords } from "./terminal_words.js";
import { clockText, deviceWords } from "./words.js";

const POLL = 1000;
const ALIVE = 60_000;
const DEAF = 60_000; // so long without an answer of the application while idle: start afresh
const FAREWELL = 20_000;
const AGAIN = 60_000;
const FRESH = 6 * 3600_000; // an idle page is loaded anew now and then, to take up a new version

class Kiosk {
  constructor(root) {
    this.root = root;
    this.facts = root.dataset;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.panels = new Panels(root);
    this.sound = new SoundGate(this.part("sound"));
    this.media = new LocalMedia({ audio: true, video: true });
    this.notes = new Notes(this.part("note"), { onConfirm: (id) => this.client && this.client.confirm(id) });
    this.awake = new Awake();
    this.client = null;
    this.turn = null; // the visit that is shown
    this.joined = null; // ref of the visit that we are in
    this.done = new Set(); // refs that ended here: not joined again
    this.testing = false;
    this.testWords = "";
    this.offset = 0;
    this.answered = performance.now();
    this.loaded = performance.now();
  }

  begin() {
    this.media.watch(() => this.showOwn());
    this.media.open().catch(() => null).then(() => this.showOwn());
    this.awake.on();
    this.poll();
    this.alive();
    setInterval(() => this.alive(), ALIVE);
    setInterval(() => this.tick(), 400);
  }

  // ---- what the application says

  async poll() {
    try {
      this.take(await this.ask(this.facts.stateUrl));
      this.answered = performance.now();
      settled();
    } catch (problem) {
      if (problem.status === 401 || problem.status === 403) recover("unpaired");
      this.health(t("No answer from the server. Trying again."));
      if (!this.client && performance.now() - this.answered > DEAF) recover("deaf");
    }
    setTimeout(() => this.poll(), POLL);
  }

  async ask(url, options = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 5000);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json", "X-CSRFToken": this.facts.csrf, "X-Background": "1" }, redirect: "error", signal: stop.signal, ...options });
      if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status });
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }

  alive() {
    this.media.revive();
    this.ask(this.facts.aliveUrl, { method: "POST" }).catch((problem) => problem.status === 400 && !this.client && recover("old page"));
  }

  take(state) {
    this.offset = state.now - Date.now() / 1000;
    this.turn = state.turn;
    const [medium, code] = Object.entries(this.media.problems)[0] || [];
    this.health(code ? deviceWords(code, medium) : this.testWords);
    if (state.test && !this.client && !this.testing) this.test();
    if (this.turn && this.turn.join && this.joined !== this.turn.ref && !this.done.has(this.turn.ref)) this.come(this.turn);
    else if (!this.client && this.panels.shown !== "over") this.idle(state);
    if (!this.client && performance.now() - this.loaded > FRESH && !(this.turn && this.turn.stage !== "scheduled")) window.location.reload();
  }

  /** The morning test; a visit that begins meanwhile goes first, because both clients may live side by side. */
  async test() {
    this.testing = true;
    this.testWords = t("The terminal is testing itself");
    try {
      const report = await selfTest({ media: this.media, tokenUrl: this.facts.testTokenUrl, csrf: this.facts.csrf });
      const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.facts.csrf, "X-Background": "1" };
      await this.ask(this.facts.testResultUrl, { method: "POST", headers, body: JSON.stringify(report) });
    } catch {
      this.health(t("No answer from the server. Trying again."));
    }
    this.testWords = "";
    setTimeout(() => { this.testing = false; }, AGAIN); // a result that did not arrive is measured again
  }

  health(text) {
    const line = this.part("health");
    if (line.textContent !== text) line.textContent = text;
  }

  idle(state) {
    const { turn } = this;
    const { title, line } = idleWords(turn);
    this.say({ "idle-title": title, "idle-line": line, "idle-number": turn ? turn.number : "", "idle-name": turn ? turn.name : "" });
    const read = this.part("read");
    if (read) read.hidden = !state.calm;
    const later = this.part("later");
    later.hidden = !state.later.length;
    later.replaceChildren(...state.later.map((one) => Object.assign(document.createElement("li"), { textContent: `${one.starts}  ${one.name}  ${one.number}` })));
    this.panels.show("idle");
  }

  say(words) {
    for (const [name, text] of Object.entries(words)) {
      for (const place of this.root.querySelectorAll(`[data-${name}]`)) if (place.textContent !== text) place.textContent = text;
    }
  }

  // ---- a visit

  async come(turn) {
    this.leaveQuietly();
    this.joined = turn.ref;
    this.say({ whose: `${turn.name}  ${turn.number}  ${turn.starts}` });
    this.audioOnly = turn.kind === "family_call";
    this.part("call-sign").hidden = !this.audioOnly;
    this.stage = new Stage(this.root, { sound: this.sound });
    await this.media.open().catch(() => null);
    if (this.joined !== turn.ref) return;
    this.wasLive = false;
    const client = new LiveClient({
      tokenUrl: this.facts.tokenUrl,
      csrf: this.facts.csrf,
      body: { ref: turn.ref },
      media: this.media,
      onState: (state, detail) => this.client === client && FINAL.has(state) && this.over(turn, state, detail),
      onSession: (snapshot) => this.sessionIs(snapshot),
      onStream: (from, stream) => this.stage.stream(from, stream),
      onMessage: (message) => this.notes.add(message),
      onWarning: (seconds) => this.warn(seconds),
      onStats: (figures) => !this.audioOnly && this.client === client && this.adapting.look(figures),
    });
    this.client = client;
    this.adapting = new Adapting({ client, line: this.part("line"), hint: (text, ms) => this.hint(text, ms), words: TERMINAL_WORDS });
    client.start();
    this.tick();
  }

  sessionIs(snapshot) {
    this.stage.session(snapshot);
    this.say({ rules: rulesLine(snapshot) });
    this.part("muted").hidden = !(snapshot.own && snapshot.own.muted);
    if (snapshot.gate.open && !this.wasLive) chime("joined");
    this.wasLive = this.wasLive || snapshot.gate.open;
    this.tick();
  }

  tick() {
    this.say({ "clock-now": new Date(Date.now() + this.offset * 1000).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }) });
    if (!this.client || FINAL.has(this.client.state)) return;
    const { snapshot, state } = this.client;
    const code = terminalSituation(snapshot, state);
    const { title, text } = terminalWords(code);
    this.root.dataset.situation = code;
    this.say({ "said-title": title, "said-text": text });
    this.part("cover").hidden = code === "LIVE";
    this.panels.show(snapshot && ["live", "paused"].includes(snapshot.stage) ? "live" : "wait");
    this.clock(code === "LIVE");
  }

  clock(runs) {
    const left = this.client.secondsLeft();
    this.say({ left: left === null ? "–:––" : clockText(left), "clock-label": runs ? t("time left") : t("time left · stopped") });
    const clock = this.part("clock");
    clock.classList.toggle("clock-stopped", !runs);
    clock.classList.toggle("clock-last", runs && left <= 60);
    clock.classList.toggle("clock-warn", runs && left > 60 && left <= 300);
  }

  warn(seconds) {
    chime("warning");
    const minutes = Math.round(seconds / 60);
    this.hint(minutes > 1 ? t("%(minutes)s minutes left", { minutes }) : t("One minute left. Please say goodbye."), 10_000);
  }

  hint(text, ms) {
    const banner = this.part("hint");
    banner.textContent = text;
    banner.hidden = false;
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => { banner.hidden = true; }, ms);
  }

  showOwn() {
    for (const video of this.root.querySelectorAll("[data-self]")) {
      video.srcObject = null;
      show(video, this.media.stream);
    }
  }

  over(turn, state, detail) {
    this.client = null;
    this.joined = null;
    this.notes.clear();
    this.root.dataset.situation = state.toUpperCase();
    if (state !== "ended") {
      // Refused or replaced: the application still says that this visit is on, so the next poll tries again, after a breath.
      this.joined = turn.ref;
      setTimeout(() => { if (this.joined === turn.ref && !this.client) this.joined = null; }, 5000);
      this.panels.show("idle");
      return;
    }
    this.done.add(turn.ref);
    if (this.wasLive) chime("ended");
    const { title, text } = overWords(detail.outcome);
    this.say({ "over-title": title, "over-text": text });
    this.panels.show("over");
    setTimeout(() => this.panels.shown === "over" && this.panels.show("idle"), FAREWELL);
  }

  leaveQuietly() {
    if (this.client) this.client.stop();
    this.client = null;
    this.notes.clear();
  }
}

window.addEventListener("error", (event) => recover(event.message));
window.addEventListener("unhandledrejection", (event) => recover(String(event.reason)));

const root = document.querySelector("#kiosk");
if (root) new Kiosk(root).begin();
