"use strict";
// Sorting: a button in every head of a table marked sortable. Without script the order of the report stands.
const sortable = (table) => {
  const key = (cell) => {
    const data = cell.querySelector("data");
    return data && !isNaN(data.value) ? Number(data.value) : null;
  };
  const compare = (a, b) => {
    const x = key(a), y = key(b);
    if (x !== null && y !== null) return x - y;
    if (x !== null || y !== null) return x === null ? 1 : -1;
    return a.textContent.localeCompare(b.textContent, "en");
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(a.cells[column], b.cells[column]) * (up ? 1 : -1));
      table.tBodies[0].append(...rows);
    });
  });
};
// Hover: pointing at a part or at its key brings both forward.
const hover = (group) => {
  const parts = group.querySelectorAll("[data-k]");
  const show = (k) => parts.forEach((p) => p.classList.toggle("dim", k !== null && p.dataset.k !== k));
  parts.forEach((p) => {
    p.onpointerenter = () => show(p.dataset.k);
    p.onpointerleave = () => show(null);
  });
};
// Copying: a button at every block of commands and at the profile. It says what became of it, also to screen readers.
const copyable = (block) => {
  const button = document.createElement("button");
  const name = block.getAttribute("aria-label") ?? "Command";
  const say = (text) => { button.textContent = text; button.ariaLabel = `${text}: ${name}`; };
  button.type = "button";
  button.className = "copy";
  button.ariaLive = "polite";
  say("Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent.trimEnd() + "\n");
      say("Copied");
    } catch {
      getSelection().selectAllChildren(block);
      say("Selected");
    }
    setTimeout(say, 2000, "Copy");
  });
  block.before(button);
};
const enhance = (root) => {
  root.querySelectorAll("table.sortable").forEach(sortable);
  root.querySelectorAll(".costs, figure.lines").forEach(hover);
  // The command of the controls has its buttons below it.
  root.querySelectorAll("pre:not(#command)").forEach(copyable);
};
enhance(document);
// Printing shows what is folded.
addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((d) => { d.open = true; }));
