/*
 * Sending less when the line is poor, and more again when it is better. Pure.
 *
 *   const ladder = new Ladder();
 *   const rung = ladder.look(figures);     // figures of stats.js, every 5 s; the new rung, or null when nothing changes
 *   client.limit("video", RUNGS[rung]);
 *
 * Rung 0 is the full picture; then smaller, then almost still, then sound only. Down after two bad looks, up after six good ones, a rung at a time.
 * Loss below 2 % is good, from 8 % bad; a round trip above 0.8 s is bad as well.
 */
export const RUNGS = [
  {},
  { maxBitrate: 350_000, scaleResolutionDownBy: 2 },
  { maxBitrate: 120_000, scaleResolutionDownBy: 2, maxFramerate: 5 },
  { active: false },
];
const GOOD_LOSS = 0.02;
const BAD_LOSS = 0.08;
const BAD_RTT = 800;
const DOWN = 2;
const UP = 6;

export function grade({ loss_out: out, loss, rtt }) {
  const lost = out ?? loss ?? 0;
  if (lost >= BAD_LOSS || (rtt ?? 0) > BAD_RTT) return "bad";
  return lost < GOOD_LOSS ? "good" : "poor";
}

export class Ladder {
  constructor() {
    this.rung = 0;
    this.bad = 0;
    this.good = 0;
  }

  look(figures) {
    const word = grade(figures);
    this.bad = word === "bad" ? this.bad + 1 : 0;
    this.good = word === "good" ? this.good + 1 : 0;
    if (this.bad >= DOWN && this.rung < RUNGS.length - 1) return this.step(1);
    return this.good >= UP && this.rung > 0 ? this.step(-1) : null;
  }

  step(by) {
    this.rung += by;
    this.bad = this.good = 0;
    return this.rung;
  }
}
