/*
 * Sentences for scripts, in the language of the page.
 *
 *   import { t } from "../i18n.js";
 *   t("Time left: %(time)s", { time: "12:30" });
 *
 * The first argument is an English msgid as one plain string literal, so that it can be found and translated in a .po file. `/i18n/sentences.js` is made by the
 * application (visitation/web/sentences_js.py) and holds exactly the msgids of the scripts; a sentence that is missing there is shown in English.
 */
import sentences from "/i18n/sentences.js";

/** The translated sentence, with each %(name)s replaced by the value of that name. */
export function t(msgid, values = {}) {
  const text = Object.prototype.hasOwnProperty.call(sentences, msgid) ? sentences[msgid] : msgid;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
