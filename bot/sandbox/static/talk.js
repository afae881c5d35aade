// What a reader does: types, taps, copies, looks closer.

const TOAST_MS = 4000;
const CHIPS = ["/status", "/trades", "/signals", "/report", "/pause", "/strategy", "/help"];

const toast = document.querySelector("#toast");
let toastTimer = 0;

/** A short word over the pane it belongs to. */
function say(words, pane) {
  toast.textContent = words;
  toast.dataset.over = pane.section.id;
  toast.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("shown"), TOAST_MS);
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}

async function send(text, pane) {
  try {
    await post("/say", { chat_id: pane.current.chat.id, text });
  } catch {
    say("The sandbox does not answer.", pane);
  }
}

async function press(button, messageId, pane) {
  button.classList.add("waiting");
  try {
    const where = { chat_id: pane.current.chat.id, message_id: messageId };
    const answer = await post("/press", { ...where, data: button.dataset.press });
    if (answer.text && answer.alert) alertBox(answer.text);
    else if (answer.text) say(answer.text, pane);
  } catch {
    say("The sandbox does not answer.", pane);
  } finally {
    button.classList.remove("waiting");
  }
}

function alertBox(words) {
  const box = document.querySelector("#alert");
  box.querySelector("p").textContent = words;
  box.showModal();
}

async function copy(text, pane) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied to the clipboard.", pane);
  } catch {
    say("This browser does not allow copying.", pane);
  }
}

function enlarge(image) {
  const viewer = document.querySelector("#viewer");
  const large = viewer.querySelector("img");
  large.src = image.src;
  large.alt = image.alt;
  viewer.showModal();
}

/** One listener for everything inside messages. `home` is the pane commands are sent from. */
export function listen(pane, home) {
  const act = (event) => {
    const target = event.target.closest("[data-press], [data-copy], [data-jump], [data-command], .photo, .spoiler, .folds");
    if (!target || String(getSelection())) return;
    const id = Number(target.closest(".message")?.dataset.id);
    if (target.dataset.press) press(target, id, pane);
    else if (target.dataset.copy) copy(target.dataset.copy, pane);
    else if (target.dataset.jump) pane.current.jump(Number(target.dataset.jump));
    else if (target.dataset.command) send(target.dataset.command, home);
    else if (target.matches(".photo")) enlarge(target.querySelector("img"));
    else if (target.matches(".spoiler")) target.classList.add("open");
    else target.ariaExpanded = String(target.ariaExpanded !== "true");
  };
  const views = pane.section.querySelector(".views");
  views.addEventListener("click", act);
  views.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (!event.target.matches("[role=button]")) return; // real buttons click by themselves
    event.preventDefault();
    act(event);
  });
}

export function listenToDialogs() {
  const viewer = document.querySelector("#viewer");
  viewer.addEventListener("click", () => viewer.close());
}

/** The box to write in: chips, and the bot's own list of commands while a command is typed. */
export class Composer {
  constructor(form, home) {
    this.form = form;
    this.home = home;
    this.input = form.elements.text;
    this.offers = form.querySelector(".offers");
    form.addEventListener("submit", (event) => this.submit(event));
    this.input.addEventListener("input", () => this.offer());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
    form.querySelector(".chips").append(...CHIPS.map((words) => this.chip(words)));
  }

  chip(words) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = words;
    chip.addEventListener("click", () => this.send(words));
    return chip;
  }

  send(text) {
    if (!this.home.current || !text.trim()) return;
    this.home.current.atEnd = true;
    send(text.trim(), this.home);
  }

  submit(event) {
    event.preventDefault();
    this.send(this.input.value);
    this.input.value = "";
    this.close();
  }

  get rows() {
    return [...this.offers.children];
  }

  close() {
    this.offers.hidden = true;
  }

  offer() {
    const typed = /^\/(\w*)$/.exec(this.input.value);
    const known = this.home.current?.chat.commands ?? [];
    const fitting = typed ? known.filter((one) => one.command.startsWith(typed[1].toLowerCase())) : [];
    this.offers.replaceChildren(...fitting.map((one) => this.row(one)));
    this.offers.hidden = fitting.length === 0;
  }

  row({ command, description }) {
    const row = document.createElement("button");
    row.type = "button";
    row.role = "option";
    row.tabIndex = -1;
    row.ariaSelected = "false";
    const name = document.createElement("b");
    name.textContent = `/${command}`;
    const words = document.createElement("span");
    words.textContent = description;
    row.append(name, words);
    row.addEventListener("click", () => {
      this.send(`/${command}`);
      this.input.value = "";
      this.close();
    });
    return row;
  }

  key(event) {
    if (this.offers.hidden) return;
    const rows = this.rows;
    const at = rows.findIndex((row) => row.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
      rows.forEach((row, index) => (row.ariaSelected = String(index === next)));
      rows[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Tab" && rows.length > 0) {
      event.preventDefault();
      this.input.value = `${rows[Math.max(at, 0)].firstElementChild.textContent} `;
      this.close();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      rows[at].click();
    }
  }
}
