"use strict";
// The rows of the first screen: order, selection, comparison; copying, printing, colours.
(() => {
  const find = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const TEXTS = JSON.parse(document.body.dataset.texts || "{}");
  const translated = (text, fields = {}) =>
    (TEXTS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => fields[name]);
  const body = document.querySelector("#strategies-table tbody");
  const rows = all("tr", body);

  // -- order and selection

  const number = (row, name) => Number(row.dataset[name] ?? -Infinity);
  const orders = {
    "": (a, b) => number(a, "place") - number(b, "place"),
    name: (a, b) => a.dataset.strategy.localeCompare(b.dataset.strategy),
  };

  function sort() {
    const name = find("sort").value;
    const order = orders[name] || ((a, b) => number(b, name) - number(a, name));
    body.append(...rows.toSorted((a, b) => order(a, b) || orders[""](a, b)));
  }

  const boxes = all("#tools input[name=verdict]");

  function filter() {
    const shown = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    for (const row of rows) {
      const free = "control" in row.dataset;
      row.classList.toggle("out", !free && !shown.has(row.dataset.verdict));
    }
    const left = rows.filter((row) => !row.classList.contains("out")).length;
    find("rows-status").textContent = left === rows.length ? ""
      : translated("{some} of {all} rows", { some: left, all: rows.length });
  }

  find("sort").addEventListener("change", sort);
  for (const box of boxes) box.addEventListener("change", filter);

  // -- maps of one class

  find("map-class")?.addEventListener("change", ({ target }) => {
    for (const cells of all("[data-map]")) cells.hidden = cells.dataset.map !== target.value;
  });

  // -- two strategies beside each other

  const picks = all(".pick");
  const compare = find("compare");
  const picked = () => picks.filter((box) => box.checked)
    .map((box) => box.closest("tr").dataset.strategy);

  for (const box of picks) {
    box.hidden = false;
    box.addEventListener("change", () => { compare.disabled = picked().length !== 2; });
  }
  compare.addEventListener("click", () => {
    const [s, v] = picked();
    location.hash = `s=${encodeURIComponent(s)}&v=${encodeURIComponent(v)}`;
  });

  // -- chapters: a link to something inside one opens it

  function unfold() {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) {
      if (part.matches("details")) part.open = true;
    }
    target?.scrollIntoView();
  }

  addEventListener("hashchange", unfold);
  unfold();

  // -- copying, printing, colours

  for (const button of all(".copy")) {
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await copy(button.dataset.copy);
      button.textContent = translated("copied");
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
  for (const part of all(".exports")) part.hidden = false;

  // A page from a file may not write to the clipboard everywhere; a selection may.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  const root = document.documentElement;
  const dark = () => root.dataset.theme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

  find("theme").setAttribute("aria-pressed", dark());
  find("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    find("theme").setAttribute("aria-pressed", dark());
  });
  find("print-sheet").addEventListener("click", () => print());
  find("print-all").addEventListener("click", () => {
    root.classList.add("whole");
    print();
  });
  addEventListener("afterprint", () => root.classList.remove("whole"));

  // -- the page in another language, at the same place

  for (const link of all(".languages a")) {
    link.addEventListener("click", () => { link.hash = location.hash; });
  }

  root.classList.add("scripted");
  find("tools").hidden = false;
  document.querySelector(".switches").hidden = false;
})();
