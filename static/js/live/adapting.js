/*
 * What a page does about a weak line: sends a smaller picture, then stills, then its sound only, and says so; and says when it is better.
 *
 *   const adapting = new Adapting({ client, line, hint, words });
 *   adapting.look(figures);        // figures of stats.js, every five seconds
 *
 * `line` is an element that stays while less is sent; `hint(text, ms)` says it once; `words` are WORDS or TERMINAL_WORDS.
 */
import { t } from "../i18n.js";
import { Ladder, RUNGS } from "./ladder.js";

const SHOWN = 6000;

export const WORDS = [
  () => t("Your line is good again."),
  () => t("Your line is weak: your picture is sent smaller."),
  () => t("Your line is weak: your picture is sent as stills. The sound comes first."),
  () => t("Your line is very weak: only your sound is sent until it is better."),
];

export const TERMINAL_WORDS = [
  () => t("The line is good again."),
  () => t("The line is weak: your picture is sent smaller."),
  () => t("The line is weak: your picture is sent as stills. The sound comes first."),
  () => t("The line is very weak: only your sound is sent until it is better."),
];

export class Adapting {
  constructor({ client, line, hint, words = WORDS }) {
    Object.assign(this, { client, line, hint, words, ladder: new Ladder() });
    this.paint(0);
  }

  async look(figures) {
    const rung = this.ladder.look(figures);
    if (rung === null) return;
    await this.client.limit("video", RUNGS[rung]);
    this.hint(this.words[rung](), SHOWN);
    this.paint(rung);
  }

  paint(rung) {
    this.line.hidden = rung === 0;
    this.line.textContent = rung === 0 ? "" : this.words[rung]();
  }
}
