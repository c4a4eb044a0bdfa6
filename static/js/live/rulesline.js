/* The line about supervision and recording that is always visible: from the broker's snapshot, which is what is enforced. Pure. */
import { t } from "../i18n.js";

export function rulesLine({ officer_sees: sees, officer_hears: hears, record, recording }) {
  return [watched(sees, hears), recorded(record, recording)].join(" ");
}

function watched(sees, hears) {
  if (sees && hears) return t("An officer sees and hears this visit.");
  if (sees) return t("An officer can see this visit, but cannot hear it.");
  return hears ? t("An officer hears this call.") : t("An officer sees only that you are connected; nobody sees or hears you.");
}

function recorded(record, recording) {
  if (!record) return t("It is not recorded.");
  return recording && recording.on ? t("It is being recorded.") : t("It is recorded while you see each other.");
}
