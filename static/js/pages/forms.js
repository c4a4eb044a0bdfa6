/* Small helps for every form. Without them everything works too.
   - The first thing that was refused gets the focus.
   - A form is sent once: the pressed button shows that work goes on, a second press does nothing.
   A form that is sent by fetch, or answers with a file, says so with data-own. */

const UNLOCK_AFTER = 20000; // ms; an answer that is a download leaves the page where it is
const FIRST_WRONG = "[data-focus], .field-wrong input:not([type=hidden]), .field-wrong select, .field-wrong textarea, [aria-invalid=true]";

function focusFirstWrong() {
  const wrong = document.querySelector(FIRST_WRONG);
  if (wrong) {
    wrong.focus();
  }
}

function showBusy(button) {
  if (!button || button.dataset.words !== undefined) {
    return;
  }
  button.dataset.words = button.textContent.trim();
  button.setAttribute("aria-busy", "true");
  const kept = document.createElement("span");
  kept.hidden = true;
  kept.append(...button.childNodes);
  const mark = document.createElement("span");
  mark.className = "busy-mark";
  button.append(mark, document.createTextNode(` ${document.body.dataset.busy}`), kept);
}

function showReady(button) {
  const kept = button.querySelector("span[hidden]");
  if (kept) {
    button.replaceChildren(...kept.childNodes);
  }
  button.removeAttribute("aria-busy");
  delete button.dataset.words;
}

function unlock(form) {
  delete form.dataset.sent;
  form.querySelectorAll("button[aria-busy]").forEach(showReady);
  document.querySelectorAll(`button[form="${form.id}"][aria-busy]`).forEach(showReady);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.method !== "post" || "own" in form.dataset) {
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter || form.querySelector("button[type=submit]");
  setTimeout(() => showBusy(button)); // afterwards, so that the button's own value is sent
  setTimeout(() => unlock(form), UNLOCK_AFTER);
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    document.querySelectorAll("form[data-sent]").forEach(unlock);
  }
});

focusFirstWrong();
