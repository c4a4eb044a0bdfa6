// The form of somebody who must wait is sent again by itself.
const form = document.querySelector("[data-again]");
if (form) setTimeout(() => form.requestSubmit(), Number(form.dataset.again) * 1000);
