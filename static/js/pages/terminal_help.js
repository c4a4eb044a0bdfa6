/* The terminal's page on which an inmate writes. Without it everything stands on one long page and works the same. */
const IDLE_MS = 15 * 60 * 1000;

const form = document.querySelector("[data-help-write]");
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
let leave = 0;
function alive() {
  clearTimeout(leave);
  leave = setTimeout(() => location.replace("/kiosk"), IDLE_MS);
}
["input", "pointerdown", "keydown"].forEach((name) => document.addEventListener(name, alive));
alive();
