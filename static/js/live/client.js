/*
 * The live client: what the family's room, the terminal and the officer's console are built on.
 *
 * ---------------------------------------------------------------------------------------------------------------------------------------------------
 * API
 *
 *   import { LiveClient } from "./client.js";
 *   import { LocalMedia } from "./media.js";
 *   import { show } from "./playback.js";
 *
 *   const media = new LocalMedia({ audio: true, video: true });      // one for the page; several clients may share it; leave it out to send nothing
 *   await media.open();                                              // in a tap, on phones; throws MediaProblem (code, see media.js)
 *   const client = new LiveClient({
 *     tokenUrl: "/visits/K7M2Q9TB/room/token",  // POST, answers {token, url, sid, stage}; a fresh one is asked for at every (re)connection
 *     csrf: root.dataset.csrf,                  // sent as X-CSRFToken
 *     body: { purpose: "check_in" },            // JSON body of that POST, an object or a function that returns one
 *     media,
 *     onState(state, detail) {},                // see STATES; detail: {code, reasons, outcome, cause, attempt} as far as they apply
 *     onSession(snapshot) {},                   // protocol.md's snapshot, newest only; snapshot.own is this participant
 *     onStream(from, stream, plan) {},          // from: "terminal" | "officer" | "outside1".."outside3" | "self"; stream: MediaStream, or null when it is gone.
 *                                               // plan: "check_in" | "session" | "test". Called again with a new stream after every new connection.
 *     onOffer(offer) {},                        // a new connection begins: {pc, plan, streams, send} (console: which m-lines exist at all)
 *     onMessage(message) {},                    // officer's message: {id, text, code, warning, at}; client.shown(id) is sent by itself, client.confirm(id) is yours
 *     onWarning(seconds) {},                    // time is nearly over
 *     onTask(task) {},                          // officer: {id, kind, severity, since, pid, closed_after}
 *     onReceipt(receipt) {},                    // officer: {id, pid, what: "shown" | "confirmed", at} of a message or warning
 *     onLease(state) {},                        // officer: the broker's answer to each lease(): "absent" | "present" | "proven"
 *     onStats(figures) {},                      // every 5 s: see stats.js
 *   });
 *   client.start();                             // connects, and reconnects by itself for ever; ends only in a final state
 *   client.leave();                             // on purpose; state "left"
 *   client.stop();                              // quietly, without a message to the broker
 *   client.state                                // the present state
 *   client.snapshot                             // the newest snapshot or null
 *   client.now()                                // the broker's clock, epoch seconds (the page's own clock corrected by welcome and beats)
 *   client.secondsLeft()                        // live seconds left at this instant, counted down between snapshots while the gate is open
 *   client.flowing("officer")                   // whether packets of that sender arrive now; ask at least twice a second
 *   client.limit("video", {maxBitrate, ...})    // send less than usual, over new connections too, until it is called again (ladder.js)
 *
 *   For the console:
 *   const ack = await client.act("mute", { pid: "terminal:3" });   // {ok, error, ms}; never rejects: {ok: false, error: "NOT_CONNECTED" | "NO_ANSWER"}
 *   client.lease({ visible, frames, sound });   // call it every 400 ms from the main thread; the broker's lease number is echoed by itself
 *   client.report()                             // Promise of getStats() of the present connection, or null
 *   client.framesDecoded()                      // Promise<number>: frames decoded of all received video of this connection (getStats), for `frames`
 *   client.send({ t: "...", ... })              // anything else of the protocol; false when not connected
 *
 * STATES   connecting   the first connection is being made
 *          joined       the broker has let us in (whether people see each other is a matter of the snapshot)
 *          reconnecting the line broke; detail.attempt counts; goes on by itself
 *   final: replaced     the same person opened the visit elsewhere; nothing is tried any more (client.start() takes over again)
 *          refused      detail.code (words in words.js) or detail.reasons (sentences of the application)
 *          ended        detail.outcome, detail.cause
 *          left         by leave()
 * ---------------------------------------------------------------------------------------------------------------------------------------------------
 */
import { Backoff } from "./backoff.js";
import { Peer } from "./peer.js";
import { Signal } from "./signal.js";
import { StatsWatch } from "./stats.js";
import { askToken, TokenRefused } from "./token.js";

export const FINAL = new Set(["replaced", "refused", "ended", "left"]);

/** Codes of `refused` after which a fresh token may help. Everything else is final. */
const PASSING = new Set(["TOKEN_EXPIRED", "TOKEN_USED", "WRONG_AUDIENCE", "FULL", "DRAINING", "SILENT"]);
const PEER_GRACE = 4000; // a connection that is only "disconnected" often comes back by itself
const PEER_UP = 12000;
const ACK_PATIENCE = 5000;

export class LiveClient {
  constructor(options) {
    this.options = options;
    this.media = options.media || null;
    this.state = "idle";
    this.snapshot = null;
    this.known = false; // whether the snapshot is of the present connection
    this.pid = null;
    this.offset = 0;
    this.backoff = new Backoff();
    this.turn = 0; // counts connections: what belongs to an older one is dropped
    this.signal = null;
    this.peer = null;
    this.peerWork = Promise.resolve();
    this.leaseNumber = null;
    this.acks = new Map();
    this.limits = {}; // medium -> what was asked for last
    this.actCount = 0;
    this.timer = null;
    this.peerTimer = null;
    this.stats = new StatsWatch();
    this.statsTimer = null;
    this.wake = () => this.hurry();
    this.unwatchMedia = null;
  }

  // ---- life

  start() {
    this.stop();
    this.backoff.reset();
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("pageshow", this.wake);
    this.unwatchMedia = this.media ? this.media.watch((medium, track) => this.peer && this.peer.replace(medium, track)) : null;
    this.statsTimer = setInterval(() => this.reportStats(), 5000);
    this.enter("connecting", {});
    this.connect();
  }

  leave() {
    this.send({ t: "leave" });
    this.finish("left", {});
  }

  stop() {
    this.turn += 1;
    clearTimeout(this.timer);
    clearInterval(this.statsTimer);
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("pageshow", this.wake);
    if (this.unwatchMedia) this.unwatchMedia();
    this.unwatchMedia = null;
    this.drop();
  }

  finish(state, detail) {
    this.stop();
    this.enter(state, detail);
  }

  enter(state, detail) {
    this.state = state;
    this.call("onState", state, detail);
  }

  call(name, ...values) {
    const handler = this.options[name];
    if (!handler) return;
    try {
      handler(...values);
    } catch (error) {
      setTimeout(() => { throw error; }); // a page's mistake must not take the line down, and must not be hidden
    }
  }

  // ---- connecting

  async connect() {
    const turn = ++this.turn;
    clearTimeout(this.timer);
    this.drop();
    try {
      const grant = await askToken(this.options.tokenUrl, this.options.csrf, this.options.body);
      if (turn === this.turn) this.open(turn, grant);
    } catch (problem) {
      if (turn !== this.turn) return;
      if (problem instanceof TokenRefused && problem.code === "SESSION_ENDED") this.finish("ended", { outcome: null, cause: null });
      else if (problem instanceof TokenRefused) this.finish("refused", { code: problem.code, reasons: problem.reasons, status: problem.status });
      else this.again();
    }
  }

  open(turn, grant) {
    this.known = false; // another connection, perhaps another broker: its count begins anew
    const current = (handler) => (...values) => turn === this.turn && handler(...values);
    this.signal = new Signal(grant.url, grant.token, {
      onMessage: current((message) => this.take(message)),
      onLost: current(() => this.again()),
    });
  }

  /** The line is gone: try again, later each time. */
  again() {
    if (FINAL.has(this.state)) return;
    this.turn += 1;
    this.drop();
    const wait = this.backoff.next();
    this.enter("reconnecting", { attempt: this.backoff.attempt, wait });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** The network or the page came back: do not sit out a long wait. */
  hurry() {
    if (FINAL.has(this.state) || document.visibilityState === "hidden") return;
    if (this.media) this.media.revive();
    if (this.state === "reconnecting" && this.backoff.attempt > 1) {
      this.backoff.reset();
      this.connect();
    } else if (this.signal) {
      this.signal.probe();
    }
  }

  drop() {
    clearTimeout(this.peerTimer);
    if (this.signal) this.signal.close();
    this.signal = null;
    this.leaseNumber = null;
    this.closePeer();
    for (const settle of [...this.acks.values()]) settle({ ok: false, error: "NOT_CONNECTED", ms: null });
  }

  closePeer() {
    if (!this.peer) return;
    const peer = this.peer;
    this.peer = null;
    peer.close();
    for (const from of peer.froms()) this.call("onStream", from, null, peer.plan);
  }

  // ---- what the broker says

  take(message) {
    const handler = HANDLERS[message.t];
    if (handler) handler(this, message);
  }

  adopt(snapshot) {
    if (this.known && snapshot.seq < this.snapshot.seq) return;
    this.known = true;
    snapshot.own = snapshot.participants.find((person) => person.pid === this.pid) || null;
    snapshot.received = performance.now();
    this.snapshot = snapshot;
    this.call("onSession", snapshot);
  }

  setClock(now) {
    if (typeof now === "number") this.offset = now - Date.now() / 1000;
  }

  now() {
    return Date.now() / 1000 + this.offset;
  }

  secondsLeft() {
    const now = this.snapshot;
    if (!now) return null;
    const gone = now.gate.open ? (performance.now() - now.received) / 1000 : 0;
    return Math.max(0, Math.min(now.seconds_left - gone, now.hard_end - this.now()));
  }

  // ---- media

  offered(offer) {
    const turn = this.turn;
    this.peerWork = this.peerWork.then(() => (turn === this.turn ? this.answer(offer) : null)).catch(() => turn === this.turn && this.again());
  }

  async answer(offer) {
    if (this.peer && offer.pc <= this.peer.number) return;
    this.closePeer();
    this.call("onOffer", offer);
    const peer = new Peer(offer, this.media, {
      onStream: (from, stream) => this.peer === peer && this.call("onStream", from, stream, peer.plan),
      onState: (state) => this.peer === peer && this.peerIs(state),
    });
    this.peer = peer;
    this.stats.reset();
    this.expectPeer(PEER_UP);
    const sdp = await peer.answer();
    if (this.peer !== peer) return;
    await Promise.all(Object.entries(this.limits).map(([medium, values]) => peer.limit(medium, values)));
    if (this.peer === peer) this.send({ t: "answer", pc: offer.pc, sdp });
  }

  peerIs(state) {
    clearTimeout(this.peerTimer);
    if (state === "failed") this.again();
    else if (state !== "connected") this.expectPeer(state === "disconnected" ? PEER_GRACE : PEER_UP);
  }

  expectPeer(patience) {
    const peer = this.peer;
    clearTimeout(this.peerTimer);
    this.peerTimer = setTimeout(() => this.peer === peer && this.again(), patience);
  }

  async reportStats() {
    const peer = this.peer;
    if (!peer || this.state !== "joined") return;
    const figures = this.stats.read(await peer.report(), performance.now());
    if (this.peer !== peer || !figures) return;
    this.send({ t: "stats", ...figures });
    this.call("onStats", figures);
  }

  flowing(from) {
    return this.peer ? this.peer.flowing(from) : false;
  }

  /** Send less, or as usual again: `values` of ladder.js. */
  limit(medium, values) {
    this.limits[medium] = values;
    return this.peer ? this.peer.limit(medium, values) : Promise.resolve();
  }

  /** getStats() of the present connection, or null. */
  report() {
    return this.peer ? this.peer.report() : Promise.resolve(null);
  }

  async framesDecoded() {
    const peer = this.peer;
    return peer ? peer.framesDecoded() : 0;
  }

  // ---- what we say

  send(message) {
    return this.signal ? this.signal.send(message) : false;
  }

  shown(id) {
    return this.send({ t: "shown", message: id });
  }

  confirm(id) {
    return this.send({ t: "confirmed", message: id });
  }

  act(action, values = {}) {
    const id = `a${++this.actCount}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ ok: false, error: "NO_ANSWER", ms: null }), ACK_PATIENCE);
      const settle = (ack) => {
        clearTimeout(timer);
        this.acks.delete(id);
        resolve(ack);
      };
      settle.action = action;
      this.acks.set(id, settle);
      if (!this.send({ ...values, t: "act", id, action })) settle({ ok: false, error: "NOT_CONNECTED", ms: null });
    });
  }

  lease({ visible, frames, sound }) {
    const echo = this.leaseNumber === null ? {} : { n: this.leaseNumber };
    return this.send({ t: "lease", visible, frames, sound: sound || null, ...echo });
  }
}

const HANDLERS = {
  welcome(client, message) {
    client.pid = message.pid;
    client.setClock(message.now);
    client.backoff.settled();
    client.enter("joined", {});
    if (message.session) client.adopt(message.session);
  },
  session(client, message) {
    client.adopt(message.session || message);
  },
  offer(client, message) {
    client.offered(message);
  },
  beat(client, message) {
    client.setClock(message.now);
  },
  leased(client, message) {
    if (typeof message.n === "number") client.leaseNumber = message.n;
    client.call("onLease", message.state);
  },
  receipt(client, message) {
    client.call("onReceipt", message);
  },
  ack(client, message) {
    const settle = client.acks.get(message.id);
    if (settle) settle(message);
  },
  message(client, message) {
    client.call("onMessage", message);
    client.shown(message.id);
  },
  warning(client, message) {
    client.call("onWarning", message.seconds_left);
  },
  task(client, message) {
    client.call("onTask", message);
  },
  replaced(client) {
    client.finish("replaced", {});
  },
  refused(client, message) {
    if (PASSING.has(message.code)) client.again();
    else if (message.code === "ENDED") client.finish("ended", { outcome: null, cause: null });
    else client.finish("refused", { code: message.code, reasons: [] });
  },
  ended(client, message) {
    if (message.outcome === "closed") client.again(); // this run of the broker stops; the visit goes on with the next one
    else {
      for (const settle of [...client.acks.values()]) if (settle.action === "end") settle({ ok: true, error: null, ms: null }); // the end itself is the answer
      client.finish("ended", { outcome: message.outcome, cause: message.cause || null });
    }
  },
};
