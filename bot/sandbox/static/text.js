// Text and entities → elements. Nothing the bot says is ever read as HTML.

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const NUMBER = /[+−-]?\$?\d[\d.,:]*/g;

/** Elements for `text`; offsets of entities are UTF-16 units, as in JavaScript's own strings. */
export function formatted(text, entities = []) {
  const root = document.createDocumentFragment();
  place(root, text, [...entities], 0, text.length);
  return root;
}

function place(parent, text, entities, from, to) {
  let at = from;
  let afterBlock = false;
  while (entities.length > 0 && entities[0].offset < to) {
    const entity = entities.shift();
    const end = entity.offset + entity.length;
    const inside = [];
    while (entities.length > 0 && entities[0].offset < end) inside.push(entities.shift());
    const isBlock = BLOCKS.has(entity.type);
    append(parent, text.slice(at, entity.offset), afterBlock, isBlock);
    const element = elementFor(entity, text.slice(entity.offset, end));
    place(element.querySelector?.(".inside") ?? element, text, inside, entity.offset, end);
    parent.append(element);
    at = end;
    afterBlock = isBlock;
  }
  append(parent, text.slice(at, to), afterBlock, false);
}

/** A block breaks the line by itself, so the line feed beside it is not shown again. */
function append(parent, text, afterBlock, beforeBlock) {
  let shown = text;
  if (afterBlock && shown.startsWith("\n")) shown = shown.slice(1);
  if (beforeBlock && shown.endsWith("\n")) shown = shown.slice(0, -1);
  shown.split("\n\n").forEach((paragraph, index) => {
    if (index > 0) parent.append(gap());
    if (paragraph) parent.append(paragraph);
  });
}

/** An empty line, shown lower than a line of text; it keeps its line feeds for whoever copies the text. */
function gap() {
  const element = document.createElement("span");
  element.className = "gap";
  element.textContent = "\n\n";
  return element;
}

function elementFor(entity, covered) {
  const element = document.createElement(TAGS[entity.type] ?? "span");
  switch (entity.type) {
    case "text_link":
    case "url":
      return link(entity.url ?? covered);
    case "bot_command":
      element.className = "command";
      element.role = "button";
      element.tabIndex = 0;
      element.dataset.command = covered;
      break;
    case "code":
    case "pre":
      element.dataset.copy = covered;
      element.title = "Tap to copy";
      break;
    case "spoiler":
      element.className = "spoiler";
      element.role = "button";
      element.tabIndex = 0;
      break;
    case "blockquote":
      return document.createElement("blockquote");
    case "expandable_blockquote":
      return foldingQuote();
  }
  return element;
}

function link(address) {
  const element = document.createElement("a");
  if (/^(https?|tg):\/\//i.test(address)) element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

function foldingQuote() {
  const quote = document.createElement("blockquote");
  quote.className = "folds";
  quote.role = "button";
  quote.tabIndex = 0;
  quote.ariaExpanded = "false";
  const inside = document.createElement("span");
  inside.className = "inside";
  quote.append(inside);
  return quote;
}

/** Quotes of three lines or fewer need no chevron. */
export function fitQuotes(root) {
  for (const quote of root.querySelectorAll("blockquote.folds")) {
    const inside = quote.firstElementChild;
    if (quote.ariaExpanded === "true" || inside.clientHeight === 0) continue;
    quote.classList.toggle("fits", inside.scrollHeight <= inside.clientHeight + 2);
  }
}

export const keepFolds = (before, after) => {
  const old = before.querySelectorAll("blockquote.folds");
  after.querySelectorAll("blockquote.folds").forEach((quote, index) => {
    if (old[index]) quote.ariaExpanded = old[index].ariaExpanded;
  });
};

/** Lets the numbers that changed glow; when the shape of the text changed, nothing does. */
export function glowChanged(root, before, after) {
  const was = before.match(NUMBER) ?? [];
  const is = after.match(NUMBER) ?? [];
  if (was.length !== is.length) return;
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (nodes.nextNode()) texts.push(nodes.currentNode);
  let index = 0;
  for (const node of texts) {
    const parts = document.createDocumentFragment();
    let at = 0;
    for (const match of node.data.matchAll(NUMBER)) {
      if (was[index] !== is[index] && is[index] === match[0]) {
        const glow = document.createElement("span");
        glow.className = "glow";
        glow.textContent = match[0];
        parts.append(node.data.slice(at, match.index), glow);
        at = match.index + match[0].length;
      }
      index += 1;
    }
    if (at > 0) {
      parts.append(node.data.slice(at));
      node.replaceWith(parts);
    }
  }
}
