/*
 * Own buttons during a visit: microphone, camera, leave (asked once more). What the officer has muted is shown and stays with the officer:
 * nobody is unmuted by another person, the mute is lifted and the person speaks when they wish.
 */
import { t } from "../i18n.js";

export class Controls {
  constructor(root, media, onLeave) {
    this.media = media;
    this.mutedByOfficer = false;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.part("mute-audio").addEventListener("click", () => this.toggle("audio"));
    this.part("mute-video")?.addEventListener("click", () => this.toggle("video"));
    for (const button of root.querySelectorAll("[data-leave]")) button.addEventListener("click", () => this.ask(true));
    this.part("stay").addEventListener("click", () => this.ask(false));
    this.part("leave-sure").addEventListener("click", () => {
      this.ask(false);
      onLeave();
    });
  }

  toggle(medium) {
    this.media.silence(medium, !this.media.silent[medium]);
    this.render();
  }

  ask(open) {
    this.part("leave-ask").hidden = !open;
    if (open) this.part("stay").focus();
  }

  session(snapshot) {
    this.mutedByOfficer = Boolean(snapshot.own && snapshot.own.muted);
    this.part("muted").hidden = !this.mutedByOfficer;
  }

  render() {
    this.press("audio", this.media.silent.audio, t("Microphone off"), t("Microphone on"));
    this.press("video", this.media.silent.video, t("Camera off"), t("Camera on"));
  }

  press(medium, off, offText, onText) {
    const button = this.part(`mute-${medium}`);
    if (!button) return;
    button.setAttribute("aria-pressed", String(off));
    button.querySelector("[data-words]").textContent = off ? offText : onText;
    for (const icon of button.querySelectorAll("[data-when]")) icon.hidden = (icon.dataset.when === "off") !== off;
  }
}
