/*
 * A photo by the camera: see oneself, take it, look at it, use it or take it again. Where the browser gives no camera, the file input beside it stays, which on a
 * telephone opens the camera application.
 */
import { t } from "./i18n.js";

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 960 } };

/** Why there is no camera, and what to do. */
function reason(error) {
  if (error.name === "NotAllowedError") {
    return t("The browser may not use the camera. Please allow it in the browser's settings, or choose a photo instead.");
  }
  if (error.name === "NotReadableError") {
    return t("Another application is using the camera. Please close it, or choose a photo instead.");
  }
  return t("No camera was found. Please choose a photo instead.");
}

class Camera {
  constructor(box, onPhoto, onProblem) {
    this.facing = box.dataset.camera;
    this.panel = box.querySelector("[data-camera-panel]");
    this.opener = box.querySelector("[data-open-camera]");
    this.view = this.panel.querySelector("[data-view]");
    this.shot = this.panel.querySelector("[data-shot]");
    this.onPhoto = onPhoto;
    this.onProblem = onProblem;
    this.stream = null;
    this.blob = null;
    this.opener.hidden = false;
    this.opener.addEventListener("click", () => this.open());
    this.on("[data-take]", () => this.take());
    this.on("[data-retake]", () => this.show(false));
    this.on("[data-use]", () => this.use());
    this.on("[data-close]", () => this.close());
    window.addEventListener("pagehide", () => this.stop());
  }

  on(selector, act) {
    this.panel.querySelector(selector).addEventListener("click", act);
  }

  async open() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: this.facing, ...PICTURE }, audio: false });
    } catch (error) {
      this.onProblem(reason(error));
      return;
    }
    this.onProblem("");
    this.view.srcObject = this.stream;
    this.view.classList.toggle("mirrored", this.facing === "user");
    this.panel.hidden = false;
    this.opener.hidden = true;
    this.show(false);
    await this.view.play().catch(() => {});
    this.panel.scrollIntoView({ block: "center" });
  }

  /** Either the living picture with "take", or the photo with "use" and "again". */
  show(taken) {
    this.view.hidden = taken;
    this.shot.hidden = !taken;
    this.panel.querySelector("[data-take]").hidden = taken;
    this.panel.querySelector("[data-use]").hidden = !taken;
    this.panel.querySelector("[data-retake]").hidden = !taken;
    this.panel.querySelector(taken ? "[data-use]" : "[data-take]").focus();
  }

  async take() {
    if (!this.view.videoWidth) {
      this.onProblem(t("The camera is not ready yet. Please try again in a moment."));
      return;
    }
    const canvas = document.createElement("canvas");
    canvas.width = this.view.videoWidth;
    canvas.height = this.view.videoHeight;
    canvas.getContext("2d").drawImage(this.view, 0, 0);
    this.blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.92); });
    if (this.shot.src) {
      URL.revokeObjectURL(this.shot.src);
    }
    this.shot.src = URL.createObjectURL(this.blob);
    this.show(true);
  }

  use() {
    const file = new File([this.blob], "camera.jpg", { type: "image/jpeg" });
    this.close();
    this.onPhoto(file);
  }

  close() {
    this.stop();
    this.panel.hidden = true;
    this.opener.hidden = false;
    this.opener.focus();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.view.srcObject = null;
  }
}

/** Give an upload box its camera. `onPhoto(file)` gets the photo, `onProblem(text)` what to tell the person. */
export function installCamera(box, onPhoto, onProblem) {
  if (navigator.mediaDevices?.getUserMedia) {
    new Camera(box, onPhoto, onProblem);
  } else {
    box.querySelector("[data-open-camera]")?.remove();
  }
}
