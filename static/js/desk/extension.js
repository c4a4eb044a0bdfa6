/* More time for the selected visit: the application claims it first, then the broker is told. Without this script the same form works with a new page. */
export function extension(root, tile, { post, say }) {
  const place = root.querySelector("[data-extend]");
  if (!place) return;
  place.action = tile.session.urls.extend;
  place.onsubmit = async (event) => {
    event.preventDefault();
    const buttons = [...place.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    const answer = await post(tile.session.urls.extend, { minutes: event.submitter.value });
    say(answer.ok ? answer.said : answer.reasons.join(" "), answer.ok);
    for (const button of buttons) button.disabled = false;
  };
}
