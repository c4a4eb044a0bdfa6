/*
 * From getStats() to the few figures that people and the broker need, over the time since the last reading:
 *
 *   rtt       round trip to the broker, milliseconds
 *   loss      the worse of loss_in and loss_out, 0 to 1
 *   loss_in   share of packets that did not reach us;  loss_out: of ours that did not reach the broker, as it reports
 *   freeze    seconds in which a received picture stood still
 *   jitter    milliseconds
 *   fps       frames a second of the received picture that moves most;  frames: all frames decoded so far
 *   level     loudest received sound, 0 to 1
 *   kbps_in, kbps_out
 *
 * A figure that the browser does not give is left out.
 */

const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;

export class StatsWatch {
  constructor() {
    this.reset();
  }

  reset() {
    this.last = null;
  }

  /** Figures since the last reading, or null at the first one. `now`: milliseconds that never step back. */
  read(report, now) {
    const seen = gather(report);
    seen.at = now;
    const before = this.last;
    this.last = seen;
    if (!before || now - before.at < 200) return null;
    return figures(before, seen, (now - before.at) / 1000);
  }
}

function gather(report) {
  const sum = { received: 0, lost: 0, freeze: 0, bytesIn: 0, bytesOut: 0, frames: 0, fps: 0, level: null, jitter: null, rtt: null, lossOut: null };
  const pairs = [];
  let chosen = null;
  report.forEach((row) => {
    if (row.type === "inbound-rtp") inbound(sum, row);
    else if (row.type === "outbound-rtp") sum.bytesOut += row.bytesSent || 0;
    else if (row.type === "remote-inbound-rtp") remote(sum, row);
    else if (row.type === "candidate-pair") pairs.push(row);
    else if (row.type === "transport" && row.selectedCandidatePairId) chosen = row.selectedCandidatePairId;
  });
  const pair = pairs.find((row) => row.id === chosen) || pairs.find((row) => row.nominated && row.state === "succeeded");
  if (pair && typeof pair.currentRoundTripTime === "number") sum.rtt = pair.currentRoundTripTime * 1000;
  return sum;
}

function inbound(sum, row) {
  sum.received += row.packetsReceived || 0;
  sum.lost += Math.max(0, row.packetsLost || 0);
  sum.bytesIn += row.bytesReceived || 0;
  if (typeof row.jitter === "number" && row.packetsReceived) sum.jitter = Math.max(sum.jitter || 0, row.jitter * 1000);
  if (row.kind === "audio" && typeof row.audioLevel === "number") sum.level = Math.max(sum.level || 0, row.audioLevel);
  if (row.kind !== "video") return;
  sum.freeze += row.totalFreezesDuration || 0;
  sum.frames += row.framesDecoded || 0;
  sum.fps = Math.max(sum.fps, row.framesPerSecond || 0);
}

function remote(sum, row) {
  if (typeof row.fractionLost === "number") sum.lossOut = Math.max(sum.lossOut || 0, row.fractionLost);
  if (sum.rtt === null && typeof row.roundTripTime === "number") sum.rtt = row.roundTripTime * 1000;
}

function figures(before, seen, seconds) {
  const received = Math.max(0, seen.received - before.received);
  const lost = Math.max(0, seen.lost - before.lost);
  const lossIn = received + lost > 0 ? lost / (received + lost) : null;
  const known = {
    rtt: seen.rtt,
    loss: lossIn === null && seen.lossOut === null ? null : Math.max(lossIn || 0, seen.lossOut || 0),
    loss_in: lossIn,
    loss_out: seen.lossOut,
    freeze: Math.min(seconds, Math.max(0, seen.freeze - before.freeze)),
    jitter: seen.jitter,
    fps: seen.fps,
    frames: seen.frames,
    level: seen.level,
    kbps_in: (Math.max(0, seen.bytesIn - before.bytesIn) * 8) / 1000 / seconds,
    kbps_out: (Math.max(0, seen.bytesOut - before.bytesOut) * 8) / 1000 / seconds,
  };
  const told = {};
  for (const [name, value] of Object.entries(known)) if (value !== null) told[name] = round(value, name.startsWith("loss") || name === "level" ? 4 : 1);
  return told;
}
