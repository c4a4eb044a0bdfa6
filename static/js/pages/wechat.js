/* Does this browser give a camera? If not, show how to open the page in another one.
   Written for old browsers (they are the ones concerned): no module, nothing newer than 2015. */
(function () {
  "use strict";

  var panel = document.querySelector("[data-browser-notice]");
  var camera = navigator.mediaDevices && typeof navigator.mediaDevices.getUserMedia === "function";
  var wechat = /MicroMessenger/i.test(navigator.userAgent);
  if (!panel || camera) {
    return;
  }

  function each(selector, work) {
    Array.prototype.forEach.call(panel.querySelectorAll(selector), work);
  }

  each(wechat ? "[data-elsewhere]" : "[data-in-wechat]", function (part) {
    part.hidden = true;
  });

  var address = panel.querySelector("[data-page-address]");
  var button = panel.querySelector("[data-copy]");
  var state = panel.querySelector("[data-copy-state]");
  address.value = window.location.href;

  button.addEventListener("click", function () {
    address.focus();
    address.setSelectionRange(0, address.value.length);
    if (document.execCommand("copy")) {
      state.textContent = button.getAttribute("data-copied");
    }
  });

  panel.hidden = false;
})();
