// What a reader can do besides reading: choose the theme, sort tables.
"use strict";
{
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const label = element("label", "Theme ");
  const choice = element("select", "");
  for (const name of ["system", "light", "dark"]) choice.append(element("option", name, { value: name }));
  choice.value = theme.read();
  choice.addEventListener("change", () => theme.set(choice.value));
  label.append(choice);
  document.getElementById("theme").append(label);

  // Numbers by their value, texts by their words; what is not there comes last, whichever way round.
  const compare = (column, sign) => (one, other) => {
    const [a, b] = [one, other].map((row) => row.cells[column]);
    const [x, y] = [a, b].map((cell) => cell.dataset.value ?? cell.textContent.replaceAll(",", "").replace(/^–$/, ""));
    if (x === "" || y === "") return (x === "") - (y === "");
    return sign * ("value" in a.dataset ? x - y : x.localeCompare(y, "en", { numeric: true }));
  };

  // On paper nothing can be unfolded, so what claims and figures rest on is printed as well.
  const folded = () => document.querySelectorAll(".claim details:not([open]), figcaption details:not([open])");
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...folded()];
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
  });

  // What a link leads to may be folded.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest("details:not([open])");
    for (let around = folded; around; around = around.parentElement.closest("details")) around.open = true;
    if (folded) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  for (const head of document.querySelectorAll("table.data thead th")) {
    const button = element("button", "", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const body = head.closest("table").tBodies[0];
      body.append(...[...body.rows].sort(compare(head.cellIndex, rising ? 1 : -1)));
    });
  }
}
