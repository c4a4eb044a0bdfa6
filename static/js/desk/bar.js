/*
 * The controls of the selected tile: the action bar and the forms beside it are copied from templates, without what this kind of visit does not allow, so that
 * what may not be done has no button at all. What was typed for a tile is there again when it is selected again.
 */
export class Bar {
  constructor(root, { onShown }) {
    this.root = root;
    this.onShown = onShown;
    this.places = [...root.querySelectorAll("[data-controls-for]")].map((template) => ({
      template,
      place: root.querySelector(`[data-${template.dataset.controlsFor}]`),
    }));
    this.drafts = new WeakMap();
    this.shown = null;
  }

  show(tile) {
    if (this.shown) this.drafts.set(this.shown, this.typed());
    this.shown = tile;
    for (const { template, place } of this.places) {
      const copy = tile ? template.content.cloneNode(true) : document.createDocumentFragment();
      for (const part of copy.querySelectorAll("[data-needs]")) if (!allowed(tile.session, part.dataset.needs)) part.remove();
      place.replaceChildren(copy);
    }
    const kept = tile ? this.drafts.get(tile) : null;
    for (const [id, value] of kept || []) {
      const field = this.root.querySelector(`#${CSS.escape(id)}`);
      if (field) field.value = value;
    }
    this.onShown(tile);
  }

  typed() {
    const fields = this.places.flatMap(({ place }) => [...place.querySelectorAll("textarea[id], select[id], input[id]")]);
    return fields.map((field) => [field.id, field.value]);
  }
}

function allowed(session, needs) {
  return needs === "hears" ? session.hears : session.actions.includes(needs);
}
