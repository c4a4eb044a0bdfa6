/* Whether somebody is at the console: after five minutes without any input it asks for a key, a minute later another officer is asked to take over. */
const QUIET = 5 * 60 * 1000;
const PATIENCE = 60 * 1000;
const INPUT = ["keydown", "pointerdown", "pointermove", "wheel"];

export class Attention {
  /** `ask(shown)` shows or hides the question; `tell(present)` reports a change to the application. */
  constructor({ ask, tell, quiet = QUIET, patience = PATIENCE }) {
    Object.assign(this, { ask, tell, quiet, patience, last: performance.now(), asked: false, absent: false });
    for (const name of INPUT) window.addEventListener(name, () => this.seen(), { passive: true });
    setInterval(() => this.look(performance.now()), 1000);
  }

  seen() {
    this.last = performance.now();
    if (this.asked) this.ask(false);
    if (this.absent) this.tell(true);
    this.asked = this.absent = false;
  }

  look(now) {
    const still = now - this.last;
    if (!this.asked && still >= this.quiet) {
      this.asked = true;
      this.ask(true);
    }
    if (!this.absent && still >= this.quiet + this.patience) {
      this.absent = true;
      this.tell(false);
    }
  }

  /** Whether there was input lately: what keeps the sign-in alive. */
  get isPresent() {
    return performance.now() - this.last < this.quiet;
  }
}
