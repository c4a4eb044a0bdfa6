/* Copies an address that is shown once; where the browser does not let a script copy, the field is selected instead. */
const button = document.querySelector("[data-copy-from]");
const field = document.getElementById(button.dataset.copyFrom);
const said = document.querySelector("[data-copy-said]");

button.hidden = false;
field.addEventListener("focus", () => field.select());
button.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(field.value);
    said.textContent = field.dataset.copied;
  } catch {
    field.focus();
  }
});
