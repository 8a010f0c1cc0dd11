"use strict";
const noun = document.querySelector("#overview").dataset.noun;
const body = document.querySelector("#overview tbody");
const rows = [...body.rows];
const heads = [...document.querySelectorAll("#overview th")];
const chips = [...document.querySelectorAll(".chip")];
const search = document.querySelector("#search");
const shown = document.querySelector("#shown");
const compare = new Intl.Collator("en", { numeric: true }).compare;

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.value);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = words.every((w) => text.includes(w))
      && (wanted.length === 0 || wanted.includes(row.dataset.group));
    row.hidden = !fits;
    document.getElementById("section-" + row.dataset.id).hidden = !fits;
    count += fits;
  }
  shown.textContent = count === rows.length ? "" : count + " of " + rows.length + " " + noun;
}

function sort(column) {
  const head = heads[column];
  const down = head.getAttribute("aria-sort") === "ascending";
  heads.forEach((h) => h.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  rows.sort((a, b) => (down ? -1 : 1) * compare(key(a), key(b)));
  body.append(...rows);
}

heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(column)));
search.addEventListener("input", filter);
chips.forEach((chip) => chip.addEventListener("click", () => {
  chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
  filter();
}));
