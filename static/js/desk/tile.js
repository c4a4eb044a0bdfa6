/*
 * One supervised session on the wall: its connection, its pictures, its state. The one that is selected is heard, and the action bar means it. A tile beyond the
 * officer's lanes is not connected and shows only what the application knows.
 *
 *   const tile = new Tile(root, session, { csrf, media, on });   // see wall.js
 *   tile.start({ take });                  // take: the visit becomes this officer's (a token asked for later leaves it whose it is)
 *   tile.update(session);                  // what the application says now (/wall/sessions.json)
 *   await tile.act("mute", { pid });       // {ok, error, ms, took}; took: milliseconds from the press to the broker's word that it is done
 *   tile.pids("outside" | "terminal")      // participants of a side that are connected
 *   tile.select(true)                      // sound on or off
 */
import { t } from "../i18n.js";
import { LiveClient } from "../live/client.js";
import { show, SoundGate } from "../live/playback.js";
import { refusalWords } from "../live/words.js";
import { Lease } from "./lease.js";
import { LineChart } from "./linechart.js";
import { TileFace } from "./tileface.js";
import { lineWords } from "./words.js";

export class Tile {
  constructor(root, session, { csrf, media, on }) {
    Object.assign(this, { root, session, on, ref: session.ref, selected: false, started: false, over: false, soundOf: "all", leaseState: "absent" });
    this.take = false;
    this.sound = new SoundGate(this.part("sound-needed"));
    this.charts = new Map([...root.querySelectorAll("[data-side]")].map((box) => [box.dataset.side, new LineChart(box.querySelector("[data-chart]"))]));
    this.face = new TileFace(this);
    this.client = new LiveClient({
      tokenUrl: session.urls.token,
      csrf,
      media,
      body: () => ({ purpose: "supervise", take: this.take }),
      onState: (state, detail) => this.line(state, detail),
      onSession: (snapshot) => this.show(snapshot),
      onStream: (from, stream) => this.stream(from, stream),
      onTask: (task) => on.task(this, task),
      onReceipt: (receipt) => on.receipt(this, receipt),
      onLease: (state) => { this.leaseState = state; },
    });
    this.lease = new Lease(this.client, () => this.heard());
    this.face.head(session);
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  videos() {
    return [...this.root.querySelectorAll("video[data-video]")];
  }

  start({ take = false } = {}) {
    clearInterval(this.ticking);
    this.started = true;
    this.held = false;
    this.take = take;
    this.root.classList.remove("is-idle");
    this.client.start();
    this.lease.start();
    this.ticking = setInterval(() => this.face.tick(), 250);
  }

  stop() {
    clearInterval(this.ticking);
    this.lease.stop();
    this.client.stop();
  }

  /** Let go for a while: the same officer is in this session's check-in. `start` comes back. */
  hold() {
    this.held = true;
    this.stop();
    this.face.gate(t("In the check-in"), "wait", true);
  }

  update(session) {
    this.session = session;
    this.face.head(session);
    if (!this.started) this.face.idle(session);
  }

  get snapshot() {
    return this.client.snapshot;
  }

  /** Both sides see each other because of this console. */
  get isWatching() {
    return this.started && !this.over && Boolean(this.snapshot && this.snapshot.gate.open);
  }

  get isProven() {
    return this.client.state === "joined" && this.leaseState === "proven";
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
    this.root.setAttribute("aria-current", String(selected));
    this.listen();
  }

  listen(of = this.soundOf) {
    this.soundOf = of;
    for (const video of this.videos()) {
      const side = video.dataset.video === "terminal" ? "terminal" : "outside";
      video.muted = !this.selected || this.on.isQuiet() || !(of === "all" || of === side);
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
    if (!video) return;
    video.muted = !this.selected; // before it plays: a browser that wants a tap for sound still shows a silent picture at once
    show(video, stream, this.sound);
    this.listen();
  }

  // ---- what the client reports

  line(state, detail) {
    if (state === "joined") {
      this.take = false;
      this.on.joined(this);
    }
    const words = state === "refused" ? (detail.reasons && detail.reasons.join(" ")) || refusalWords(detail.code) : lineWords(state, detail);
    this.face.gate(words, state === "connecting" ? "wait" : "bad", state !== "joined");
    if (state === "ended" || (state === "refused" && detail.code === "SESSION_ENDED")) this.end();
    this.on.change(this);
  }

  end() {
    if (this.over) return;
    this.over = true;
    this.stop();
    this.face.gate(t("The visit is over"), "calm", true);
    this.root.classList.remove("is-live");
    this.on.end(this);
  }

  show(snapshot) {
    this.face.show(snapshot);
    for (const person of snapshot.participants) this.charts.get(person.slot)?.add(person.line, performance.now());
    this.on.change(this);
  }
}
