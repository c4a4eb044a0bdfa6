/* The description of a relation is asked only where the prison decides individually. */
const note = document.querySelector("[data-note-for]");
const relation = note && document.getElementById(note.dataset.noteFor);

if (relation) {
  const needing = note.dataset.needing.split(" ");
  const sync = () => { note.hidden = !needing.includes(relation.value); };
  relation.addEventListener("change", sync);
  sync();
}
