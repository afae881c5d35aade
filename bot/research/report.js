// Draws a trade when its line is opened: hundreds of them would otherwise wait for a glance nobody takes.
"use strict";
const W = 960, H = 340, RIGHT = 90, PAD = 14;
const tag = (name, attributes, text = "") => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
};
function draw(place, trade) {
  const candles = trade.candles;
  if (!candles.length) { place.textContent = "No candles around this trade."; return; }
  const levels = [trade.entry, trade.stop, ...trade.targets];
  const low = Math.min(...levels, ...candles.map((c) => c[3])), high = Math.max(...levels, ...candles.map((c) => c[2]));
  const index = (minutes) => {
    let i = candles.findIndex((c) => c[0] > minutes);
    if (i < 0) i = candles.length;
    return i - 1 + Math.min(1, (minutes - candles[Math.max(0, i - 1)][0]) / trade.step) - 0.5;
  };
  const wide = (W - RIGHT - PAD) / candles.length;
  const x = (i) => PAD + (i + 0.5) * wide, y = (p) => PAD + ((high - p) / (high - low || 1)) * (H - 2 * PAD);
  const digits = (trade.tick.split(".")[1] || "").length, price = (ticks) => (ticks * Number(trade.tick)).toFixed(digits);
  const svg = tag("svg", { viewBox: `0 0 ${W} ${H}` });
  candles.forEach(([, open, top, bottom, close], i) => {
    const kind = close >= open ? "up" : "down";
    svg.append(tag("line", { class: kind, x1: x(i), x2: x(i), y1: y(top), y2: y(bottom) }));
    const height = Math.max(1, Math.abs(y(open) - y(close)));
    svg.append(tag("rect", { class: kind, x: x(i) - wide * 0.34, y: Math.min(y(open), y(close)), width: wide * 0.68, height }));
  });
  const level = (ticks, kind, name) => {
    svg.append(tag("line", { class: kind, x1: x(index(trade.issued)), x2: W - RIGHT, y1: y(ticks), y2: y(ticks), "stroke-width": 2 }));
    svg.append(tag("text", { class: "axis", x: W - RIGHT + 6, y: y(ticks) + 4 }, `${name} ${price(ticks)}`));
  };
  level(trade.entry, "entry", "E");
  level(trade.stop, "stop", "SL");
  trade.targets.forEach((ticks, i) => level(ticks, "target", `TP${i + 1}`));
  for (const [minutes, ticks] of trade.marks) svg.append(tag("circle", { class: "dot", cx: x(index(minutes)), cy: y(ticks), r: 5 }));
  place.replaceChildren(svg);
}
for (const line of document.querySelectorAll("details[data-trade]")) {
  line.addEventListener("toggle", () => {
    const place = line.querySelector(".chart");
    if (line.open && !place.firstChild) draw(place, JSON.parse(line.dataset.trade));
  });
}
