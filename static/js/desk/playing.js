/*
 * The clock of a recorded visit and the elements that follow it: one element per leg, side by side, held together by one clock. A leg's segments follow each
 * other with their gaps; where a leg has nothing at a moment, its picture stays dark and the clock goes on.
 */
const SEEK = 0.25; // seconds apart at which a leg jumps to its place
const CLOSE = 0.03; // seconds apart at which it is left alone; in between it runs a little faster or slower
const CORRECTION = 0.12;

class Leg {
  constructor(video, segments, onTrouble) {
    this.video = video;
    this.segments = segments;
    this.current = null;
    video.addEventListener("error", () => { if (this.current) onTrouble(); });
  }

  segment(place) {
    return this.segments.find(({ at, seconds }) => place >= at && place < at + seconds) || null;
  }

  follow(place, running, speed) {
    const segment = this.segment(place);
    if (segment !== this.current) this.load(segment);
    if (!segment) return;
    const wanted = place - segment.at;
    const video = this.video;
    const due = Math.min(wanted, video.duration || wanted);
    const behind = due - video.currentTime;
    const moves = running && !this.isOver(wanted);
    if (video.readyState >= 1 && Math.abs(behind) > SEEK) video.currentTime = due;
    video.playbackRate = speed * (moves && Math.abs(behind) > CLOSE ? 1 + Math.min(CORRECTION, Math.max(-CORRECTION, behind)) : 1);
    if (moves && video.paused) video.play().catch(() => null);
    if (!moves && !video.paused) video.pause();
  }

  /** A segment may end a moment before what its record says: at its end there is nothing more to play or to wait for. */
  isOver(wanted) {
    return this.video.ended || wanted >= this.video.duration - SEEK;
  }

  load(segment) {
    this.current = segment;
    if (segment) this.video.src = segment.src;
    else {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  isWaiting(place) {
    return Boolean(this.current) && this.video.readyState < 3 && !this.video.error && !this.isOver(place - this.current.at);
  }
}

export class Playing {
  /** `legs`: name -> segments `{at, seconds, src}`; `element(name)` gives a leg's video. */
  constructor(legs, element, onTrouble) {
    this.legs = Object.entries(legs).map(([name, segments]) => ({ name, leg: new Leg(element(name), segments, onTrouble) }));
    this.begins = Object.values(legs).flat().map(({ at }) => at);
    this.total = Math.max(...Object.values(legs).flat().map(({ at, seconds }) => at + seconds));
    Object.assign(this, { speed: 1, running: false, skips: true, place: 0, since: performance.now() });
  }

  get now() {
    return this.running ? this.place + ((performance.now() - this.since) / 1000) * this.speed : this.place;
  }

  set(place, running = this.running) {
    Object.assign(this, { place: Math.min(Math.max(0, place), this.total), since: performance.now(), running });
  }

  toggle() {
    this.set(this.now >= this.total ? 0 : this.now, !this.running);
  }

  hasNothing(name) {
    return !this.legs.find((one) => one.name === name).leg.segment(this.place);
  }

  /** Where nobody was recorded (a pause, a closed gate) there is nothing to wait for: on to the next segment. */
  overGap(place) {
    if (!this.skips || this.legs.some(({ leg }) => leg.segment(place))) return place;
    const next = Math.min(...this.begins.filter((at) => at > place));
    return Number.isFinite(next) ? next : this.total;
  }

  /** About ten times a second. Nobody runs ahead of a side that still loads. */
  tick() {
    if (this.running && this.legs.some(({ leg }) => leg.isWaiting(this.place))) this.since = performance.now();
    else this.set(this.running ? this.overGap(this.now) : this.now);
    if (this.place >= this.total) this.set(this.total, false);
    for (const { leg } of this.legs) leg.follow(this.place, this.running, this.speed);
  }
}
