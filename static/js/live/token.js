/* Asking the application for a ticket to the broker. */

const PATIENCE = 8000;
const PASSING = new Set(["NO_BROKER"]); // ours to mend: worth asking again

/** The application has said no, and asking again would not change that. */
export class TokenRefused extends Error {
  constructor(status, code, reasons) {
    super(code);
    this.status = status;
    this.code = code;
    this.reasons = reasons;
  }
}

/** {token, url, sid, stage}. Throws TokenRefused, or another error when it is worth trying again. */
export async function askToken(url, csrf, body = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf, "X-Background": "1" },
      body: JSON.stringify(typeof body === "function" ? body() : body),
      credentials: "same-origin",
      signal: stop.signal,
    });
    if (answer.ok) return await answer.json();
    throw await refusal(answer);
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(answer) {
  if (answer.status === 429 || answer.status >= 500) return new Error(`busy: ${answer.status}`);
  const told = await answer.json().catch(() => ({}));
  const codes = told.codes || [];
  if (codes.length && codes.every((code) => PASSING.has(code))) return new Error(codes[0]);
  const code = codes[0] || { 401: "SIGNED_OUT", 400: "PAGE_OLD" }[answer.status] || "NOT_YOURS";
  return new TokenRefused(answer.status, code, told.reasons || []);
}
