// The search, as a worker of the theme: it finds the sections that have all words of the query, wherever they stand.
// Task::step or set_result is found as it is written. Chinese has no spaces between words, so what is written together
// is first looked for as a whole, with or without the space that stands beside a Latin word, and then word by word.

const HAN = "[\\u3400-\\u9fff\\uf900-\\ufaff]";
const lower = (text) => text.toLowerCase();
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const pageOf = (location) => location.split("#")[0];
const isHan = (text) => new RegExp(HAN).test(text ?? "");

// The sections, which hooks.py puts above these lines.
const sections = docs.map((doc) => ({ ...doc, inTitle: lower(doc.title), inText: lower(doc.text) }));

// A word as a pattern: where a Chinese character meets another one, there may be a space.
function patternOf(word) {
  return [...word].map((c, i, all) => (i > 0 && isHan(c) !== isHan(all[i - 1]) ? "\\s?" : "") + c.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("");
}

// Chinese that is written together, cut into words, if the browser can. A word of one character, or of a question, is
// left out if there are others.
const WEAK = ["一个", "什么", "为什么", "怎样", "怎么", "怎么样", "如何", "是否", "可以", "这个", "那个", "哪个", "哪些"];
function cut(word) {
  if (!isHan(word) || !Intl.Segmenter) return [word];
  const parts = [...new Intl.Segmenter("zh", { granularity: "word" }).segment(word)]
    .filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  const longer = parts.filter((part) => !isHan(part) || (part.length > 1 && !WEAK.includes(part)));
  return longer.length ? longer : [word];
}

// The words of a query. Full-width letters and signs are the same as the others. The theme puts a + before each word in
// quotation marks.
const wordsOf = (query) => lower(query.normalize("NFKC")).split(/[\s,;!?、。“”‘’《》「」…]+/)
  .map((word) => word.replace(/^\+(?=.)/, "")).filter(Boolean);

// As HTML, with the words marked.
function marked(text, words) {
  const pattern = words.map(patternOf).join("|");
  return text.split(new RegExp(`(${pattern})`, "i"))
    .map((part, i) => (i % 2 ? `<mark data-md-highlight>${escaped(part)}</mark>` : escaped(part))).join("");
}

// Some text around the first of the words. A Chinese character says as much as a few letters.
function excerpt({ text, inText }, words) {
  const hits = words.map((word) => inText.search(new RegExp(patternOf(word)))).filter((at) => at >= 0);
  const [before, length] = isHan(text) ? [20, 90] : [40, 160];
  const from = hits.length ? Math.max(0, Math.min(...hits) - before) : 0;
  return (from > 0 ? "… " : "") + text.slice(from, from + length);
}

function scored({ inTitle, inText }, words) {
  const has = words.map((word) => {
    const pattern = new RegExp(patternOf(word), "g");
    return [inTitle.match(pattern)?.length ?? 0, inText.match(pattern)?.length ?? 0];
  });
  return has.every(([title, times]) => title || times) &&
    has.reduce((sum, [title, times]) => sum + (title ? 10 : 0) + Math.min(times, 5), 0);
}

// The theme shows a page and, below it, its sections.
function found(words) {
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

function find(query) {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const whole = found(words);
  return whole.length ? whole : found([...new Set(words.flatMap(cut))]);
}

// The theme says 0 when it has loaded an index of its own, and 2 to look for something. It wants to hear 1 when the
// search is ready; that is now, whatever it has lost on the way.
onmessage = ({ data: { type, data } }) => {
  postMessage(type === 2 ? { type: 3, data: { items: find(data) } } : { type: 1 });
};
postMessage({ type: 1 });
