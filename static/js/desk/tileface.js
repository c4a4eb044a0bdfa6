/* What a tile shows: whose visit, the gate, the clock, the recording light, each side with its line in words. */
import { t } from "../i18n.js";
import { rulesLine } from "../live/rulesline.js";
import { clockText } from "../live/words.js";
import { gateWords, pathWords, qualityWords, stateWords } from "./words.js";

const GROWS_WITHIN = 5000;

export class TileFace {
  constructor(tile) {
    this.tile = tile;
    this.bytes = { value: 0, at: 0 };
  }

  write(name, text, className = null) {
    const place = this.tile.part(name);
    if (!place) return;
    if (place.textContent !== text) place.textContent = text;
    if (className !== null) place.className = className;
  }

  head(session) {
    this.write("inmate", session.inmate);
    this.write("visit", `${session.kindWords} · ${session.terminal} · ${session.time}`);
    this.write("people", session.people.join(", "));
    this.tile.root.setAttribute("aria-label", `${session.inmate} ${session.time}`);
    const late = this.tile.part("not-checked-in");
    late.hidden = session.checkedIn;
    late.href = session.urls.checkIn;
    const other = this.tile.part("other-officer");
    other.hidden = !session.officer;
    if (session.officer) this.write("other-name", t("Also %(name)s", { name: session.officer }));
    const offered = this.tile.part("offered");
    offered.hidden = !session.offered;
  }

  gate(text, tone, paint) {
    if (text) this.write("gate", text);
    if (paint) this.tile.part("gate").className = `gate gate-${tone}`;
  }

  /** A tile that is not connected: what the application heard last. */
  idle(session) {
    this.gate(t("State only: you supervise as many visits as you may. %(state)s", { state: session.stageWords }), "wait", true);
    for (const box of this.tile.root.querySelectorAll("[data-side]")) {
      const role = box.dataset.side === "terminal" ? "terminal" : "visitor";
      const person = session.sides.find((one) => (one.role === "terminal") === (role === "terminal") && one.role !== "officer");
      box.querySelector("[data-side-state]").textContent = person ? `${stateWords(person.state)} · ${qualityWords(person.quality)}` : t("not here");
    }
  }

  show(snapshot) {
    const { text, tone } = gateWords(snapshot);
    this.gate(text, tone, true);
    this.tile.root.classList.toggle("is-live", snapshot.gate.open);
    this.write("rights", rulesLine(snapshot));
    this.tile.part("rights").title = rulesLine(snapshot);
    this.recorded(snapshot);
    this.write("warned", snapshot.warnings ? t("warnings: %(count)s", { count: snapshot.warnings }) : "");
    for (const side of this.tile.root.querySelectorAll("[data-side]")) this.side(side, snapshot);
  }

  side(box, snapshot) {
    const person = snapshot.participants.find((one) => one.slot === box.dataset.side);
    const inside = person && person.state === "in_session";
    const words = person ? [stateWords(person.state), inside ? qualityWords(person.quality) : "", person.muted ? t("muted") : ""] : [t("not here")];
    const state = box.querySelector("[data-side-state]");
    state.textContent = words.filter(Boolean).join(" · ");
    state.className = person ? `quality-${person.state === "lost" ? "bad" : person.quality}` : "muted";
    const path = box.querySelector("[data-side-line]");
    path.textContent = inside && person.line ? pathWords(person) : "";
    path.title = path.textContent;
    path.className = `side-line ${inside ? `quality-${person.quality}` : "muted"}`;
    box.classList.toggle("is-muted", Boolean(person && person.muted));
    box.classList.toggle("is-lost", Boolean(person && person.state === "lost"));
    box.hidden = !person && box.dataset.side !== "terminal" && box.dataset.side !== "outside1";
  }

  /** The light follows the recorder's own byte counter: on only while bytes really grow. */
  recorded(snapshot) {
    const { on, bytes, healthy } = snapshot.recording;
    const now = performance.now();
    if (bytes !== this.bytes.value) this.bytes = { value: bytes, at: now };
    const grows = on && healthy && now - this.bytes.at < GROWS_WITHIN;
    const light = this.tile.part("recording");
    light.classList.toggle("is-off", !grows);
    const size = bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
    if (!snapshot.record) light.textContent = t("This kind is not recorded");
    else if (grows) light.textContent = t("Recording, %(size)s", { size });
    else light.textContent = on ? t("The recording does not grow") : t("Not recording");
  }

  tick() {
    const { client, snapshot } = this.tile;
    const left = client.secondsLeft();
    if (left === null || !snapshot) return;
    const clock = this.tile.part("clock");
    this.write("left", clockText(left));
    this.write("used", snapshot.gate.open ? t("left") : t("left, stopped"));
    clock.classList.toggle("clock-stopped", !snapshot.gate.open);
    clock.classList.toggle("clock-warn", snapshot.gate.open && left < 300 && left >= 60);
    clock.classList.toggle("clock-last", snapshot.gate.open && left < 60);
    const proven = this.tile.isProven;
    this.write("lease", proven ? t("Supervision proven") : this.tile.leaseState === "present" ? t("Supervision: proving the picture") : t("Supervision: not yet"));
    this.tile.part("lease").classList.toggle("quality-bad", !proven && snapshot.stage === "live");
  }
}
