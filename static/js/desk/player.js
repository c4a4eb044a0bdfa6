/* The player's bar and chart on the record of a visit: play, jump by click, key or mark, speed, and the time for the written result. */
import { t } from "../i18n.js";
import { Playing } from "./playing.js";

const root = document.getElementById("player");
const { begin, legs, marks } = JSON.parse(root.dataset.playable);
const one = (name) => root.querySelector(`[data-${name}]`);
const video = (leg) => root.querySelector(`video[data-leg="${leg}"]`);
const SPEEDS = [...one("speed").options].map(({ value }) => Number(value));
const BEFORE = 1.5; // seconds behind a mark from which "mark before" goes to it once more

const playing = new Playing(legs, video, () => { one("player-trouble").hidden = false; });
const entries = [...document.querySelectorAll("[data-log] li")].map((item) => ({ item, at: Number(item.dataset.at) - begin }));

function text(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function show() {
  const share = playing.place / playing.total;
  one("play").textContent = playing.running ? t("Stop") : t("Play");
  one("seek").value = String(playing.place);
  one("seek").setAttribute("aria-valuetext", text(playing.place));
  one("place").textContent = `${text(playing.place)} / ${text(playing.total)}`;
  one("head").style.left = `calc((100% - 16px) * ${share})`;
  for (const hint of root.querySelectorAll("[data-nothing]")) hint.hidden = !playing.hasNothing(hint.dataset.nothing);
  const reached = entries.filter(({ at }) => at <= playing.place + 0.2).at(-1);
  for (const entry of entries) entry.item.classList.toggle("is-now", entry === reached);
}

function go(place) {
  playing.set(place);
  playing.tick();
  show();
}

function toggle() {
  playing.toggle();
  show();
}

function step(seconds) {
  go(playing.now + seconds);
}

function mark(direction) {
  const here = playing.now;
  const found = direction > 0 ? marks.find((at) => at > here + 0.3) : marks.filter((at) => at < here - BEFORE).at(-1);
  if (found !== undefined) go(found);
}

function speed(value) {
  playing.set(playing.now);
  playing.speed = value;
  one("speed").value = String(value);
}

function faster(by) {
  const next = SPEEDS[SPEEDS.indexOf(playing.speed) + by];
  if (next) speed(next);
}

const KEYS = {
  " ": toggle, k: toggle, ArrowLeft: (far) => step(far ? -30 : -5), ArrowRight: (far) => step(far ? 30 : 5),
  n: () => mark(1), b: () => mark(-1), "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1), Home: () => go(0),
};

/** Keys belong to the player unless somebody types, or the key already does something where the focus is. */
document.addEventListener("keydown", (event) => {
  const takes = event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select");
  const presses = event.key === " " && event.target.closest("button, a, input, label");
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || takes || presses || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(event.shiftKey);
});

one("play").addEventListener("click", toggle);
one("seek").max = String(playing.total);
one("seek").addEventListener("input", (event) => go(Number(event.target.value)));
one("speed").addEventListener("change", (event) => speed(Number(event.target.value)));
one("skip").addEventListener("change", (event) => { playing.skips = event.target.checked; });
one("track").addEventListener("click", (event) => {
  if (event.target === one("seek")) return;
  const box = one("track").getBoundingClientRect();
  go(((event.clientX - box.left - 8) / (box.width - 16)) * playing.total);
});
for (const button of root.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(Number(button.dataset.step)));
for (const button of root.querySelectorAll("[data-mark]")) button.addEventListener("click", () => mark(Number(button.dataset.mark)));
for (const button of root.querySelectorAll("[data-mute]")) {
  button.addEventListener("click", () => {
    const element = video(button.dataset.mute);
    element.muted = !element.muted;
    button.setAttribute("aria-pressed", String(element.muted));
  });
}
for (const button of document.querySelectorAll("[data-jump]")) button.addEventListener("click", () => go(Number(button.dataset.jump) - begin));
for (const button of document.querySelectorAll("[data-stamp]")) {
  button.addEventListener("click", () => {
    const area = document.getElementById(button.dataset.stamp);
    const stamp = `${text(playing.now)} `;
    area.setRangeText(area.value && !area.value.endsWith("\n") ? `\n${stamp}` : stamp, area.value.length, area.value.length, "end");
    area.focus();
  });
}
show();
setInterval(() => {
  playing.tick();
  show();
}, 100);
