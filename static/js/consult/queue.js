// The officer's queue: its buttons are sent in place, so that the page keeps its stream; and the forecast moves on by itself when nothing happens.
import { sendInPlace } from "../desk/inplace.js";

const EVERY = 30000;
const root = document.getElementById("board");
sendInPlace(root);

async function look() {
  if (document.visibilityState === "hidden" || root.querySelector("details[open]")) return;
  try {
    const answer = await fetch(root.dataset.board, { headers: { Accept: "text/html", "X-Background": "1" } });
    if (answer.ok && !answer.redirected) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      root.replaceChildren(...fresh.body.childNodes);
    }
  } catch {
    // the desk's own script says when the application does not answer
  }
}

setInterval(look, EVERY);
