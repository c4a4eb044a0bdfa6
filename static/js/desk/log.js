/* What happened, the newest first; where there are several visits, each line names its own. */
const MOST = 200;

export class Log {
  constructor(list) {
    this.list = list;
  }

  add(text, tile = null) {
    const row = document.createElement("li");
    const at = document.createElement("time");
    at.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
    const words = document.createElement("span");
    words.textContent = tile ? `${tile.session.inmate}: ${text}` : text;
    row.append(at, words);
    this.list.prepend(row);
    while (this.list.children.length > MOST) this.list.lastChild.remove();
  }
}
