/* Counts down until another code can be asked for. Without it the server says how long to wait. */
const form = document.querySelector("[data-resend]");

if (form) {
  const button = form.querySelector("button");
  const count = form.querySelector("[data-count]");
  const end = performance.now() + Number(form.dataset.resend) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    count.textContent = left > 0 ? `(${left})` : "";
    if (left <= 0) {
      clearInterval(timer);
    }
  };
  const timer = setInterval(tick, 500);
  tick();
}
