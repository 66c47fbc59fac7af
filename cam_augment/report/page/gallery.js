"use strict";
// The gallery as a tool: opacity, filters, and regions drawn on probe images. Without this
// script the page is complete; with it nothing is ever sent anywhere.
(() => {
  const gallery = document.getElementById("gallery");
  if (!gallery) return;
  const find = (id) => document.getElementById(id);
  const cards = [...gallery.querySelectorAll(".probe")];
  const panels = [...gallery.querySelectorAll("li[data-arm]")];
  const boxes = [...gallery.querySelectorAll("fieldset input")];
  const make = (name, options = {}) => Object.assign(document.createElement(name), options);
  const round = (value, step = 0.01) => Math.round(value / step) / Math.round(1 / step);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  // Texts are in English; a page in another language brings their counterparts.
  const TEXTS = JSON.parse(document.body.dataset.texts || "{}");
  const translated = (text, fields = {}) =>
    (TEXTS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => fields[name]);
  const images = (n) => (n === 1 ? translated("{n} image", { n }) : translated("{n} images", { n }));
  const arms = (n) => (n === 1 ? translated("{n} arm", { n }) : translated("{n} arms", { n }));
  const regionsOf = (n) =>
    (n === 1 ? translated("{n} region", { n }) : translated("{n} regions", { n }));

  const notesOf = (n) => (n === 1 ? translated("{n} note", { n }) : translated("{n} notes", { n }));
  const notesNow = () => gallery.notes?.() ?? [];

  // -- what is shown

  const opacity = find("gallery-opacity");
  const selects = ["class", "reading", "reader"].map((name) => find(`gallery-${name}`));
  const [ofClass, reading, reader] = selects;

  function fade() {
    gallery.style.setProperty("--opacity", opacity.value / 100);
    find("gallery-percent").textContent = `${opacity.value} %`;
    opacity.setAttribute("aria-valuetext", `${opacity.value} %`);
  }

  function asked(card, hidden) {
    if (ofClass.selectedIndex > 0 && card.dataset.class !== ofClass.value) return false;
    if (!reading.value) return true;
    const readings = [...card.querySelectorAll("li[data-arm]")]
      .filter(({ dataset: { arm } }) =>
        reader.selectedIndex > 0 ? arm === reader.value : !hidden.has(arm))
      .map((panel) => panel.dataset.reading);
    const wanted = (each) => each === reading.value;
    if (reading.value === "wrong") return readings.some(wanted);
    return readings.length > 0 && readings.every(wanted);
  }

  function show() {
    const hidden = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
    for (const panel of panels) panel.classList.toggle("out", hidden.has(panel.dataset.arm));
    const shown = cards.filter((card) => !card.classList.toggle("out", !asked(card, hidden)));
    find("gallery-status").textContent = translated(
      "{some} of {images} and {few} of {arms} shown.",
      { some: shown.length, images: images(cards.length),
        few: boxes.length - hidden.size, arms: arms(boxes.length) });
  }

  function reset() {
    opacity.value = 100;
    for (const select of selects) select.selectedIndex = 0;
    for (const box of boxes) box.checked = true;
    fade();
    show();
  }

  opacity.addEventListener("input", fade);
  for (const each of [...selects, ...boxes]) each.addEventListener("change", show);
  find("gallery-reset").addEventListener("click", reset);

  // -- regions: { category, box: [x, y, width, height] } or { category, points: [[x, y], ...] }

  const CATEGORIES = ["region", "product"];
  const drawn = new Map(cards.map((card) => [card, []]));
  const dialog = find("drawing");
  const stage = find("drawing-stage");
  const tool = find("drawing-tool");
  let card, columns, rows, chosen = -1, corners = [], drag = null, unsaved = false;

  const say = (text) => { find("drawing-status").textContent = text; };

  function ring({ box, points }) {
    if (points) return points;
    const [x, y, width, height] = box;
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
  }

  function bounds(points) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
  }

  function named(region, place) {
    const [x, y, width, height] = (region.box || bounds(region.points)).map((v) => round(v, 0.1));
    const kind = region.box ? translated("rectangle")
      : translated("polygon of {n} corners", { n: region.points.length });
    const category = region.category === "product" ? translated("product") : translated("region");
    return translated("{place}: {category}, {kind}, {width} × {height} pixels at {x}, {y}",
      { place: place + 1, category, kind, width, height, x, y });
  }

  // A pixel is inside where its centre is, by the even-odd rule; so says the reader of the file.
  function coversPixel(points) {
    for (let row = 0; row < rows; row += 1) {
      const y = row + 0.5;
      const crossings = points.flatMap(([x0, y0], i) => {
        const [x1, y1] = points[(i + 1) % points.length];
        return (y0 <= y) === (y1 <= y) ? [] : [x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)];
      }).sort((a, b) => a - b);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const [left, right] = [crossings[i], crossings[i + 1]].map((x) => Math.ceil(x - 0.5));
        if (left < right) return true;
      }
    }
    return false;
  }

  function shape(points, category, closed = true) {
    const element = document.createElementNS(stage.namespaceURI, closed ? "polygon" : "polyline");
    element.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    element.setAttribute("class", `shape ${category}`);
    return element;
  }

  // A dark line under the bright one: seen on any image.
  const lines = (region) =>
    ["halo", region.category].map((category) => shape(ring(region), category));

  function thumbnail() {
    const regions = drawn.get(card);
    const frame = card.querySelector(".photograph");
    const small = document.createElementNS(stage.namespaceURI, "svg");
    small.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    small.setAttribute("preserveAspectRatio", "none");
    small.append(...regions.flatMap(lines));
    frame.replaceChildren(...(regions.length ? [small] : []));
    card.querySelector(".count").textContent =
      regions.length ? regionsOf(regions.length) : "";
  }

  function handle(region, place) {
    const group = document.createElementNS(stage.namespaceURI, "g");
    const marks = { tabindex: 0, role: "button", "aria-label": named(region, place),
      "aria-pressed": place === chosen, class: place === chosen ? "chosen" : "" };
    for (const [name, value] of Object.entries(marks)) group.setAttribute(name, value);
    group.dataset.place = place;
    group.append(...lines(region));
    return group;
  }

  function line(region, place) {
    const item = make("li");
    const choose = make("button", { type: "button", textContent: named(region, place) });
    choose.setAttribute("aria-pressed", place === chosen);
    choose.dataset.place = place;
    choose.addEventListener("click", () => redraw(place, "list"));
    const drop = make("button", { type: "button", textContent: translated("Delete") });
    drop.setAttribute("aria-label", translated("Delete {region}", { region: named(region, place) }));
    drop.addEventListener("click", () => remove(place, "list"));
    item.append(choose, drop);
    return item;
  }

  // Everything of the dialog from the regions; `focus`: where the keyboard goes on.
  function redraw(place = chosen, focus = "") {
    const regions = drawn.get(card);
    chosen = Math.min(place, regions.length - 1);
    stage.replaceChildren(...regions.map(handle));
    if (corners.length) stage.append(shape(corners, "draft", false));
    if (drag && drag.box) stage.append(...lines({ ...drag, category: "draft" }));
    find("drawing-list").replaceChildren(...regions.map(line));
    find("drawing-close-polygon").hidden = corners.length < 3;
    offer();
    thumbnail();
    if (!focus) return;
    const place_ = `[data-place="${chosen}"]`;
    const target = (focus === "stage" ? stage : find("drawing-list")).querySelector(place_);
    (target || find("drawing-add")).focus();
  }

  // What there is to save, on the buttons that save it.
  function offer() {
    const regions = [...drawn.values()].reduce((sum, each) => sum + each.length, 0);
    const notes = notesNow().length;
    const things = [regions && regionsOf(regions), notes && notesOf(notes)].filter(Boolean);
    for (const button of gallery.querySelectorAll(".save")) {
      button.disabled = things.length === 0;
      button.textContent = things.length === 2
        ? translated("Save {regions} and {notes}", { regions: things[0], notes: things[1] })
        : things.length ? translated("Save {regions}", { regions: things[0] })
          : translated("Save regions");
    }
  }

  function add(region, focus) {
    if (!coversPixel(ring(region))) {
      say(translated("Nothing added: it covers the centre of no pixel."));
      return redraw();
    }
    const regions = drawn.get(card);
    regions.push({ category: find("drawing-category").value, ...region });
    unsaved = true;
    say(translated("Added {region}.", { region: named(regions.at(-1), regions.length - 1) }));
    return redraw(regions.length - 1, focus);
  }

  function remove(place, focus) {
    const [gone] = drawn.get(card).splice(place, 1);
    unsaved = true;
    say(translated("Deleted {region}.", { region: named(gone, place) }));
    redraw(Math.max(0, place - 1), focus);
  }

  function shift(region, across, down, resize) {
    if (region.box && resize) {
      const [x, y, width, height] = region.box;
      region.box = [x, y, clamp(width + across, 1, columns - x), clamp(height + down, 1, rows - y)];
      return;
    }
    const [x, y, width, height] = bounds(ring(region));
    const dx = clamp(across, -x, columns - x - width);
    const dy = clamp(down, -y, rows - y - height);
    if (region.box) region.box = [x + dx, y + dy, width, height];
    else region.points = region.points.map(([px, py]) => [round(px + dx), round(py + dy)]);
  }

  // -- pointer: mouse, pen and finger alike

  function spot(event) {
    const frame = stage.getBoundingClientRect();
    return [clamp(((event.clientX - frame.left) / frame.width) * columns, 0, columns),
      clamp(((event.clientY - frame.top) / frame.height) * rows, 0, rows)];
  }

  function boxOf([x0, y0], [x1, y1]) {
    const [left, top] = [Math.floor(Math.min(x0, x1)), Math.floor(Math.min(y0, y1))];
    return [left, top, Math.max(1, Math.ceil(Math.max(x0, x1)) - left),
      Math.max(1, Math.ceil(Math.max(y0, y1)) - top)];
  }

  function corner(event) {
    const point = spot(event).map((value) => round(value, 0.1));
    const near = (8 * columns) / stage.getBoundingClientRect().width;
    const to = (other) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    if (corners.length > 2 && to(corners[0]) < near) return closePolygon();
    if (!corners.length || to(corners.at(-1)) > 0) corners.push(point);
    const n = corners.length;
    say(n === 1 ? translated("{n} corner.", { n }) : translated("{n} corners.", { n }));
    return redraw();
  }

  function closePolygon() {
    const points = corners;
    corners = [];
    if (points.length > 2) add({ points });
    else redraw();
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    if (tool.value === "polygon") { corner(event); return; }
    stage.setPointerCapture(event.pointerId);
    const group = event.target.closest("g");
    drag = { from: spot(event), at: [event.clientX, event.clientY],
      place: group ? Number(group.dataset.place) : -1 };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const moved = Math.hypot(event.clientX - drag.at[0], event.clientY - drag.at[1]);
    if (moved > 3) drag.box = boxOf(drag.from, spot(event));
    redraw();
  });
  stage.addEventListener("pointerup", () => {
    if (!drag) return;
    const { box, place } = drag;
    drag = null;
    if (box) add({ box });
    else redraw(place, place < 0 ? "" : "stage");
  });
  stage.addEventListener("pointercancel", () => { drag = null; redraw(); });

  // -- keyboard

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  dialog.addEventListener("keydown", (event) => {
    const item = event.target.closest("[data-place]");
    if (event.key === "Escape" && corners.length) {
      event.preventDefault();
      corners = [];
      redraw();
    } else if (corners.length && ["Enter", "Backspace"].includes(event.key)
        && event.target.localName !== "button") {
      event.preventDefault();
      if (event.key === "Enter") closePolygon();
      else { corners.pop(); redraw(); }
    } else if (item) onRegion(event, Number(item.dataset.place), item.closest("svg"));
  });

  function onRegion(event, place, inStage) {
    const region = drawn.get(card)[place];
    const focus = inStage ? "stage" : "list";
    const arrow = ARROWS[event.key];
    if (!arrow && !["Delete", "Enter", " "].includes(event.key)) return;
    if (!arrow && event.key !== "Delete" && !inStage) return;
    event.preventDefault();
    if (event.key === "Delete") { remove(place, focus); return; }
    if (arrow) {
      const step = Math.max(1, Math.round(Math.max(columns, rows) / 128));
      shift(region, arrow[0] * step, arrow[1] * step, event.shiftKey);
      unsaved = true;
      say(named(region, place));
    }
    redraw(place, focus);
  }

  // -- the dialog

  function open(of) {
    card = of;
    [columns, rows] = [Number(card.dataset.columns), Number(card.dataset.rows)];
    [corners, drag, chosen] = [[], null, -1];
    const { index } = card.dataset;
    find("drawing-title").textContent =
      translated("Regions of probe image {index}, class {name}", { index, name: card.dataset.class });
    stage.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    stage.style.setProperty("--image", card.style.getPropertyValue("--image"));
    stage.style.aspectRatio = `${columns} / ${rows}`;
    stage.style.width = `min(100%, calc(60vh * ${columns / rows}))`;
    stage.classList.toggle("fine", Math.max(columns, rows) <= 128);
    say("");
    redraw();
    dialog.showModal();
  }

  find("drawing-add").addEventListener("click", () => {
    const [width, height] = [columns, rows].map((side) => Math.max(1, Math.round(side / 2)));
    const box = [Math.floor((columns - width) / 2), Math.floor((rows - height) / 2), width, height];
    add({ box }, "stage");
  });
  find("drawing-close-polygon").addEventListener("click", closePolygon);
  tool.addEventListener("change", () => { corners = []; redraw(); });
  find("drawing-done").addEventListener("click", () => dialog.close());
  dialog.addEventListener("cancel", (event) => { if (corners.length) event.preventDefault(); });

  // -- the file

  function annotation(of, region) {
    const points = ring(region);
    const next = (i) => points[(i + 1) % points.length];
    const twice = points.reduce((sum, [x, y], i) => sum + x * next(i)[1] - next(i)[0] * y, 0);
    return { image_id: Number(of.dataset.index),
      category_id: CATEGORIES.indexOf(region.category) + 1,
      bbox: bounds(points).map((v) => round(v)), area: round(Math.abs(twice) / 2), iscrowd: 0,
      segmentation: [points.flat().map((v) => round(v))] };
  }

  // The same regions give the same file, in whatever order they were drawn.
  function before(a, b) {
    const [left, right] = [a, b].map((each) =>
      [each.image_id, each.category_id, ...each.bbox, ...each.segmentation[0]]);
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -Infinity);
  }

  function file() {
    const marked = cards.filter((each) => drawn.get(each).length);
    const annotations = marked.flatMap((each) =>
      drawn.get(each).map((region) => annotation(each, region))).sort(before);
    const info = { description: `Regions drawn on probe images of the study ${gallery.dataset.study}` };
    if (gallery.dataset.fingerprint) info.data_fingerprint = gallery.dataset.fingerprint;
    const notes = notesNow();
    return { info, ...(notes.length && { notes }),
      images: marked.map(({ dataset }) => ({ id: Number(dataset.index),
        width: Number(dataset.columns), height: Number(dataset.rows),
        file_name: `probe-${dataset.index}.png` })).sort((a, b) => a.id - b.id),
      categories: CATEGORIES.map((name, i) => ({ id: i + 1, name })),
      annotations: annotations.map((each, i) => ({ id: i + 1, ...each })) };
  }

  function save() {
    const text = `${JSON.stringify(file(), null, 1)}\n`;
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href: address, download: `${gallery.dataset.study}-regions.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    unsaved = false;
  }

  for (const button of gallery.querySelectorAll(".save")) button.addEventListener("click", save);
  gallery.addEventListener("noted", () => { unsaved = true; offer(); });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  for (const each of cards) {
    const button = each.querySelector(".mark");
    button.addEventListener("click", () => open(each));
    button.hidden = false;
  }
  find("gallery-tools").hidden = false;
  offer();
  reset();
})();
