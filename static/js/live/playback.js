/*
 * Showing a stream in an element, and what to do when the browser wants a tap before it makes a sound.
 *
 *   const sound = new SoundGate(button);        // the "tap for sound" button, hidden while nothing is blocked
 *   show(video, stream, sound);                 // null takes the picture away
 *   unlock(elements);                           // in the tap with which a person comes in: no second tap is needed then
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

/** In a tap: these elements may sound from now on, also when their stream comes only later. Phones allow it element by element. */
export function unlock(elements) {
  for (const element of elements) if (!element.srcObject) element.play().catch(() => null); // begun with nothing, and broken off by the first stream
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
