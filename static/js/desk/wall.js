/*
 * The tiles on the wall: which there are, which of them are connected, which is selected, how they are laid out. New sessions of the officer appear by
 * themselves; a tile goes only when its visit is over and written down, or handed over, never because a list says so.
 *
 * `on`: change(tile), task(tile, task), receipt(tile, receipt), joined(tile), end(tile), select(tile or null), count(connected, lanes). While `quiet`, nobody is
 * heard: the officer speaks with somebody else.
 */
import { Tile } from "./tile.js";

const KEPT = "wall-layout";

export class Wall {
  constructor(root, { csrf, media, on }) {
    Object.assign(this, { root, csrf, media, lanes: 1, selected: null, quiet: false });
    this.on = { ...on, isQuiet: () => this.quiet };
    this.place = root.querySelector("[data-tiles]");
    this.template = root.querySelector("[data-tile-template]");
    this.none = root.querySelector("[data-no-tiles]");
    this.tiles = new Map();
    this.layout = localStorage.getItem(KEPT) || "";
    this.place.addEventListener("click", (event) => this.clicked(event));
    for (const button of root.querySelectorAll("[data-layout-choice]")) button.addEventListener("click", () => this.choose(button.dataset.layoutChoice));
  }

  all() {
    return [...this.tiles.values()];
  }

  connected() {
    return this.all().filter((tile) => tile.started && !tile.over);
  }

  watching() {
    return this.all().filter((tile) => tile.isWatching);
  }

  /** `mine` of /wall/sessions.json. `wanted`: a reference that this officer has just asked for. */
  sync(mine, lanes, wanted = null) {
    this.lanes = lanes;
    const listed = new Set(mine.map((session) => session.ref));
    for (const session of mine) {
      const tile = this.tiles.get(session.ref);
      if (tile) tile.update(session);
      else if (!session.ended) this.add(session);
    }
    for (const tile of this.all()) if (!listed.has(tile.ref) && !tile.started) this.remove(tile);
    for (const tile of this.all()) {
      if (!tile.started && this.connected().length < this.lanes) tile.start({ take: tile.ref === wanted || !tile.session.officer });
      else if (!tile.started) tile.face.idle(tile.session);
    }
    if (wanted && this.tiles.has(wanted)) this.select(this.tiles.get(wanted));
    this.render();
  }

  add(session) {
    const root = this.template.content.firstElementChild.cloneNode(true);
    root.dataset.tile = session.ref;
    this.place.append(root);
    const tile = new Tile(root, session, { csrf: this.csrf, media: this.media, on: this.on });
    this.tiles.set(session.ref, tile);
    if (!this.selected) this.select(tile);
    return tile;
  }

  remove(tile) {
    tile.stop();
    tile.root.remove();
    this.tiles.delete(tile.ref);
    if (this.selected === tile) {
      this.selected = null;
      const next = this.connected()[0] || this.all()[0];
      if (next) this.select(next);
      else this.on.select(null);
    }
    this.render();
  }

  // ---- one is selected

  clicked(event) {
    const root = event.target.closest("[data-tile]");
    if (root && this.tiles.has(root.dataset.tile) && !event.target.closest("a")) this.select(this.tiles.get(root.dataset.tile));
  }

  select(tile) {
    if (!tile || this.selected === tile) return;
    this.selected = tile;
    for (const one of this.all()) one.select(one === tile);
    this.on.select(tile);
  }

  step(by) {
    const all = this.all();
    if (all.length) this.select(all[(all.indexOf(this.selected) + by + all.length) % all.length]);
  }

  // ---- layout

  choose(layout) {
    this.layout = this.layout === layout ? "" : layout;
    if (this.layout) localStorage.setItem(KEPT, this.layout);
    else localStorage.removeItem(KEPT);
    this.render();
  }

  render() {
    const count = this.tiles.size;
    const fit = count < 2 ? "1" : count < 5 ? "4" : "9";
    const layout = count < 2 ? "1" : this.layout || fit;
    this.place.dataset.layout = layout;
    this.none.hidden = count > 0;
    for (const button of this.root.querySelectorAll("[data-layout-choice]")) button.setAttribute("aria-pressed", String(button.dataset.layoutChoice === layout));
    this.on.count(this.connected().length, this.lanes);
  }
}
