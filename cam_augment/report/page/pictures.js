"use strict";
// The drawings of a strategy's view as one picture that stands by itself, as SVG or PNG: copied,
// or saved where the browser lets no page write pictures to the clipboard.
(() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size",
    "font-family", "font-weight", "text-anchor"];
  const [WIDTH, MARGIN, SCALE] = [640, 20, 3];
  const TEXTS = JSON.parse(document.body.dataset.texts || "{}");
  const translated = (text) => TEXTS[text] ?? text;

  function element(name, attributes, text = "") {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  // A copy of a drawing that needs no style sheet.
  function styled(drawing) {
    const copy = drawing.cloneNode(true);
    const all = (root) => [root, ...root.querySelectorAll("*")];
    const copies = all(copy);
    all(drawing).forEach((part, place) => {
      const style = getComputedStyle(part);
      for (const name of STYLES) copies[place].setAttribute(name, style.getPropertyValue(name));
      copies[place].removeAttribute("class");
    });
    return copy;
  }

  function height(drawing, width) {
    const box = drawing.viewBox.baseVal;
    return box && box.width ? width * box.height / box.width : drawing.height.baseVal.value;
  }

  function picture(view) {
    const { color, backgroundColor, fontFamily } = getComputedStyle(document.body);
    const title = { x: MARGIN, y: 26, fill: color, "font-size": 15, "font-family": fontFamily };
    const parts = [element("text", title, view.querySelector("h3").textContent.trim())];
    let top = 36;
    for (const drawing of view.querySelectorAll("svg.forest, svg.errors")) {
      const width = WIDTH - 2 * MARGIN;
      const tall = height(drawing, width);
      const place = { x: MARGIN, y: top, width, height: tall, overflow: "visible" };
      const part = styled(drawing);
      for (const [key, value] of Object.entries(place)) part.setAttribute(key, value);
      parts.push(part);
      top += tall + 6;
    }
    const size = { width: WIDTH, height: Math.ceil(top + MARGIN) };
    const whole = element("svg", { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
    whole.append(element("rect", { ...size, fill: backgroundColor }), ...parts);
    return whole;
  }

  function drawn(svg, text) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = SCALE * Number(svg.getAttribute("width"));
        canvas.height = SCALE * Number(svg.getAttribute("height"));
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(resolve, "image/png");
      };
      image.onerror = reject;
      image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
    });
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function give(view, kind) {
    const svg = picture(view);
    const text = new XMLSerializer().serializeToString(svg);
    const blob = kind === "png" ? await drawn(svg, text)
      : new Blob([text], { type: "image/svg+xml" });
    try {
      if (kind === "png") await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
      else await navigator.clipboard.writeText(text);
      return translated("copied");
    } catch {
      save(blob, `${view.dataset.strategy.replace(/[^\w.-]+/g, "_")}.${kind}`);
      return translated("saved");
    }
  }

  for (const button of document.querySelectorAll(".picture")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      button.textContent = await give(button.closest(".view"), button.dataset.kind);
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
})();
