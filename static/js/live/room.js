/* The family's room: one tap to come in, then everything by itself. */
import { t } from "../i18n.js";
import { Adapting } from "./adapting.js";
import { Awake } from "./awake.js";
import { FINAL, LiveClient } from "./client.js";
import { Controls } from "./controls.js";
import { LocalMedia } from "./media.js";
import { Notes } from "./notes.js";
import { Panels } from "./panels.js";
import { show, SoundGate, unlock } from "./playback.js";
import { rulesLine } from "./rulesline.js";
import { chime, wakeSound } from "./sound.js";
import { Stage } from "./stage.js";
import { situation, words } from "./waiting.js";
import { clockText, deviceWords, endWords, refusalWords } from "./words.js";

const TICK = 400;
const NEARLY = 300;
const LAST = 60;

class Room {
  constructor(root) {
    this.root = root;
    this.facts = root.dataset;
    this.audioOnly = this.facts.kind === "family_call";
    this.startsAt = Number(this.facts.startsAt);
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.panels = new Panels(root);
    this.sound = new SoundGate(this.part("sound"));
    this.stage = new Stage(root, { sound: this.sound });
    this.media = new LocalMedia({ audio: true, video: !this.audioOnly });
    this.notes = new Notes(this.part("note"), { onConfirm: (id) => this.client.confirm(id) });
    this.controls = new Controls(root, this.media, () => this.client.leave());
    this.awake = new Awake();
    this.hinting = null;
    this.wasLive = false;
    this.client = new LiveClient({
      tokenUrl: this.facts.tokenUrl,
      csrf: this.facts.csrf,
      media: this.media,
      onState: (state, detail) => this.stateIs(state, detail),
      onSession: (snapshot) => this.sessionIs(snapshot),
      onStream: (from, stream, plan) => this.streamIs(from, stream, plan),
      onMessage: (message) => this.notes.add(message),
      onWarning: (seconds) => this.warn(seconds),
      onStats: (figures) => this.measured(figures),
    });
    this.adapting = new Adapting({ client: this.client, line: this.part("line"), hint: (text, ms) => this.hint(text, ms) });
  }

  begin() {
    for (const name of ["join", "again", "take-over", "come-back"]) {
      for (const button of this.root.querySelectorAll(`[data-${name}]`)) button.addEventListener("click", () => this.join());
    }
    this.part("retry-media").addEventListener("click", () => this.retryMedia());
    this.media.watch(() => this.showOwn());
    window.addEventListener("pagehide", () => this.client.stop());
    window.addEventListener("pageshow", (event) => event.persisted && !FINAL.has(this.client.state) && this.client.state !== "idle" && this.client.start());
    this.openLater();
  }

  /** Before the room opens, the button waits for its time. */
  openLater() {
    const wait = (Number(this.facts.opensAt) - Number(this.facts.now)) * 1000;
    if (wait > 0) setTimeout(() => this.unlock(), Math.min(wait + 500, 2 ** 31 - 1));
    else this.unlock();
  }

  unlock() {
    this.part("join").disabled = false;
    this.part("too-early").hidden = true;
  }

  // ---- coming in

  async join() {
    wakeSound();
    unlock(this.root.querySelectorAll("video:not([muted]), audio"));
    const button = this.part("join");
    button.disabled = true;
    try {
      await this.media.open();
    } catch (problem) {
      this.deviceTrouble("join", problem.code, problem.medium);
      return;
    } finally {
      button.disabled = false;
    }
    this.part("join-trouble").hidden = true;
    this.showOwn();
    this.awake.on();
    this.client.start();
    clearInterval(this.ticking);
    this.ticking = setInterval(() => this.tick(), TICK);
    this.tick();
  }

  deviceTrouble(where, code, medium) {
    const line = this.part(`${where}-trouble`);
    line.hidden = !code;
    if (code) line.querySelector("[data-words]").textContent = deviceWords(code, medium);
  }

  async retryMedia() {
    await this.media.open().catch(() => null);
    this.showOwn();
  }

  showOwn() {
    for (const video of this.root.querySelectorAll("[data-self]")) {
      video.srcObject = null;
      show(video, this.media.stream);
    }
    const [medium, code] = Object.entries(this.media.problems)[0] || [];
    this.deviceTrouble("wait", code, medium);
    this.controls.render();
  }

  // ---- what the client reports

  stateIs(state, detail) {
    if (FINAL.has(state)) this.over(state, detail);
    else if (this.ticking) this.tick();
  }

  sessionIs(snapshot) {
    this.stage.session(snapshot);
    this.part("rules").textContent = rulesLine(snapshot);
    this.controls.session(snapshot);
    const live = snapshot.gate.open;
    if (live && !this.wasLive) chime("joined");
    this.wasLive = this.wasLive || live;
    this.tick();
  }

  streamIs(from, stream, plan) {
    if (plan === "check_in") show(this.part("checker"), from === "officer" ? stream : null, this.sound);
    else this.stage.stream(from, stream);
  }

  /** Twice a second: what is awaited, and the time left. */
  tick() {
    const { client } = this;
    const said = situation(client.snapshot, { state: client.state, startsAt: this.startsAt, now: client.now(), checking: this.checking() });
    const { title, text } = words(said.code, { time: this.facts.startsText });
    const inVisit = client.snapshot && ["live", "paused"].includes(client.snapshot.stage) && said.code !== "YOUR_TURN" && said.code !== "NOT_ADMITTED";
    this.panels.show(inVisit ? "live" : "wait");
    this.root.dataset.situation = said.code;
    for (const [name, value] of [["title", title], ["text", text]]) {
      for (const place of this.root.querySelectorAll(`[data-said-${name}]`)) if (place.textContent !== value) place.textContent = value;
    }
    this.part("wait-panel").dataset.tone = said.tone;
    this.part("cover").hidden = said.code === "LIVE";
    this.part("checker-box").hidden = said.code !== "YOUR_TURN";
    this.who(client.snapshot);
    this.clock();
  }

  checking() {
    const now = this.client.snapshot;
    return Boolean(now && now.checked) && now.checked === this.client.pid;
  }

  who(snapshot) {
    const here = new Set((snapshot ? snapshot.participants : []).filter((one) => !["away", "lost", "left"].includes(one.state)).map((one) => one.role));
    for (const item of this.root.querySelectorAll("[data-who]")) {
      const there = item.dataset.who === "you" ? this.client.state === "joined" : here.has(item.dataset.who);
      item.className = there ? "here" : "away";
      item.querySelector("[data-there]").textContent = there ? t("here") : t("not here yet");
    }
  }

  clock() {
    const left = this.client.secondsLeft();
    const clock = this.part("clock");
    const open = this.client.state === "joined" && Boolean(this.client.snapshot && this.client.snapshot.gate.open);
    this.part("left").textContent = left === null ? "–:––" : clockText(left);
    clock.classList.toggle("clock-stopped", !open);
    clock.classList.toggle("clock-last", open && left <= LAST);
    clock.classList.toggle("clock-warn", open && left > LAST && left <= NEARLY);
    this.part("clock-label").textContent = open ? t("time left") : t("time left · stopped");
  }

  warn(seconds) {
    chime("warning");
    const minutes = Math.round(seconds / 60);
    this.hint(minutes > 1 ? t("%(minutes)s minutes left", { minutes }) : t("One minute left. Please say goodbye."), 8000);
  }

  hint(text, ms) {
    const banner = this.part("hint");
    banner.textContent = text;
    banner.hidden = false;
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => { banner.hidden = true; }, ms);
  }

  measured(figures) {
    this.root.dataset.rtt = figures.rtt ?? "";
    this.root.dataset.frames = figures.frames ?? "";
    if (!this.audioOnly) this.adapting.look(figures);
  }

  // ---- the end

  over(state, detail) {
    clearInterval(this.ticking);
    this.ticking = null;
    this.awake.off();
    this.notes.clear();
    if (state !== "replaced" || this.wasLive) chime("ended");
    this.media.close();
    const { title, text, technical = false } = this.farewell(state, detail);
    this.part("over-title").textContent = title;
    this.part("over-text").textContent = text;
    this.root.dataset.situation = state.toUpperCase();
    for (const place of this.root.querySelectorAll("[data-over]")) {
      const only = place.dataset.over.split(" ");
      place.hidden = !(only.includes(state) || (technical && only.includes("technical")) || (detail.code && only.includes(detail.code)));
    }
    this.panels.show("over");
    this.part("over-title").focus();
  }

  farewell(state, detail) {
    if (state === "ended") return endWords(detail.outcome, detail.cause);
    if (state === "left") return { title: t("You have left the visit"), text: t("It goes on. You can come back until it is over; the minutes go on counting only while somebody is in the picture.") };
    if (state === "replaced") return { title: t("The visit is open in another place"), text: t("You have opened it on another device or page, and it goes on there.") };
    return { title: t("You could not come in"), text: detail.reasons && detail.reasons.length ? detail.reasons.join(" ") : refusalWords(detail.code) };
  }
}

const root = document.querySelector("#room");
if (root) new Room(root).begin();
