/*
 * One supervised session on the page: its connection, its pictures, its state. A page may have one tile or several; what is selected decides whose sound is
 * heard and whom the action bar means.
 *
 *   const tile = new Tile(root, { tokenUrl, csrf, media, onChange(tile), onTask(tile, task), onReceipt(tile, receipt), onEnd(tile) });
 *   tile.start();
 *   await tile.act("mute", { pid });       // {ok, error, ms, took}; took: milliseconds from the press to the broker's word that it is done
 *   tile.pids("outside" | "terminal")      // participants of a side that are connected
 *   tile.select(true)                      // sound on or off
 */
import { t } from "../i18n.js";
import { LiveClient } from "../live/client.js";
import { show, SoundGate } from "../live/playback.js";
import { rulesLine } from "../live/rulesline.js";
import { clockText, refusalWords } from "../live/words.js";
import { Lease } from "./lease.js";
import { gateWords, lineWords, qualityWords, stateWords } from "./words.js";

const GROWS_WITHIN = 5000;

export class Tile {
  constructor(root, { tokenUrl, csrf, media, onChange, onTask, onReceipt, onEnd }) {
    this.root = root;
    this.on = { onChange, onTask, onReceipt, onEnd };
    this.selected = true;
    this.leaseState = "absent";
    this.bytes = { value: 0, at: 0 };
    this.sound = new SoundGate(this.part("sound-needed"));
    this.client = new LiveClient({
      tokenUrl,
      csrf,
      media,
      body: { purpose: "supervise" },
      onState: (state, detail) => this.line(state, detail),
      onSession: (snapshot) => this.show(snapshot),
      onStream: (from, stream) => this.stream(from, stream),
      onTask: (task) => this.on.onTask(this, task),
      onReceipt: (receipt) => this.on.onReceipt(this, receipt),
      onLease: (state) => { this.leaseState = state; },
    });
    this.lease = new Lease(this.client, () => this.heard());
    const choice = this.part("sound-of");
    if (choice) choice.addEventListener("change", () => this.listen());
    this.ticking = setInterval(() => this.tick(), 250);
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  videos() {
    return [...this.root.querySelectorAll("video[data-video]")];
  }

  start() {
    this.client.start();
    this.lease.start();
  }

  stop() {
    clearInterval(this.ticking);
    this.lease.stop();
    this.client.stop();
  }

  get snapshot() {
    return this.client.snapshot;
  }

  async act(action, values = {}) {
    const pressed = performance.now();
    const ack = await this.client.act(action, values);
    return { ...ack, took: performance.now() - pressed };
  }

  pids(side) {
    const people = this.snapshot ? this.snapshot.participants : [];
    const wanted = (person) => (side === "terminal" ? person.role === "terminal" : person.role !== "terminal" && person.role !== "officer");
    return people.filter((person) => wanted(person) && !["left", "away"].includes(person.state));
  }

  isMuted(side) {
    const people = this.pids(side);
    return people.length > 0 && people.every((person) => person.muted);
  }

  // ---- sound

  select(selected) {
    this.selected = selected;
    this.root.classList.toggle("is-selected", selected);
    this.listen();
  }

  listen() {
    const choice = this.part("sound-of");
    const of = choice ? choice.value : "all";
    for (const video of this.videos()) {
      const side = video.dataset.video === "terminal" ? "terminal" : "outside";
      video.muted = !this.selected || !(of === "all" || of === side);
    }
  }

  /** Whose sound comes out of this console now: what the lease reports, and no wish. */
  heard() {
    const video = this.videos().find((one) => one.srcObject && !one.muted && !one.paused && one.srcObject.getAudioTracks().length);
    const person = video && this.snapshot ? this.snapshot.participants.find((one) => one.slot === video.dataset.video) : null;
    return person ? person.pid : null;
  }

  stream(from, stream) {
    const video = this.root.querySelector(`video[data-video="${from}"]`);
    if (video) show(video, stream, this.sound);
    this.listen();
  }

  // ---- what is shown

  line(state, detail) {
    const gate = this.part("gate");
    if (state === "refused") gate.textContent = (detail.reasons && detail.reasons.join(" ")) || refusalWords(detail.code);
    else if (lineWords(state, detail)) gate.textContent = lineWords(state, detail);
    if (state !== "joined") gate.className = `gate gate-${state === "connecting" ? "wait" : "bad"}`;
    if (state === "ended" || (state === "refused" && detail.code === "SESSION_ENDED")) this.on.onEnd(this);
    this.on.onChange(this);
  }

  show(snapshot) {
    const { text, tone } = gateWords(snapshot);
    const gate = this.part("gate");
    gate.textContent = text;
    gate.className = `gate gate-${tone}`;
    this.root.classList.toggle("is-live", snapshot.gate.open);
    this.part("rights").textContent = rulesLine(snapshot);
    this.recorded(snapshot);
    for (const side of this.root.querySelectorAll("[data-side]")) this.side(side, snapshot);
    this.on.onChange(this);
  }

  side(box, snapshot) {
    const person = snapshot.participants.find((one) => one.slot === box.dataset.side);
    const words = person ? [stateWords(person.state), person.state === "in_session" ? qualityWords(person.quality) : "", person.muted ? t("muted") : ""] : [t("not here")];
    const state = box.querySelector("[data-side-state]");
    state.textContent = words.filter(Boolean).join(" · ");
    state.className = person ? `quality-${person.state === "lost" ? "bad" : person.quality}` : "muted";
    box.classList.toggle("is-muted", Boolean(person && person.muted));
    box.hidden = !person && box.dataset.side !== "terminal" && box.dataset.side !== "outside1";
  }

  /** The light follows the recorder's own byte counter: on only while bytes really grow. */
  recorded(snapshot) {
    const { on, bytes, healthy } = snapshot.recording;
    const now = performance.now();
    if (bytes !== this.bytes.value) this.bytes = { value: bytes, at: now };
    const grows = on && healthy && now - this.bytes.at < GROWS_WITHIN;
    const light = this.part("recording");
    light.classList.toggle("is-off", !grows);
    const size = bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
    if (!snapshot.record) light.textContent = t("This kind is not recorded");
    else if (grows) light.textContent = t("Recording, %(size)s", { size });
    else light.textContent = on ? t("The recording does not grow") : t("Not recording");
  }

  tick() {
    const left = this.client.secondsLeft();
    const clock = this.part("clock");
    if (left === null || !this.snapshot) return;
    this.part("left").textContent = clockText(left);
    this.part("used").textContent = this.snapshot.gate.open ? t("left") : t("left, stopped");
    clock.classList.toggle("clock-stopped", !this.snapshot.gate.open);
    clock.classList.toggle("clock-warn", this.snapshot.gate.open && left < 300 && left >= 60);
    clock.classList.toggle("clock-last", this.snapshot.gate.open && left < 60);
    const proven = this.client.state === "joined" && this.leaseState === "proven";
    this.part("lease").textContent = proven ? t("Supervision proven") : this.leaseState === "present" ? t("Supervision: proving the picture") : t("Supervision: not yet");
  }
}
