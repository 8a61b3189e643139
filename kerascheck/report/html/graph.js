// The model as a tree of items to fold and unfold: groups, calls, and the ops of TensorFlow that a call is made of.

/** An item: a call, a group of items, an op, or an output of the model. */
class Item {
  constructor(id, kind, parent) {
    this.id = id;
    this.kind = kind; // "node", "group", "op" or "output"
    this.parent = parent;
    this.children = [];
    this.open = false;
    this.node = null; // the call it is, or that stands for the group
    this.group = null;
    this.op = null;
  }

  get path() {
    const found = [];
    for (let item = this; item; item = item.parent) found.unshift(item);
    return found;
  }
}

class Graph {
  constructor(data, model) {
    this.data = data;
    this.model = model;
    this.root = new Item("root", "group", null);
    this.root.open = true;
    this.items = new Map();
    this.byNode = new Array(model.nodes.length);
    this.standsFor = new Map(); // a call that stands for a group, to the group's item
    this.incoming = model.nodes.map(() => []);
    for (const [from, output, to, argument] of model.edges) this.incoming[to].push({ from, output, argument });
    const groups = new Map(model.groups.map((group) => [group.id, group]));
    for (const unit of model.top) this.add(unit, this.root, groups);
    model.outputs.forEach(([node, output], index) => {
      const item = this.register(new Item(`out${index}`, "output", this.root));
      Object.assign(item, { from: node, output });
    });
    this.tally(this.root);
  }

  register(item) {
    this.items.set(item.id, item);
    item.parent.children.push(item);
    return item;
  }

  add(unit, parent, groups) {
    if (typeof unit === "number") {
      const item = this.register(new Item(`n${unit}`, "node", parent));
      item.node = unit;
      this.byNode[unit] = item;
      return;
    }
    const group = groups.get(unit);
    const item = this.register(new Item(unit, "group", parent));
    item.group = group;
    item.open = group.open;
    if (group.node !== null) {
      item.node = group.node;
      this.byNode[group.node] = item;
      this.standsFor.set(group.node, item);
    }
    for (const member of group.members) this.add(member, item, groups);
  }

  /** What lies in each group: how many calls, parameters and findings. */
  tally(item) {
    const own = item.node === null ? null : this.model.nodes[item.node];
    item.calls = item.kind === "node" ? 1 : 0;
    item.findings = new Set(own ? own.findings || [] : []);
    item.params = own && own.params ? own.params : 0;
    item.ops = new Map(); // by the name of an op: how many there are, and their parameters
    if (item.kind === "node") item.ops.set(shortOp(own.op), [1, own.params || 0]);
    for (const child of item.children) {
      this.tally(child);
      item.calls += child.calls;
      item.params += child.params;
      child.findings.forEach((finding) => item.findings.add(finding));
      child.ops.forEach(([count, params], op) => {
        const [counted, summed] = item.ops.get(op) || [0, 0];
        item.ops.set(op, [counted + count, summed + params]);
      });
    }
  }

  /** What a group holds, as [op, how many]: those with the most parameters first, then the most frequent. */
  contents(item) {
    const rank = (a, b) => b[1][1] - a[1][1] || b[1][0] - a[1][0] || (a[0] < b[0] ? -1 : 1);
    return [...item.ops].sort(rank).map(([op, [count]]) => [op, count]);
  }

  canOpen(item) {
    if (item.kind === "group") return item.children.length > 0;
    if (item.kind === "op") return this.rows(item.call).some((row) => row[4] === item.op);
    return item.kind === "node" && item.node !== null && this.rows(item.node).length > 0;
  }

  rows(node) {
    return this.model.operations[node] || [];
  }

  /** Open or close an item; a call's ops are made when they are first asked for. */
  setOpen(item, open) {
    if (open && item.kind !== "group" && !item.children.length) {
      const call = item.kind === "node" ? item.node : item.call;
      const parent = item.kind === "node" ? -1 : item.op;
      this.rows(call).forEach((row, index) => {
        if (row[4] !== parent) return;
        const child = this.register(new Item(`o${call}.${index}`, "op", item));
        Object.assign(child, { call, op: index, calls: 0, params: 0, findings: new Set(), ops: new Map() });
      });
    }
    item.open = open;
  }

  setAll(open) {
    for (const item of this.items.values()) {
      if (item.kind === "group" || !open) item.open = open;
    }
  }

  /** Open all that holds an item. */
  reveal(item) {
    for (let holder = item.parent; holder; holder = holder.parent) holder.open = true;
  }

  /** The item that is seen where `item` is: itself, or the outermost closed one around it. */
  seen(item) {
    return item.path.find((each) => !each.open || each === item);
  }

  /** The items that are seen of a call's output: past the open groups it stands for, into its open ops. */
  sources(node, output, depth = 0) {
    const item = this.byNode[node];
    const seen = this.seen(item);
    if (seen !== item || !item.open || depth > 50) return [{ item: seen, output }];
    if (item.kind === "group") {
      const operands = this.incoming[node].filter((edge) => this.inside(edge.from, item));
      if (!operands.length) return [{ item, output }];
      const outputs = (this.model.nodes[node].out || []).length;
      const chosen = operands.length === outputs ? [operands[output]] : operands;
      return chosen.filter(Boolean).flatMap((edge) => this.sources(edge.from, edge.output, depth + 1));
    }
    const source = this.lastOp(item, output);
    return [{ item: source || item, output: source ? 0 : output }];
  }

  inside(node, group) {
    return this.byNode[node].path.includes(group);
  }

  /** The op of an open call that gives its output. */
  lastOp(item, output) {
    const rows = this.rows(item.node);
    const used = new Set(rows.flatMap((row) => row[3].map(([place]) => place)));
    const ends = rows.map((_, index) => index).filter((index) => rows[index][4] === -1 && !used.has(index));
    const outputs = (this.model.nodes[item.node].out || []).length;
    const chosen = ends.length >= outputs ? ends[ends.length - outputs + output] : ends[ends.length - 1];
    return chosen === undefined ? null : this.seen(this.items.get(`o${item.node}.${chosen}`));
  }

  /** Every edge between items that are seen: {from, output, to, argument, spec}. */
  edges() {
    const found = [];
    const seen = new Set();
    const put = (source, to, argument, spec) => {
      const name = `${source.item.id}:${source.output}>${to.id}`;
      if (source.item === to || seen.has(name)) return;
      seen.add(name);
      found.push({ from: source.item, output: source.output, to, argument, spec });
    };
    this.model.edges.forEach(([from, output, to, argument]) => {
      const target = this.byNode[to];
      const at = this.seen(target);
      if (at === target && target.open) return; // told by the edges of what it holds
      const spec = (this.model.nodes[from].out || [])[output];
      for (const source of this.sources(from, output)) put(source, at, argument, spec);
    });
    for (const item of this.items.values()) {
      if (item.kind === "output") {
        const spec = (this.model.nodes[item.from].out || [])[item.output];
        for (const source of this.sources(item.from, item.output)) put(source, item, "", spec);
      } else if (item.kind === "node" && item.open && this.seen(item) === item) {
        this.opEdges(item, put);
      }
    }
    return found;
  }

  opEdges(item, put) {
    const rows = this.rows(item.node);
    const taken = new Set();
    rows.forEach((row, index) => {
      let op = this.items.get(`o${item.node}.${index}`);
      for (let at = index; !op && at >= 0; at = rows[at][4]) op = this.items.get(`o${item.node}.${at}`);
      if (!op) return;
      const target = this.seen(op);
      for (const [place, output] of row[3]) {
        if (typeof place === "number") {
          let source = this.items.get(`o${item.node}.${place}`);
          for (let at = place; !source && at >= 0; at = rows[at][4]) source = this.items.get(`o${item.node}.${at}`);
          if (source) put({ item: this.seen(source), output }, target, "", rows[place][2][output]);
        } else {
          const node = Number(place.slice(1));
          const edge = this.incoming[item.node].find(({ from }) => from === node || this.passes(from, node));
          const [from, through] = edge ? [edge.from, edge.output] : [node, output];
          if (from === item.node) continue;
          taken.add(from);
          const spec = (this.model.nodes[from].out || [])[through];
          for (const source of this.sources(from, through)) put(source, target, "", spec);
        }
      }
    });
    // What the ops do not name, such as a variable of the user's, still goes into the call.
    for (const edge of this.incoming[item.node]) {
      if (taken.has(edge.from)) continue;
      const name = this.model.nodes[edge.from].name;
      const index = rows.findIndex((row) => row[4] === -1 && row[1].split("/").pop() === name);
      const target = index < 0 ? item : this.items.get(`o${item.node}.${index}`);
      const spec = (this.model.nodes[edge.from].out || [])[edge.output];
      for (const source of this.sources(edge.from, edge.output)) put(source, target, edge.argument, spec);
    }
  }

  /** Whether the group that `group` stands for hands on what `node` gives. */
  passes(group, node, depth = 0) {
    if (depth > 50 || !this.standsFor.has(group)) return false;
    return this.incoming[group].some(({ from }) => from === node || this.passes(from, node, depth + 1));
  }
}

function shortOp(op) {
  return op.slice(op.lastIndexOf(".") + 1);
}

function counted(number, word) {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}

function compact(number) {
  if (number < 1e4) return number.toLocaleString("en-US");
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (number >= size) return `${Number((number / size).toPrecision(3))} ${unit}`;
  }
  return String(number);
}
