/*
 * Handing a visit over: offered here, accepted by the next officer on their own wall. The broker lets this console go only when the other one's picture is
 * proven, so the visit goes on without a gap; until then it stays here.
 */
import { t } from "../i18n.js";
import { errorWords } from "./words.js";

const AGAIN = 1000;

export class Handover {
  /** `post(url, values)` sends a form and answers {ok, reasons}; `gone(tile)`: the visit is somebody else's now. */
  constructor({ root, post, log, gone, refresh }) {
    Object.assign(this, { root, post, log, gone, refresh });
    this.offers = root.querySelector("[data-offers]");
    this.passing = new Set();
  }

  /** The form of the selected tile. */
  show(tile) {
    const form = this.root.querySelector("[data-handover-form]");
    if (!form || !tile) return;
    this.say(form, "");
    this.paint(form, tile);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { urls, offered } = tile.session;
      const answer = await this.post(offered ? urls.withdraw : urls.offer, offered ? {} : { to: form.querySelector("#handover-to").value });
      this.say(form, answer.ok ? "" : answer.reasons.join(" "));
      if (answer.ok) this.log.add(offered ? t("The offer is taken back") : t("Offered to the next officer; you go on supervising until it is taken"), tile);
      await this.refresh();
    });
    form.querySelector("[data-leave-to]").addEventListener("click", () => this.pass(tile));
  }

  say(form, text) {
    const place = form.querySelector("[data-handover-said]");
    place.textContent = text;
    place.hidden = !text;
  }

  paint(form, tile) {
    const { offered, officer } = tile.session;
    form.querySelector("[data-offer-words]").textContent = offered ? t("Take the offer back") : t("Offer it");
    form.querySelector("#handover-to").disabled = offered;
    const leave = form.querySelector("[data-leave-to]");
    leave.hidden = !officer || !tile.started;
    leave.textContent = t("Leave it to %(name)s", { name: officer });
  }

  /** Every two seconds: what was offered to us, and whether somebody has accepted ours. `before`: the sessions as they were. */
  sync(wall, state, before) {
    this.offers.replaceChildren(...state.offers.map((offer) => this.offer(offer)));
    for (const tile of wall.all()) {
      const former = before.get(tile.ref);
      if (tile.started && former && former.offered && !tile.session.offered && tile.session.officer) this.pass(tile);
    }
    const form = this.root.querySelector("[data-handover-form]");
    if (form && wall.selected) this.paint(form, wall.selected);
  }

  offer(offer) {
    const item = document.createElement("li");
    item.className = "offer panel panel-accent";
    const head = Object.assign(document.createElement("strong"), { textContent: t("%(name)s hands over: %(inmate)s, %(terminal)s", { name: offer.from, inmate: offer.inmate, terminal: offer.terminal }) });
    const facts = document.createElement("ul");
    const lines = [
      t("Open tasks: %(tasks)s", { tasks: offer.tasks.join("; ") || t("none") }),
      t("Warnings given: %(warnings)s", { warnings: offer.warnings.join(", ") || t("none") }),
      t("Recording: %(state)s", { state: offer.recording }),
    ];
    facts.append(...lines.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
    const accept = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-primary", textContent: t("Accept") });
    const said = Object.assign(document.createElement("p"), { className: "quality-bad", hidden: true });
    accept.addEventListener("click", async () => {
      accept.disabled = true;
      const answer = await this.post(offer.accept, {});
      said.textContent = answer.ok ? "" : answer.reasons.join(" ");
      said.hidden = answer.ok;
      accept.disabled = false;
      await this.refresh(answer.ok ? offer.ref : null);
    });
    item.append(head, facts, accept, said);
    return item;
  }

  /** Leave as soon as the broker says that the other officer's picture is proven. */
  async pass(tile) {
    if (this.passing.has(tile)) return;
    this.passing.add(tile);
    const name = tile.session.officer;
    this.log.add(t("%(name)s has taken it; waiting until their picture is proven", { name }), tile);
    for (let ack = null; !tile.over && tile.session.officer; ) {
      ack = await tile.act("hand_over");
      if (ack.ok) {
        tile.client.leave();
        this.log.add(t("Handed over to %(name)s", { name }), tile);
        this.gone(tile);
        break;
      }
      if (ack.error === "WARNING_UNCONFIRMED") this.log.add(errorWords(ack.error), tile);
      await new Promise((resolve) => { setTimeout(resolve, AGAIN); });
    }
    this.passing.delete(tile);
  }
}
