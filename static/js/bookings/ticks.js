// A tick in the head of a table ticks every row; one row unticked unticks the head.
for (const head of document.querySelectorAll("[data-tick-all]")) {
  const name = head.dataset.tickAll;
  const rows = [...head.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
  const look = () => {
    const ticked = rows.filter((row) => row.checked).length;
    head.checked = ticked > 0 && ticked === rows.length;
    head.indeterminate = ticked > 0 && ticked < rows.length;
  };
  head.addEventListener("change", () => rows.forEach((row) => { row.checked = head.checked; }));
  rows.forEach((row) => row.addEventListener("change", look));
  look();
}
