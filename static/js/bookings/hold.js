/* The time that is left of a hold, counted from the server's clock. Without this the page says until when. */

const line = document.querySelector("[data-hold-until]");

function show(element, left) {
  if (left <= 0) {
    element.textContent = element.dataset.holdOver;
    element.classList.add("hold-over");
    return false;
  }
  const seconds = String(Math.floor(left / 1000) % 60).padStart(2, "0");
  element.textContent = element.dataset.holdWords.replace("{left}", `${Math.floor(left / 60000)}:${seconds}`);
  return true;
}

if (line) {
  const length = Date.parse(line.dataset.holdUntil) - Date.parse(line.dataset.holdNow);
  const start = performance.now();
  const timer = setInterval(() => {
    if (!show(line, length - (performance.now() - start))) {
      clearInterval(timer);
    }
  }, 1000);
  show(line, length);
}
