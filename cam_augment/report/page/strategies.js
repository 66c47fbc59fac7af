"use strict";
// One strategy looked at closely, or two beside each other: #s=rotation&v=zoom, and keys.
(() => {
  const find = (id) => document.getElementById(id);
  const chapter = find("strategies");
  if (!chapter) return;
  const views = [...chapter.querySelectorAll(".view")];
  const names = views.map((view) => view.dataset.strategy);
  const beside = find("view-beside");
  const asked = () => new URLSearchParams(location.hash.slice(1));
  const place = () => names.indexOf(asked().get("s"));
  let last = -1;

  function address(s, v = "") {
    return `#s=${encodeURIComponent(s)}${v && `&v=${encodeURIComponent(v)}`}`;
  }

  function show() {
    const at = place();
    const other = names.indexOf(asked().get("v"));
    const open = at >= 0;
    document.body.classList.toggle("viewing", open);
    find("view-tools").hidden = !open;
    views.forEach((view, i) => view.classList.toggle("on", i === at || i === other));
    chapter.querySelector(".views").classList.toggle("two", open && other >= 0 && other !== at);
    if (open) {
      chapter.open = true;
      beside.value = other >= 0 && other !== at ? names[other] : "";
      scrollTo(0, 0);
      views[at].querySelector("h3").focus({ preventScroll: true });
    } else if (last >= 0) {
      chapter.open = false;
      rowOf(names[last])?.querySelector("a").focus();
    }
    last = at;
  }

  const rowOf = (name) => [...document.querySelectorAll("#strategies-table tbody tr")]
    .find((row) => row.dataset.strategy === name);

  function go(step) {
    const from = place();
    const at = from < 0 ? (step > 0 ? 0 : names.length - 1)
      : (from + step + names.length) % names.length;
    location.hash = address(names[at], beside.value);
  }

  function close() {
    location.hash = "#decision";
  }

  for (const link of document.querySelectorAll("#strategies-table tbody a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      location.hash = address(link.closest("tr").dataset.strategy);
    });
  }
  find("view-previous").addEventListener("click", () => go(-1));
  find("view-next").addEventListener("click", () => go(1));
  find("view-close").addEventListener("click", close);
  beside.addEventListener("change", () => {
    location.hash = address(names[last], beside.value);
  });
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "Escape" && last >= 0) close();
    else if (event.key === "c" && last >= 0) beside.focus();
    else if (event.key === "/") { event.preventDefault(); find("sort")?.focus(); }
  });
  if (place() >= 0) show();
})();
