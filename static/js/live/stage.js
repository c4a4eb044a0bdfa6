/*
 * The pictures of a visit: the other side large, further persons small, the officer's voice without a picture.
 *
 *   const stage = new Stage(root, { own: "outside1", sound });
 *   stage.stream(from, stream);      // as the client reports them
 *   stage.session(snapshot);         // who is here
 *
 * `root` holds [data-remote] (a video), [data-others] (a list that is filled here) and [data-officer] (an audio element).
 */
import { show } from "./playback.js";

const ORDER = ["terminal", "outside1", "outside2", "outside3"];

/** Whose pictures are shown, the large one first: those who are in the session; while nobody is, the first there could be. Pure. */
export function arranged(streams, present) {
  const able = ORDER.filter((slot) => streams.has(slot));
  const here = able.filter((slot) => present.has(slot));
  return here.length ? here : able.slice(0, 1);
}

export class Stage {
  constructor(root, { sound = null } = {}) {
    this.remote = root.querySelector("[data-remote]");
    this.others = root.querySelector("[data-others]");
    this.officer = root.querySelector("[data-officer]");
    this.sound = sound;
    this.streams = new Map();
    this.present = new Set();
    this.tiles = new Map(); // slot -> video
  }

  stream(from, stream) {
    if (from === "officer") {
      show(this.officer, stream, this.sound);
      return;
    }
    if (stream) this.streams.set(from, stream);
    else this.streams.delete(from);
    this.render();
  }

  session(snapshot) {
    this.present = new Set(snapshot.participants.filter((person) => person.state === "in_session").map((person) => person.slot));
    this.render();
  }

  render() {
    const [first, ...rest] = arranged(this.streams, this.present);
    show(this.remote, this.streams.get(first) || null, this.sound);
    for (const [slot, video] of this.tiles) {
      if (!rest.includes(slot)) this.remove(slot, video);
    }
    for (const slot of rest) show(this.tile(slot), this.streams.get(slot), this.sound);
    this.others.hidden = !rest.length;
  }

  tile(slot) {
    if (!this.tiles.has(slot)) {
      const video = document.createElement("video");
      const item = document.createElement("li");
      item.append(video);
      this.others.append(item);
      this.tiles.set(slot, video);
    }
    return this.tiles.get(slot);
  }

  remove(slot, video) {
    show(video, null, this.sound);
    video.closest("li").remove();
    this.tiles.delete(slot);
  }
}
