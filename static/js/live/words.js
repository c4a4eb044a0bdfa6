/* Sentences for the codes of the broker and of this device. */
import { t } from "../i18n.js";

/** Why a connection was refused, and what to do next. */
export function refusalWords(code) {
  return {
    REVOKED: t("Your admission to this visit has been withdrawn. Please telephone the prison if you think this is a mistake."),
    FACTS_DIFFER: t("The conditions of this visit have changed. Please reload the page."),
    WRONG_ZONE: t("This page cannot join that visit. Please reload the page."),
    BAD_MESSAGE: t("The page and the server do not understand each other. Please reload the page."),
    LANES_USED: t("You are already supervising as many visits as you may."),
    SIGNED_OUT: t("You were signed out. Please sign in again; the visit goes on meanwhile."),
    PAGE_OLD: t("The page had become old. Please reload it."),
    NOT_YOURS: t("This visit cannot be found. Please go back to your visits."),
  }[code] || t("Joining is not possible just now (%(code)s). Please reload the page, or telephone the prison.", { code });
}

/** Why there is no camera or microphone, and what to do. */
export function deviceWords(code, medium) {
  const camera = medium !== "audio";
  return {
    DENIED: camera
      ? t("The camera is not allowed. Tap the lock beside the address, allow camera and microphone, and reload the page.")
      : t("The microphone is not allowed. Tap the lock beside the address, allow the microphone, and reload the page."),
    MISSING: camera ? t("No camera was found. Please use a telephone or a computer with a camera.") : t("No microphone was found. Please plug one in, or use a telephone."),
    BUSY: camera
      ? t("Another app is using the camera. Please close it and try again.")
      : t("Another app is using the microphone, perhaps a telephone call. Please end it and try again."),
    INSECURE: t("This address is not secure, so the browser gives no camera. Please open the page from the link in your message."),
    UNSUPPORTED: t("This browser gives no camera. Please open the page in your telephone's own browser."),
  }[code] || (camera ? t("The camera does not start. Please close other apps, or restart the telephone.") : t("The microphone does not start. Please close other apps, or restart the telephone."));
}

/** How a visit ended: a title, what happened, and whether it was the technology's fault. */
export function endWords(outcome, cause) {
  if (outcome === "completed") return { title: t("The visit is over"), text: t("The time is used up. Thank you for your visit."), technical: false };
  if (outcome === "ended_by_officer") return { title: t("The officer has ended the visit"), text: t("You find the reason on the page of this visit. There you can also object."), technical: false };
  if (outcome === "technical" || cause === "TERMINAL_LOST") {
    return {
      title: t("The visit ended because of a technical failure"),
      text: t("This is not your fault. If most of the time was lost, the visit does not count, and you can book a new one in one step."),
      technical: true,
    };
  }
  if (outcome === "abandoned") {
    return { title: t("The visit ended because nobody was in the picture any more"), text: t("If your line failed, it is looked at and you lose nothing. You find the decision on the page of this visit."), technical: true };
  }
  if (outcome === "not_held") return { title: t("The visit did not take place"), text: t("You find the reason and what you can do next on the page of this visit."), technical: true };
  return { title: t("The visit is over"), text: t("You find everything about it on the page of this visit."), technical: false };
}

/** Minutes and seconds, as a clock shows them. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
