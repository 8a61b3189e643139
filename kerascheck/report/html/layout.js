// A layered drawing of a directed graph, top to bottom: layers by longest path, order by barycentres, positions after
// Brandes and Köpf (Fast and Simple Horizontal Coordinate Assignment, 2001). Pure arithmetic, and the same each time.

const SEPARATION = 26; // between neighbours in a layer
const BEND_SEPARATION = 14; // between two edges that pass by each other
const STRAIGHT = 22; // how far an edge runs straight below its source, where its shape is written
const TIP = 9; // how far an edge runs straight into its target
const GAP = 50; // between two layers

/**
 * Place nodes and route edges.
 *
 * nodes: {left, right, height, end} extents beside the anchor, `end` "first" or "last" for what has to lie there.
 * edges: {from, to, key, out, into} node indices, the tensor it carries, and x offsets of its ends from the anchors.
 * Gives {x, y, width, height, routes}: anchors' x and tops' y by node, and a path by edge.
 */
function layered(nodes, edges) {
  const graph = ranked(nodes, edges);
  subdivide(graph);
  order(graph);
  const x = coordinates(graph);
  return drawn(graph, x);
}

function ranked(nodes, edges) {
  const count = nodes.length;
  const outgoing = nodes.map(() => []);
  for (const edge of edges) outgoing[edge.from].push(edge);
  const forward = acyclic(count, outgoing);
  const links = edges.map((edge) => (forward.has(edge) ? edge : { ...edge, from: edge.to, to: edge.from, turned: true }));
  const after = nodes.map(() => []);
  const waiting = new Array(count).fill(0);
  for (const link of links) {
    after[link.from].push(link.to);
    waiting[link.to] += 1;
  }
  const hasFirst = nodes.some((node) => node.end === "first");
  const rank = nodes.map((node) => (hasFirst && node.end !== "first" ? 1 : 0));
  const sorted = [];
  for (let index = 0; index < count; index += 1) if (!waiting[index]) sorted.push(index);
  const isSource = waiting.map((number) => number === 0);
  for (let at = 0; at < sorted.length; at += 1) {
    for (const target of after[sorted[at]]) {
      rank[target] = Math.max(rank[target], rank[sorted[at]] + 1);
      waiting[target] -= 1;
      if (!waiting[target]) sorted.push(target);
    }
  }
  // What nothing feeds stands right above what it feeds.
  for (const index of sorted.reverse()) {
    if (isSource[index] && after[index].length && !nodes[index].end) {
      rank[index] = Math.min(...after[index].map((target) => rank[target])) - 1;
    }
  }
  const deepest = Math.max(0, ...rank.filter((_, index) => nodes[index].end !== "last"));
  nodes.forEach((node, index) => {
    if (node.end === "last") rank[index] = deepest + 1;
  });
  return { nodes, edges, links, rank, count };
}

/** The edges that make no cycle with those before them. */
function acyclic(count, outgoing) {
  const state = new Uint8Array(count);
  const kept = new Set();
  for (let root = 0; root < count; root += 1) {
    if (state[root]) continue;
    const stack = [[root, 0]];
    state[root] = 1;
    while (stack.length) {
      const frame = stack[stack.length - 1];
      const edge = outgoing[frame[0]][frame[1]];
      frame[1] += 1;
      if (!edge) {
        state[frame[0]] = 2;
        stack.pop();
      } else if (state[edge.to] !== 1) {
        kept.add(edge);
        if (!state[edge.to]) {
          state[edge.to] = 1;
          stack.push([edge.to, 0]);
        }
      }
    }
  }
  return kept;
}

/** Break edges over several layers at bends; the edges of one tensor share theirs. */
function subdivide(graph) {
  const { nodes, links, rank, count } = graph;
  const vertices = nodes.map((node, index) => ({ left: node.left, right: node.right, rank: rank[index], bend: false }));
  const segments = [];
  const seen = new Set();
  const bends = new Map();
  const arcs = []; // where each segment leaves and enters, as parts of the widths
  const connect = (from, to, out, into) => {
    const name = from * 1e7 + to;
    arcs.push([from, to, share(vertices[from], out), share(vertices[to], into)]);
    if (from !== to && !seen.has(name)) {
      seen.add(name);
      segments.push([from, to]);
    }
  };
  for (const link of links) {
    let previous = link.from;
    let out = link.turned ? link.into : link.out;
    link.via = [];
    for (let layer = rank[link.from] + 1; layer < rank[link.to]; layer += 1) {
      const name = link.turned ? `${link.to}<${link.key}@${layer}` : `${link.from}>${link.key}@${layer}`;
      if (!bends.has(name)) {
        bends.set(name, vertices.length);
        vertices.push({ left: 1, right: 1, rank: layer, bend: true });
      }
      const bend = bends.get(name);
      connect(previous, bend, out, 0);
      link.via.push(bend);
      [previous, out] = [bend, 0];
    }
    connect(previous, link.to, out, link.turned ? link.out : link.into);
  }
  const layers = [];
  vertices.forEach((vertex, index) => {
    while (layers.length <= vertex.rank) layers.push([]);
    layers[vertex.rank].push(index);
  });
  const up = vertices.map(() => []);
  const down = vertices.map(() => []);
  for (const [from, to] of segments) {
    down[from].push(to);
    up[to].push(from);
  }
  const upper = vertices.map(() => []); // [the vertex above, where on it the segment is]
  const lower = vertices.map(() => []);
  for (const [from, to, out, into] of arcs) {
    upper[to].push([from, out, into]);
    lower[from].push([to, into, out]);
  }
  Object.assign(graph, { vertices, layers, up, down, upper, lower, count });
}

/** How far from its anchor on a vertex something is, the whole vertex being 1. */
function share(vertex, offset) {
  return offset ? offset / (vertex.left + vertex.right) : 0;
}

/** Order each layer so that few edges cross. */
function order(graph) {
  const { layers, upper, lower, vertices } = graph;
  const position = new Float64Array(vertices.length);
  const settle = () => layers.forEach((layer) => layer.forEach((vertex, index) => (position[vertex] = index)));
  settle();
  const sweep = (indices, neighbours) => {
    for (const index of indices) {
      const layer = layers[index];
      const weight = new Map();
      layer.forEach((vertex, place) => {
        const near = neighbours[vertex];
        const sum = near.reduce((total, [other, there]) => total + position[other] + there, 0);
        weight.set(vertex, near.length ? sum / near.length : place);
      });
      layer.sort((a, b) => weight.get(a) - weight.get(b) || position[a] - position[b]);
      layer.forEach((vertex, place) => (position[vertex] = place));
    }
  };
  const downwards = layers.map((_, index) => index).slice(1);
  const upwards = layers.map((_, index) => index).slice(0, -1).reverse();
  let best = crossings(graph, position);
  let kept = layers.map((layer) => [...layer]);
  const rounds = vertices.length > 6000 ? 4 : vertices.length > 1500 ? 8 : 16;
  for (let round = 0; round < rounds && best > 0; round += 1) {
    if (round % 2) sweep(upwards, lower);
    else sweep(downwards, upper);
    const found = crossings(graph, position);
    if (found < best) {
      best = found;
      kept = layers.map((layer) => [...layer]);
    }
  }
  kept.forEach((layer, index) => (layers[index] = layer));
  settle();
  if (best > 0 && vertices.length < 2500) exchange(graph, position);
}

/** Swap neighbours while that takes crossings away. */
function exchange(graph, position) {
  const { layers, upper, lower } = graph;
  const between = (near, a, b) => {
    let found = 0;
    for (const [first, here] of near[a]) {
      for (const [second, there] of near[b]) if (position[first] + here > position[second] + there) found += 1;
    }
    return found;
  };
  for (let round = 0, better = true; round < 6 && better; round += 1) {
    better = false;
    for (const layer of layers) {
      for (let index = 0; index + 1 < layer.length; index += 1) {
        const [a, b] = [layer[index], layer[index + 1]];
        const now = between(upper, a, b) + between(lower, a, b);
        if (now > between(upper, b, a) + between(lower, b, a)) {
          [layer[index], layer[index + 1]] = [b, a];
          [position[a], position[b]] = [index + 1, index];
          better = true;
        }
      }
    }
  }
}

/** How many pairs of edges cross, counted with a tree of sums. */
function crossings(graph, position) {
  const { layers, lower } = graph;
  let total = 0;
  for (const layer of layers) {
    const lines = layer.flatMap((vertex) => lower[vertex].map(([to, into, out]) => [position[vertex] + out, position[to] + into]));
    lines.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const places = [...new Set(lines.map(([, end]) => end))].sort((a, b) => a - b);
    const place = new Map(places.map((end, index) => [end, index + 1]));
    const tree = new Int32Array(places.length + 1);
    lines.forEach(([, end], inserted) => {
      let before = 0;
      for (let at = place.get(end); at > 0; at -= at & -at) before += tree[at];
      total += inserted - before;
      for (let at = place.get(end); at <= places.length; at += at & -at) tree[at] += 1;
    });
  }
  return total;
}

/** The x of every vertex: the middle of four alignments. */
function coordinates(graph) {
  const marked = conflicts(graph);
  const found = [];
  for (const upward of [false, true]) {
    for (const mirrored of [false, true]) found.push(aligned(graph, marked, upward, mirrored));
  }
  const widths = found.map((x) => extent(graph, x));
  const narrowest = widths.reduce((best, each) => (each.size < best.size ? each : best));
  found.forEach((x, index) => {
    const shift = index % 2 ? narrowest.to - widths[index].to : narrowest.from - widths[index].from;
    for (let vertex = 0; vertex < x.length; vertex += 1) x[vertex] += shift;
  });
  return graph.vertices.map((_, vertex) => {
    const values = found.map((x) => x[vertex]).sort((a, b) => a - b);
    return (values[1] + values[2]) / 2;
  });
}

function extent(graph, x) {
  let [from, to] = [Infinity, -Infinity];
  graph.vertices.forEach((vertex, index) => {
    from = Math.min(from, x[index] - vertex.left);
    to = Math.max(to, x[index] + vertex.right);
  });
  return { from, to, size: to - from };
}

/** The short edges that cross a long one, which is to stay straight. */
function conflicts(graph) {
  const { layers, up, vertices } = graph;
  const marked = new Set();
  const place = new Int32Array(vertices.length);
  layers.forEach((layer) => layer.forEach((vertex, index) => (place[vertex] = index)));
  for (let index = 1; index < layers.length; index += 1) {
    const layer = layers[index];
    let from = 0;
    let scanned = 0;
    layer.forEach((vertex, at) => {
      const inner = vertices[vertex].bend ? up[vertex].find((other) => vertices[other].bend) : undefined;
      if (inner === undefined && at + 1 < layer.length) return;
      const to = inner === undefined ? layers[index - 1].length : place[inner];
      for (; scanned <= at; scanned += 1) {
        for (const other of up[layer[scanned]]) {
          const isInner = vertices[other].bend && vertices[layer[scanned]].bend;
          if (!isInner && (place[other] < from || place[other] > to)) marked.add(other * 1e7 + layer[scanned]);
        }
      }
      from = to;
    });
  }
  return marked;
}

function aligned(graph, marked, upward, mirrored) {
  const { vertices } = graph;
  const count = vertices.length;
  let layers = upward ? [...graph.layers].reverse() : graph.layers;
  if (mirrored) layers = layers.map((layer) => [...layer].reverse());
  const neighbours = upward ? graph.down : graph.up;
  const place = new Int32Array(count);
  layers.forEach((layer) => layer.forEach((vertex, index) => (place[vertex] = index)));
  const root = Int32Array.from({ length: count }, (_, index) => index);
  const align = Int32Array.from(root);
  for (const layer of layers) {
    let reached = -1;
    for (const vertex of layer) {
      const near = [...neighbours[vertex]].sort((a, b) => place[a] - place[b]);
      if (!near.length) continue;
      const middle = (near.length - 1) / 2;
      for (const at of [Math.floor(middle), Math.ceil(middle)]) {
        const other = near[at];
        const name = upward ? vertex * 1e7 + other : other * 1e7 + vertex;
        if (align[vertex] === vertex && !marked.has(name) && reached < place[other]) {
          align[other] = vertex;
          root[vertex] = root[other];
          align[vertex] = root[vertex];
          reached = place[other];
        }
      }
    }
  }
  return compacted(vertices, layers, root, mirrored);
}

/** Put the aligned blocks as close to each other as they go, then as near to what follows as there is room. */
function compacted(vertices, layers, root, mirrored) {
  const count = vertices.length;
  const before = Array.from({ length: count }, () => []);
  const after = Array.from({ length: count }, () => []);
  const waiting = new Int32Array(count);
  for (const layer of layers) {
    for (let index = 1; index < layer.length; index += 1) {
      const [a, b] = [layer[index - 1], layer[index]];
      const between = vertices[a].bend && vertices[b].bend ? BEND_SEPARATION : SEPARATION;
      const size = mirrored ? vertices[a].left + vertices[b].right : vertices[a].right + vertices[b].left;
      before[root[b]].push([root[a], size + between]);
      after[root[a]].push([root[b], size + between]);
      waiting[root[b]] += 1;
    }
  }
  const x = new Float64Array(count);
  const sorted = [];
  for (let index = 0; index < count; index += 1) if (root[index] === index && !waiting[index]) sorted.push(index);
  for (let at = 0; at < sorted.length; at += 1) {
    for (const [other, distance] of before[sorted[at]]) x[sorted[at]] = Math.max(x[sorted[at]], x[other] + distance);
    for (const [other] of after[sorted[at]]) {
      waiting[other] -= 1;
      if (!waiting[other]) sorted.push(other);
    }
  }
  for (const block of [...sorted].reverse()) {
    if (!after[block].length) continue;
    const room = Math.min(...after[block].map(([other, distance]) => x[other] - distance));
    x[block] = Math.max(x[block], room);
  }
  return Float64Array.from({ length: count }, (_, index) => (mirrored ? -x[root[index]] : x[root[index]]));
}

/** Tops of layers, and the path of every edge. */
function drawn(graph, x) {
  const { nodes, links, rank, layers, vertices } = graph;
  const { from, size } = extent(graph, x);
  const place = x.map((value) => value - from);
  const heights = layers.map(() => 0);
  nodes.forEach((node, index) => (heights[rank[index]] = Math.max(heights[rank[index]], node.height)));
  const spread = layers.map(() => 0);
  vertices.forEach((vertex, index) => {
    for (const other of graph.down[index]) spread[vertex.rank] = Math.max(spread[vertex.rank], Math.abs(x[index] - x[other]));
  });
  const tops = [];
  let y = 0;
  layers.forEach((_, index) => {
    tops.push(y);
    y += heights[index] + (index + 1 < layers.length ? GAP + Math.min(60, spread[index] / 10) : 0);
  });
  const top = nodes.map((node, index) => {
    if (node.end) return node.end === "first" ? tops[rank[index]] : tops[rank[index]] + heights[rank[index]];
    return tops[rank[index]] + (heights[rank[index]] - node.height) / 2;
  });
  const routes = links.map((link) => {
    const out = link.turned ? link.into : link.out;
    const into = link.turned ? link.out : link.into;
    let [px, py] = [place[link.from] + out, top[link.from] + nodes[link.from].height];
    let path = `M${round(px)},${round(py)}`;
    let bottom = tops[rank[link.from]] + heights[rank[link.from]] + STRAIGHT;
    const reach = [...link.via, link.to];
    reach.forEach((vertex, index) => {
      const layer = vertices[vertex].rank;
      const isLast = index + 1 === reach.length;
      const nx = place[vertex] + (isLast ? into : 0);
      const ny = tops[layer] - (isLast ? TIP : 0);
      const middle = (bottom + ny) / 2;
      path += `V${round(bottom)}`;
      if (Math.abs(nx - px) > 0.5) path += `C${round(px)},${round(middle)} ${round(nx)},${round(middle)} ${round(nx)},${round(ny)}`;
      px = nx;
      py = isLast ? top[vertex] : ny;
      bottom = tops[layer] + heights[layer] + (isLast ? 0 : STRAIGHT / 3);
      if (isLast) path += `V${round(py)}`;
    });
    return path;
  });
  return { x: place.slice(0, nodes.length), y: top, width: size, height: Math.max(y, 0), routes };
}

function round(value) {
  return Math.round(value * 10) / 10;
}
