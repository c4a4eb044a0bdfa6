/* What the person at the terminal reads: whose turn it is, what is awaited, how it ended. Pure. */
import { t } from "../i18n.js";

const OURS = ["STANDING", "RECORDING", "FACTS"];

/** LIVE, or the code of what is awaited, seen from the terminal. */
export function terminalSituation(snapshot, state) {
  if (state === "reconnecting") return "RECONNECTING";
  if (!snapshot || state === "connecting") return "CONNECTING";
  if (snapshot.gate.open) return "LIVE";
  const { awaits, stage } = snapshot;
  if (awaits.some((code) => OURS.includes(code))) return "OUR_TROUBLE";
  if (stage === "paused" && snapshot.pause_reason === "late_visitor") return "PAUSED_LATE";
  if (stage === "paused" && snapshot.pause_reason && !snapshot.pause_reason.endsWith("_LOST")) return "PAUSED";
  if (stage !== "waiting" && awaits.includes("VISITOR")) return "VISITOR_LOST";
  if (awaits.includes("VISITOR")) return "AWAITS_VISITOR";
  if (awaits.includes("OFFICER")) return stage === "waiting" ? "AWAITS_OFFICER" : "OFFICER_LOST";
  return stage === "paused" ? "PAUSED" : "ALMOST";
}

export function terminalWords(code) {
  const said = {
    CONNECTING: [t("Connecting"), t("This takes a few seconds.")],
    RECONNECTING: [t("The line broke. We are reconnecting"), t("You need not do anything. The time without a picture does not count.")],
    OUR_TROUBLE: [t("Technical trouble"), t("Please stay seated. It is being mended, and the time does not count.")],
    AWAITS_VISITOR: [t("Waiting for your relative"), t("Your relative is connecting. The time has not begun to count.")],
    VISITOR_LOST: [t("Your relative has lost the connection"), t("Please stay seated. The time does not count until you see each other again.")],
    AWAITS_OFFICER: [t("Waiting for the officer"), t("Picture and sound begin as soon as the officer is there. The time has not begun to count.")],
    OFFICER_LOST: [t("Supervision is interrupted"), t("Please stay seated. Picture and sound go on as soon as an officer is back, and the time does not count.")],
    PAUSED: [t("The officer has paused the visit"), t("Please stay seated. The time does not count during a pause.")],
    PAUSED_LATE: [t("A short pause"), t("Another relative has arrived, and the officer is checking their identity. Please stay seated; the time does not count.")],
    ALMOST: [t("One moment"), t("Picture and sound begin in a few seconds.")],
  }[code] || ["", ""];
  return { title: said[0], text: said[1] };
}

/** What the idle screen says about the visit that is shown as next. `turn`: of /kiosk/state.json, or null. */
export function idleWords(turn) {
  if (!turn) return { title: t("No visit at present"), line: t("Please wait for the officer.") };
  if (turn.stage === "checking_in") return { title: t("The visit begins soon"), line: t("Please sit down and look into the camera. The officer is checking your relatives' identity.") };
  if (turn.stage === "ended") return { title: t("The visit is over"), line: t("Please wait for the officer.") };
  return { title: t("Next visit at %(time)s", { time: turn.starts }), line: t("Please sit down when your name and number are shown. It begins by itself.") };
}

export function overWords(outcome) {
  if (outcome === "technical" || outcome === "closed") return { title: t("The visit ended because of a technical failure"), text: t("This is not your fault. Your relative is told what happens next. Please wait for the officer.") };
  return { title: t("The visit is over"), text: t("Please wait for the officer.") };
}
