/* The movement list by keyboard: J and K choose a line, 1 to 6 tap its steps, Z takes back. A tap is sent in place, and the line keeps the focus. */
import { sendInPlace } from "../desk/inplace.js";

const root = document.getElementById("board");
let kept = null; // id of the line that has the focus, also after the list was put in place anew
const opened = new Set(); // ids of lines whose reasons are open

function lines() {
  return [...root.querySelectorAll(".way")];
}

function current() {
  return document.activeElement ? document.activeElement.closest(".way") : null;
}

function choose(step) {
  const all = lines();
  if (!all.length) return;
  const here = current() || document.getElementById(kept);
  const at = here ? all.indexOf(here) : step > 0 ? -1 : all.length;
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function tap(key) {
  const line = current();
  const button = line && line.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (button) button.click();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") choose(key === "j" ? 1 : -1);
  else if (/^[1-6z]$/.test(key)) tap(key);
  else return;
  event.preventDefault();
});

root.addEventListener("focusin", () => {
  const line = current();
  if (line) kept = line.id;
});

root.addEventListener("toggle", (event) => {
  const line = event.target.closest(".way");
  if (!line || !line.isConnected) return;
  if (event.target.open) opened.add(line.id);
  else opened.delete(line.id);
}, true);

new MutationObserver(() => {
  for (const id of opened) {
    const reasons = document.querySelector(`#${CSS.escape(id)} details`);
    if (reasons) reasons.open = true;
    else opened.delete(id);
  }
  const line = kept ? document.getElementById(kept) : null;
  if (line && document.activeElement === document.body) line.focus({ preventScroll: true });
}).observe(root, { childList: true, subtree: true });

sendInPlace(root);
