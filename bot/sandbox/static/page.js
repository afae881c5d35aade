// The page: first state from the document, then changes from the server's event stream.

import { Pane, showCount } from "./pane.js";
import { Composer, listen, listenToDialogs } from "./talk.js";

const NARROW = matchMedia("(max-width: 820px)");
const THEMES = ["", "light", "dark"];
const chats = new Map();

const panes = {
  public: new Pane(document.querySelector("#public"), false, showUnread),
  private: new Pane(document.querySelector("#private"), true, showUnread),
};
const paneOf = (chat) => (chat.kind === "private" ? panes.private : panes.public);

function showUnread() {
  for (const [name, pane] of Object.entries(panes)) {
    const tab = document.querySelector(`.switch [data-pane="${name}"]`);
    showCount(tab, document.body.dataset.pane === name && NARROW.matches ? 0 : pane.unread);
  }
}

function showPane(name) {
  document.body.dataset.pane = name;
  panes[name].shown();
  showUnread();
}

function takeSurroundings({ title, label, pace, now_ms }) {
  document.title = label ? `${title} · ${label}` : title;
  for (const badge of document.querySelectorAll(".badge")) {
    badge.hidden = !label;
    badge.textContent = label ?? "";
  }
  const now = new Date(now_ms);
  const day = now.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).replace(",", "");
  const time = now.toISOString().slice(11, 16);
  const clock = document.querySelector(".clock time");
  clock.textContent = `${day} ${time} UTC`;
  clock.dateTime = now.toISOString();
  document.querySelector(".pace").textContent = pace;
  const speed = /\d[\d.,]*\s*×/.exec(pace)?.[0] ?? "";
  for (const line of document.querySelectorAll(".clock-line")) {
    line.textContent = [day.replace(/ \d{4}$/, ""), `${time} UTC`, speed && `· ${speed}`].filter(Boolean).join(" ");
  }
  for (const pane of Object.values(panes)) Object.assign(pane, { label, title });
  drawAdminHeader(title);
}

function drawAdminHeader(title) {
  const section = panes.private.section;
  section.querySelector("h1").textContent = `${title} admin`;
  section.querySelector(".letter").textContent = title.slice(0, 1).toUpperCase();
  const who = panes.private.current?.chat.title;
  section.querySelector(".subtitle").textContent = who ? `bot · you are ${who}, owner` : "bot";
}

function takeChat(chat) {
  chats.set(chat.id, chat);
  paneOf(chat).addChat(chat);
}

let run = "";

function takeState(state) {
  if (run && run !== state.run) {
    location.reload(); // another sandbox took the place of the one this page was showing
    return;
  }
  run = state.run;
  takeSurroundings(state);
  const isFirst = chats.size === 0;
  for (const chat of state.chats) {
    takeChat(chat);
    for (const message of chat.messages) paneOf(chat).put(chat, message, { isNew: !isFirst });
    paneOf(chat).drawHeader();
  }
  drawAdminHeader(state.title);
  Object.values(panes).forEach((pane) => pane.shown());
}

function takeChange(change) {
  if (change.chat) {
    takeChat(change.chat);
    return;
  }
  const chat = chats.get(change.chat_id);
  if (!chat) return;
  if (change.message) paneOf(chat).put(chat, change.message, { isNew: true });
  else paneOf(chat).remove(chat, change.gone);
}

function connect() {
  const events = new EventSource("/events");
  events.onmessage = ({ data }) => {
    document.body.classList.remove("lost");
    const value = JSON.parse(data);
    if (value.chats) {
      takeState(value);
      return;
    }
    takeSurroundings(value);
    value.changes.forEach(takeChange);
  };
  events.onerror = () => {
    document.body.classList.add("lost");
    for (const line of document.querySelectorAll(".pace, .clock-line")) line.textContent = "not connected";
  };
}

function listenToTheme() {
  const apply = (theme) => (document.documentElement.style.colorScheme = theme || "light dark");
  let theme = "";
  try {
    theme = localStorage.getItem("theme") ?? "";
  } catch {
    // storage may be forbidden; then the choice lasts until the page is closed
  }
  apply(theme);
  document.querySelector(".theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? THEMES : ["", "dark", "light"]; // the first tap must be seen to do something
    theme = order[(order.indexOf(theme) + 1) % order.length];
    apply(theme);
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // as above
    }
  });
}

listenToTheme();
listenToDialogs();
for (const pane of Object.values(panes)) listen(pane, panes.private);
new Composer(document.querySelector(".composer"), panes.private);
for (const button of document.querySelectorAll(".switch button")) {
  button.addEventListener("click", () => showPane(button.dataset.pane));
}
NARROW.addEventListener("change", () => Object.values(panes).forEach((pane) => pane.shown()));
takeState(JSON.parse(document.querySelector("#state").textContent));
document.fonts?.ready.then(() => Object.values(panes).forEach((pane) => pane.shown()));
connect();
