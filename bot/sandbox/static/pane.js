// A pane shows one chat (or topic) at a time; a view is its scrolling column of messages.

import { MessageView, bodyOf, summary } from "./message.js";
import { fitQuotes } from "./text.js";

const NEAR = 60; // pixels from the end that still count as being there
const KEPT = 400; // messages a view; an endless demo must not fill the browser
const DOWN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 10 6 6 6-6"/></svg><span class="spoken">To the newest</span>';

const dayOf = (message) => new Date(message.date * 1000).toISOString().slice(0, 10);

function dayName(day) {
  const date = new Date(`${day}T00:00:00Z`);
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
}

/** The messages of one chat, or of one topic of a forum. */
export class View {
  constructor(chat, topic, onUnread) {
    this.chat = chat;
    this.topic = topic;
    this.onUnread = onUnread;
    this.messages = new Map();
    this.unread = 0;
    this.atEnd = true;
    this.stream = document.createElement("div");
    this.stream.className = "stream";
    this.stream.role = "log";
    this.scroller = document.createElement("div");
    this.scroller.className = "view";
    this.scroller.tabIndex = 0; // so that arrow keys scroll it
    this.scroller.ariaLabel = this.name;
    this.scroller.hidden = true;
    this.scroller.append(this.stream);
    this.down = document.createElement("button");
    this.down.type = "button";
    this.down.className = "down";
    this.down.hidden = true;
    this.down.innerHTML = `${DOWN}<b class="count" hidden></b>`;
    this.down.addEventListener("click", () => this.toEnd("smooth"));
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.settle()).observe(this.scroller);
    this.showEmpty();
  }

  get name() {
    return this.chat.topics.length > 0 ? `${this.chat.title} · ${this.topic.name}` : this.chat.title;
  }

  get shown() {
    return this.scroller.offsetParent !== null;
  }

  showEmpty() {
    const words = document.createElement("p");
    words.className = "empty";
    words.textContent = this.chat.kind === "private" ? "Nothing said yet. Try /status." : "No messages yet.";
    this.stream.replaceChildren(words);
  }

  put(message, { isNew }) {
    const known = this.messages.get(message.message_id);
    if (known) {
      known.update(message);
    } else {
      const view = new MessageView(message, this.chat);
      if (this.messages.size === 0) this.stream.replaceChildren();
      this.messages.set(message.message_id, view);
      this.day(message).append(view.element);
      const own = message.from?.id === this.chat.id;
      if (own) this.atEnd = true;
      if (isNew && !own && !(this.atEnd && this.shown)) this.setUnread(this.unread + 1);
      if (this.messages.size > KEPT && this.atEnd) this.remove(this.messages.keys().next().value);
    }
    if (isNew) this.settle();
  }

  day(message) {
    const day = dayOf(message);
    const last = this.stream.lastElementChild;
    if (last?.dataset.day === day) return last;
    const section = document.createElement("section");
    section.className = "day";
    section.dataset.day = day;
    const pill = document.createElement("span");
    pill.className = "pill";
    pill.textContent = dayName(day);
    section.append(pill);
    this.stream.append(section);
    return section;
  }

  remove(id) {
    const view = this.messages.get(id);
    if (!view) return;
    const day = view.element.parentElement;
    view.element.remove();
    if (day.children.length === 1) day.remove();
    this.messages.delete(id);
    if (this.messages.size === 0) this.showEmpty();
  }

  /** After anything changed: stay at the end if that is where the reader was. */
  settle() {
    if (!this.shown) return;
    fitQuotes(this.stream);
    if (this.atEnd) this.toEnd("instant");
  }

  toEnd(behavior) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
  }

  scrolled() {
    if (!this.shown) return;
    this.atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
    this.down.hidden = this.atEnd;
    if (this.atEnd) this.setUnread(0);
  }

  setUnread(count) {
    this.unread = count;
    showCount(this.down, count);
    this.onUnread();
  }

  jump(id) {
    const element = this.messages.get(id)?.element;
    if (!element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.remove("found");
    requestAnimationFrame(() => element.classList.add("found"));
  }
}

export function showCount(parent, count) {
  const badge = parent.querySelector(".count");
  badge.hidden = count === 0;
  badge.textContent = count > 99 ? "99+" : String(count);
}

/** One half of the page: header, tabs when there is a choice, the pinned line, and the views. */
export class Pane {
  constructor(section, isPrivate, onUnread) {
    this.section = section;
    this.isPrivate = isPrivate;
    this.onUnread = onUnread;
    this.views = new Map();
    this.tabs = section.querySelector(".tabs");
    this.pinned = section.querySelector(".pinned");
    this.pinned.addEventListener("click", () => this.current?.jump(this.current.chat.pinned.message_id));
  }

  find(part) {
    return this.section.querySelector(part);
  }

  get unread() {
    return [...this.views.values()].reduce((sum, view) => sum + view.unread, 0);
  }

  addChat(chat) {
    const topics = chat.topics.length > 0 ? chat.topics : [{ id: 0, name: chat.title }];
    for (const topic of topics) this.view(chat, topic).chat = chat;
    if (!this.current) this.choose([...this.views.values()][0]);
    this.drawTabs();
    this.drawHeader();
  }

  view(chat, topic) {
    const key = `${chat.id}:${topic.id}`;
    if (!this.views.has(key)) {
      const view = new View(chat, topic, () => this.unreadChanged());
      this.views.set(key, view);
      this.find(".views").append(view.scroller, view.down);
    }
    return this.views.get(key);
  }

  /** The view a message belongs to; what is written outside all topics goes to a general one. */
  viewFor(chat, message) {
    const topic = chat.topics.find((one) => one.id === message.message_thread_id);
    const view = this.view(chat, topic ?? { id: 0, name: chat.topics.length > 0 ? "General" : chat.title });
    if (chat.topics.length > 0 && !topic) this.drawTabs();
    return view;
  }

  put(chat, message, options) {
    const view = this.viewFor(chat, message);
    view.put(message, options);
    if (view === this.current && chat.pinned?.message_id === message.message_id) this.drawPinned(message);
  }

  remove(chat, id) {
    for (const view of this.views.values()) if (view.chat.id === chat.id) view.remove(id);
  }

  choose(view) {
    if (this.current) {
      this.current.scroller.hidden = true;
      this.current.down.hidden = true;
    }
    this.current = view;
    view.scroller.hidden = false;
    this.drawTabs();
    this.drawHeader();
    this.shown();
  }

  /** Called when the pane comes into sight. */
  shown() {
    this.current?.settle();
    this.current?.scrolled();
  }

  unreadChanged() {
    for (const tab of this.tabs.children) showCount(tab, this.views.get(tab.dataset.view).unread);
    this.onUnread();
  }

  drawTabs() {
    this.tabs.hidden = this.views.size < 2;
    this.tabs.replaceChildren(
      ...[...this.views].map(([key, view]) => {
        const tab = document.createElement("button");
        tab.type = "button";
        tab.role = "tab";
        tab.dataset.view = key;
        tab.ariaSelected = String(view === this.current);
        const count = document.createElement("b");
        count.className = "count";
        tab.append(view.name, count);
        showCount(tab, view.unread);
        tab.addEventListener("click", () => this.choose(view));
        return tab;
      }),
    );
  }

  drawHeader() {
    const chat = this.current?.chat;
    if (!chat) return;
    if (!this.isPrivate) {
      this.find("h1").textContent = this.current.name;
      this.find(".subtitle").textContent = chat.kind === "channel" ? "sandbox channel" : "sandbox group";
    }
    this.drawPinned(this.current.messages.get(chat.pinned?.message_id)?.message ?? chat.pinned);
  }

  drawPinned(message) {
    this.pinned.hidden = !message;
    if (!message) return;
    const chat = this.current.chat;
    const lines = bodyOf(message).split("\n").filter((line) => line.trim());
    // The names above and the badge are in view already.
    const isKnown = (line) => line === chat.title || line.startsWith(`${this.title} · `) || line.endsWith(this.label ?? "\n");
    const telling = lines.filter((line) => !isKnown(line));
    this.pinned.lastElementChild.textContent = telling.join(" · ") || summary(message);
  }
}
