/* Check-in: the officer and one camera outside see and hear each other; each person is compared and ticked. On a page of its own, or beside the wall. */
import { t } from "../i18n.js";
import { LiveClient } from "../live/client.js";
import { LocalMedia } from "../live/media.js";
import { show, SoundGate } from "../live/playback.js";
import { refusalWords } from "../live/words.js";
import { sendInPlace } from "./inplace.js";
import { Lease } from "./lease.js";
import { lineWords, stateWords } from "./words.js";

/** Begins in `root` (#check-in of the page). `onElsewhere`: there is nothing to check in any more. Returns what stops it. */
export function startCheckIn(root, { onElsewhere = () => window.location.reload() } = {}) {
  const line = root.querySelector("[data-line]");
  const camera = root.querySelector("[data-camera]");
  const legs = root.querySelector("[data-legs]");
  const sound = new SoundGate(root.querySelector("[data-sound]"));
  const streams = new Map();
  const late = root.dataset.late ? root.dataset.late.split(" ").map((number) => `visitor:${number}`) : [];
  if (root.dataset.latePid) late.push(root.dataset.latePid);
  let chosen = null; // pid of the leg that is joined with ours
  let shownIn = null; // the person whose card holds the camera

  const media = new LocalMedia({ audio: true, video: true });
  const client = new LiveClient({
    tokenUrl: root.dataset.tokenUrl,
    csrf: root.dataset.csrf,
    media,
    body: { purpose: "check_in" },
    onState: state,
    onSession: session,
    onStream(from, stream) {
      if (stream) streams.set(from, stream);
      else streams.delete(from);
      picture();
    },
  });
  const lease = new Lease(client, () => (camera.srcObject && !camera.muted && !camera.paused ? chosen : null));

  function outside(snapshot) {
    return snapshot.participants.filter((person) => person.role !== "officer" && person.role !== "terminal");
  }

  function state(now, detail) {
    if (now === "joined") line.textContent = t("Connected. Waiting for the visitor's camera.");
    else if (now === "refused" && ["ALREADY_CHECKED_IN", "SESSION_ENDED"].includes(detail.code)) onElsewhere();
    else if (now === "refused") line.textContent = (detail.reasons && detail.reasons.join(" ")) || refusalWords(detail.code);
    else line.textContent = lineWords(now, detail) || line.textContent;
  }

  function session(snapshot) {
    const here = outside(snapshot).filter((person) => !["left", "away"].includes(person.state));
    const first = late.length && snapshot.stage !== "checking_in" ? here.find((person) => late.includes(person.pid.split(".")[0])) : here[0];
    if (!here.some((person) => person.pid === chosen)) choose(first ? first.pid : null);
    legs.replaceChildren(...here.map(legButton));
    legs.hidden = here.length < 2;
    if (client.state === "joined" && !here.length) line.textContent = t("Connected. Nobody outside has joined yet.");
    picture();
  }

  function legButton(person) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary";
    button.setAttribute("aria-pressed", String(person.pid === chosen));
    button.textContent = `${nameOf(person.pid)} · ${stateWords(person.state)}`;
    button.addEventListener("click", () => choose(person.pid));
    return button;
  }

  function nameOf(pid) {
    const card = root.querySelector(`[data-person="${pid.split(".")[0]}"]`);
    return card ? card.querySelector("h2").firstChild.textContent.trim() : pid;
  }

  async function choose(pid) {
    chosen = pid;
    for (const field of root.querySelectorAll("[data-leg]")) field.value = pid || "";
    if (pid) {
      const own = root.querySelector(`[data-person="${pid.split(".")[0]}"]`);
      if (own && (!shownIn || !shownIn.dataset.kept)) mount(own);
      await client.act("check", { pid });
    }
    picture();
  }

  /** The camera stands beside the photos of the person who is being compared. */
  function mount(card, kept = false) {
    if (shownIn) {
      const button = shownIn.querySelector("[data-show-camera]");
      if (button) button.hidden = false;
      delete shownIn.dataset.kept;
    }
    shownIn = card;
    if (kept) card.dataset.kept = "yes";
    const place = card.querySelector("[data-camera-place]");
    place.querySelector("[data-show-camera]").hidden = true;
    place.append(camera);
    camera.hidden = false;
    camera.className = "";
    if (camera.srcObject) camera.play().catch(() => null);
  }

  function picture() {
    const snapshot = client.snapshot;
    const person = snapshot ? snapshot.participants.find((one) => one.pid === chosen) : null;
    const stream = person ? streams.get(person.slot) || null : null;
    show(camera, stream, sound);
    if (person && stream) line.textContent = t("You see and hear %(name)s; they see and hear you.", { name: nameOf(person.pid) });
  }

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-camera]");
    if (button) mount(button.closest("[data-person]"), true);
  });

  sendInPlace(root, {
    onElsewhere,
    onAnswer() {
      for (const field of root.querySelectorAll("[data-leg]")) field.value = chosen || "";
    },
  });
  media.open().catch(() => { line.textContent = t("This computer gives no camera or microphone: the visitor cannot see or hear you."); });
  client.start();
  lease.start();
  return () => {
    lease.stop();
    client.stop();
    media.close();
  };
}
