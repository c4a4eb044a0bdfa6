/* Tables become cards on phones: every cell learns the name of its column. A table with .table-keep stays as it is.
   `label` is exported for scripts that fill a table later. */

export function label(table) {
  const names = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
  if (!names.length) {
    return;
  }
  for (const row of table.tBodies.length ? [...table.tBodies].flatMap((body) => [...body.rows]) : []) {
    let column = 0;
    for (const cell of row.cells) {
      if (names[column] && cell.colSpan === 1) {
        cell.dataset.label = names[column];
      }
      column += cell.colSpan;
    }
  }
  table.classList.add("as-cards");
}

document.querySelectorAll("table.table:not(.table-keep)").forEach(label);
