"use strict";

// What the page was written with: the spans of the timeline in columns, times in nanoseconds
// since data.begin.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { request, kind, state, start, elapsed, depth, facts } = data.spans;
const spanCount = start.length;
const ok = data.states.indexOf("ok");
const requestKind = data.kinds.indexOf("request");
const endOf = (span) => start[span] + elapsed[span];

// ---- Texts ----

function duration(nanoseconds) {
  let amount = nanoseconds;
  let unit = "ns";
  for (const next of ["µs", "ms", "s"]) {
    if (amount < 999.5) break;
    amount /= 1000;
    unit = next;
  }
  const digits = unit === "ns" || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return `${amount.toFixed(digits)} ${unit}`;
}

const count = (number) => BigInt(number).toLocaleString("en");

function utc(nanoseconds) {
  const at = BigInt(data.begin) + BigInt(Math.round(nanoseconds));
  const micros = at / 1000n - (at % 1000n < 0n ? 1n : 0n);
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = String(micros - millis * 1000n).padStart(3, "0");
  const iso = new Date(Number(millis)).toISOString();
  return `${iso.replace("T", " ").replace("Z", "")}${rest} UTC`;
}

function relative(nanoseconds) {
  return `+${(nanoseconds / 1e9).toFixed(6)} s`;
}

function titleOf(span) {
  const fact = facts[span];
  if (kind[span] === requestKind) return data.requests[request[span]][1] || "request";
  if (fact.text !== undefined) return data.texts[fact.text];
  return fact.name ? `${data.kinds[kind[span]]} ${fact.name}` : data.kinds[kind[span]];
}

function factsOf(span) {
  const fact = facts[span];
  const made = [
    ["took", duration(elapsed[span])],
    ["at", `${relative(start[span])} · ${utc(start[span])}`],
  ];
  if (kind[span] !== requestKind) made.push(["request", data.requests[request[span]].join(" ")]);
  if (fact.rows !== undefined) made.push(["rows", count(fact.rows)]);
  if (fact.batch) made.push(["rows of parameters", count(fact.batch)]);
  if (fact.waited) made.push(["waited for a connection", duration(fact.waited)]);
  if (fact.open) made.push(["result open", duration(fact.open)]);
  if (fact.events) made.push(["events", count(fact.events)]);
  if (fact.statements) made.push(["statements", count(fact.statements)]);
  if (fact.failures) made.push(["failed", count(fact.failures)]);
  if (fact.lost) made.push(["lost", count(fact.lost)]);
  if (fact.ended) made.push(["ended by", fact.ended]);
  if (state[span] !== ok) {
    const name = data.states[state[span]];
    made.push(["outcome", name === "open" ? "no end in the file" : name]);
  }
  if (fact.parameters) made.push(["parameters", fact.parameters]);
  return made;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** What a span is, as elements. Texts of the file are only ever text. */
function describe(span) {
  const fact = facts[span];
  const head = element("p", "title", data.kinds[kind[span]]);
  const name = kind[span] === requestKind ? data.requests[request[span]][1] : fact.name;
  if (name) head.append(` · ${name}`);
  const list = element("p", "facts");
  for (const [label, value] of factsOf(span)) {
    const item = element("span", "", `${label} `);
    item.append(element("b", "", value));
    list.append(item);
  }
  const made = [head, list];
  if (fact.failure) made.push(element("p", "bad", fact.failure));
  if (fact.text !== undefined) {
    const note = fact.cut ? `\n… (cut: ${count(fact.cut)} bytes in all)` : "";
    made.push(element("pre", "", data.texts[fact.text] + note));
  }
  return made;
}

// ---- Filters ----

const filter = { text: "", request: "" };
let textMatches = null;  // of each span, while a text is looked for

function isRequestWanted(id, name) {
  if (filter.request === "") return true;
  if (id === filter.request) return true;
  return !/^[0-9/]+$/.test(filter.request) && name.toLowerCase().includes(filter.request);
}

function matchTexts() {
  if (filter.text === "") return null;
  const has = (text) => text !== undefined && String(text).toLowerCase().includes(filter.text);
  const inTexts = data.texts.map(has);
  const inRequests = data.requests.map(([, name]) => has(name));
  const made = new Uint8Array(spanCount);
  for (let span = 0; span < spanCount; ++span) {
    const fact = facts[span];
    made[span] = (fact.text !== undefined && inTexts[fact.text]) || has(fact.failure) ||
      has(fact.parameters) || has(fact.name) || has(data.kinds[kind[span]]) ||
      (kind[span] === requestKind && inRequests[request[span]]) ? 1 : 0;
  }
  return made;
}

function filterRows() {
  let shown = 0;
  let all = 0;
  for (const row of document.querySelectorAll("table.rows > tbody > tr")) {
    const id = row.dataset.request;
    const isWanted = id === undefined ||
      isRequestWanted(id, row.querySelector(".request")?.textContent ?? "");
    row.hidden = !isWanted || !row.textContent.toLowerCase().includes(filter.text);
    ++all;
    if (!row.hidden) ++shown;
  }
  return [shown, all];
}

// ---- Sorting ----

function valueOf(cell) {
  const value = cell.dataset.value;
  return value === undefined ? cell.textContent : Number(value);
}

function sortTable(table, header, isAscending) {
  const column = header.cellIndex;
  const body = table.tBodies[0];
  const sign = isAscending ? 1 : -1;
  const rows = Array.from(body.rows, (row) => [valueOf(row.cells[column]), row]);
  rows.sort(([one], [other]) =>
    sign * (typeof one === "number" ? one - other : one.localeCompare(other)));
  body.append(...rows.map(([, row]) => row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
}

/** Where the page is narrow, the cells of a row stand below each other, with their names. */
function makeStackable(table) {
  if (table.querySelector(".wide") === null) return;
  table.classList.add("stacked");
  const names = Array.from(table.tHead.rows[0].cells, (header) => header.textContent);
  for (const row of table.tBodies[0].rows)
    for (const cell of row.cells) cell.dataset.label = names[cell.cellIndex];
}

function makeSortable(table) {
  for (const header of table.tHead.rows[0].cells) {
    const button = element("button", "", header.textContent);
    button.type = "button";
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = header.getAttribute("aria-sort");
      const isNumber = header.classList.contains("num");
      sortTable(table, header, before ? before === "descending" : !isNumber);
    });
  }
}

// ---- The timeline: which row of which lane a span is in ----

const rowHeight = 18;
const axisHeight = 22;
const tolerance = 20000;  // nanoseconds by which what a listener measures is off

const lanes = byId("lanes");
const canvas = byId("spans");
const overview = byId("overview");
const tip = byId("tip");
const detail = byId("detail");
let rows = [];       // of each row its spans, in the order of their starts
let laneTops = [];   // the first row of each lane
const rowOf = new Int32Array(spanCount);
let shownRequests = 0;

/** The spans of each request, the outermost first where two start at once. */
function spansByRequest() {
  const made = new Map();
  for (let span = 0; span < spanCount; ++span) {
    const [id, name] = data.requests[request[span]];
    if (!isRequestWanted(id, name)) continue;
    const of = made.get(request[span]);
    if (of === undefined) {
      made.set(request[span], [span]);
    } else {
      of.push(span);
    }
  }
  return made;
}

function doOverlap(one, later) {
  const between = start[later] - start[one];
  return endOf(one) - start[later] > Math.min(tolerance, between * .8);
}

/** Puts the spans of a request into rows: children below their parents, none on another. */
function stack(spans) {
  const lasts = [];  // of each row
  let first = Infinity;
  let last = -Infinity;
  for (const span of spans) {
    let row = depth[span];
    while (lasts[row] !== undefined && doOverlap(lasts[row], span)) ++row;
    lasts[row] = span;
    rowOf[span] = row;
    first = Math.min(first, start[span]);
    last = Math.max(last, endOf(span));
  }
  return { spans, first, last, height: lasts.length };
}

/** Requests that do not overlap share a lane. */
function layOut() {
  const groups = Array.from(spansByRequest().values(), stack).sort((a, b) => a.first - b.first);
  const made = [];
  for (const group of groups) {
    let lane = made.find((one) => one.end <= group.first);
    if (lane === undefined) made.push(lane = { end: 0, height: 0, groups: [] });
    lane.end = group.last;
    lane.height = Math.max(lane.height, group.height);
    lane.groups.push(group);
  }
  rows = [];
  laneTops = [];
  for (const lane of made) {
    const top = rows.length;
    laneTops.push(top);
    for (let i = 0; i < lane.height; ++i) rows.push([]);
    for (const group of lane.groups) {
      for (const span of group.spans) rows[rowOf[span] += top].push(span);
    }
  }
  shownRequests = groups.length;
}

// ---- The timeline: drawing ----

const length = Math.max(data.length, 1);
const view = { from: 0, to: length };
let colors = {};
let selected = -1;
let size = { width: 0, height: 0 };

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  colors = { kinds: data.kinds.map(color) };
  for (const name of ["page", "panel", "text", "muted", "line", "accent", "bad", "error",
    "shade", "on-span", "on-error", "statement"]) colors[name] = color(name);
}

function prepare(target, width, height) {
  const ratio = window.devicePixelRatio || 1;
  target.width = Math.round(width * ratio);
  target.height = Math.round(height * ratio);
  target.style.height = `${height}px`;
  const context = target.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  return context;
}

function tickStep(span, most) {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function tickText(at, step) {
  const [unit, name] = step >= 1e9 ? [1e9, "s"] : step >= 1e6 ? [1e6, "ms"] :
    step >= 1e3 ? [1e3, "µs"] : [1, "ns"];
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  return `${(at / unit).toLocaleString("en", { minimumFractionDigits: digits,
    maximumFractionDigits: digits })} ${name}`;
}

function drawAxis(context, scale) {
  context.fillStyle = colors.page;
  context.fillRect(0, 0, size.width, axisHeight);
  const step = tickStep(view.to - view.from, Math.max(2, size.width / 110));
  for (let i = Math.ceil(view.from / step); i * step <= view.to; ++i) {
    const at = i === 0 ? 0 : i * step;  // -0 is shown with its sign
    const x = Math.round((at - view.from) * scale) + .5;
    context.strokeStyle = colors.line;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, size.height);
    context.stroke();
    context.fillStyle = colors.muted;
    if (x < size.width - 50) context.fillText(tickText(at, step), x + 4, axisHeight / 2);
  }
  context.fillStyle = colors.line;
  context.fillRect(0, axisHeight - 1, size.width, 1);
}

/** The first span of a row that ends behind a time. */
function firstEndingAfter(row, time) {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(row[middle]) < time) low = middle + 1; else high = middle;
  }
  return low;
}

function colorOf(span) {
  const name = data.states[state[span]];
  return name === "error" || name === "cancelled" ? colors.error : colors.kinds[kind[span]];
}

function drawLabel(context, span, x, width, y) {
  const left = Math.max(x, 0) + 5;
  const room = Math.min(x + width, size.width) - left - 3;
  if (room < 18) return;
  let text = titleOf(span).slice(0, Math.ceil(room)).replace(/\s+/g, " ");
  const needed = context.measureText(text).width;
  if (needed > room) {
    const most = Math.floor(text.length * room / needed) - 1;
    if (most < 2) return;
    text = `${text.slice(0, most)}…`;
  }
  context.fillStyle = colorOf(span) === colors.error ? colors["on-error"] : colors["on-span"];
  context.fillText(text, left, y + rowHeight / 2);
}

/** From x to right, which lie in the canvas or a little outside. */
function drawSpan(context, span, x, right, y, scale) {
  const width = right - x;
  const isDim = textMatches !== null && textMatches[span] === 0;
  context.globalAlpha = isDim ? .15 : 1;
  context.fillStyle = colorOf(span);
  context.fillRect(x, y + 1, width, rowHeight - 2);
  const waited = facts[span].waited;
  if (waited) {
    const until = Math.min(right, (start[span] + waited - view.from) * scale);
    context.fillStyle = colors.shade;
    if (until > x) context.fillRect(x, y + 1, until - x, rowHeight - 2);
  }
  const name = data.states[state[span]];
  if ((name === "open" || name === "unknown") && width > 4) {
    context.strokeStyle = colors.bad;
    context.setLineDash([4, 3]);
    context.strokeRect(x + .5, y + 1.5, width - 1, rowHeight - 3);
    context.setLineDash([]);
  }
  if (width > 24) drawLabel(context, span, x, width, y);
  context.globalAlpha = 1;
}

/** Returns: how many spans were drawn. Of many in one pixel one is. */
function drawRow(context, row, y, scale) {
  let drawn = 0;
  let lastPixel = -Infinity;
  for (let i = firstEndingAfter(row, view.from); i < row.length; ++i) {
    const span = row[i];
    if (start[span] > view.to) break;
    const x = Math.max(-10, (start[span] - view.from) * scale);
    const end = Math.min(size.width + 10, (endOf(span) - view.from) * scale);
    const pixel = Math.floor(x);
    if (end - x <= 1 && pixel === lastPixel && state[span] === ok) continue;
    lastPixel = pixel;
    drawSpan(context, span, x, end - x > 3 ? end - .5 : Math.max(end, x + 1), y, scale);
    ++drawn;
  }
  return drawn;
}

function drawSelection(context, scale) {
  if (selected < 0 || rowOf[selected] < 0) return;
  const y = axisHeight + rowOf[selected] * rowHeight - lanes.scrollTop;
  if (y + rowHeight < axisHeight) return;
  const x = Math.max(-3, (start[selected] - view.from) * scale);
  const right = Math.min(size.width + 3, (endOf(selected) - view.from) * scale);
  context.strokeStyle = colors.text;
  context.lineWidth = 1.5;
  context.strokeRect(x, y + .75, Math.max(2, right - x), rowHeight - 1.5);
  context.lineWidth = 1;
}

function draw() {
  const context = prepare(canvas, size.width, size.height);
  const scale = size.width / (view.to - view.from);
  context.fillStyle = colors.page;
  context.fillRect(0, 0, size.width, size.height);
  drawAxis(context, scale);
  context.save();
  context.beginPath();
  context.rect(0, axisHeight, size.width, size.height - axisHeight);
  context.clip();
  const top = lanes.scrollTop;
  const first = Math.max(0, Math.floor(top / rowHeight));
  const last = Math.min(rows.length, Math.ceil((top + size.height - axisHeight) / rowHeight));
  let drawn = 0;
  for (let row = first; row < last; ++row)
    drawn += drawRow(context, rows[row], axisHeight + row * rowHeight - top, scale);
  context.fillStyle = colors.line;
  for (const lane of laneTops) {
    if (lane > first && lane < last)
      context.fillRect(0, axisHeight + lane * rowHeight - top - .5, size.width, 1);
  }
  drawSelection(context, scale);
  context.restore();
  drawOverview();
  lanes.dataset.drawn = drawn;
  lanes.dataset.from = Math.round(view.from);
  lanes.dataset.to = Math.round(view.to);
}

let bins = null;  // of each pixel of the overview, how many spans it has and what failed

function countBins(width) {
  const made = { all: new Float64Array(width), bad: new Uint8Array(width), most: 1 };
  for (const row of rows) {
    for (const span of row) {
      if (kind[span] === requestKind) continue;
      const from = Math.min(width - 1, Math.max(0, Math.floor(start[span] / length * width)));
      const to = Math.min(width - 1, Math.max(from, Math.floor(endOf(span) / length * width)));
      for (let i = from; i <= to; ++i) ++made.all[i];
      if (state[span] !== ok) made.bad[to] = 1;
    }
  }
  for (const one of made.all) made.most = Math.max(made.most, one);
  return made;
}

function drawOverview() {
  const height = 34;
  const context = prepare(overview, size.width, height);
  const width = Math.max(1, Math.floor(size.width));
  if (bins === null || bins.all.length !== width) bins = countBins(width);
  context.fillStyle = colors.panel;
  context.fillRect(0, 0, size.width, height);
  for (let x = 0; x < width; ++x) {
    if (bins.all[x] === 0) continue;
    const tall = 3 + 22 * Math.sqrt(bins.all[x] / bins.most);
    context.fillStyle = colors.statement;
    context.fillRect(x, height - tall, 1, tall);
    if (bins.bad[x] === 0) continue;
    context.fillStyle = colors.error;
    context.fillRect(x - .5, 0, 2, 6);
  }
  const from = view.from / length * size.width;
  const to = view.to / length * size.width;
  context.fillStyle = colors.shade;
  context.fillRect(0, 0, from, height);
  context.fillRect(to, 0, size.width - to, height);
}

let isDrawing = false;
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function resize() {
  const tall = axisHeight + rows.length * rowHeight + 4;
  const most = parseFloat(getComputedStyle(lanes).maxHeight) || 480;
  size = { width: lanes.clientWidth, height: Math.max(80, Math.min(tall, most)) };
  byId("spacer").style.height = `${Math.max(0, tall - size.height)}px`;
  draw();
}

// ---- The timeline: moving ----

const narrowest = 100;  // nanoseconds

function show(from, to) {
  const width = Math.min(length * 1.02, Math.max(narrowest, to - from));
  const least = -length * .01;
  view.from = Math.min(Math.max(from, least), length * 1.01 - width);
  view.to = view.from + width;
  drawSoon();
}

function zoom(factor, at = (view.from + view.to) / 2) {
  const width = (view.to - view.from) * factor;
  if (width < narrowest && factor < 1) return;
  show(at - (at - view.from) * factor, at + (view.to - at) * factor);
}

const pan = (share) => {
  const by = (view.to - view.from) * share;
  show(view.from + by, view.to + by);
};
const fit = () => show(-length * .005, length * 1.005);

function zoomTo(span) {
  const margin = Math.max(elapsed[span] * .15, narrowest);
  show(start[span] - margin, endOf(span) + margin);
}

function scrollToRow(row) {
  const top = row * rowHeight;
  const room = size.height - axisHeight - rowHeight;
  if (top < lanes.scrollTop || top > lanes.scrollTop + room) lanes.scrollTop = top - room / 2;
}

function select(span) {
  selected = span;
  lanes.dataset.selected = span < 0 ? "" : facts[span].id;
  if (span < 0) {
    detail.replaceChildren(byId("keys").content.cloneNode(true));
  } else {
    detail.replaceChildren(...describe(span));
    const only = element("a", "", "only this request");
    only.href = `#request=${encodeURIComponent(data.requests[request[span]][0])}`;
    detail.children[1].append(only);
  }
  drawSoon();
}

function isShown(span) {
  const [id, name] = data.requests[request[span]];
  return isRequestWanted(id, name) && (textMatches === null || textMatches[span] === 1);
}

/** The next span in the order of time that the filters show, or the one before. */
function step(by) {
  for (let span = selected < 0 && by < 0 ? spanCount - 1 : selected + by;
    span >= 0 && span < spanCount; span += by) {
    if (!isShown(span)) continue;
    select(span);
    scrollToRow(rowOf[span]);
    if (start[span] < view.from || start[span] > view.to) {
      const half = (view.to - view.from) / 2;
      show(start[span] - half, start[span] + half);
    }
    return;
  }
}

function spanAt(event) {
  const box = canvas.getBoundingClientRect();
  const y = event.clientY - box.top - axisHeight;
  if (y < 0) return -1;
  const row = rows[Math.floor((y + lanes.scrollTop) / rowHeight)];
  if (row === undefined) return -1;
  const perPixel = (view.to - view.from) / size.width;
  const at = view.from + (event.clientX - box.left) * perPixel;
  const span = row[firstEndingAfter(row, at - 2 * perPixel)];
  return span !== undefined && start[span] <= at + 2 * perPixel ? span : -1;
}

function showTip(event) {
  const span = spanAt(event);
  tip.hidden = span < 0;
  if (span < 0) return;
  tip.replaceChildren(...describe(span));
  const box = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, window.innerWidth - box.width - 8);
  const below = event.clientY + 18;
  const top = below + box.height < window.innerHeight ? below : event.clientY - box.height - 12;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, top)}px`;
}

function listenToPointer() {
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, from: view.from, top: lanes.scrollTop, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (drag === null) return;
    const x = event.clientX - drag.x;
    const y = event.clientY - drag.y;
    if (!drag.moved && Math.abs(x) + Math.abs(y) < 4) return;
    drag.moved = true;
    tip.hidden = true;
    lanes.classList.add("dragging");
    const width = view.to - view.from;
    const from = drag.from - x * width / size.width;
    show(from, from + width);
    if (event.pointerType === "mouse") lanes.scrollTop = drag.top - y;
  });
  const finish = (event) => {
    if (drag !== null && !drag.moved && event.type === "pointerup") select(spanAt(event));
    drag = null;
    lanes.classList.remove("dragging");
  };
  window.addEventListener("pointerup", finish);
  window.addEventListener("pointercancel", finish);
  canvas.addEventListener("pointermove", (event) => { if (drag === null) showTip(event); });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("dblclick", (event) => {
    const span = spanAt(event);
    if (span >= 0) zoomTo(span); else fit();
  });
  lanes.addEventListener("wheel", (event) => {
    const isZoom = event.ctrlKey || event.metaKey;
    const across = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (!isZoom && Math.abs(across) <= Math.abs(event.deltaY) && !event.shiftKey) return;
    event.preventDefault();
    tip.hidden = true;
    if (!isZoom) return pan(across / size.width);
    const box = canvas.getBoundingClientRect();
    const at = view.from + (event.clientX - box.left) / size.width * (view.to - view.from);
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * .006), at);
  }, { passive: false });
  lanes.addEventListener("scroll", () => { tip.hidden = true; drawSoon(); });
  const jump = (event) => {
    if (event.buttons !== 1) return;
    const box = overview.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * length;
    const half = (view.to - view.from) / 2;
    show(at - half, at + half);
  };
  overview.addEventListener("pointerdown", jump);
  overview.addEventListener("pointermove", jump);
}

function listenToKeys() {
  const actions = {
    ArrowLeft: () => pan(-.1), ArrowRight: () => pan(.1), "+": () => zoom(1 / 1.5),
    "=": () => zoom(1 / 1.5), "-": () => zoom(1.5), 0: fit, Home: fit,
    n: () => step(1), p: () => step(-1), Escape: () => select(-1),
    Enter: () => { if (selected >= 0) zoomTo(selected); },
  };
  lanes.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
  byId("zoom-in").addEventListener("click", actions["+"]);
  byId("zoom-out").addEventListener("click", actions["-"]);
  byId("fit").addEventListener("click", fit);
}

// ---- All of it ----

function countMatches() {
  let shown = 0;
  for (const row of rows) {
    for (const span of row) if (textMatches === null || textMatches[span] === 1) ++shown;
  }
  return shown;
}

function applyFilter(doesFit) {
  textMatches = matchTexts();
  rowOf.fill(-1);
  layOut();
  bins = null;
  if (selected >= 0 && rowOf[selected] < 0) select(-1);
  const [shownRows, allRows] = filterRows();
  const matching = countMatches();
  const isFiltered = filter.text !== "" || filter.request !== "";
  byId("clear").hidden = !isFiltered;
  byId("matches").textContent = isFiltered ?
    `${count(shownRows)} of ${count(allRows)} rows of the tables, ${count(matching)} of ` +
    `${count(spanCount)} bars of the timeline` +
    (filter.request ? "; tables of many requests at once show all requests" : "") : "";
  lanes.dataset.matching = matching;
  lanes.dataset.lanes = laneTops.length;
  lanes.dataset.requests = shownRequests;
  resize();
  if (!doesFit) return;
  let from = Infinity;
  let to = -Infinity;
  for (const row of rows) {
    for (const span of row) {
      from = Math.min(from, start[span]);
      to = Math.max(to, endOf(span));
    }
  }
  const margin = Math.max((to - from) * .01, narrowest);
  if (from <= to) show(from - margin, to + margin);
}

function readForm() {
  const before = filter.request;
  filter.text = byId("filter-text").value.trim().toLowerCase();
  filter.request = byId("filter-request").value.trim().toLowerCase();
  applyFilter(before !== filter.request);
}

/** #filter=…&request=…&select=ID&sort=TABLE.COLUMN[.ascending] */
function readFragment() {
  const fragment = location.hash.slice(1);
  if (!fragment.includes("=")) return;
  const wanted = new URLSearchParams(fragment);
  byId("filter-text").value = wanted.get("filter") ?? "";
  byId("filter-request").value = wanted.get("request") ?? "";
  readForm();
  for (const sort of wanted.getAll("sort")) {
    const [table, column, direction] = sort.split(".");
    const header = document.querySelector(
      `#${CSS.escape(table)} th[data-key="${CSS.escape(column)}"]`);
    if (header !== null) sortTable(header.closest("table"), header, direction === "ascending");
  }
  const span = facts.findIndex((fact) => fact.id === wanted.get("select"));
  if (span < 0) return;
  select(span);
  scrollToRow(rowOf[span]);
  zoomTo(span);
}

function main() {
  byId("filter").hidden = false;
  byId("timeline-box").hidden = spanCount === 0;
  document.querySelectorAll("table.rows").forEach(makeStackable);
  document.querySelectorAll("table.rows").forEach(makeSortable);
  readColors();
  lanes.dataset.spans = spanCount;
  select(-1);
  applyFilter(true);
  listenToPointer();
  listenToKeys();
  readFragment();

  let waiting = 0;
  byId("filter").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(readForm, 120);
  });
  byId("filter").addEventListener("submit", (event) => {
    event.preventDefault();
    readForm();
  });
  byId("clear").addEventListener("click", () => {
    byId("filter").reset();
    readForm();
    if (location.hash.includes("=")) history.replaceState(null, "", "#timeline");
  });
  window.addEventListener("hashchange", readFragment);
  new ResizeObserver(() => { if (lanes.clientWidth !== size.width) resize(); }).observe(lanes);
  const recolor = () => {
    readColors();
    draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
  window.addEventListener("beforeprint", recolor);
  window.addEventListener("afterprint", recolor);
  draw();
  document.documentElement.dataset.ready = "true";
}

window.addEventListener("error", (event) => {
  document.documentElement.dataset.error = event.message;
});
main();
