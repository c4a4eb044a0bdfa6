/*
 * Leaving the wall would leave visits without an officer: the browser asks before it does, and an absence behind another tab or window is said afterwards.
 */
import { t } from "../i18n.js";

export class Guard {
  /** `watching()` gives the tiles whose gate is open because of this console; `say(text)` writes to the log. */
  constructor({ watching, say }) {
    Object.assign(this, { watching, say, hiddenAt: null, stood: 0, leaving: false });
    window.addEventListener("beforeunload", (event) => this.ask(event));
    document.addEventListener("visibilitychange", () => this.seen());
  }

  ask(event) {
    if (this.leaving || !this.watching().length) return;
    event.preventDefault();
    event.returnValue = true; // older browsers ask only for this
  }

  seen() {
    if (document.visibilityState === "hidden") {
      this.hiddenAt = performance.now();
      this.stood = this.watching().length;
    } else if (this.hiddenAt !== null) {
      const seconds = Math.round((performance.now() - this.hiddenAt) / 1000);
      if (this.stood) this.say(t("This page was covered for %(seconds)s s: %(count)s visits stood still meanwhile.", { seconds, count: this.stood }));
      this.hiddenAt = null;
    }
  }

  /** A change of page that is meant, when nothing is watched any more. */
  go(act) {
    this.leaving = true;
    act();
  }
}
