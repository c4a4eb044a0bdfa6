/*
 * Another page of the application beside the pictures, so that they stay in sight: the check-in of the next visit, the outcome of the last one. Its forms are
 * sent by fetch; what comes back takes the place of what was there, until it leads somewhere else: then the drawer closes.
 */
import { t } from "../i18n.js";
import { startCheckIn } from "./checkin_room.js";

export class Drawer {
  constructor(root, { onDone }) {
    Object.assign(this, { root, onDone, stopInside: () => null, url: null });
    this.body = root.querySelector("[data-drawer-body]");
    root.querySelector("[data-drawer-close]").addEventListener("click", () => this.close());
    this.body.addEventListener("submit", (event) => this.submit(event));
    this.body.addEventListener("click", (event) => this.click(event));
  }

  async open(url) {
    this.close(false);
    const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) return this.fail();
    this.url = url;
    this.root.hidden = false;
    document.body.classList.add("has-drawer");
    this.fill(new DOMParser().parseFromString(await answer.text(), "text/html"));
    this.root.querySelector("[data-drawer-close]").focus();
    return null;
  }

  fill(page) {
    this.stopInside();
    this.stopInside = () => null;
    const content = page.getElementById("content");
    this.body.replaceChildren(...[...content.childNodes].map((node) => document.importNode(node, true)));
    const checkIn = this.body.querySelector("#check-in");
    if (checkIn) this.stopInside = startCheckIn(checkIn, { onElsewhere: () => this.close() });
  }

  async submit(event) {
    const form = event.target;
    if (event.defaultPrevented || form.matches("[data-in-place]")) return;
    event.preventDefault();
    const values = new FormData(form);
    if (event.submitter && event.submitter.name) values.set(event.submitter.name, event.submitter.value);
    const answer = await fetch(form.action, { method: "POST", body: values, credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer) return this.fail();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const { pathname } = new URL(answer.url);
    if (answer.redirected && (pathname === "/" || page.getElementById("console"))) return this.close();
    this.fill(page);
    return null;
  }

  /** Links of the page inside would take this one away. */
  click(event) {
    const link = event.target.closest("a[href]");
    if (!link || link.target) return;
    event.preventDefault();
    if (link.getAttribute("href").endsWith("/console")) this.close();
    else window.open(link.href, "_blank", "noopener");
  }

  fail() {
    this.root.hidden = false;
    this.body.replaceChildren(Object.assign(document.createElement("p"), { className: "alert alert-danger", textContent: t("The application does not answer; what you see may be old.") }));
  }

  close(tell = true) {
    this.stopInside();
    this.stopInside = () => null;
    this.body.replaceChildren();
    this.root.hidden = true;
    document.body.classList.remove("has-drawer");
    const url = this.url;
    this.url = null;
    if (tell && url) this.onDone(url);
  }
}
