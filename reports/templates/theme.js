// The theme that the reader has chosen, before anything is drawn. Where nothing can be stored it holds for this page.
"use strict";
const theme = {
  key: "threadmark-theme",
  read() {
    try { return localStorage.getItem(this.key) ?? "system"; } catch { return "system"; }
  },
  show(name) {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  },
  set(name) {
    this.show(name);
    try { localStorage.setItem(this.key, name); } catch { /* not kept */ }
  },
};
theme.show(theme.read());  // not stored: what another page has just chosen may still be on its way
