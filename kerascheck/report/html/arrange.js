// Where everything that is seen goes: each open item is drawn by itself and then takes its place in what holds it.

const PADDING = 18;
const HEADER = 30;

/**
 * Place all that is seen of `graph`. `measure(item)` gives a closed item's {width, height}, `label(spec)` the text and
 * width of an edge's shape, `header(item)` the width that an open item's title needs.
 *
 * Gives {width, height, boxes, edges, labels} in absolute places: boxes {item, x, y, width, height, open, depth},
 * edges {path, dx, dy, from, to: [items], fromBorder, toBorder}, labels {spec, x, y, from, depth}.
 */
function arrange(graph, measure, label, header) {
  const levels = new Map(); // what is drawn in each open item
  const level = (item) => {
    if (!levels.has(item)) levels.set(item, { edges: new Map(), ports: new Map() });
    return levels.get(item);
  };
  level(graph.root);
  for (const edge of graph.edges()) route(edge, level);
  const placed = place(graph.root, levels, measure, label, header);
  const result = { width: placed.width, height: placed.height, boxes: [], edges: [], labels: [] };
  collect(graph.root, placed, 0, 0, 0, result);
  return result;
}

/** Break an edge at the borders of the open items it crosses, a port at each. */
function route(edge, level) {
  const [from, to] = [edge.from.path, edge.to.path];
  let shared = 0;
  while (shared < from.length - 1 && shared < to.length - 1 && from[shared] === to[shared]) shared += 1;
  if (from[shared] === to[shared]) return; // one within the other
  const key = `${edge.from.id}:${edge.output}`;
  const join = (holder, a, b) => {
    const { edges } = level(holder);
    const name = `${a}>${b}>${key}`;
    const known = edges.get(name);
    if (known) known.to.add(edge.to);
    else edges.set(name, { a, b, key, spec: edge.spec, from: edge.from, output: edge.output, to: new Set([edge.to]) });
  };
  const port = (holder, side) => {
    const name = `${side} ${key}`;
    level(holder).ports.set(name, { side, key, spec: edge.spec });
    return name;
  };
  for (let index = from.length - 2; index >= shared; index -= 1) join(from[index], from[index + 1].id, port(from[index], "out"));
  join(from[shared - 1], from[shared].id, to[shared].id);
  for (let index = shared; index < to.length - 1; index += 1) join(to[index], port(to[index], "in"), to[index + 1].id);
}

function place(item, levels, measure, label, header) {
  const { edges, ports } = levels.get(item) || { edges: new Map(), ports: new Map() };
  const nodes = [];
  const index = new Map();
  const inner = [];
  const add = (name, node, child) => {
    index.set(name, nodes.length);
    nodes.push(node);
    inner.push(child);
  };
  const used = new Map(); // the outputs of each item that are used here, in order
  for (const edge of edges.values()) {
    if (!used.has(edge.a)) used.set(edge.a, new Map());
    used.get(edge.a).set(edge.key, edge);
  }
  for (const [name, port] of ports) {
    const half = port.side === "in" ? label(port.spec).width / 2 : 6;
    add(name, { left: half, right: half, height: 0, end: port.side === "in" ? "first" : "last" }, { port });
  }
  for (const child of item.children) {
    const placed = child.open ? place(child, levels, measure, label, header) : { ...measure(child), out: new Map(), in: new Map() };
    const outputs = [...(used.get(child.id) || new Map()).values()].sort((a, b) => a.output - b.output);
    let anchor = placed.width / 2;
    if (child.open) {
      const offsets = [...placed.in.values(), ...placed.out.values()];
      if (offsets.length) anchor = offsets.reduce((sum, each) => sum + each, 0) / offsets.length;
    } else {
      const widths = outputs.map((output) => label(output.spec).width + 14);
      const total = widths.reduce((sum, each) => sum + each, 0);
      if (total > placed.width && !placed.fixed) placed.width = total;
      anchor = placed.width / 2;
      let at = anchor - total / 2;
      outputs.forEach((output, number) => {
        placed.out.set(output.key, at + widths[number] / 2);
        at += widths[number];
      });
    }
    const margin = Math.max(0, ...outputs.map((output) => label(output.spec).width)) / 2;
    const left = Math.max(anchor, child.open || outputs.length > 1 ? 0 : margin);
    const right = Math.max(placed.width - anchor, child.open || outputs.length > 1 ? 0 : margin);
    add(child.id, { left, right, height: placed.height }, { child, placed, anchor });
  }
  const offset = (name, key, side) => {
    const { child, placed, anchor } = inner[index.get(name)];
    if (!child) return 0;
    const found = placed[side].get(key);
    return found === undefined ? 0 : found - anchor;
  };
  const lines = [...edges.values()];
  const drawing = layered(
    nodes,
    lines.map((edge) => ({
      from: index.get(edge.a),
      to: index.get(edge.b),
      key: edge.key,
      out: offset(edge.a, edge.key, "out"),
      into: offset(edge.b, edge.key, "in"),
    })),
  );
  const isRoot = item.parent === null;
  const [top, side] = isRoot ? [0, 0] : [HEADER, PADDING];
  const wanted = isRoot ? 0 : header(item);
  const spare = Math.max(0, wanted - (drawing.width + 2 * side)) / 2;
  const [dx, dy] = [side + spare, top + (ports.size ? 0 : PADDING / 2)];
  const result = {
    width: drawing.width + 2 * dx,
    height: drawing.height + dy + (isRoot ? 0 : [...ports.values()].some((port) => port.side === "out") ? 0 : PADDING),
    in: new Map(),
    out: new Map(),
    children: [],
    edges: [],
    labels: [],
  };
  inner.forEach(({ child, placed, anchor, port }, number) => {
    const [x, y] = [drawing.x[number] + dx, drawing.y[number] + dy];
    if (port) result[port.side].set(port.key, x);
    else result.children.push({ child, placed, x: x - anchor, y });
  });
  lines.forEach((edge, number) => {
    const [fromBorder, toBorder] = [ports.has(edge.a), ports.has(edge.b)];
    result.edges.push({ path: drawing.routes[number], dx, dy, from: edge.from, to: [...edge.to], fromBorder, toBorder });
  });
  for (const [name, outputs] of used) {
    const number = index.get(name);
    for (const edge of outputs.values()) {
      const x = drawing.x[number] + dx + offset(name, edge.key, "out");
      const y = drawing.y[number] + dy + nodes[number].height;
      result.labels.push({ spec: edge.spec, x, y: y + 14, from: edge.from });
    }
  }
  return result;
}

function collect(item, placed, x, y, depth, result) {
  for (const edge of placed.edges) result.edges.push({ ...edge, dx: edge.dx + x, dy: edge.dy + y });
  for (const label of placed.labels) result.labels.push({ ...label, x: label.x + x, y: label.y + y, depth });
  for (const { child, placed: inner, x: cx, y: cy } of placed.children) {
    const box = { item: child, x: x + cx, y: y + cy, width: inner.width, height: inner.height, open: child.open, depth };
    result.boxes.push(box);
    if (child.open) collect(child, inner, box.x, box.y, depth + 1, result);
  }
}
