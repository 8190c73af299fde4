"use strict";
// Shows graphs.json: a list of graphs of boxes and arrows. Drag to move, wheel to zoom, click a box
// for what it depends on, double-click one with a graph in it to go inside.
const graphs = JSON.parse(document.getElementById("graphs").textContent);
const svg = document.querySelector("svg"), scene = document.getElementById("scene");
const details = document.getElementById("details"), path = document.getElementById("path");
const trail = [];
let boxes, arrows, view;

function element(tag, attributes, parent, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.appendChild(made);
  return made;
}

function show(number) {
  const graph = graphs[number];
  scene.replaceChildren();
  boxes = graph.boxes.map((box) => ({ ...box }));
  arrows = graph.arrows.map((arrow) => ({
    ...arrow,
    line: element("path", { class: "arrow", stroke: arrow.color, "marker-end": "url(#head)" }, scene),
    port: element("text", { class: "port" }, scene, arrow.port),
  }));
  for (const arrow of arrows) element("title", {}, arrow.line, arrow.label);
  boxes.forEach((box, i) => {
    const group = box.group = element("g", { class: "box" }, scene);
    element("rect", {
      x: -box.width / 2, y: -15, width: box.width, height: 30, rx: box.round ? 15 : 2,
      fill: box.fill || "white", "stroke-width": box.inner === null ? 1 : 3,
    }, group);
    element("text", { y: 4 }, group, box.label);
    element("title", {}, group, box.details.join("\n"));
    group.addEventListener("mousedown", (event) => grab(event, box));
    group.addEventListener("click", () => select(i));
    group.addEventListener("dblclick", () => { if (box.inner !== null) enter(box.inner, box.label); });
  });
  place();
  fit();
}

function place() {
  for (const box of boxes) box.group.setAttribute("transform", `translate(${box.x} ${box.y})`);
  for (const arrow of arrows) {
    const a = boxes[arrow.source], b = boxes[arrow.target];
    const corners = a.moved || b.moved
      ? [[a.x, a.y + 15], [b.x, b.y - 15]] : arrow.corners;
    arrow.line.setAttribute("d", "M" + corners.map((c) => c.join(" ")).join("L"));
    const [x1, y1] = corners[corners.length - 2], [x2, y2] = corners[corners.length - 1];
    arrow.port.setAttribute("x", (x1 + 3 * x2) / 4 + 6);
    arrow.port.setAttribute("y", (y1 + 3 * y2) / 4);
  }
}

function fit() {
  const left = Math.min(...boxes.map((b) => b.x - b.width / 2)) - 20;
  const right = Math.max(...boxes.map((b) => b.x + b.width / 2)) + 20;
  const top = Math.min(...boxes.map((b) => b.y)) - 40, bottom = Math.max(...boxes.map((b) => b.y)) + 40;
  look([left, top, Math.max(right - left, 300), Math.max(bottom - top, 200)]);
}

function look(next) {
  view = next;
  svg.setAttribute("viewBox", view.join(" "));
}

function scale() {
  return Math.max(view[2] / svg.clientWidth, view[3] / svg.clientHeight);
}

function grab(event, box) {
  event.stopPropagation();
  const s = scale(), start = [event.clientX, event.clientY], from = box ? [box.x, box.y] : view;
  function move(e) {
    const dx = (e.clientX - start[0]) * s, dy = (e.clientY - start[1]) * s;
    if (!box) look([from[0] - dx, from[1] - dy, view[2], view[3]]);
    else if (box.moved || Math.hypot(dx, dy) > 3 * s) {
      Object.assign(box, { x: from[0] + dx, y: from[1] + dy, moved: true });
      place();
    }
  }
  addEventListener("mousemove", move);
  addEventListener("mouseup", () => removeEventListener("mousemove", move), { once: true });
}

function reach(i, from, to) {
  const found = new Set([i]), waiting = [i];
  while (waiting.length) {
    const at = waiting.pop();
    for (const arrow of arrows) {
      if (arrow[from] === at && !found.has(arrow[to])) {
        found.add(arrow[to]);
        waiting.push(arrow[to]);
      }
    }
  }
  return found;
}

function select(i) {
  const before = reach(i, "target", "source"), after = reach(i, "source", "target");
  boxes.forEach((box, j) => {
    box.group.classList.toggle("faded", !before.has(j) && !after.has(j));
    box.group.classList.toggle("chosen", j === i);
  });
  for (const arrow of arrows) {
    const used = (before.has(arrow.target) && before.has(arrow.source)) ||
      (after.has(arrow.source) && after.has(arrow.target));
    arrow.line.classList.toggle("faded", !used);
  }
  details.textContent = boxes[i].details.join("\n");
}

function clear() {
  for (const box of boxes) box.group.classList.remove("faded", "chosen");
  for (const arrow of arrows) arrow.line.classList.remove("faded");
  details.textContent = "";
}

function enter(number, label) {
  trail.push({ number, label });
  shown();
}

function shown() {
  path.replaceChildren();
  trail.forEach(({ label }, i) => {
    const link = document.createElement("button");
    link.textContent = label;
    link.onclick = () => { trail.length = i + 1; shown(); };
    path.append(i ? " › " : "", link);
  });
  details.textContent = "";
  show(trail[trail.length - 1].number);
}

svg.addEventListener("mousedown", (event) => grab(event, null));
svg.addEventListener("dblclick", (event) => { if (event.target === svg) clear(); });
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const factor = Math.exp(event.deltaY / 500), area = svg.getBoundingClientRect();
  const u = (event.clientX - area.left) / area.width, v = (event.clientY - area.top) / area.height;
  look([view[0] + view[2] * u * (1 - factor), view[1] + view[3] * v * (1 - factor),
    view[2] * factor, view[3] * factor]);
}, { passive: false });
document.getElementById("search").addEventListener("input", (event) => {
  const word = event.target.value.toLowerCase();
  for (const box of boxes) {
    const text = (box.label + "\n" + box.details.join("\n")).toLowerCase();
    box.group.classList.toggle("faded", word !== "" && !text.includes(word));
  }
});
document.getElementById("fit").onclick = fit;
addEventListener("keydown", (event) => { if (event.key === "Escape") clear(); });
enter(0, graphs[0].title);
