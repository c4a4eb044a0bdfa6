/* How long to wait before the next try: at once, then longer, never longer than LONGEST, never two pages in step. */
const STEPS = [200, 700, 1500, 3000, 5000];

export class Backoff {
  constructor(random = Math.random) {
    this.random = random;
    this.attempt = 0;
    this.calm = null;
  }

  /** Milliseconds until the next try. */
  next() {
    clearTimeout(this.calm);
    const step = STEPS[Math.min(this.attempt, STEPS.length - 1)];
    this.attempt += 1;
    return Math.round(step * (0.75 + this.random() / 2));
  }

  /** It worked. Only a line that holds for a while starts the count anew, so that one that breaks at once is not tried in a frenzy. */
  settled() {
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.reset(), 5000);
  }

  reset() {
    clearTimeout(this.calm);
    this.attempt = 0;
  }
}
