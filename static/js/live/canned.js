/*
 * Messages and warnings that an officer sends by their code, so that each side reads them in its own language and sees a sign.
 * The terminal and the family show `text`; the console lists CANNED and RULES. `icon` is a name of the icon set.
 */
import { t } from "../i18n.js";

export const CANNED = [
  { code: "stay_in_picture", icon: "person-bounding-box", text: t("Please sit so that your face is in the picture.") },
  { code: "speak_up", icon: "volume-up", text: t("Please speak a little louder.") },
  { code: "speak_calmly", icon: "chat-dots", text: t("Please speak calmly, one after the other.") },
  { code: "more_light", icon: "brightness-high", text: t("It is too dark. Please turn on a light.") },
  { code: "hold_still", icon: "phone", text: t("Please put the telephone down somewhere firm.") },
  { code: "headphones", icon: "headphones", text: t("There is an echo. Please use earphones, or lower the volume.") },
  { code: "document", icon: "person-vcard", text: t("Please hold your identity document beside your face.") },
  { code: "please_wait", icon: "hourglass-split", text: t("Please wait a moment.") },
  { code: "technical", icon: "tools", text: t("We are mending the connection. Please stay here; this time does not count.") },
  { code: "nearly_over", icon: "clock", text: t("The visit is nearly over. Please say goodbye.") },
];

export const RULES = [
  { rule: 1, icon: "people", text: t("Only the persons whose identity was confirmed may be in the picture or within hearing.") },
  { rule: 2, icon: "camera-video-off", text: t("Taking photographs, recording or passing the picture on is not allowed.") },
  { rule: 3, icon: "translate", text: t("Please speak the agreed language. Code words and secret signs are not allowed.") },
  { rule: 4, icon: "megaphone-fill", text: t("Insults, threats and shouting are not allowed.") },
  { rule: 5, icon: "slash-circle", text: t("This subject may not be spoken about in a visit. Please change it.") },
  { rule: 6, icon: "eye", text: t("Please stay visible during the whole visit.") },
];

/** What to show for a message of the broker: {text, icon, isWarning, rule}. */
export function shownMessage({ text, code, warning }) {
  const rule = warning ? RULES.find((one) => one.rule === warning) : null;
  const canned = code ? CANNED.find((one) => one.code === code) : null;
  const known = rule || canned;
  return {
    text: text || (known ? known.text : t("The officer asks for your attention.")),
    icon: known ? known.icon : warning ? "exclamation-triangle" : "chat-left-text",
    isWarning: Boolean(warning),
    rule: warning || null,
  };
}
