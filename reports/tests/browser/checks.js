// Questions to an open page. Each answers with its faults, in words that name the place; an empty list where all is well.
// checks.py asks them, within the page's own document, where `checkVisibility` knows what a reader sees. What is in a closed
// <details> is not seen.

// The shortest thing by which a person finds the element.
const nameOf = (element) => {
  if (element.id) return `#${element.id}`;
  const within = element.parentElement?.closest('[id]');
  const words = element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
  return `${within ? `#${within.id} ` : ''}${element.localName}${words ? ` "${words}"` : ''}`;
};

const checks = {
  // `beside`: the files in the run's folder that the page may name.
  references(beside) {
    const faults = [];
    const counts = new Map();
    for (const { id } of document.querySelectorAll('[id]')) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) if (count > 1) faults.push(`the id "${id}" is there ${count} times`);
    const lists = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'for', 'headers'];
    const addresses = ['href', 'xlink:href', 'src', 'srcset', 'poster', 'data', 'action', 'formaction', 'background'];
    const look = (where, target) => {
      if (target === '#' || target.startsWith('data:') || beside.includes(target)) return;
      if (!target.startsWith('#')) faults.push(`${where} leads out of the page: ${target}`);
      else if (!counts.has(decodeURIComponent(target.slice(1)))) faults.push(`${where} leads nowhere: ${target}`);
    };
    const inStyle = /url\(\s*['"]?([^'")]+)/g;
    for (const element of document.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        if (addresses.includes(name)) look(nameOf(element), value.trim());
        else if (lists.includes(name)) for (const id of value.split(/\s+/)) look(`${nameOf(element)} ${name}`, `#${id}`);
        else for (const [, target] of value.matchAll(inStyle)) look(`${nameOf(element)} ${name}`, target);
      }
      if (element.localName === 'style') {
        for (const [, target] of element.textContent.matchAll(inStyle)) look('the style sheet', target);
        if (/@import/.test(element.textContent)) faults.push('the style sheet imports another');
      }
    }
    return faults;
  },

  headings() {
    const faults = [];
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')];
    const first = headings.filter((heading) => heading.localName === 'h1').length;
    if (first !== 1) faults.push(`there are ${first} h1`);
    let above = 0;
    for (const heading of headings) {
      const level = Number(heading.localName[1]);
      if (level > above + 1) faults.push(`an h${level} follows an h${above}: ${nameOf(heading)}`);
      if (!heading.textContent.trim()) faults.push(`an h${level} without words`);
      above = level;
    }
    return faults;
  },

  figures() {
    const faults = [];
    for (const figure of document.querySelectorAll('figure')) {
      if (!figure.querySelector('svg, canvas, img')) faults.push(`${nameOf(figure)} shows nothing`);
      if (!figure.querySelector('table tbody tr')) faults.push(`${nameOf(figure)} has no table`);
      else if (!figure.querySelector('table caption')?.textContent.trim()) faults.push(`${nameOf(figure)}: a table without caption`);
    }
    return faults;
  },

  images() {
    const faults = [];
    const spoken = (id) => document.getElementById(id)?.textContent.trim();
    for (const image of document.querySelectorAll('img, svg, canvas')) {
      if (image.closest('[aria-hidden="true"]') || image.parentElement.closest('svg')) continue;
      if (image.localName === 'img' && image.getAttribute('alt') === '') continue;
      const label = image.getAttribute('alt') || image.getAttribute('aria-label')?.trim() || spoken(image.getAttribute('aria-labelledby'))
        || (image.localName === 'svg' && image.querySelector(':scope > title')?.textContent.trim());
      if (!label) faults.push(`${nameOf(image)} has no label`);
      else if (image.localName !== 'img' && !['img', 'graphics-document'].includes(image.getAttribute('role')))
        faults.push(`${nameOf(image)} has a label, but not the role of an image`);
    }
    return faults;
  },

  sideways() {
    const room = document.documentElement.clientWidth;
    const wide = document.scrollingElement.scrollWidth;
    if (wide <= room) return [];
    const scrolls = (element) => element && element !== document.body
      && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const over = [...document.body.querySelectorAll('*')].filter((element) =>
      element.checkVisibility() && element.getBoundingClientRect().right > room + 1 && !scrolls(element.parentElement));
    const outer = over.filter((element) => !over.includes(element.parentElement)).map((element) =>
      `${nameOf(element)} reaches ${Math.ceil(element.getBoundingClientRect().right)}`);
    return [`the page is ${wide} wide where there is room for ${room}`, ...outer.slice(0, 10)];
  },

  cutOff() {
    const room = document.documentElement.clientWidth;
    return [...document.querySelectorAll('table, svg, figure, p, pre')].filter((element) =>
      element.checkVisibility() && !element.parentElement.closest('svg') && element.getBoundingClientRect().right > room + 1
    ).map((element) => `${nameOf(element)} reaches ${Math.ceil(element.getBoundingClientRect().right)} of ${room}`);
  },

  // What a reader does not see of what is there to be read, or of what `read` selects.
  unreadable(read = 'h1, h2, h3, h4, h5, h6, p, li, dt, dd, th, td, caption, figcaption, summary, svg[role="img"]') {
    return [...document.querySelectorAll(read)].filter((element) =>
      !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })).map(nameOf);
  },

  moving() {
    const long = (list) => list.split(',').some((time) => Number.parseFloat(time) > 0.01);
    const faults = document.getAnimations().map((animation) => `an animation runs on ${nameOf(animation.effect.target)}`);
    if (getComputedStyle(document.documentElement).scrollBehavior !== 'auto') faults.push('the page scrolls smoothly');
    for (const element of document.querySelectorAll('body, body :not(svg *)')) {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      if (long(transitionDuration) || long(animationDuration)) faults.push(`${nameOf(element)} takes time to change`);
    }
    return faults;
  },

  // The three questions of keyboard.py. Numbers everything that a mouse can work or scroll, as far as it is to be seen now.
  numberStops() {
    const within = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]';
    const stops = [...document.querySelectorAll(within)].filter((element) => element.tabIndex >= 0 && !element.disabled
      && element.checkVisibility({ visibilityProperty: true }));
    stops.forEach((element, place) => { element.dataset.stop = place; });
    return stops.length;
  },

  // Where the focus is: on the screen, and to be told from the same place without it?
  focus() {
    const element = document.activeElement;
    if (element === document.body || element === null) return null;
    const shown = ['outlineStyle', 'outlineWidth', 'boxShadow', 'borderColor', 'borderWidth', 'backgroundColor'];
    const looks = () => shown.map((name) => getComputedStyle(element)[name]).join();
    const focused = looks();
    const focusVisible = element.matches(':focus-visible');
    const box = element.getBoundingClientRect();
    const onScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    element.blur();
    const shows = focused !== looks();
    element.focus({ preventScroll: true, focusVisible });
    return { place: Number(element.dataset.stop ?? -1), name: nameOf(element), onScreen, shows };
  },

  namesOfStops(places) {
    return places.map((place) => nameOf(document.querySelector(`[data-stop="${place}"]`)));
  },
};
