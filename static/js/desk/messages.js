/* Messages and warnings to one side or both. A kind of visit that knows none of them has no form on the page, and nothing happens here. */
import { CANNED, RULES, shownMessage } from "../live/canned.js";

export function messages(root, deck, log) {
  const form = root.querySelector("[data-message-form]");
  if (!form) return;
  const canned = form.querySelector("[data-canned]");
  const free = form.querySelector("textarea");
  const count = form.querySelector("[data-count]");
  for (const { code, text } of CANNED) canned.append(new Option(text, code));
  const counted = () => { count.textContent = `${free.value.length} / ${free.maxLength}`; };
  free.addEventListener("input", counted);
  free.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = canned.value || null;
    const text = code ? "" : free.value.trim();
    if (!code && !text) return free.focus();
    const ack = await deck.act("message", { text, code, to: form.querySelector("#message-to").value });
    if (ack.ok) {
      log.add(shownMessage({ text, code, warning: null }).text);
      free.value = canned.value = "";
      counted();
    }
    return null;
  });
}

export function warnings(root, deck, log) {
  const form = root.querySelector("[data-warn-form]");
  if (!form) return;
  const rules = form.querySelector("[data-rules]");
  for (const { rule, text } of RULES) rules.append(new Option(`${rule}. ${text}`, String(rule)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rule = Number(rules.value);
    if (!rule) return rules.focus();
    const ack = await deck.act("warn", { rule, text: "", to: form.querySelector("#warn-to").value });
    if (ack.ok) {
      log.add(`${rule}. ${shownMessage({ warning: rule }).text}`);
      rules.value = "";
    }
    return null;
  });
}
