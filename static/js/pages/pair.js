/* A terminal waiting to be paired: shows a code, renews it, and asks every other second whether an administrator has typed it.
   The secret that belongs to the code never leaves this page; the key arrives as a cookie that no script can read. */

import { t } from "../i18n.js";

const EVERY = 2000; // ms between two questions
const RETRY = 5000; // ms after a failure
const LEFT = 30000; // ms that a code still works after another one is shown
const page = document.getElementById("pair");
const code = page.querySelector("[data-code]");
const said = page.querySelector("[data-said]");
let secret = "";
let renewAt = 0;
let earlier = null; // the code before: somebody may still be typing it

async function send(address, values) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": page.dataset.csrf, "X-Background": "1" },
    body: new URLSearchParams(values),
  });
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }
  return answer.json();
}

async function renew() {
  const given = await send(page.dataset.codeUrl, {});
  earlier = secret && { secret, until: performance.now() + LEFT };
  secret = given.secret;
  renewAt = performance.now() + given.seconds * 1000 - LEFT; // a little early: nobody reads a code that is just ending
  code.textContent = `${given.code.slice(0, 4)} ${given.code.slice(4)}`;
}

async function step() {
  if (!secret || performance.now() >= renewAt) {
    await renew();
  }
  const { state } = await send(page.dataset.stateUrl, { secret });
  const before = earlier && performance.now() < earlier.until ? (await send(page.dataset.stateUrl, { secret: earlier.secret })).state : "";
  if (state === "paired" || before === "paired") {
    said.textContent = t("Paired. The terminal's page opens now.");
    location.replace(page.dataset.doneUrl);
    return false;
  }
  if (state === "expired") {
    secret = "";
  }
  said.textContent = "";
  return true;
}

async function run() {
  let wait = EVERY;
  try {
    if (!(await step())) {
      return;
    }
  } catch (error) {
    if (error.message === "400") {
      location.reload(); // the page has become old: a fresh one brings a fresh token
      return;
    }
    said.textContent = t("No connection to the server. This page tries again by itself.");
    wait = RETRY;
  }
  setTimeout(run, wait);
}

run();
