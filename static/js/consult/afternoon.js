// The lawyer's afternoon: asks every few seconds what is on, counts down, and turns to the next case when nothing unsaved is in the notes.

const EVERY = 4000;
const root = document.getElementById("afternoon");

function tick() {
  for (const clock of document.querySelectorAll("[data-until]")) {
    clock.dataset.ahead ||= String(Number(clock.dataset.now) - Date.now() / 1000);
    const left = Math.round(Number(clock.dataset.until) - Date.now() / 1000 - Number(clock.dataset.ahead));
    const shown = Math.abs(left);
    clock.textContent = `${left < 0 ? "+" : ""}${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, "0")}`;
  }
}

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch(root.dataset.board, { headers: { Accept: "text/html", "X-Background": "1" } });
    if (answer.redirected || answer.status === 401) location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("afternoon-board");
    if (!fresh) return;
    document.getElementById("afternoon-board").replaceWith(document.importNode(fresh, true));
    tick();
    const unsaved = document.querySelector("form[data-keep][data-unsaved]") || document.activeElement.matches("textarea");
    if (fresh.dataset.case !== root.dataset.case && !unsaved) location.reload();
  } catch {
    // the line is down: what is shown stays, and the next look tries again
  }
}

if (root) {
  tick();
  setInterval(tick, 1000);
  setInterval(look, EVERY);
}
