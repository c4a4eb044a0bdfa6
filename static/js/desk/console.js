/* The officer's wall: tiles, one action bar, one list of tasks, messages, handover; the next check-in and the last outcome beside them on the same page. */
import { t } from "../i18n.js";
import { Awake } from "../live/awake.js";
import { LocalMedia } from "../live/media.js";
import { chime } from "../live/sound.js";
import { Deck } from "./actions.js";
import { Attention } from "./attention.js";
import { Bar } from "./bar.js";
import { Drawer } from "./drawer.js";
import { extension } from "./extension.js";
import { Guard } from "./guard.js";
import { Handover } from "./handover.js";
import { Log } from "./log.js";
import { messages, Sent, warnings } from "./messages.js";
import { Queue } from "./queue.js";
import { Tasks } from "./tasks.js";
import { Wall } from "./wall.js";

const POLL = 2000;
const root = document.getElementById("console");
const one = (selector) => root.querySelector(selector);
const media = new LocalMedia({ audio: true, video: false });
const log = new Log(one("[data-log]"));
let wanted = root.dataset.focus || null;

const wall = new Wall(root, {
  csrf: root.dataset.csrf,
  media,
  on: {
    change: (tile) => changed(tile),
    task: (tile, task) => tasks.take(tile, task) && chime("warning"),
    receipt: (tile, receipt) => received(tile, receipt),
    joined: (tile) => tasks.clear(tile),
    end: (tile) => over(tile),
    select: (tile) => selected(tile),
    count: (used, lanes) => { one("[data-lanes]").textContent = t("%(used)s of %(lanes)s visits", { used, lanes }); },
  },
});
const tasks = new Tasks(one("[data-tasks]"), one("[data-no-tasks]"), { pick: (tile) => wall.select(tile), checkIn: (tile) => aside(tile.session.urls.checkIn) });
const keys = {
  ArrowLeft: () => wall.step(-1),
  ArrowRight: () => wall.step(1),
  t: () => tasks.open().length && wall.select(tasks.open()[0].tile),
  c: () => queue.first(),
  "?": () => help(true),
  Escape: () => help(false),
};
const deck = new Deck({ root, media, log, keys, tile: () => wall.selected });
const sent = new Sent(one("[data-sent]"));
const handover = new Handover({ root, log, post, refresh, gone: (tile) => gone(tile) });
const queue = new Queue(root, { open: (url) => aside(url), take: (ref) => refresh(ref) });
const drawer = new Drawer(one("[data-drawer]"), { onDone: (url) => closed(url) });
const guard = new Guard({ watching: () => wall.watching(), say: (text) => log.add(text) });
const bar = new Bar(root, {
  onShown(tile) {
    if (!tile) return;
    messages(root, deck, log, sent);
    warnings(root, deck, log, sent);
    handover.show(tile);
    extension(root, tile, { post, say: (text, ok) => deck.say(text, ok, tile) });
    const choice = one("[data-sound-of]");
    if (choice) {
      choice.value = tile.soundOf;
      choice.addEventListener("change", () => tile.listen(choice.value));
    }
  },
});

// ---- what is selected, and what has happened to it

function selected(tile) {
  if (deck.talking) deck.hush();
  deck.askEnd(false);
  bar.show(tile);
  sent.show(tile);
  one("[data-selected]").textContent = tile ? tile.session.inmate : "";
  deck.press();
}

const gates = new WeakMap();
function changed(tile) {
  if (tile === wall.selected) deck.press();
  const snapshot = tile.snapshot;
  if (!snapshot) return;
  if (gates.get(tile) !== snapshot.gate.open) {
    gates.set(tile, snapshot.gate.open);
    log.add(tile.part("gate").textContent, tile);
  }
  const given = one("[data-warnings]");
  if (given && tile === wall.selected) given.textContent = snapshot.warnings ? t("given: %(count)s", { count: snapshot.warnings }) : "";
}

function received(tile, receipt) {
  sent.receipt(tile, receipt);
  const side = receipt.pid.startsWith("terminal:") ? t("inside") : t("outside");
  log.add(receipt.what === "confirmed" ? t("Confirmed by %(pid)s", { pid: side }) : t("Shown to %(pid)s", { pid: side }), tile);
}

function gone(tile) {
  if (wanted === tile.ref) wanted = null;
  tasks.clear(tile);
  wall.remove(tile);
  refresh();
}

/** The visit is over: as soon as the application knows how, its outcome is written down on this same page. */
async function over(tile) {
  tasks.clear(tile);
  log.add(t("The visit is over"), tile);
  for (let tries = 0; tries < 60; tries += 1) {
    const answer = await fetch(tile.session.urls.state, { headers: { Accept: "application/json", "X-Background": "1" } }).catch(() => null);
    if (answer && answer.ok && (await answer.json()).ended) return ended(tile);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
  const trouble = one("[data-trouble]");
  trouble.hidden = false;
  trouble.textContent = t("The broker has ended the visit, but the application has not heard of it yet. Please reload this page in a minute.");
  return null;
}

async function ended(tile) {
  const { console: url } = tile.session.urls;
  wall.remove(tile);
  if (!wall.tiles.size) return guard.go(() => location.assign(url));
  await refresh();
  if (one("[data-drawer]").hidden) await aside(url);
  return null;
}

// ---- beside the pictures

/** The check-in of a visit that already has a tile is the same officer in the same session: the tile lets go and comes back afterwards. */
async function aside(url) {
  if (deck.talking) await deck.hush();
  for (const tile of wall.connected()) if (tile.session.urls.checkIn === url) tile.hold();
  wall.quiet = true;
  wall.selected?.listen();
  await drawer.open(url);
}

function closed() {
  wall.quiet = false;
  for (const tile of wall.connected()) if (tile.held) tile.start();
  wall.selected?.listen();
  refresh();
}

function help(open) {
  const place = one("[data-keys]");
  place.hidden = open ? !place.hidden : true;
}

one("[data-keys-open]").addEventListener("click", () => help(true));
one("[data-keys-close]").addEventListener("click", () => help(false));

// ---- the application

async function post(url, values) {
  const body = new URLSearchParams({ csrf_token: root.dataset.csrf, ...values });
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
  const told = answer ? await answer.json().catch(() => ({})) : {};
  if (answer && answer.ok) return { ok: true, reasons: [], said: told.said || "" };
  const reasons = told.reasons && told.reasons.length ? told.reasons : [told.text || t("The application does not answer; what you see may be old.")];
  return { ok: false, reasons, said: "" };
}

/** `asked`: a reference that the officer has just asked for; it stays on the wall whoever's it is. */
async function refresh(asked = null) {
  wanted = asked || wanted;
  const kept = wall.connected().map((tile) => tile.ref).join(","); // also when it is another officer's by now: this console goes only when the broker lets it
  const answer = await fetch(`${root.dataset.sessions}?focus=${wanted || ""}&kept=${kept}`, { headers: { Accept: "application/json", "X-Background": "1" } }).catch(() => null);
  const old = one("[data-old]");
  old.hidden = Boolean(answer && answer.ok);
  if (answer && answer.status === 401 && !wall.connected().length) guard.go(() => location.reload());
  if (answer && answer.ok) take(await answer.json(), asked);
}

function take(state, asked) {
  const before = new Map(wall.all().map((tile) => [tile.ref, tile.session]));
  wall.sync(state.mine, state.lanes, asked);
  handover.sync(wall, state, before);
  one("#extend-part").hidden = !wall.tiles.size;
  queue.show(state);
}

const attention = new Attention({
  ask: (shown) => { one("[data-awake]").hidden = !shown; if (shown) chime("warning"); },
  tell: (present) => {
    const body = new URLSearchParams({ csrf_token: root.dataset.csrf, present: present ? "yes" : "no" });
    const headers = present ? {} : { "X-Background": "1" };
    for (const tile of wall.connected()) fetch(tile.session.urls.attention, { method: "POST", body, credentials: "same-origin", headers }).catch(() => null);
  },
});

// the sign-in must not run out under a watching officer
setInterval(() => attention.isPresent && fetch(root.dataset.sessions, { headers: { Accept: "application/json" } }).catch(() => null), 60000);
setInterval(() => refresh(), POLL);
new Awake().on();
media.silence("audio", true);
media.open().catch(() => log.add(t("This computer gives no microphone: you can see, hear and write, but not speak.")));
take(JSON.parse(root.dataset.state), wanted);
