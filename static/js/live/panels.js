/* One panel of a page at a time: elements with data-panel inside a root. The body knows which one, so that the frame of the page can step back. */
export class Panels {
  constructor(root) {
    this.panels = [...root.querySelectorAll("[data-panel]")];
    this.shown = this.panels.find((panel) => !panel.hidden)?.dataset.panel || null;
  }

  show(name) {
    if (this.shown === name) return;
    this.shown = name;
    for (const panel of this.panels) panel.hidden = panel.dataset.panel !== name;
    document.body.classList.toggle("live", name === "live");
    document.body.dataset.panel = name;
  }
}
