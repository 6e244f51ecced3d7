// Elements from words: whatever a document holds becomes a text node, never markup.

export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : plain(String(child)));
  }
  return element;
}

// Marks that turn the order of characters around would show 元0005 as 5000元: they are shown as what they are, no words.
const plain = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

export function show(place, ...children) {
  place.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : plain(String(child)))));
}

// Offsets of the service count code points; a JavaScript string counts UTF-16 units.
export class Source {
  constructor(text) {
    this.points = Array.from(text);
  }
  slice(start, end) {
    return this.points.slice(start, end).join("");
  }
  get length() {
    return this.points.length;
  }
}

// Said aloud by a screen reader, once.
export function say(text) {
  document.getElementById("said").textContent = text;
}

// The words of a text with those parts marked that stand in `terms`.
export function marked(text, terms) {
  const wanted = [...new Set(terms)].filter((term) => term.length > 1).sort((a, b) => b.length - a.length);
  if (!wanted.length) return [text];
  const pattern = new RegExp(`(${wanted.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "g");
  return text.split(pattern).map((piece, at) => (at % 2 ? h("mark", {}, piece) : piece));
}
