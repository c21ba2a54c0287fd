// Looks at a part of a chart: dragged out with the pointer, or come by with buttons, which the keyboard reaches.
"use strict";
class Zoom {
  // `draw` draws the chart again; null where it cannot be looked at in part.
  static of(chart, draw) {
    const whole = chart.panels[0].spec.params.find(({ name }) => name === "shown")?.value;
    return whole ? new Zoom(whole, chart.measured, draw) : null;
  }

  constructor(whole, measured, draw) {
    Object.assign(this, { whole, measured, draw, part: whole, dragged: null });
    addEventListener("pointerup", () => {
      const [first, last] = this.dragged ?? [0, 0];
      if (last - first > (this.part[1] - this.part[0]) / 50) this.show(first, last);
      this.dragged = null;
    });
  }

  // Never less than a place and its neighbours, and never beyond the ends.
  show(first, last) {
    const [least, most] = this.whole;
    const width = Math.min(Math.max(last - first, 2), most - least);
    const begin = Math.min(Math.max((first + last - width) / 2, least), most - width);
    this.part = width < most - least ? [begin, begin + width] : this.whole;
    return this.draw();
  }

  // The specification of the part; the axis of what was measured follows what is in it.
  spec(spec) {
    if (this.part === this.whole) return spec;
    const changed = structuredClone(spec);
    changed.params.find(({ name }) => name === "shown").value = this.part;
    for (const { encoding } of changed.layer) {
      const [along, across] = this.measured === "y" ? [encoding.x, encoding.y] : [encoding.y, encoding.x];
      if (along?.scale) along.scale.domain = this.part;
      if (across?.scale) {
        delete across.scale.domain;
        across.scale.padding = 12;
      }
    }
    return changed;
  }

  listen(view) {
    view.addSignalListener("brush", (_, found) => {
      [this.dragged = null] = Object.values(found);
    });
  }

  buttons(element) {
    const moves = {
      "zoom in": (first, last) => [first + (last - first) / 4, last - (last - first) / 4],
      earlier: (first, last) => [first - (last - first) / 2, last - (last - first) / 2],
      later: (first, last) => [first + (last - first) / 2, last + (last - first) / 2],
      "show all": () => this.whole,
    };
    const made = Object.entries(moves).map(([name, move]) => {
      const button = element("button", name, { type: "button" });
      button.addEventListener("click", () => this.show(...move(...this.part)));
      return button;
    });
    return [...made, element("span", "or drag across the chart", { class: "note" })];
  }
}
