/* The line about supervision and recording that is always visible: from the broker's snapshot, which is what is enforced. Pure. */
import { t } from "../i18n.js";

export function rulesLine({ officer_sees: sees, officer_hears: hears, record, recording }) {
  const watched = sees && hears ? t("An officer sees and hears this visit.") : sees ? t("An officer can see this visit, but cannot hear it.") : hears ? t("An officer hears this call.") : t("An officer sees only that you are connected; nobody sees or hears you.");
  if (!record) return `${watched} ${t("It is not recorded.")}`;
  return `${watched} ${recording && recording.on ? t("It is being recorded.") : t("It will be recorded.")}`;
}
