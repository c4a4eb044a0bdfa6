// Keeps a lawyer's notes while they are typed: a few seconds after the last key, again when the line is back, and before the page goes.
// What cannot be sent stays in the field; the server tells by its version when another window has saved in between.

const WAIT = 2000;
const RETRY = 5000;

export function keep(form) {
  const text = form.querySelector("textarea");
  const version = form.querySelector("input[name=version]");
  const state = form.querySelector("[data-keep-state]");
  let kept = text.value;
  let timer = 0;
  let sending = false;
  let stopped = false;

  const say = (words) => { state.textContent = words; };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };

  async function save() {
    if (sending || stopped || text.value === kept) return;
    sending = true;
    const sent = text.value;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, keepalive: sent.length < 15000 });
      if (answer.ok) {
        version.value = (await answer.json()).version;
        kept = sent;
        if (text.value === kept) delete form.dataset.unsaved;
        say(form.dataset.kept.replace("%(time)s", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })));
      } else if (answer.status === 409) {
        stopped = true;
        say(form.dataset.conflict);
      } else if (answer.status === 422) {
        say(((await answer.json()).reasons || []).join(" "));
      } else {
        say(form.dataset.waits);
        later(RETRY);
      }
    } catch {
      say(form.dataset.waits);
      later(RETRY);
    } finally {
      sending = false;
      if (text.value !== sent && !stopped) later(WAIT);
    }
  }

  text.addEventListener("input", () => {
    form.dataset.unsaved = "1"; // other scripts leave the page alone until it is saved
    later(WAIT);
  });
  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  window.addEventListener("beforeunload", (event) => { if (text.value !== kept && !form.dataset.sent) event.preventDefault(); });
  form.addEventListener("submit", () => { form.dataset.sent = "1"; });
}

for (const form of document.querySelectorAll("form[data-keep]")) keep(form);
