// Draws a figure's chart in place of its still drawing once it comes near the window. Where that fails the drawing stays.
"use strict";
{
  const config = JSON.parse(document.getElementById("chart-config").textContent);
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // The specification with a linear axis where what was measured has a logarithmic one.
  const linear = (spec, measured) => {
    const changed = structuredClone(spec);
    for (const { encoding } of changed.layer) {
      const channel = encoding[measured];
      if (channel?.scale?.type === "log") {
        channel.scale.type = "linear";
        delete channel.axis.values;
      }
    }
    return changed;
  };

  const swatch = (series) => {
    const made = element("span", series.glyph ?? "■", { "aria-hidden": "true", style: `color: ${series.colour}` });
    if (series.fill) {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      box.setAttribute("width", "100%");
      box.setAttribute("height", "100%");
      box.setAttribute("fill", series.fill);
      mark.append(box);
      made.replaceChildren(mark);
    }
    return made;
  };

  const unpacked = (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };

  // A chart is not as high as its drawing, and what stands below moves when they change places: never in the middle of a
  // click, which would be lost.
  let pressed = false;
  for (const [type, is] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
    addEventListener(type, () => { pressed = is; }, true);
  }
  const released = async () => {
    while (pressed) await new Promise((done) => setTimeout(done, 50));
  };

  const explore = async (figure) => {
    const chart = await unpacked(figure.querySelector("script.chart").textContent);
    const live = figure.querySelector(".live");
    const tools = element("div", "", { class: "tools", role: "group", "aria-label": "What the chart shows" });
    const charts = element("div", "", { class: "charts", role: "img", "aria-label": live.dataset.alternative });
    charts.style.setProperty("--columns", chart.columns);
    const hidden = new Set();
    let results = [];
    let asLinear = false;

    const places = chart.panels.map((panel) => {
      const place = element("div", "");
      const view = element("div", "", { class: "view", "aria-hidden": "true" });
      if (panel.title) place.append(element("h4", panel.title));
      place.append(view);
      charts.append(place);
      return view;
    });
    const draw = async () => {
      for (const result of results) result.finalize();
      const drawn = chart.panels.map(({ spec }, index) => {
        const whole = asLinear ? linear(spec, chart.measured) : structuredClone(spec);
        const shown = zoom ? zoom.spec(whole) : whole;
        shown.params[0].value = [...hidden];
        return vegaEmbed(places[index], shown, { mode: "vega-lite", renderer: "svg", actions: false, config });
      });
      results = await Promise.all(drawn);
      if (zoom) for (const { view } of results) zoom.listen(view);
    };
    const zoom = Zoom.of(chart, draw);
    if (zoom) tools.append(...zoom.buttons(element));

    for (const series of zoom ? [] : chart.series) {
      const button = element("button", "", { type: "button", "aria-pressed": "true", title: "show or hide" });
      button.append(swatch(series), ` ${series.label}`);
      button.addEventListener("click", () => {
        if (!hidden.delete(series.name)) hidden.add(series.name);
        button.setAttribute("aria-pressed", String(!hidden.has(series.name)));
        for (const { view } of results) view.signal("hidden", [...hidden]).run();
      });
      tools.append(button);
    }
    if (chart.log) {
      const label = element("label", "");
      const box = element("input", "", { type: "checkbox" });
      box.addEventListener("change", () => {
        asLinear = box.checked;
        return draw();
      });
      label.append(box, " linear axis");
      tools.append(label);
    }
    live.append(tools, charts);
    try {
      await draw();
      await released();
      live.classList.add("shown");
      figure.classList.add("explored");
    } catch (error) {
      live.replaceChildren();
      console.error(error);
    }
  };

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      explore(target).catch(console.error);
    }
  }, { rootMargin: "600px" });
  for (const data of document.querySelectorAll("figure script.chart")) near.observe(data.closest("figure"));
}
