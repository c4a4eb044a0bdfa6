/* Keeps the screen on while a visit lasts; the system lets it go whenever the page is hidden, so it is taken again. */
export class Awake {
  constructor() {
    this.lock = null;
    this.wanted = false;
    this.again = () => document.visibilityState === "visible" && this.take();
  }

  on() {
    if (this.wanted) return;
    this.wanted = true;
    document.addEventListener("visibilitychange", this.again);
    this.take();
  }

  async take() {
    if (!this.wanted || !navigator.wakeLock) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.wanted) this.off();
    } catch {
      this.lock = null; // low battery, or not allowed: the visit goes on without it
    }
  }

  off() {
    this.wanted = false;
    document.removeEventListener("visibilitychange", this.again);
    if (this.lock) this.lock.release().catch(() => null);
    this.lock = null;
  }
}
