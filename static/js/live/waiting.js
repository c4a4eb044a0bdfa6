/*
 * What a person outside reads while they cannot talk: from what the broker says, in words. Pure.
 *
 * situation(snapshot, {state, startsAt, now, checking}) -> {code, tone}: tone is "calm", "wait", "act" (it is your turn) or "trouble".
 * words(code, values) -> {title, text}.
 *
 * state: the client's. startsAt, now: epoch seconds, of the broker's clock. checking: whether the officer's picture or voice reaches us.
 */
import { t } from "../i18n.js";

const SOON = 120;
const LATE = 600;
const OURS = ["STANDING", "RECORDING"]; // what is missing is ours to mend

export function situation(snapshot, { state, startsAt, now, checking }) {
  if (state === "reconnecting") return at("RECONNECTING", "trouble");
  if (!snapshot || state === "connecting") return at("CONNECTING", "wait");
  if (snapshot.stage === "ended") return at("ENDED", "calm");
  if (["waiting", "live", "paused"].includes(snapshot.stage) && snapshot.own && !snapshot.own.admitted) return checking ? at("YOUR_TURN", "act") : at("NOT_ADMITTED", "trouble");
  if (snapshot.gate.open) return at("LIVE", "calm");
  if (checking && snapshot.stage !== "checking_in") return at("YOUR_TURN", "act");
  if (snapshot.stage === "paused") return paused(snapshot);
  if (snapshot.stage === "live") return interrupted(snapshot.awaits);
  if (snapshot.stage === "waiting") return nearly(snapshot);
  return before(snapshot, { startsAt, now, checking });
}

function at(code, tone) {
  return { code, tone };
}

function before(snapshot, { startsAt, now, checking }) {
  const own = snapshot.own || {};
  if (snapshot.stage === "checking_in" && checking) return at("YOUR_TURN", "act");
  if (own.admitted) return at("IDENTITY_CONFIRMED", "wait");
  if (snapshot.stage === "checking_in") return at("CHECKING_OTHERS", "wait");
  if (now < startsAt - SOON) return at("ON_TIME", "calm");
  return now <= startsAt + LATE ? at("BEGINS_SOON", "wait") : at("DELAYED", "trouble");
}

function nearly(snapshot) {
  if (snapshot.awaits.some((code) => OURS.includes(code))) return at("OUR_TROUBLE", "trouble");
  if (snapshot.awaits.includes("TERMINAL")) return at("AWAITS_TERMINAL", "wait");
  return snapshot.awaits.includes("OFFICER") ? at("AWAITS_OFFICER", "wait") : at("ALMOST", "wait");
}

function interrupted(awaits) {
  if (awaits.some((code) => OURS.includes(code))) return at("OUR_TROUBLE", "trouble");
  if (awaits.includes("TERMINAL")) return at("TERMINAL_LOST", "trouble");
  return awaits.includes("OFFICER") ? at("OFFICER_LOST", "wait") : at("ALMOST", "wait");
}

function paused({ awaits, pause_reason: reason }) {
  const missing = interrupted(awaits);
  const wanted = reason && !reason.endsWith("_LOST"); // an officer's pause: that the officer is away meanwhile is no news
  if (missing.code !== "ALMOST" && !(wanted && missing.code === "OFFICER_LOST")) return missing;
  return at({ late_visitor: "PAUSED_LATE", technical: "PAUSED_TECHNICAL", break: "PAUSED_BREAK", unregistered_person: "PAUSED_PERSON" }[reason] || "PAUSED", "wait");
}

/** A title and a sentence for each situation. */
export function words(code, { time = "" } = {}) {
  const [title, text] = SAID[code] ? SAID[code](time) : SAID.CONNECTING();
  return { title, text };
}

const SAID = {
  CONNECTING: () => [t("Connecting"), t("This takes a few seconds.")],
  RECONNECTING: () => [t("The line broke. We are reconnecting"), t("You need not do anything. The time without a picture does not count.")],
  ON_TIME: (time) => [t("You are on time"), t("The visit begins at %(time)s. Please keep this page open and stay near your telephone.", { time })],
  BEGINS_SOON: () => [t("It begins soon"), t("An officer checks everybody's identity, one after the other. Please have your identity document ready and stay near.")],
  DELAYED: () => [t("It is a little later than planned"), t("You need not call and you lose nothing: the minutes count only while you see each other. Please keep this page open.")],
  CHECKING_OTHERS: () => [t("The officer is checking identities"), t("One after the other. It will be your turn in a moment: please have your identity document ready.")],
  YOUR_TURN: () => [t("It is your turn"), t("Please look into the camera and hold your identity document beside your face. The officer can see and hear you.")],
  IDENTITY_CONFIRMED: () => [t("Your identity is confirmed"), t("Please stay here. The visit begins as soon as everybody is ready.")],
  NOT_ADMITTED: () => [t("Please wait for the officer"), t("The visit is about to begin, but your identity has not been confirmed yet. The officer knows that you are here.")],
  AWAITS_TERMINAL: () => [t("Waiting for the other side"), t("Your relative is being brought to the screen. The minutes have not begun to count.")],
  AWAITS_OFFICER: () => [t("Waiting for the supervising officer"), t("Picture and sound begin when the officer is there. The minutes have not begun to count.")],
  ALMOST: () => [t("One moment"), t("Picture and sound begin in a few seconds.")],
  OUR_TROUBLE: () => [t("Technical trouble on our side"), t("We are working on it; you need not call. The minutes do not count until you see each other again.")],
  TERMINAL_LOST: () => [t("The other side has lost its connection"), t("It is being mended. The minutes do not count until you see each other again.")],
  OFFICER_LOST: () => [t("Supervision is interrupted"), t("Picture and sound go on as soon as an officer is back. The minutes do not count in the meantime.")],
  PAUSED: () => [t("The officer has paused the visit"), t("Please stay here. The minutes do not count during a pause.")],
  PAUSED_PERSON: () => [t("The officer has paused the visit"), t("Somebody is in the picture who is not registered for this visit. Please let only the registered people stay in the room; then the officer lets it go on. The minutes do not count meanwhile.")],
  PAUSED_LATE: () => [t("A short pause"), t("Somebody of your party has arrived, and the officer is checking their identity. The minutes do not count meanwhile.")],
  PAUSED_TECHNICAL: () => [t("A short pause"), t("Something is being mended on our side. Please stay here; the minutes do not count meanwhile.")],
  PAUSED_BREAK: () => [t("A short pause"), t("The other side needs a short break. Please stay here; the minutes do not count meanwhile.")],
  ENDED: () => [t("The visit is over"), ""],
};
