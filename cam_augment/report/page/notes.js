"use strict";
// Notes on maps: whether what an arm looks at in an image is a good reason, in a person's words.
// They are saved with the regions. Without this script the page is complete.
(() => {
  const gallery = document.getElementById("gallery");
  const dialog = document.getElementById("noting");
  if (!gallery || !dialog) return;
  const find = (id) => document.getElementById(id);
  const TEXTS = JSON.parse(document.body.dataset.texts || "{}");
  const translated = (text, fields = {}) =>
    (TEXTS[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => fields[name]);
  const SIGNS = { good: "✓", wrong: "✗", unclear: "?" };
  const panels = [...gallery.querySelectorAll("li[data-arm]")];
  const [mark, words] = ["noting-mark", "noting-words"].map(find);
  let panel;

  function draw(of) {
    const { mark: kind, note = "" } = of.dataset;
    const button = of.querySelector(".note");
    button.textContent = kind ? SIGNS[kind] : "…";
    button.className = `note ${kind || ""}`;
    button.title = note;
    const fields = { arm: of.dataset.arm, index: of.closest(".probe").dataset.index };
    const known = mark.querySelector(`option[value="${kind || ""}"]`).textContent;
    button.setAttribute("aria-label", kind
      ? `${translated("Note on {arm}, probe image {index}", fields)}: ${known}. ${note}`
      : translated("Write a note on {arm}, probe image {index}", fields));
  }

  function open(of) {
    panel = of;
    const { index } = of.closest(".probe").dataset;
    find("noting-title").textContent =
      translated("Note on {arm}, probe image {index}", { arm: of.dataset.arm, index });
    find("noting-map").replaceChildren(of.querySelector(".stack").cloneNode(true));
    find("noting-map").setAttribute("style", of.closest(".probe").getAttribute("style"));
    mark.value = of.dataset.mark || "";
    words.value = of.dataset.note || "";
    words.disabled = !mark.value;
    dialog.showModal();
    mark.focus();
  }

  function keep() {
    if (mark.value) Object.assign(panel.dataset, { mark: mark.value, note: words.value.trim() });
    else { delete panel.dataset.mark; delete panel.dataset.note; }
    words.disabled = !mark.value;
    draw(panel);
    gallery.dispatchEvent(new Event("noted"));
  }

  mark.addEventListener("change", keep);
  words.addEventListener("input", keep);
  find("noting-done").addEventListener("click", () => dialog.close());
  for (const of of panels) {
    const button = of.querySelector(".note");
    button.addEventListener("click", () => open(of));
    button.hidden = false;
    draw(of);
  }
  // For the file that the gallery's own script saves.
  gallery.notes = () => panels.filter((of) => of.dataset.mark).map((of) => ({
    image_id: Number(of.closest(".probe").dataset.index), arm: of.dataset.label,
    mark: of.dataset.mark, note: of.dataset.note || "" }));
})();
