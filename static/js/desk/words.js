/* Codes of the broker in an officer's words. */
import { t } from "../i18n.js";

const STILL = 0.005; // less lost than this is not worth a figure; the word waits for three good looks

/** What the gate's state means, and how urgent it is: {text, tone}. */
export function gateWords({ stage, gate }) {
  if (stage === "ended") return { text: t("The visit is over"), tone: "calm" };
  if (gate.open) return { text: t("Live: both sides see and hear each other"), tone: "good" };
  const waits = {
    FACTS: t("Waiting: the session is being opened"),
    CHECK_IN: t("Waiting for the check-in"),
    STANDING: t("Stopped: the broker has lost the prison's application"),
    RECORDING: t("Stopped: it cannot be recorded"),
    PAUSED: t("Paused: no picture, no sound, no minutes"),
    TERMINAL: t("Stopped: the terminal is not connected"),
    VISITOR: t("Stopped: nobody outside is connected"),
    OFFICER: t("Stopped: your picture has to be seen first"),
  };
  return { text: waits[gate.reason] || t("Stopped"), tone: gate.reason === "PAUSED" || stage === "waiting" ? "wait" : "bad" };
}

/** What has happened, and to whom: a bad line is the family's network or the prison's link. */
export function taskWords(kind, pid = null) {
  if (kind === "LINE_BAD" && pid) return { terminal: t("The prison's link is bad"), officer: t("Your own line is bad") }[pid.split(":")[0]] || t("The family's network is bad");
  return {
    OFFICER_LOST: t("No officer is supervising: the picture is stopped"),
    TERMINAL_LOST: t("The terminal has lost its connection"),
    OUTSIDE_LOST: t("Nobody outside is connected any more"),
    RECORDER_STALLED: t("The recording does not grow"),
    RECORDING_FAILED: t("The recording failed"),
    JOURNAL_FAILED: t("The video server cannot write down what happens: picture and sound stop in half a minute"),
    LINE_BAD: t("The line is bad"),
    WARNING_UNCONFIRMED: t("A warning has not been confirmed"),
    VISITOR_LATE: t("Somebody of the party has come late and waits to be checked"),
  }[kind] || kind;
}

export function stateWords(state) {
  return {
    waiting: t("waiting"),
    checking_in: t("at check-in"),
    in_session: t("connected"),
    lost: t("connection lost"),
    left: t("has left"),
    away: t("not here"),
  }[state] || state;
}

export function qualityWords(quality) {
  return { good: t("line good"), poor: t("line poor"), bad: t("line bad") }[quality] || "";
}

/** Which way loses how much. The side outside hangs on the family's network, the terminal on the prison's link. */
export function pathWords({ role, line }) {
  const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
  const whose = role === "terminal" ? t("prison's link") : t("family's network");
  const ways = [];
  if (line.lost_up < STILL && line.lost_down < STILL && (line.up !== "good" || line.down !== "good")) ways.push(t("getting better"));
  if (line.up !== "good" && line.lost_up >= STILL) ways.push(t("from them %(percent)s lost", { percent: percent(line.lost_up) }));
  if (line.down !== "good" && line.lost_down >= STILL) ways.push(t("to them %(percent)s lost", { percent: percent(line.lost_down) }));
  if (line.rtt > 300) ways.push(t("answer after %(ms)s ms", { ms: Math.round(line.rtt) }));
  return ways.length ? `${whose}: ${ways.join(", ")}` : "";
}

export function actWords(action) {
  return {
    pause: t("Paused"),
    resume: t("Going on"),
    speak: t("You are heard"),
    hush: t("You are silent again"),
    mute: t("Muted"),
    lift: t("Mute lifted"),
    mark: t("Mark set"),
    message: t("Message sent"),
    warn: t("Warning sent"),
    end: t("Visit ended"),
    check: t("Camera joined"),
    hand_over: t("Handed over"),
  }[action] || action;
}

export function errorWords(code) {
  return {
    NOT_CONNECTED: t("not connected to the broker; nothing was done"),
    NO_ANSWER: t("no answer from the broker; please look at the state and try again"),
    NOT_IN_THIS_KIND: t("not allowed in this kind of visit"),
    NOT_ALLOWED: t("not allowed in this visit"),
    UNKNOWN_PARTICIPANT: t("that side is not connected"),
    REASON_MISSING: t("a reason is missing"),
    BAD_TEXT: t("the text is empty or too long"),
    ENDED: t("the visit is over"),
    WARNING_UNCONFIRMED: t("a warning has not been confirmed by both sides yet"),
    NOT_TAKEN: t("the next officer's picture is not proven yet"),
  }[code] || code;
}

export function lineWords(state, detail) {
  if (state === "connecting") return t("Connecting");
  if (state === "reconnecting") return t("The line to the broker broke; connecting again (try %(attempt)s)", { attempt: detail.attempt || 1 });
  if (state === "replaced") return t("You have opened this visit in another window. This one no longer supervises.");
  return "";
}
