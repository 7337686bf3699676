// The search, as a worker of the theme: it finds the sections that have all words of the query, wherever they stand.
// So Chinese need not be cut into words, and Task::step or set_result is found as it is written.

const lower = (text) => text.toLowerCase();
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const pageOf = (location) => location.split("#")[0];

// The sections, which hooks.py puts above these lines.
const sections = docs.map((doc) => ({ ...doc, inTitle: lower(doc.title), inText: lower(doc.text) }));

// As HTML, with the words marked.
function marked(text, words) {
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return text.split(new RegExp(`(${pattern})`, "i"))
    .map((part, i) => (i % 2 ? `<mark data-md-highlight>${escaped(part)}</mark>` : escaped(part))).join("");
}

// Some text around the first of the words.
function excerpt({ text, inText }, words) {
  const hits = words.map((word) => inText.indexOf(word)).filter((at) => at >= 0);
  const from = hits.length ? Math.max(0, Math.min(...hits) - 40) : 0;
  return (from > 0 ? "… " : "") + text.slice(from, from + 160);
}

function scored({ inTitle, inText }, words) {
  const has = words.map((word) => [inTitle.includes(word), inText.split(word).length - 1]);
  return has.every(([title, times]) => title || times) &&
    has.reduce((sum, [title, times]) => sum + (title ? 10 : 0) + Math.min(times, 5), 0);
}

// The theme shows a page and, below it, its sections.
function find(query) {
  const words = lower(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const pages = new Map();
  for (const section of sections) {
    const score = scored(section, words);
    if (!score) continue;
    const page = pageOf(section.location);
    pages.set(page, [...(pages.get(page) ?? []), {
      location: section.location, score, terms: {},
      title: marked(section.title, words), text: marked(excerpt(section, words), words),
    }]);
  }
  for (const [page, hits] of pages) {
    hits.sort((a, b) => b.score - a.score);
    if (hits.some(({ location }) => location === page)) continue;
    const { title } = sections.find(({ location }) => location === page);
    hits.push({ location: page, score: 0, terms: {}, title: escaped(title), text: "" });
  }
  return [...pages.values()].sort((a, b) => b[0].score - a[0].score);
}

// The theme says 0 when it has loaded an index of its own, and 2 to look for something. It wants to hear 1 when the
// search is ready; that is now, whatever it has lost on the way.
onmessage = ({ data: { type, data } }) => {
  postMessage(type === 2 ? { type: 3, data: { items: find(data) } } : { type: 1 });
};
postMessage({ type: 1 });
