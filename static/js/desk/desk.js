/*
 * The desk keeps itself up to date. One tab of the browser holds the event stream (whoever has the lock) and tells the others through a channel; a tab whose
 * stream is refused asks every few seconds instead.
 */
import { t } from "../i18n.js";

const board = document.getElementById("board");
const said = document.querySelector("[data-stream-state]");
const channel = new BroadcastChannel("desk");
const ASK_EVERY = 15000;
const CALM = 700;
let waiting = null;

channel.addEventListener("message", (event) => event.data === "change" && soon());

/** Several changes at once are one look. */
function soon() {
  if (waiting === null) waiting = setTimeout(fetchBoard, CALM);
}

async function fetchBoard() {
  waiting = null;
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch(board.dataset.board, { credentials: "same-origin", headers: { Accept: "text/html", "X-Background": "1" } });
    if (answer.redirected || answer.status === 401) return location.reload(); // signed out: the page itself asks to sign in again
    if (!answer.ok) throw new Error(String(answer.status));
    replace(await answer.text());
    say("");
  } catch {
    say(t("The application does not answer; what you see may be old."));
  }
  return null;
}

function replace(html) {
  const focused = document.activeElement && board.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  board.replaceChildren(...fresh.body.childNodes);
  const again = focused ? board.querySelector(`a[href="${CSS.escape(focused)}"]`) : null;
  if (again) again.focus();
}

function say(text) {
  if (!said) return;
  said.textContent = text || t("This page keeps itself up to date.");
  said.classList.toggle("quality-bad", Boolean(text));
}

function changed() {
  channel.postMessage("change");
  soon();
}

/** Holds the stream until this tab goes away. */
function stream() {
  return new Promise(() => {
    const source = new EventSource(`${board.dataset.stream}?after=${board.dataset.last}`);
    source.addEventListener("change", changed);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(stream, ASK_EVERY);
    });
  });
}

if (navigator.locks) navigator.locks.request("desk-stream", stream);
else stream();
setInterval(fetchBoard, ASK_EVERY * 2);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
