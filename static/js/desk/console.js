/* The officer's console: tiles, action bar, tasks, messages. One tile now; the modules know that there may be several. */
import { t } from "../i18n.js";
import { LocalMedia } from "../live/media.js";
import { Awake } from "../live/awake.js";
import { chime } from "../live/sound.js";
import { Deck } from "./actions.js";
import { Attention } from "./attention.js";
import { sendInPlace } from "./inplace.js";
import { messages, warnings } from "./messages.js";
import { Tasks } from "./tasks.js";
import { Tile } from "./tile.js";

const root = document.getElementById("console");
const media = new LocalMedia({ audio: true, video: false });
const one = (selector) => root.querySelector(selector);

class Log {
  constructor(list) {
    this.list = list;
  }

  add(text) {
    const row = document.createElement("li");
    const at = document.createElement("time");
    at.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
    const words = document.createElement("span");
    words.textContent = text;
    row.append(at, words);
    this.list.prepend(row);
    while (this.list.children.length > 200) this.list.lastChild.remove();
  }
}

const log = new Log(one("[data-log]"));
const tasks = new Tasks(one("[data-tasks]"), one("[data-no-tasks]"));
const tiles = JSON.parse(root.dataset.sessions).map(({ ref, token }) => new Tile(one(`[data-tile="${ref}"]`), {
  tokenUrl: token,
  csrf: root.dataset.csrf,
  media,
  onChange: () => refresh(),
  onTask: (tile, task) => {
    tasks.take(tile, task);
    if (task.closed_after === null || task.closed_after === undefined) chime("warning");
  },
  onReceipt: (_tile, receipt) => log.add(receipt.what === "confirmed" ? t("Confirmed by %(pid)s", { pid: sideName(receipt.pid) }) : t("Shown to %(pid)s", { pid: sideName(receipt.pid) })),
  onEnd: (tile) => over(tile),
}));
let selected = tiles[0];
const deck = new Deck({ root, media, log, tile: () => selected });

function sideName(pid) {
  return pid.startsWith("terminal:") ? t("inside") : t("outside");
}

let gateOpen = null;
function refresh() {
  deck.press();
  const snapshot = selected.snapshot;
  if (!snapshot) return;
  if (gateOpen !== snapshot.gate.open) {
    gateOpen = snapshot.gate.open;
    log.add(one("[data-gate]").textContent);
  }
  const given = one("[data-warnings]");
  if (given) given.textContent = snapshot.warnings ? t("given: %(count)s", { count: snapshot.warnings }) : "";
}

/** The visit is over: as soon as the application knows how, its outcome is written down on this same page. */
async function over(tile) {
  tile.stop();
  log.add(t("The visit is over"));
  for (let tries = 0; tries < 60; tries += 1) {
    const answer = await fetch(root.dataset.state, { headers: { Accept: "application/json", "X-Background": "1" } }).catch(() => null);
    if (answer && answer.ok && (await answer.json()).ended) return location.reload();
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
  const trouble = one("[data-trouble]");
  trouble.hidden = false;
  trouble.textContent = t("The broker has ended the visit, but the application has not heard of it yet. Please reload this page in a minute.");
  return null;
}

messages(root, deck, log);
warnings(root, deck, log);

// ---- attention, and the sign-in that must not run out under a watching officer

const attention = new Attention({
  ask: (shown) => { one("[data-awake]").hidden = !shown; if (shown) chime("warning"); },
  tell: (present) => {
    const body = new URLSearchParams({ csrf_token: root.dataset.csrf, present: present ? "yes" : "no" });
    fetch(root.dataset.attention, { method: "POST", body, credentials: "same-origin", headers: present ? {} : { "X-Background": "1" } }).catch(() => null);
  },
});
setInterval(() => attention.isPresent && fetch(root.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null), 60000);

sendInPlace(root);
new Awake().on();
media.silence("audio", true);
media.open().catch(() => log.add(t("This computer gives no microphone: you can see, hear and write, but not speak.")));
for (const tile of tiles) tile.start();
