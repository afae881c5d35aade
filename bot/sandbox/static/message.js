// One message on the page: made once, afterwards only its changed parts are touched.

import { fitQuotes, formatted, glowChanged, keepFolds } from "./text.js";

const wide = (message) => Boolean(message.photo);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
export const clockTime = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 16);
export const photoAddress = (photo) => `/photo/${photo.at(-1).file_id.split("-")[1]}`;
export const bodyOf = (message) => message.text ?? message.caption ?? "";

export function summary(message) {
  return bodyOf(message).replace(/\s*\n\s*/g, " ").trim() || (message.photo ? "Photo" : "");
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (tag === "button") element.type = "button";
  element.append(...children);
  return element;
}

export class MessageView {
  constructor(message, chat) {
    this.chat = chat;
    this.message = {};
    this.text = make("div", "text");
    this.meta = make("span", "meta");
    this.body = make("div", "body", this.text, this.meta);
    this.body.dir = "auto"; // right to left when the first letter is
    this.bubble = make("div", "bubble", this.body);
    this.element = make("article", "message", this.bubble);
    this.element.dataset.id = message.message_id;
    if (!this.asService(message)) this.update(message);
  }

  asService(message) {
    const line = serviceLine(message);
    if (line) this.element.replaceChildren(make("span", "service", line));
    return Boolean(line);
  }

  update(message) {
    const before = this.message;
    if (same(before, message) || serviceLine(message)) return;
    this.message = message;
    this.element.classList.toggle("own", this.chat.kind === "private" && message.from?.id === this.chat.id);
    this.element.classList.toggle("wide", wide(message));
    this.updateHead(before, message);
    this.updatePhoto(before, message);
    this.updateText(before, message);
    this.updateMeta(message);
    if (!same(before.reply_markup, message.reply_markup)) this.updateKeyboard(message);
  }

  updateHead(before, message) {
    if (before.message_id !== undefined) return; // who wrote it and what it answers never change
    const head = [];
    if (message.forward_origin) head.push(make("span", "forwarded", `Forwarded from ${originName(message)}`));
    else if (this.chat.kind === "supergroup") head.push(make("span", "author", message.from?.first_name ?? ""));
    if (message.reply_to_message) head.push(replyPreview(message.reply_to_message));
    this.bubble.prepend(...head);
  }

  updatePhoto(before, message) {
    if (same(before.photo, message.photo)) return;
    if (!message.photo) {
      this.photo?.remove();
      this.photo = undefined;
      return;
    }
    const size = message.photo.at(-1);
    const image = new Image(size.width, size.height);
    image.alt = `Picture: ${summary(message).slice(0, 120)}`;
    image.src = photoAddress(message.photo);
    if (!this.photo) {
      this.photo = make("button", "photo", image);
      this.photo.title = "Enlarge";
      this.body.before(this.photo);
      return;
    }
    // The old picture stays until the new one is ready, so nothing flickers.
    const old = this.photo.querySelector("img");
    image.decode().then(() => old.replaceWith(image), () => old.replaceWith(image));
  }

  updateText(before, message) {
    const entities = message.entities ?? message.caption_entities;
    if (bodyOf(before) === bodyOf(message) && same(before.entities ?? before.caption_entities, entities)) return;
    const fresh = make("div", "text", formatted(bodyOf(message), entities));
    keepFolds(this.text, fresh);
    if (bodyOf(before)) glowChanged(fresh, this.text.textContent, fresh.textContent);
    this.text.replaceWith(fresh);
    this.text = fresh;
    fitQuotes(fresh);
  }

  updateMeta(message) {
    const edited = message.edit_date ? `edited ${clockTime(message.edit_date)}` : clockTime(message.date);
    this.meta.textContent = this.element.classList.contains("own") ? `${edited} ✓✓` : edited;
    this.meta.title = `${new Date(message.date * 1000).toUTCString().replace("GMT", "UTC")}`;
    const bare = wide(message) && !bodyOf(message);
    this.meta.classList.toggle("bare", bare);
    this.body.hidden = bare;
    (bare ? this.photo : this.body).append(this.meta);
  }

  updateKeyboard(message) {
    this.keyboard?.remove();
    this.keyboard = undefined;
    const rows = message.reply_markup?.inline_keyboard;
    if (!rows) return;
    this.keyboard = make("div", "keyboard", ...rows.map((row) => make("div", "", ...row.map(keyboardButton))));
    this.element.append(this.keyboard);
  }
}

function keyboardButton(button) {
  const label = make("span", "", button.text);
  const element = button.url ? make("a", button.style, label) : make("button", button.style, label);
  if (button.url) {
    element.href = button.url;
    element.target = "_blank";
    element.rel = "noopener noreferrer";
  }
  if (button.copy_text) {
    element.dataset.copy = button.copy_text.text;
    element.title = "Copies to the clipboard";
  }
  if (button.callback_data) element.dataset.press = button.callback_data;
  return element;
}

function replyPreview(answered) {
  const name = answered.sender_chat?.title ?? answered.from?.first_name ?? "";
  const lines = make("div", "", make("b", "", name), make("span", "", summary(answered)));
  const preview = make("button", "reply");
  preview.dataset.jump = answered.message_id;
  preview.title = "Go to the message";
  if (answered.photo) {
    const image = new Image(34, 34);
    image.alt = "";
    image.src = photoAddress(answered.photo);
    preview.append(image);
  }
  preview.append(lines);
  return preview;
}

function originName(message) {
  const origin = message.forward_origin;
  return origin.chat?.title ?? origin.sender_user?.first_name ?? "";
}

function serviceLine(message) {
  if (message.pinned_message) {
    const name = message.sender_chat?.title ?? message.from?.first_name ?? "";
    const words = summary(message.pinned_message);
    return `${name} pinned “${words.length > 32 ? `${words.slice(0, 31)}…` : words}”`;
  }
  if (message.forum_topic_created) return `Topic “${message.forum_topic_created.name}” opened`;
  return "";
}
