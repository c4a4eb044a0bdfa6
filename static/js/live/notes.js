/*
 * The officer's messages: one at a time over the picture, with a sign, until the person has confirmed that they read it.
 *
 *   const notes = new Notes(root, { onConfirm: (id) => client.confirm(id) });
 *   notes.add(message);
 *
 * `root` (hidden while there is nothing) holds [data-note-icon], [data-note-kind], [data-note-text] and the button [data-note-confirm];
 * signs are copied from the page's <template data-icon="…"> elements (shared/live_icons.html).
 */
import { t } from "../i18n.js";
import { shownMessage } from "./canned.js";
import { chime } from "./sound.js";

export class Notes {
  constructor(root, { onConfirm }) {
    this.root = root;
    this.onConfirm = onConfirm;
    this.queue = [];
    this.known = new Set();
    this.part("confirm").addEventListener("click", () => this.confirmed());
  }

  part(name) {
    return this.root.querySelector(`[data-note-${name}]`);
  }

  add(message) {
    if (this.known.has(message.id)) return; // sent again after a reconnection
    this.known.add(message.id);
    if (message.warning) this.queue.unshift(message); // a warning does not wait behind ordinary messages
    else this.queue.push(message);
    chime(message.warning ? "warning" : "message");
    this.render();
  }

  confirmed() {
    const message = this.queue.shift();
    if (message) this.onConfirm(message.id);
    this.render();
  }

  clear() {
    this.queue = [];
    this.render();
  }

  render() {
    const message = this.queue[0];
    this.root.hidden = !message;
    if (!message) return;
    const { text, icon, isWarning, rule } = shownMessage(message);
    this.root.classList.toggle("is-warning", isWarning);
    this.part("kind").textContent = isWarning ? t("Warning. Rule %(rule)s", { rule }) : t("Message from the officer");
    this.part("text").textContent = text;
    this.part("icon").replaceChildren(...sign(icon));
  }
}

function sign(name) {
  const template = document.querySelector(`template[data-icon="${CSS.escape(name)}"]`);
  return template ? [template.content.cloneNode(true)] : [];
}
