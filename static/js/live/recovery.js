/*
 * A page that nobody tends mends itself: after an error it is loaded anew, at once the first time, then later each time, at most every two minutes.
 * The count lives in sessionStorage, so that it outlives the page; `settled` clears it once things have worked for a while.
 */
const KEY = "kiosk-recoveries";
const STEPS = [1000, 5000, 15_000, 60_000, 120_000];
const CALM = 60_000;

let waiting = false;
let since = null;

export function recover(why, { store = sessionStorage, reload = () => window.location.reload(), later = setTimeout } = {}) {
  if (waiting) return null;
  waiting = true;
  const count = Number(store.getItem(KEY) || 0);
  store.setItem(KEY, String(count + 1));
  const wait = STEPS[Math.min(count, STEPS.length - 1)];
  console.warn(`The page is loaded anew in ${wait / 1000} s: ${why}`);
  later(reload, wait);
  return wait;
}

export function settled(now = performance.now()) {
  since = since ?? now;
  if (!waiting && now - since > CALM) sessionStorage.removeItem(KEY);
}
