/* How far an import is, asked of the page itself every second; when it is done, the page is shown anew with its report. */

const here = document.getElementById("import-progress");
const PAUSE = 1000;

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { "X-Background": "1" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const there = page.getElementById("import-progress");
    if (there && there.dataset.progress === "done") {
      location.reload();
      return;
    }
    if (there) {
      here.replaceChildren(...there.childNodes);
    }
  } catch {
    /* the network was away for a moment: asked again */
  }
  setTimeout(look, PAUSE);
}

if (here && here.dataset.progress !== "done") {
  setTimeout(look, PAUSE);
}
