/* The terminal's page on which an inmate writes. Without it everything stands on one long page and works the same. */
const LOOK_MS = 3000;
const ALIVE_MS = 60 * 1000;

const form = document.querySelector("[data-help-write]");
/* Whoever writes may think for a while; at the code nothing is lost. */
const IDLE_MS = Number(form.dataset.idle) * 1000;
const steps = [...form.querySelectorAll("[data-step]")];
const [before, after, send] = ["[data-before]", "[data-after]", "[data-send]"].map((name) => form.querySelector(name));
let here = 0;

function show(place) {
  here = Math.max(0, Math.min(place, steps.length - 1));
  steps.forEach((step, number) => {
    step.hidden = number !== here;
  });
  before.hidden = here === 0;
  after.hidden = here === steps.length - 1;
  send.hidden = !after.hidden;
  window.scrollTo(0, 0);
  steps[here].querySelector("textarea, input:checked, input, select")?.focus({ preventScroll: true });
}

if (steps.length) {
  before.addEventListener("click", () => show(here - 1));
  after.addEventListener("click", () => show(here + 1));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      if (!after.hidden) show(here + 1);
    }
  });
  const wrong = steps.findIndex((step) => step.querySelector(".field-wrong"));
  show(Math.max(0, wrong));
}

const keys = form.querySelector("[data-keys]");
if (keys) {
  keys.hidden = false;
  const input = form.querySelector("input[name=code]");
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    input.value = key ? input.value + key : input.value.slice(0, -1);
  });
}

/* What somebody wrote and left is not for the next person. */
const { home, stateUrl, aliveUrl, csrf } = form.dataset;
const leave = () => location.replace(home);
let touched = performance.now();
["input", "pointerdown", "keydown", "scroll"].forEach((name) => {
  document.addEventListener(name, () => {
    touched = performance.now();
  }, { capture: true, passive: true });
});

/* The terminal goes on saying that it is in working order. A visit that is near is told, so that the writer can finish; one that is called goes first. */
const headers = { Accept: "application/json", "X-CSRFToken": csrf, "X-Background": "1" };
const near = document.querySelector("[data-near]");

async function look() {
  try {
    const answer = await fetch(stateUrl, { headers, redirect: "error" });
    if (answer.status === 401 || answer.status === 403) leave();
    const state = answer.ok ? await answer.json() : {};
    if (state.turn?.join) leave();
    if (near) near.hidden = state.calm !== false;
  } catch { /* the next look follows */ }
}

setInterval(() => {
  if (performance.now() - touched > IDLE_MS) leave();
  look();
}, LOOK_MS);
setInterval(() => fetch(aliveUrl, { method: "POST", headers }).catch(() => null), ALIVE_MS);
look();
