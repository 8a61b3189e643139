// The drawing: SVG elements for what is seen, and moving about in it.

const SVG = "http://www.w3.org/2000/svg";
const FONT = '13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif';
const FAR = 0.5; // below this scale only names are shown
const FARTHER = 0.16; // and below this, only colours
const [SMALLEST, LARGEST] = [0.004, 3];

function element(name, attributes = {}, ...children) {
  const isSvg = ["svg", "g", "rect", "path", "text", "circle", "title", "tspan", "defs", "marker"].includes(name);
  const made = isSvg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Text that was cut in the middle where it is longer than `length`. */
function shortened(text, length) {
  if (text.length <= length) return text;
  const head = Math.ceil((length - 1) * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

class View {
  constructor(holder, map, handlers) {
    this.holder = holder;
    this.handlers = handlers;
    this.svg = element("svg", { class: "drawing", role: "group", "aria-label": "The model's graph", "aria-roledescription": "graph" });
    this.camera = element("g");
    const arrow = (id) =>
      element("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, element("path", { d: "M0,0.5L8,4L0,7.5z" }));
    this.svg.append(element("defs", {}, arrow("arrow"), arrow("arrow-out"), arrow("arrow-in")), this.camera);
    holder.append(this.svg);
    this.map = map;
    this.pencil = document.createElement("canvas").getContext("2d");
    this.widths = new Map();
    this.named = false;
    [this.x, this.y, this.scale] = [0, 0, 1];
    this.size = [holder.clientWidth, holder.clientHeight];
    this.selected = null;
    this.listen();
  }

  textWidth(text, font = FONT) {
    const key = `${font}|${text}`;
    if (!this.widths.has(key)) {
      this.pencil.font = font;
      this.widths.set(key, this.pencil.measureText(text).width);
    }
    return this.widths.get(key);
  }

  shape(spec) {
    if (spec === undefined) return "";
    const [shown, named] = this.graph.data.specs[spec];
    return this.named && named ? named : shown;
  }

  label(spec) {
    const text = shortened(this.shape(spec), 44);
    return { text, width: this.textWidth(text, `11px ${MONOSPACE}`) + 8 };
  }

  /** What stands on an item: {title, detail, name, family, params}. */
  face(item) {
    const { model, data } = this.graph;
    if (item.kind === "output") return { title: "Output", name: "", family: "output" };
    if (item.kind === "op") {
      const row = this.graph.rows(item.call)[item.op];
      return { title: data.types[row[0]], name: row[1], family: "tensorflow" };
    }
    if (item.kind === "group") {
      const own = item.node === null ? null : model.nodes[item.node];
      if (item.group.kind === "chain") {
        const members = item.children.map((child) => model.nodes[child.node]);
        return { title: item.group.title, detail: members[0].headline || "", name: `${members[0].name} … ${members.at(-1).name}`, family: members[0].family, params: item.params };
      }
      const title = own ? shortOp(own.op) : item.group.title;
      const detail = own ? own.name : counted(item.calls, "layer");
      return { title, detail, name: this.contents(item), family: own ? own.family : "group", params: item.params };
    }
    const node = model.nodes[item.node];
    return { title: shortOp(node.op), detail: node.headline || "", name: node.name, family: node.family, params: node.params };
  }

  /** What a group holds, as much of it as there is room for. */
  contents(item) {
    const listed = [];
    for (const [op, count] of this.graph.contents(item)) {
      const entry = count > 1 ? `${op} ×${count}` : op;
      if (listed.join(", ").length + entry.length > 40) return `${listed.join(", ")}, …`;
      listed.push(entry);
    }
    return listed.join(", ");
  }

  measure(item) {
    const face = this.face(item);
    const first = this.textWidth(shortened(face.title, 46), `600 ${FONT}`) + (face.detail ? this.textWidth(shortened(face.detail, 42), `12px ${SANS}`) + 10 : 0);
    const params = face.params ? this.textWidth(compact(face.params), `11px ${SANS}`) + 12 : 0;
    const second = this.textWidth(shortened(face.name, 44), `12px ${SANS}`) + params;
    const button = this.graph.canOpen(item) ? 22 : 0;
    const width = Math.max(first + button, second) + 28;
    const small = item.kind === "output" || !face.name;
    return { width: Math.max(Math.ceil(width), small ? 60 : 110), height: small ? 28 : 46 };
  }

  header(item) {
    const face = this.face(item);
    return this.textWidth(this.heading(face), `600 12px ${SANS}`) + 64;
  }

  heading(face) {
    return shortened(face.detail && face.title !== face.detail ? `${face.title}  ${face.detail}` : face.title, 60);
  }

  /** Draw the graph anew, as it is folded now. */
  draw(graph) {
    this.graph = graph;
    const arranged = arrange(graph, (item) => this.measure(item), (spec) => this.label(spec), (item) => this.header(item));
    this.arranged = arranged;
    this.boxes = new Map(arranged.boxes.map((box) => [box.item, box]));
    this.shapes = new Map();
    const holders = element("g");
    const edges = element("g", { class: "edges" });
    const labels = element("g", { class: "labels", "aria-hidden": "true" });
    const nodes = element("g");
    for (const edge of arranged.edges) {
      const move = `translate(${round(edge.dx)},${round(edge.dy)})`;
      edge.element = element("path", { d: edge.path, transform: move, class: edge.toBorder ? "to-border" : null });
      edges.append(edge.element);
      if (edge.fromBorder) {
        const [x, y] = edge.path.slice(1).split(/[,VC]/);
        edges.append(element("circle", { cx: x, cy: y, r: 2.5, transform: move }));
      }
    }
    for (const label of arranged.labels) {
      if (label.spec === undefined) continue;
      const { text, width } = this.label(label.spec);
      const ground = label.depth === 0 ? "ground" : `ground depth-${(label.depth - 1) % 2}`;
      labels.append(
        element("rect", { class: ground, x: round(label.x - width / 2), y: round(label.y - 11), width: round(width), height: 14 }),
        element("text", { x: round(label.x), y: round(label.y), "text-anchor": "middle" }, text),
      );
    }
    for (const box of arranged.boxes) (box.open ? holders : nodes).append(box.open ? this.holderElement(box) : this.nodeElement(box));
    this.camera.replaceChildren(holders, edges, labels, nodes);
    this.mark(this.selected);
    this.scheduleMap();
  }

  nodeElement(box) {
    const { item } = box;
    const face = this.face(item);
    const group = element("g", {
      class: `node ${item.kind} family-${face.family}`,
      transform: `translate(${round(box.x)},${round(box.y)})`,
      role: "button",
      tabindex: "-1",
      "data-id": item.id,
      "aria-label": this.spoken(item, face),
    });
    if (item.kind === "group") group.append(element("rect", { class: "behind", x: 4, y: 4, width: box.width, height: box.height, rx: 6 }));
    group.append(element("rect", { class: "body", width: box.width, height: box.height, rx: 6 }));
    group.append(element("rect", { class: "stripe", width: 6, height: box.height, rx: 3 }));
    const title = element("text", { class: "first", x: 14, y: 19 }, shortened(face.title, 46));
    if (face.detail) title.append(element("tspan", { class: "detail", dx: 8 }, shortened(face.detail, 42)));
    group.append(title);
    if (face.name) group.append(element("text", { class: "second", x: 14, y: 37 }, shortened(face.name, 44)));
    if (face.params) group.append(element("text", { class: "params", x: box.width - 8, y: 37, "text-anchor": "end" }, compact(face.params)));
    if (this.graph.canOpen(item)) group.append(this.foldButton(item, box.width - 22, 5, "+"));
    this.addBadge(group, item, box.width);
    this.shapes.set(item, group);
    return group;
  }

  holderElement(box) {
    const { item } = box;
    const face = this.face(item);
    const group = element("g", {
      class: `holder depth-${box.depth % 2} family-${face.family}`,
      transform: `translate(${round(box.x)},${round(box.y)})`,
      role: "button",
      tabindex: "-1",
      "data-id": item.id,
      "aria-expanded": "true",
      "aria-label": this.spoken(item, face),
    });
    group.append(element("rect", { class: "body", width: box.width, height: box.height, rx: 8 }));
    group.append(this.foldButton(item, 6, 6, "−"));
    group.append(element("text", { class: "heading", x: 28, y: 19 }, this.heading(face)));
    this.addBadge(group, item, box.width);
    this.shapes.set(item, group);
    return group;
  }

  foldButton(item, x, y, sign) {
    const button = element("g", { class: "fold", "data-fold": item.id, transform: `translate(${x},${y})` });
    button.append(element("title", {}, sign === "+" ? (item.kind === "group" ? "Unfold" : "Show the TensorFlow ops") : "Fold"));
    button.append(element("rect", { width: 16, height: 16, rx: 4 }), element("text", { x: 8, y: 12, "text-anchor": "middle" }, sign));
    return button;
  }

  addBadge(group, item, width) {
    if (!item.findings.size) return;
    const findings = [...item.findings].map((index) => this.graph.data.findings[index]);
    const severity = findings.some((found) => found.severity === "error") ? "error" : "warning";
    group.classList.add(`has-${severity}`);
    const badge = element("g", { class: `badge ${severity}`, transform: `translate(${width},0)` });
    badge.append(element("title", {}, findings.map((found) => `${found.code} ${found.message}`).join("\n")));
    badge.append(element("circle", { r: 10 }), element("text", { y: 4, "text-anchor": "middle" }, findings.length > 1 ? String(findings.length) : "!"));
    group.append(badge);
  }

  /** What a screen reader says of an item. */
  spoken(item, face) {
    const node = item.node === null ? null : this.graph.model.nodes[item.node];
    const shapes = node && node.out ? `, output ${node.out.map((spec) => this.shape(spec)).join(", ")}` : "";
    const params = face.params ? `, ${counted(face.params, "parameter")}` : "";
    const findings = item.findings.size ? `, ${counted(item.findings.size, "finding")}` : "";
    const folded = this.graph.canOpen(item) ? (item.open ? ", unfolded" : ", folded") : "";
    return `${face.title} ${face.name || face.detail || ""}${shapes}${params}${findings}${folded}`;
  }

  /** Paint `item` as the selected one, and the edges to and from it. */
  mark(item) {
    this.selected = item;
    const seen = item ? this.graph.seen(item) : null;
    this.shapes.forEach((shape, each) => {
      shape.classList.toggle("selected", each === seen);
      shape.setAttribute("tabindex", each === seen ? "0" : "-1");
      if (each === seen) shape.setAttribute("aria-current", "true");
      else shape.removeAttribute("aria-current");
    });
    if (!seen && this.arranged.boxes.length) this.shapes.get(this.arranged.boxes[0].item).setAttribute("tabindex", "0");
    const within = (each) => seen && each.path.includes(seen);
    for (const edge of this.arranged.edges) {
      const leaves = within(edge.from);
      edge.element.classList.toggle("out", Boolean(leaves && edge.to.some((to) => !within(to))));
      edge.element.classList.toggle("in", Boolean(!leaves && edge.to.some(within)));
      if (leaves || edge.to.some(within)) edge.element.parentNode.append(edge.element);
    }
  }

  // Moving about.

  move(x, y, scale = this.scale) {
    this.scale = Math.min(LARGEST, Math.max(SMALLEST, scale));
    [this.x, this.y] = [x, y];
    this.camera.setAttribute("transform", `translate(${round(x)},${round(y)}) scale(${this.scale.toFixed(4)})`);
    this.svg.classList.toggle("far", this.scale < FAR);
    this.svg.classList.toggle("farther", this.scale < FARTHER);
    this.scheduleMap();
  }

  zoom(factor, px = this.size[0] / 2, py = this.size[1] / 2) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    const ratio = scale / this.scale;
    this.move(px - (px - this.x) * ratio, py - (py - this.y) * ratio, scale);
  }

  /** Show all of the graph. */
  fit() {
    const [width, height] = this.size;
    const scale = Math.min(1.1, (width - 40) / this.arranged.width, (height - 40) / this.arranged.height);
    this.move((width - this.arranged.width * scale) / 2, (height - this.arranged.height * scale) / 2, scale);
  }

  /** Show all of the graph if that can be read, else its beginning. */
  start() {
    this.fit();
    if (this.scale >= 0.6) return;
    const [width] = this.size;
    const scale = Math.max(0.6, Math.min(1, (width - 40) / this.arranged.width));
    const inputs = this.arranged.boxes.filter((box) => box.y < 80 && !box.open);
    const middle = inputs.length ? inputs[0].x + inputs[0].width / 2 : this.arranged.width / 2;
    const x = this.arranged.width * scale < width ? (width - this.arranged.width * scale) / 2 : width / 2 - middle * scale;
    this.move(x, 24, scale);
  }

  center(item) {
    const box = this.boxes.get(this.graph.seen(item));
    if (!box) return;
    const [width, height] = this.size;
    const scale = Math.max(this.scale, 0.8);
    const tall = Math.min(box.height, (height - 80) / scale);
    this.move(width / 2 - (box.x + box.width / 2) * scale, height / 2 - (box.y + tall / 2) * scale, scale);
  }

  /** Move as little as it takes to see `item`. */
  ensure(item) {
    const box = this.boxes.get(this.graph.seen(item));
    if (!box) return;
    const [width, height] = this.size;
    const [left, top] = [box.x * this.scale + this.x, box.y * this.scale + this.y];
    const right = left + box.width * this.scale;
    if (left < 0 || top < 0 || right > width || top + 46 * this.scale > height) this.center(item);
  }

  /** Draw anew with `item` staying where it is on the screen. */
  redrawAround(item) {
    const before = this.boxes.get(item);
    this.draw(this.graph);
    const after = this.boxes.get(item);
    if (!before || !after) return;
    const shift = (box) => (box.open ? box.x + 14 : box.x + box.width / 2);
    const [bx, ax] = before.open || after.open ? [before.x + before.width / 2, after.x + after.width / 2] : [shift(before), shift(after)];
    this.move(this.x + (bx - ax) * this.scale, this.y + (before.y - after.y) * this.scale);
  }

  itemAt(target) {
    const found = target.closest ? target.closest("[data-id]") : null;
    return found ? this.graph.items.get(found.dataset.id) : null;
  }

  listen() {
    this.svg.addEventListener("click", (event) => {
      const fold = event.target.closest("[data-fold]");
      if (fold) this.handlers.fold(this.graph.items.get(fold.dataset.fold));
      else if (!this.dragged) this.handlers.select(this.itemAt(event.target));
    });
    this.svg.addEventListener("dblclick", (event) => {
      const item = this.itemAt(event.target);
      if (item && !event.target.closest("[data-fold]") && this.graph.canOpen(item)) this.handlers.fold(item);
    });
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      const bounds = this.svg.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY * lines * 0.004), event.clientX - bounds.left, event.clientY - bounds.top);
      else if (event.shiftKey && !event.deltaX) this.move(this.x - event.deltaY * lines, this.y);
      else this.move(this.x - event.deltaX * lines, this.y - event.deltaY * lines);
    }, { passive: false });
    this.drag(this.svg, (dx, dy) => this.move(this.x + dx, this.y + dy));
    this.map.addEventListener("pointerdown", (event) => this.jump(event));
    this.map.addEventListener("pointermove", (event) => event.buttons && this.jump(event));
    new ResizeObserver(() => {
      this.size = [this.holder.clientWidth, this.holder.clientHeight];
      this.scheduleMap();
    }).observe(this.holder);
  }

  drag(target, moved) {
    let [last, start] = [null, null];
    target.addEventListener("pointerdown", (event) => {
      if (event.button === 0) [last, start, this.dragged] = [[event.clientX, event.clientY], [event.clientX, event.clientY], false];
    });
    target.addEventListener("pointermove", (event) => {
      if (!last || !event.buttons) return;
      if (!this.dragged && Math.hypot(event.clientX - start[0], event.clientY - start[1]) < 4) return;
      if (!this.dragged) target.setPointerCapture(event.pointerId);
      this.dragged = true;
      moved(event.clientX - last[0], event.clientY - last[1]);
      last = [event.clientX, event.clientY];
    });
    target.addEventListener("pointerup", () => (last = null));
    target.addEventListener("pointercancel", () => (last = null));
  }

  // The map in the corner.

  /** Draw the map before the next frame, once however often this is asked. */
  scheduleMap() {
    if (this.mapIsDue || !this.arranged) return;
    this.mapIsDue = true;
    requestAnimationFrame(() => {
      this.mapIsDue = false;
      this.drawMap();
    });
  }

  drawMap() {
    const { width, height } = this.arranged;
    const room = [150, 220];
    const scale = Math.min(room[0] / width, room[1] / height);
    const [w, h] = [Math.max(24, width * scale), Math.max(24, height * scale)];
    const sharp = window.devicePixelRatio || 1;
    Object.assign(this.map, { width: w * sharp, height: h * sharp });
    Object.assign(this.map.style, { width: `${w}px`, height: `${h}px` });
    this.mapScale = scale;
    const [shownWidth, shownHeight] = this.size;
    const covers = width * this.scale <= shownWidth * 1.02 && height * this.scale <= shownHeight * 1.02;
    this.map.parentNode.hidden = covers;
    if (covers) return;
    const pencil = this.map.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    pencil.scale(sharp, sharp);
    for (const box of this.arranged.boxes) {
      const error = [...box.item.findings].length > 0 && !box.open;
      pencil.fillStyle = style.getPropertyValue(error ? "--error" : box.open ? "--holder" : "--muted");
      const size = error ? 3 : 1;
      pencil.fillRect(box.x * scale, box.y * scale, Math.max(size, box.width * scale), Math.max(size, box.height * scale));
    }
    pencil.strokeStyle = style.getPropertyValue("--accent");
    pencil.lineWidth = 1.5;
    pencil.strokeRect((-this.x / this.scale) * scale, (-this.y / this.scale) * scale, (shownWidth / this.scale) * scale, (shownHeight / this.scale) * scale);
  }

  jump(event) {
    const bounds = this.map.getBoundingClientRect();
    const [x, y] = [(event.clientX - bounds.left) / this.mapScale, (event.clientY - bounds.top) / this.mapScale];
    this.move(this.size[0] / 2 - x * this.scale, this.size[1] / 2 - y * this.scale);
  }
}

const SANS = FONT.slice(FONT.indexOf(" ") + 1);
const MONOSPACE = 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';
