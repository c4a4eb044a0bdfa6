/*
 * Playback of a recorded visit: one element per leg, side by side, held together by one clock. A leg's segments follow each other with their gaps; where a leg
 * has nothing at a moment, its picture stays dark and the clock goes on.
 */
import { t } from "../i18n.js";

const root = document.getElementById("player");
const { begin, legs } = JSON.parse(root.dataset.playable);
const one = (name) => root.querySelector(`[data-${name}]`);
const DRIFT = 0.25;

const total = Math.max(...Object.values(legs).flat().map(({ at, seconds }) => at + seconds));
const clock = { place: 0, since: 0, running: false, speed: 1 };
const now = () => (clock.running ? clock.place + ((performance.now() - clock.since) / 1000) * clock.speed : clock.place);

class Leg {
  constructor(video, segments) {
    this.video = video;
    this.segments = segments;
    this.current = null;
    video.addEventListener("error", () => { one("player-trouble").hidden = false; });
  }

  segment(place) {
    return this.segments.find(({ at, seconds }) => place >= at && place < at + seconds) || null;
  }

  follow(place) {
    const segment = this.segment(place);
    if (segment !== this.current) this.load(segment);
    if (!segment) return;
    const wanted = place - segment.at;
    const video = this.video;
    video.playbackRate = clock.speed;
    const due = Math.min(wanted, video.duration || wanted);
    if (video.readyState >= 1 && Math.abs(video.currentTime - due) > DRIFT) video.currentTime = due;
    const moves = clock.running && !this.isOver(wanted);
    if (moves && video.paused) video.play().catch(() => null);
    if (!moves && !video.paused) video.pause();
  }

  /** A segment may end a moment before what its record says: at its end there is nothing more to play or to wait for. */
  isOver(wanted) {
    return this.video.ended || wanted >= this.video.duration - DRIFT;
  }

  load(segment) {
    this.current = segment;
    if (segment) this.video.src = segment.src;
    else {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  get isWaiting() {
    return Boolean(this.current) && this.video.readyState < 3 && !this.video.error && !this.isOver(clock.place - this.current.at);
  }
}

const players = Object.entries(legs).map(([leg, segments]) => new Leg(root.querySelector(`video[data-leg="${leg}"]`), segments));

function text(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function set(place, running = clock.running) {
  Object.assign(clock, { place: Math.min(Math.max(0, place), total), since: performance.now(), running });
  one("play").textContent = running ? t("Stop") : t("Play");
}

/** Where nobody was recorded (a pause, a closed gate) there is nothing to wait for: on to the next segment. */
function overGap(place) {
  if (players.some((player) => player.segment(place))) return place;
  const next = Math.min(...Object.values(legs).flat().map(({ at }) => at).filter((at) => at > place));
  return Number.isFinite(next) ? next : total;
}

function tick() {
  if (clock.running && players.some((player) => player.isWaiting)) clock.since = performance.now(); // nobody runs ahead of a side that still loads
  else set(clock.running ? overGap(now()) : now());
  if (clock.place >= total) set(total, false);
  for (const player of players) player.follow(clock.place);
  one("seek").value = String(clock.place);
  one("place").textContent = `${text(clock.place)} / ${text(total)}`;
}

one("seek").max = String(total);
one("play").addEventListener("click", () => set(now() >= total ? 0 : now(), !clock.running));
one("seek").addEventListener("input", (event) => set(Number(event.target.value)));
one("speed").addEventListener("change", (event) => {
  set(now());
  clock.speed = Number(event.target.value);
});
for (const button of root.querySelectorAll("[data-mute]")) {
  button.addEventListener("click", () => {
    const video = root.querySelector(`video[data-leg="${button.dataset.mute}"]`);
    video.muted = !video.muted;
    button.setAttribute("aria-pressed", String(video.muted));
  });
}
for (const button of document.querySelectorAll("[data-jump]")) button.addEventListener("click", () => set(Number(button.dataset.jump) - begin));
set(0, false);
setInterval(tick, 100);
