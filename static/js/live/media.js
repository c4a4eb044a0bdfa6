/*
 * This device's camera and microphone.
 *
 *   const media = new LocalMedia({ audio: true, video: true });
 *   await media.open();                         // tries both, then each alone; media.problems says what is missing and why
 *   media.stream                                // for an own picture
 *   media.watch((medium, track) => {})          // told when a track is replaced (null: none); returns a function that stops it
 *   media.silence("audio", true)                // own mute: nothing but silence (or a black picture) is sent
 *   await media.choose("video", deviceId)
 *   media.revive()                              // after the background: opens again what the system has taken away
 *
 * A MediaProblem's code: DENIED, MISSING, BUSY, INSECURE (no https), UNSUPPORTED (a browser without camera, as inside some apps), FAILED.
 */

const ASK = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 25, max: 30 }, facingMode: "user" },
};
const CODES = {
  NotAllowedError: "DENIED",
  SecurityError: "DENIED",
  NotFoundError: "MISSING",
  OverconstrainedError: "MISSING",
  NotReadableError: "BUSY",
  AbortError: "BUSY",
};
const MEDIA = ["audio", "video"];
const KEPT = "live-devices"; // what was chosen in the test is used in the visit

function remembered() {
  try {
    return { audio: null, video: null, ...JSON.parse(localStorage.getItem(KEPT) || "{}") };
  } catch {
    return { audio: null, video: null }; // no storage, or not ours
  }
}

export class MediaProblem extends Error {
  constructor(code, medium) {
    super(code);
    this.code = code;
    this.medium = medium; // "audio", "video" or "both"
  }
}

/** Whether this page can have a camera at all; null, or the code of what stands in the way. */
export function obstacle() {
  if (!window.isSecureContext) return "INSECURE";
  return navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.RTCPeerConnection ? null : "UNSUPPORTED";
}

export class LocalMedia {
  constructor({ audio = true, video = true } = {}) {
    this.wanted = { audio, video };
    this.chosen = { audio: null, video: null };
    this.preferred = remembered(); // taken if it is there; a device that was unplugged is no obstacle
    this.silent = { audio: false, video: false };
    this.stream = new MediaStream();
    this.problems = {}; // medium -> code
    this.watchers = new Set();
    this.opening = null;
    this.closed = false;
  }

  /** The stream. Throws MediaProblem when not one wanted track could be had. */
  open() {
    if (!this.opening) this.opening = this.fetchAll().finally(() => { this.opening = null; });
    return this.opening;
  }

  async fetchAll() {
    const blocked = obstacle();
    if (blocked) throw new MediaProblem(blocked, "both");
    this.closed = false;
    const missing = MEDIA.filter((medium) => this.wanted[medium] && !this.track(medium));
    try {
      this.take(await this.ask(missing));
    } catch (error) {
      await this.eachAlone(missing, error);
    }
    if (MEDIA.every((medium) => !this.track(medium)) && Object.keys(this.problems).length) {
      throw new MediaProblem(this.problems.video || this.problems.audio, "both");
    }
    return this.stream;
  }

  async eachAlone(missing, first) {
    if (missing.length === 1) this.problems[missing[0]] = codeOf(first);
    if (missing.length < 2) return;
    for (const medium of missing) {
      try {
        this.take(await this.ask([medium]));
      } catch (error) {
        this.problems[medium] = codeOf(error);
      }
    }
  }

  ask(media) {
    if (!media.length) return Promise.resolve(new MediaStream());
    const constraints = {};
    for (const medium of media) {
      constraints[medium] = { ...ASK[medium] };
      if (this.chosen[medium]) {
        constraints[medium].deviceId = { exact: this.chosen[medium] };
        delete constraints[medium].facingMode;
      } else if (this.preferred[medium]) {
        constraints[medium].deviceId = { ideal: this.preferred[medium] };
        delete constraints[medium].facingMode;
      }
    }
    return navigator.mediaDevices.getUserMedia(constraints);
  }

  take(stream) {
    for (const track of stream.getTracks()) {
      if (this.closed) track.stop();
      else this.put(track.kind, track);
    }
  }

  put(medium, track) {
    const old = this.track(medium);
    if (old) {
      old.onended = null;
      old.stop();
      this.stream.removeTrack(old);
    }
    if (track) {
      track.enabled = !this.silent[medium];
      track.onended = () => this.lost(medium, track);
      this.stream.addTrack(track);
      delete this.problems[medium];
    }
    for (const tell of this.watchers) tell(medium, track);
  }

  /** The system took the device away (unplugged, another app, the background). */
  lost(medium, track) {
    if (this.track(medium) !== track) return;
    this.put(medium, null);
    if (document.visibilityState !== "hidden") setTimeout(() => this.revive(), 500);
  }

  /** Open again what ended. Never throws; what stays away stands in `problems`. */
  async revive() {
    if (this.closed) return;
    for (const medium of MEDIA) {
      const track = this.track(medium);
      if (track && track.readyState === "ended") this.put(medium, null);
    }
    if (MEDIA.some((medium) => this.wanted[medium] && !this.track(medium))) await this.open().catch(() => null);
  }

  track(medium) {
    return this.stream.getTracks().find((track) => track.kind === medium) || null;
  }

  watch(tell) {
    this.watchers.add(tell);
    return () => this.watchers.delete(tell);
  }

  silence(medium, silent) {
    this.silent[medium] = silent;
    const track = this.track(medium);
    if (track) track.enabled = !silent;
  }

  /** Use this device from now on. Throws MediaProblem and keeps the former one when it does not work. */
  async choose(medium, deviceId) {
    const former = this.chosen[medium];
    this.chosen[medium] = deviceId || null;
    try {
      this.take(await this.ask([medium]));
    } catch (error) {
      this.chosen[medium] = former;
      throw new MediaProblem(codeOf(error), medium);
    }
    this.preferred[medium] = deviceId || null;
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.preferred));
    } catch {
      // kept for this page only
    }
  }

  /** The devices of a kind: [{id, label}]. Labels are empty until the person has allowed one. */
  static async devices(kind) {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return all.filter((device) => device.kind === kind && device.deviceId).map((device) => ({ id: device.deviceId, label: device.label }));
  }

  close() {
    this.closed = true;
    for (const medium of MEDIA) this.put(medium, null);
  }
}

function codeOf(error) {
  return CODES[error.name] || "FAILED";
}
