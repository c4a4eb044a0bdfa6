/* A page at the terminal that somebody reads. It goes back to the idle screen by itself: after two minutes without a touch, and at once when a visit is
   near or called. Meanwhile the terminal goes on saying that it is in working order. */
const POLL = 1000;
const ALIVE = 60_000;
const UNTOUCHED = 120_000;
const DEAF = 60_000; // so long without an answer: the idle screen knows how to mend itself
const TOUCHES = ["pointerdown", "touchstart", "wheel", "scroll", "keydown"];

const root = document.querySelector("[data-reading]");

if (root) {
  const { home, stateUrl, aliveUrl, csrf } = root.dataset;
  const headers = { Accept: "application/json", "X-CSRFToken": csrf, "X-Background": "1" };
  const leave = () => window.location.replace(home);
  let touched = performance.now();
  let answered = performance.now();

  const ask = async (url, options = {}) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 5000);
    try {
      const answer = await fetch(url, { headers, redirect: "error", signal: stop.signal, ...options });
      return answer.ok ? await answer.json() : { refused: answer.status };
    } finally {
      clearTimeout(timer);
    }
  };

  const poll = async () => {
    try {
      const state = await ask(stateUrl);
      if (state.refused === 401 || state.refused === 403 || state.calm === false) {
        leave();
        return;
      }
      if (!state.refused) answered = performance.now();
    } catch { /* the next try follows */ }
    if (performance.now() - answered > DEAF) leave();
    else setTimeout(poll, POLL);
  };

  for (const name of TOUCHES) window.addEventListener(name, () => { touched = performance.now(); }, { passive: true, capture: true });
  setInterval(() => { if (performance.now() - touched > UNTOUCHED) leave(); }, POLL);
  setInterval(() => { ask(aliveUrl, { method: "POST" }).catch(() => null); }, ALIVE);
  poll();

  const buttons = document.querySelectorAll("[data-scroll]");
  const fits = () => { for (const one of buttons) one.hidden = document.documentElement.scrollHeight <= window.innerHeight + 8; };
  for (const one of buttons) one.addEventListener("click", () => window.scrollBy({ top: Number(one.dataset.scroll) * window.innerHeight * 0.7, behavior: "smooth" }));
  window.addEventListener("resize", fits);
  fits();
}
