/*
 * Forms marked data-in-place are sent by fetch, so that the connection of the page lives on; the parts of the answer marked data-part take the places of
 * their namesakes by id. Without this script the same forms work with a new page.
 */
const reload = () => window.location.reload();

/** `onElsewhere`: the answer is another page altogether: the visit is over, or we are signed out. */
export function sendInPlace(root, { onAnswer = () => null, onElsewhere = reload } = {}) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-in-place]")) return;
    event.preventDefault();
    send(form, event.submitter, root, onElsewhere).then(onAnswer);
  });
}

async function send(form, button, root, onElsewhere) {
  const values = new FormData(form);
  if (button && button.name) values.set(button.name, button.value);
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: values, credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!take(page, root)) onElsewhere();
  } catch {
    form.submit(); // the network failed: let the browser say so
  } finally {
    for (const one of form.querySelectorAll("button")) one.disabled = false;
  }
}

function take(page, root) {
  let taken = 0;
  for (const part of root.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    taken += 1;
    part.replaceWith(document.importNode(fresh, true));
  }
  const said = [...page.querySelectorAll("main > .alert")];
  const place = root.parentElement;
  for (const old of place.querySelectorAll(":scope > .alert")) old.remove();
  place.prepend(...said.map((one) => document.importNode(one, true)));
  return taken;
}
