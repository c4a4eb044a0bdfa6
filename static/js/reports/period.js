// Only the fields of the chosen kind of period are shown; without JavaScript all of them are, and the chosen kind decides.
const form = document.querySelector('[data-spans]');
const kind = form?.elements.namedItem('span');

function show() {
  for (const part of form.querySelectorAll('[data-span]')) {
    part.hidden = part.dataset.span !== kind.value;
  }
}

if (kind) {
  kind.addEventListener('change', show);
  show();
}
const print = document.querySelector('[data-print]');
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
