/*
 * Showing a stream in an element, and what to do when the browser wants a tap before it makes a sound.
 *
 *   const sound = new SoundGate(button);        // the "tap for sound" button, hidden while nothing is blocked
 *   show(video, stream, sound);                 // null takes the picture away
 */

export class SoundGate {
  constructor(button) {
    this.button = button;
    this.blocked = new Set();
    if (button) button.addEventListener("click", () => this.tapped());
  }

  block(element) {
    this.blocked.add(element);
    if (this.button) this.button.hidden = false;
  }

  clear(element) {
    this.blocked.delete(element);
    if (this.button && !this.blocked.size) this.button.hidden = true;
  }

  tapped() {
    for (const element of [...this.blocked]) {
      element.muted = false;
      start(element, this);
    }
  }
}

export function show(element, stream, sound = null) {
  if (element.srcObject === stream) return;
  element.playsInline = true;
  element.autoplay = true;
  element.srcObject = stream;
  if (sound) sound.clear(element);
  if (stream) start(element, sound);
}

async function start(element, sound) {
  try {
    await element.play();
    if (sound) sound.clear(element);
  } catch (error) {
    if (error.name !== "NotAllowedError" || element.muted) return; // an interrupted play() is followed by another one
    element.muted = true; // at least the picture
    if (sound) sound.block(element);
    element.play().catch(() => null);
  }
}
