/*
 * The officer's lease on a session: renewed straight to the broker every 400 ms from this main thread, and only while this page is visible and its pictures
 * move. A worker or a timer of the browser's could go on without anybody looking; this cannot.
 */
const PACE = 400;

export class Lease {
  /** `soundOf()` gives the pid whose sound is really heard now, or null. */
  constructor(client, soundOf) {
    this.client = client;
    this.soundOf = soundOf;
    this.frames = 0;
    this.timer = null;
  }

  start() {
    this.stop();
    this.timer = setInterval(() => this.renew(), PACE);
    this.renew();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  async renew() {
    if (this.client.state !== "joined") return;
    const visible = document.visibilityState === "visible";
    this.client.lease({ visible, frames: this.frames, sound: this.soundOf() });
    this.frames = Math.round(await this.client.framesDecoded());
  }
}
