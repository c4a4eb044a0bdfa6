/*
 * Photos and documents: each file goes to the staging endpoint as soon as it is chosen, so that a refused form keeps it. What comes back is a uid, which stands in
 * the form's hidden field (data-field), and a small picture. Without this script a page of its own takes the file.
 *
 * <div data-upload data-purpose data-most data-url data-csrf [data-field] [data-camera="user|environment"]> … </div>, see templates/family/uploads/box.html
 */
import { t } from "./i18n.js";
import { installCamera } from "./camera.js";

const LARGEST = 10 * 1024 * 1024; // bytes, as visitation/uploads/rules.py
const SHRINK_ABOVE = 1.5 * 1024 * 1024; // bytes; smaller photos go as they are
const LONGEST_SIDE = 2400; // pixels; the server keeps 1600

/** A large photo made smaller before it is sent: a village's line is slow. Whatever cannot be decoded goes as it is, and the server says what is wrong. */
async function shrink(file) {
  if (!file.type.startsWith("image/") || file.size <= SHRINK_ABOVE || !window.createImageBitmap) {
    return file;
  }
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.88); });
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

/** Send one file; resolves to the server's answer, rejects with sentences for the person. XMLHttpRequest, because fetch does not tell how far an upload is. */
function send(box, file, onProgress) {
  return new Promise((resolve, reject) => {
    const data = new FormData();
    data.append("csrf_token", box.dataset.csrf);
    data.append("purpose", box.dataset.purpose);
    data.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => {
      const answer = request.response || {};
      if (request.status === 201) {
        resolve(answer);
      } else {
        reject(new Error((answer.reasons || []).join(" ") || answer.text || t("The file could not be sent. Please try again.")));
      }
    });
    request.addEventListener("error", () => reject(new Error(t("The line was interrupted. The file is not sent yet; please try again."))));
    request.send(data);
  });
}

class UploadBox {
  constructor(box) {
    this.box = box;
    this.list = box.querySelector("[data-list]");
    this.input = box.querySelector("input[type=file]");
    this.progress = box.querySelector("[data-progress]");
    this.status = box.querySelector("[data-status]");
    this.field = box.dataset.field ? document.getElementById(box.dataset.field) : null;
    this.most = Number(box.dataset.most);
    box.querySelector("[data-choose]")?.removeAttribute("hidden");
    this.list.querySelectorAll("[data-uid]").forEach((item) => this.armRemove(item));
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    if (box.dataset.camera) {
      installCamera(box, (file) => this.take([file]), (text) => this.say(text, true));
    }
    this.keep();
  }

  say(text, wrong = false) {
    this.status.textContent = text;
    this.status.classList.toggle("wrong", wrong);
  }

  uids() {
    return [...this.list.querySelectorAll("[data-uid]")].map((item) => item.dataset.uid);
  }

  keep() {
    if (this.field) {
      this.field.value = this.uids().join(",");
    }
  }

  async take(files) {
    const problems = [];
    for (const file of files) {
      if (this.most > 1 && this.uids().length >= this.most) {
        problems.push(t("At most %(most)s files. Please remove one first.", { most: this.most }));
        break;
      }
      try {
        await this.takeOne(file);
      } catch (problem) {
        problems.push(problem.message);
      }
    }
    this.progress.hidden = true;
    this.input.value = ""; // what is staged must not be sent again with the form
    this.say(problems.length ? problems.join(" ") : t("The file has arrived."), problems.length > 0);
  }

  async takeOne(file) {
    this.say(t("Sending the file…"));
    this.progress.hidden = false;
    this.progress.value = 0;
    const small = await shrink(file);
    if (small.size > LARGEST) {
      throw new Error(t("The file is larger than 10 MB. Please choose a smaller one."));
    }
    const answer = await send(this.box, small, (share) => { this.progress.value = Math.round(share * 100); });
    if (this.most === 1) {
      this.list.querySelectorAll("[data-uid]").forEach((item) => this.remove(item));
    }
    this.add(answer);
    this.keep();
  }

  add(answer) {
    const item = document.createElement("li");
    item.className = "upload-item";
    item.dataset.uid = answer.uid;
    if (answer.image) {
      const picture = document.createElement("img");
      picture.src = answer.url;
      picture.alt = t("The photo you added");
      item.append(picture);
    } else {
      const link = document.createElement("a");
      link.href = answer.url;
      link.textContent = answer.name;
      item.append(link);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet";
    button.dataset.remove = "";
    button.textContent = t("Remove");
    item.append(button);
    this.list.append(item);
    this.armRemove(item);
  }

  armRemove(item) {
    const button = item.querySelector("[data-remove]");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => {
        this.remove(item);
        this.keep();
        this.say(t("The file is removed."));
      });
    }
  }

  /** Take it off the page, and let the server forget it; where that fails, the sweep does it within a day. */
  remove(item) {
    item.remove();
    const data = new FormData();
    data.append("csrf_token", this.box.dataset.csrf);
    fetch(`${this.box.dataset.url}/${item.dataset.uid}/remove`, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => {});
  }
}

document.querySelectorAll("[data-upload]").forEach((box) => new UploadBox(box));
