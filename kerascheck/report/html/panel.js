// What stands beside the drawing: the findings, the details of what is selected, and the facts about the model.

class Panel {
  constructor(data, app) {
    this.data = data;
    this.app = app;
    this.tabs = ["findings", "details", "model"].map((name) => document.getElementById(`tab-${name}`));
    this.pages = ["findings", "details", "model"].map((name) => document.getElementById(`page-${name}`));
    this.tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.show(index));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.show((index + step + this.tabs.length) % this.tabs.length);
        this.tabs[(index + step + this.tabs.length) % this.tabs.length].focus();
      });
    });
    this.tabs[0].append(` (${data.findings.length})`);
  }

  show(index) {
    this.tabs.forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === index));
      tab.tabIndex = number === index ? 0 : -1;
      this.pages[number].hidden = number !== index;
    });
  }

  /** "model.py:41:9", as a terminal makes a link of it. */
  place(at) {
    const [file, line, column, , , cell] = at;
    return `${this.data.files[file]}:${cell === null ? "" : `cell ${cell}:`}${line}:${column}`;
  }

  /** The lines at a place, what is meant in them marked. */
  source(at, note = "", marks = "mark") {
    const [file, line, column, endLine, endColumn, cell] = at;
    const kept = this.data.lines[file] || {};
    const block = element("pre", { class: "source" });
    for (let number = line; number <= Math.min(endLine, line + 11); number += 1) {
      const text = kept[cell === null ? number : `${cell}:${number}`];
      if (!text) continue;
      const from = number === line ? column - 1 : text.length - text.trimStart().length;
      const to = number === endLine ? endColumn - 1 : text.length;
      block.append(element("span", { class: "number" }, `${number} `));
      if (to > from && !(line === 1 && endLine === 1 && column === endColumn)) {
        block.append(text.slice(0, from), element("mark", { class: marks }, text.slice(from, to)), text.slice(to), "\n");
      } else block.append(text, "\n");
    }
    const title = element("div", { class: "place" }, this.place(at));
    if (note) title.append(element("span", { class: "note" }, note));
    return element("div", { class: "quote" }, title, block.childNodes.length ? block : null);
  }

  fillFindings(selected = null) {
    const page = this.pages[0];
    page.replaceChildren();
    if (!this.data.findings.length) page.append(element("p", { class: "quiet" }, "No findings."));
    const list = element("ol", { class: "findings" });
    this.data.findings.forEach((found, index) => {
      const button = element("button", { class: "finding", type: "button", "data-finding": index, "aria-expanded": String(index === selected), onclick: () => this.app.selectFinding(index) });
      button.append(
        element("span", { class: `code ${found.severity}` }, `${found.severity} ${found.code}`),
        element("span", { class: "message" }, found.message),
        element("span", { class: "place" }, this.place(found.at)),
      );
      const entry = element("li", { class: index === selected ? "selected" : null }, button);
      if (index === selected) entry.append(this.story(found));
      list.append(entry);
    });
    if (this.data.findings.length) page.append(list);
    this.pages[0].querySelector("li.selected")?.scrollIntoView({ block: "nearest" });
  }

  /** A finding in full: the lines that led there, the line itself, what to write instead. */
  story(found) {
    const holder = element("div", { class: "story" });
    for (const [at, note] of found.trail) holder.append(this.source(at, note, "trail"));
    holder.append(this.source(found.at, found.label, found.severity));
    if (found.help) holder.append(element("p", { class: "help" }, element("b", {}, "help "), found.help));
    if (found.fix) holder.append(element("p", { class: "help" }, element("b", {}, "fix "), found.fix));
    if (!found.nodes.length) holder.append(element("p", { class: "quiet" }, "Nothing in the graph was made on this line."));
    if (found.url && found.url.startsWith("https://")) {
      holder.append(element("a", { href: found.url, target: "_blank", rel: "noopener noreferrer" }, `${found.code} ${found.name}: the rule's card`));
    }
    return holder;
  }

  fillDetails(graph, item) {
    const page = this.pages[1];
    page.replaceChildren();
    if (!item || item.kind === "output") {
      page.append(element("p", { class: "quiet" }, "Select a node to see its arguments, weights, shapes and source."));
      this.keys(page);
      return;
    }
    if (item.kind === "op") this.opDetails(page, graph, item);
    else if (item.node === null) this.groupDetails(page, graph, item);
    else this.nodeDetails(page, graph, item);
  }

  heading(page, family, title, name) {
    page.append(element("h2", { class: `family-${family}` }, element("i", { class: "swatch" }), title), name ? element("p", { class: "name" }, name) : "");
  }

  nodeDetails(page, graph, item) {
    const node = graph.model.nodes[item.node];
    this.heading(page, node.family, node.op, node.name);
    for (const index of node.findings || []) {
      const found = this.data.findings[index];
      page.append(element("button", { class: `link ${found.severity}`, type: "button", onclick: () => this.app.selectFinding(index) }, `${found.code} ${found.message}`));
    }
    if (graph.canOpen(item)) page.append(element("button", { type: "button", onclick: () => this.app.fold(item) }, this.foldText(graph, item)));
    this.table(page, "Input", graph.incoming[item.node].map((edge) => this.end(graph, edge.from, edge.output, edge.argument)));
    this.table(page, "Output", (node.out || []).map((spec) => this.spec(spec)));
    this.table(page, "Goes to", this.consumers(graph, item.node));
    const facts = [];
    if (node.params) facts.push(["parameters", `${node.params.toLocaleString("en-US")} (${(node.trainable || 0).toLocaleString("en-US")} trained)`]);
    if (node.params === null) facts.push(["parameters", "not known"]);
    if (node.tracked === false) facts.push(["tracked by Keras", "no"]);
    if (node.scope) facts.push(["in", node.scope]);
    for (const guard of node.guards || []) facts.push(["only if", guard]);
    if (node.shared) facts.push(["calls of this layer", String(node.shared.length)]);
    this.table(page, "", facts);
    this.table(page, "Weights", (node.weights || []).map(([name, spec, trained]) => [name, this.specText(spec), trained ? "" : "not trained"]));
    this.table(page, "Arguments", Object.entries(this.data.configs[node.config] || {}).map(([name, value]) => [name, plain(value)]));
    if (node.at) {
      page.append(element("h3", {}, "Source"), this.source(node.at));
      for (const frame of node.stack || []) page.append(this.source(frame, "called from"));
    }
    this.opList(page, graph, item);
  }

  foldText(graph, item) {
    if (item.kind === "group") return item.open ? "Fold" : "Unfold";
    return item.open ? "Hide the TensorFlow ops" : `Show ${counted(graph.rows(item.node).length, "TensorFlow op")} in the graph`;
  }

  groupDetails(page, graph, item) {
    const kinds = { call: "Built by one call", name: "Layers named alike", block: "Between two branch points", chain: "A layer and what follows it", run: "Neighbours", scope: "A layer's own calls" };
    this.heading(page, "group", item.group.title, kinds[item.group.kind]);
    page.append(element("button", { type: "button", onclick: () => this.app.fold(item) }, this.foldText(graph, item)));
    this.table(page, "", [["layers and ops", item.calls.toLocaleString("en-US")], ["parameters", item.params.toLocaleString("en-US")]]);
    this.table(page, "Holds", graph.contents(item).map(([op, count]) => [op, `×${count}`]));
  }

  opDetails(page, graph, item) {
    const row = graph.rows(item.call)[item.op];
    this.heading(page, "tensorflow", this.data.types[row[0]], row[1]);
    const call = graph.byNode[item.call];
    page.append(element("p", {}, "a TensorFlow op of ", this.nodeLink(graph, item.call)));
    if (graph.canOpen(item)) page.append(element("button", { type: "button", onclick: () => this.app.fold(item) }, item.open ? "Fold its body" : "Show its body"));
    this.table(page, "Output", row[2].map((spec) => this.spec(spec)));
    this.table(page, "Attributes", Object.entries(this.data.configs[row[5]] || {}).map(([name, value]) => [name, plain(value)]));
    const node = graph.model.nodes[call.node];
    if (node.at) page.append(element("h3", {}, "Source"), this.source(node.at));
  }

  /** The ops as a list, each indented by the bodies it lies in; made only when it is opened. */
  opList(page, graph, item) {
    const rows = graph.rows(item.node);
    if (!rows.length || item.kind !== "node") return;
    const details = element("details", {}, element("summary", {}, counted(rows.length, "TensorFlow op")));
    details.addEventListener("toggle", () => {
      if (!details.open || details.childElementCount > 1) return;
      const list = element("ul", { class: "ops" });
      rows.forEach((row) => {
        let depth = 0;
        for (let at = row[4]; at >= 0; at = rows[at][4]) depth += 1;
        const entry = element("li", {}, element("b", {}, this.data.types[row[0]]), ` ${row[1]} `, element("code", {}, row[2].map((spec) => this.specText(spec)).join(", ")));
        entry.style.marginLeft = `${depth * 14}px`;
        list.append(entry);
      });
      details.append(list);
    });
    page.append(details);
  }

  consumers(graph, index) {
    return graph.model.edges.filter(([from]) => from === index).map(([, output, to, argument]) => {
      const several = (graph.model.nodes[index].out || []).length > 1;
      return [this.nodeLink(graph, to), argument && !/^\d+$/.test(argument) ? argument : "", several ? `output ${output}` : ""];
    });
  }

  end(graph, from, output, argument) {
    const spec = (graph.model.nodes[from].out || [])[output];
    return [this.nodeLink(graph, from), spec === undefined ? "" : this.specText(spec), /^\d+$/.test(argument) ? "" : argument];
  }

  nodeLink(graph, index) {
    return element("button", { class: "link", type: "button", onclick: () => this.app.go(graph.byNode[index]) }, graph.model.nodes[index].name);
  }

  spec(spec) {
    const [shown, named, dtype] = this.data.specs[spec];
    return [element("code", {}, shown), named ? element("code", { title: "with named sizes" }, named) : "", dtype];
  }

  specText(spec) {
    const [shown, , dtype] = this.data.specs[spec];
    return element("code", {}, dtype ? `${shown} ${dtype}` : shown);
  }

  table(page, title, rows) {
    if (!rows.length) return;
    if (title) page.append(element("h3", {}, title));
    const body = element("tbody");
    for (const row of rows) body.append(element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
    page.append(element("table", {}, body));
  }

  fillModel(graph) {
    const page = this.pages[2];
    const { model } = graph;
    page.replaceChildren(element("h2", {}, model.name), element("p", { class: "name" }, `${model.kind} model`));
    if (model.at) page.append(this.source(model.at));
    const number = (value) => (value === null ? "not known" : value.toLocaleString("en-US"));
    this.table(page, "", [
      ["layers and ops", model.nodes.length.toLocaleString("en-US")],
      ["parameters", number(model.params)],
      ["trained", number(model.trainable)],
      ["device", this.data.device],
      ["understood", model.complete ? "in full" : "in part"],
    ]);
    const place = this.data.models.indexOf(model);
    this.facts(page, place);
    if (this.data.unknown.length) {
      page.append(element("h3", {}, "Not understood"));
      for (const each of this.data.unknown) page.append(this.source(each.at, `${each.what}: ${each.why}`));
    }
    this.keys(page);
  }

  /** What only the live model tells. */
  facts(page, place) {
    const { facts } = this.data;
    const own = (name) => (facts[name] || []).filter((record) => record.model === place || record.model === null);
    const variables = own("variables");
    const told = (record) => [
      !record.in_weights && "not in weights", record.in_weights && record.trainable && !record.in_trainable_weights && "not trained",
      !record.read && "never read", record.gradient && record.gradient !== "flows" && `gradient: ${record.gradient}`, record.saved === false && "not saved",
    ].filter(Boolean).join(", ");
    const odd = variables.filter(told);
    if (variables.length) {
      page.append(element("h3", {}, "Variables"), element("p", {}, `${counted(variables.length, "variable")}, ${odd.length ? `${odd.length} of them noteworthy` : "each held, read and saved as it should be"}.`));
      this.table(page, "", odd.map((record) => [record.name, plain(record.shape), told(record)]));
    }
    const update = (value) => (value === null ? "no such step" : value ? "updated" : "not updated");
    this.table(page, "State", own("states").map((record) => [record.layer_name, record.what, `in training: ${update(record.in_training)}`, `at inference: ${update(record.at_inference)}`]));
    for (const step of own("steps")) {
      const rows = [["lowers for XLA", step.lowers === null ? "not asked" : step.lowers ? "yes" : "no"]];
      if (step.message) rows.push(["compiler", step.message]);
      if (step.instructions !== null) rows.push(["HLO instructions", step.instructions.toLocaleString("en-US")]);
      if (step.flops !== null) rows.push(["FLOPs", compact(step.flops)]);
      if (step.dtypes && step.dtypes.length) rows.push(["dtypes", step.dtypes.join(", ")]);
      if (step.dynamic && step.dynamic.length) rows.push(["dynamic", step.dynamic.join(", ")]);
      this.table(page, `Compiled step: ${step.name}`, rows);
    }
    this.table(page, "Samples that depend on each other", own("dependences").map((record) => [record.mode, record.evidence]));
    this.table(page, "Data calls, not run", (facts.data_calls || []).map((record) => [record.method, (record.shapes || []).map((pair) => pair.join(" ")).join("; ")]));
  }

  keys(page) {
    const keys = [["/", "search"], ["n, p", "next, previous finding"], ["arrows", "from node to node"], ["Enter or +", "unfold, show a call's ops"], ["−", "fold"], ["f", "fit"], ["Ctrl + wheel", "zoom"], ["Esc", "clear"]];
    const list = element("dl", { class: "keys" });
    for (const [key, what] of keys) list.append(element("dt", {}, key), element("dd", {}, what));
    page.append(element("h3", {}, "Keys"), list);
  }
}

/** A value as Python writes it. */
function plain(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `(${value.map(plain).join(", ")}${value.length === 1 ? "," : ""})`;
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${key}: ${plain(each)}`).join(", ");
  return String(value);
}
