// Puts the page together: the models, search, folding, findings and keys.

class App {
  constructor(data) {
    this.data = data;
    this.graphs = new Map();
    for (const model of data.models) this.linkShared(model);
    this.panel = new Panel(data, this);
    this.view = new View(document.getElementById("canvas"), document.getElementById("map"), {
      select: (item) => this.select(item),
      fold: (item) => this.fold(item),
    });
    this.choice = document.getElementById("models");
    data.models.forEach((model, index) => this.choice.append(element("option", { value: index }, `${model.name} (${model.kind}, ${counted(model.nodes.length, "node")})`)));
    this.choice.hidden = data.models.length < 2;
    this.choice.addEventListener("change", () => this.open(Number(this.choice.value)));
    this.panel.fillFindings();
    this.buttons();
    this.searching();
    document.addEventListener("keydown", (event) => this.key(event));
    if (!data.models.length) {
      document.getElementById("canvas").append(element("p", { class: "quiet empty" }, "No models found."));
      return;
    }
    const largest = data.models.reduce((best, model, index) => (model.nodes.length > data.models[best].nodes.length ? index : best), 0);
    this.open(largest);
    this.panel.show(data.findings.length ? 0 : 2);
  }

  linkShared(model) {
    const calls = new Map();
    model.nodes.forEach((node, index) => node.layer !== undefined && calls.set(node.layer, [...(calls.get(node.layer) || []), index]));
    calls.forEach((list) => list.length > 1 && list.forEach((index) => (model.nodes[index].shared = list)));
  }

  open(index) {
    this.choice.value = String(index);
    if (!this.graphs.has(index)) this.graphs.set(index, new Graph(this.data, this.data.models[index]));
    this.graph = this.graphs.get(index);
    this.view.selected = null;
    this.view.draw(this.graph);
    this.view.start();
    this.panel.fillModel(this.graph);
    this.panel.fillDetails(this.graph, null);
    const named = this.data.specs.some(([, text]) => text);
    document.getElementById("named").parentNode.hidden = !named;
  }

  select(item, page = 1) {
    this.view.mark(item);
    this.panel.fillDetails(this.graph, item);
    if (item) this.panel.show(page);
  }

  /** Show `item`, unfolding what holds it. */
  go(item, page = 1) {
    if (this.graph.seen(item) !== item) {
      this.graph.reveal(item);
      this.view.draw(this.graph);
    }
    this.select(item, page);
    this.view.center(item);
  }

  fold(item) {
    if (!item || !this.graph.canOpen(item)) return;
    this.graph.setOpen(item, !item.open);
    this.view.redrawAround(item);
    this.select(item);
  }

  foldAll(open) {
    this.graph.setAll(open);
    this.view.draw(this.graph);
    this.view.start();
  }

  selectFinding(index) {
    this.finding = index;
    const found = this.data.findings[index];
    const place = this.data.models.findIndex((model) => model.nodes.some((node) => node.id === found.nodes[0]));
    this.panel.fillFindings(index);
    this.panel.show(0);
    if (place < 0) return;
    if (this.graph !== this.graphs.get(place)) this.open(place);
    const items = found.nodes.map((id) => this.graph.model.nodes.findIndex((node) => node.id === id)).filter((each) => each >= 0).map((each) => this.graph.byNode[each]);
    items.forEach((item) => this.graph.reveal(item));
    this.view.draw(this.graph);
    this.select(items[0], 0);
    this.view.center(items[0]);
    items.forEach((item) => this.view.shapes.get(item).classList.add("pointed"));
  }

  buttons() {
    const bind = (name, action) => document.getElementById(name).addEventListener("click", action);
    bind("fit", () => this.view.fit());
    bind("closer", () => this.view.zoom(1.25));
    bind("farther", () => this.view.zoom(0.8));
    bind("fold-all", () => this.foldAll(false));
    bind("unfold-all", () => this.foldAll(true));
    document.getElementById("named").addEventListener("change", (event) => {
      this.view.named = event.target.checked;
      this.view.draw(this.graph);
    });
  }

  searching() {
    this.search = document.getElementById("search");
    this.results = document.getElementById("results");
    this.search.addEventListener("input", () => this.find());
    this.search.addEventListener("focus", () => this.find());
    this.search.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.search.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const entries = [...this.results.children].filter((entry) => entry.role === "option");
      if (step && entries.length) {
        event.preventDefault();
        this.choose((this.chosen + step + entries.length) % entries.length);
      } else if (event.key === "Enter" && entries.length) entries[Math.max(this.chosen, 0)].click();
      else if (event.key === "Escape") {
        this.search.value = "";
        this.close();
        this.search.blur();
      } else return;
      event.stopPropagation();
    });
  }

  /** The nodes of the open model that hold every word: in their name, op, shape, dtype, scope, arguments or line. */
  matches(text) {
    const words = text.toLowerCase().replace(/\bline[\s:]*(\d+)/g, "line:$1;").split(/\s+/).filter(Boolean);
    if (!words.length || !this.graph) return [];
    const { model, data } = this.graph;
    return model.nodes.map((node, index) => index).filter((index) => {
      const node = model.nodes[index];
      const shapes = (node.out || []).flatMap((spec) => data.specs[spec]).join(" ");
      const line = node.at ? `line:${node.at[1]}; ${data.files[node.at[0]]}:${node.at[1]}` : "";
      const codes = (node.findings || []).map((finding) => `${data.findings[finding].code} ${data.findings[finding].name}`).join(" ");
      const weights = (node.weights || []).map(([name]) => name).join(" ");
      const told = `${node.name} ${node.op} ${shapes} ${shapes.replaceAll(" ", "")} ${node.scope || ""} ${node.headline || ""} ${weights} ${codes} ${line}`.toLowerCase();
      return words.every((word) => told.includes(word));
    });
  }

  find() {
    const found = this.matches(this.search.value);
    this.chosen = -1;
    this.results.replaceChildren();
    if (!this.search.value.trim()) return this.close();
    const shown = found.slice(0, 50);
    shown.forEach((index, number) => {
      const node = this.graph.model.nodes[index];
      const shape = node.out ? this.view.shape(node.out[0]) : "";
      const entry = element("li", { role: "option", id: `result-${number}`, "aria-selected": "false", class: `family-${node.family}` });
      entry.append(element("i", { class: "swatch" }), element("b", {}, node.name), element("span", {}, shortOp(node.op)), element("code", {}, shape));
      if (node.at) entry.append(element("span", { class: "place" }, `line ${node.at[1]}`));
      entry.addEventListener("click", () => {
        this.go(this.graph.byNode[index]);
        this.close();
      });
      this.results.append(entry);
    });
    const count = found.length > shown.length ? `the first ${shown.length} of ${counted(found.length, "node")}` : counted(found.length, "node");
    this.results.append(element("li", { class: "quiet", role: "presentation" }, count));
    this.results.hidden = false;
    this.search.setAttribute("aria-expanded", "true");
    return undefined;
  }

  choose(index) {
    const entries = [...this.results.querySelectorAll("[role=option]")];
    entries.forEach((entry, number) => entry.setAttribute("aria-selected", String(number === index)));
    entries[index].scrollIntoView({ block: "nearest" });
    this.chosen = index;
    this.search.setAttribute("aria-activedescendant", entries[index].id);
  }

  close() {
    this.results.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const inTabs = event.target.matches("[role=tab]");
    const onButton = event.target.matches("button, a, summary");
    const count = this.data.findings.length;
    const step = (by) => count && this.selectFinding(((this.finding ?? (by > 0 ? -1 : 0)) + by + count) % count);
    const item = this.view.selected;
    const actions = {
      "/": () => this.search.focus(),
      f: () => this.view.fit(),
      n: () => step(1),
      p: () => step(-1),
      "+": () => item && !item.open && this.fold(item),
      "-": () => this.foldUp(item),
      Escape: () => this.select(null),
    };
    if (!inTabs && !onButton && this.graph) {
      for (const [name, way] of [["ArrowDown", "down"], ["ArrowUp", "up"], ["ArrowLeft", "left"], ["ArrowRight", "right"]]) actions[name] = () => this.step(way);
      actions.Enter = () => item && (this.graph.canOpen(item) ? this.fold(item) : this.panel.show(1));
      actions[" "] = actions.Enter;
    }
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  /** Fold the selected item, or what holds it. */
  foldUp(item) {
    const target = item && item.open ? item : item && item.parent;
    if (target && target.parent) this.fold(target);
  }

  /** Select the nearest seen item that way: along an edge up and down, beside it left and right. */
  step(way) {
    const selected = this.view.selected;
    const from = selected && this.view.boxes.get(this.graph.seen(selected));
    if (!from) {
      this.stepTo(this.view.arranged.boxes.find((box) => !box.open));
      return;
    }
    const vertical = way === "down" || way === "up";
    const linked = new Set();
    if (vertical) {
      for (const edge of this.view.arranged.edges) {
        if (way === "down" && edge.from === from.item) edge.to.forEach((to) => linked.add(to));
        if (way === "up" && edge.to.includes(from.item)) linked.add(edge.from);
      }
    }
    const sign = way === "down" || way === "right" ? 1 : -1;
    const middle = (box) => [box.x + box.width / 2, box.y + Math.min(box.height, 46) / 2];
    const [fx, fy] = middle(from);
    let best = null;
    for (const box of this.view.arranged.boxes) {
      if (box.item === from.item || (linked.size && !linked.has(box.item))) continue;
      const [x, y] = middle(box);
      const [along, across] = vertical ? [(y - fy) * sign, Math.abs(x - fx)] : [(x - fx) * sign, Math.abs(y - fy)];
      if (along <= 1) continue;
      const cost = along + 3 * across;
      if (!best || cost < best.cost) best = { box, cost };
    }
    if (best) this.stepTo(best.box);
  }

  stepTo(box) {
    if (!box) return;
    this.select(box.item);
    this.view.ensure(box.item);
    this.view.shapes.get(box.item).focus({ preventScroll: true });
  }
}

const app = new App(JSON.parse(document.getElementById("data").textContent));
document.documentElement.dataset.ready = "true";
