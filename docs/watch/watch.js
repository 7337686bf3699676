"use strict";
// The page: draws the state after a step, and leaves it to the reader to go on.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (c) => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})[c]);
const colour = (page) => `--c:var(--c${page ? (page - 1) % 6 + 1 : 0})`;
let lang = data.lang, words = WORDS[lang], every = false, ask = data.ask, chosen = null, playing = 0;

/** A recording with what is computed from it once. */
class Recording {
  constructor(raw) {
    Object.assign(this, raw);
    this.events = fromHeads(raw.events, data.sources);
    this.replay = new Replay(this.events);
    this.layOut();
  }
  layOut() {
    this.steps = stepsOf(this.events, every);
    this.reached = milestones(this.replay, this.steps);
    // Room for the most there will ever be, so that what doesn't change doesn't move.
    this.room = {hops: 0, soon: 0, timer: 0, fd: 0, types: new Set(), machines: {}};
    const state = nothing(), places = {};
    this.successors = {};  // of each object that another one takes the place of: at which step, and which
    this.moments = this.steps.map((step, at) => {
      const touched = new Set();
      for (let i = step.from; i < step.to; ++i) {
        advance(state, this.events[i], touched);
        if (i === step.head) this.room.hops = Math.max(this.room.hops, this.hopsOf(state).length);
      }
      for (const key of touched) {
        const o = key[0] === "o" && state.objects[key.slice(1)];
        if (!o) continue;
        const place = placeInPage(o), old = places[place];
        if (old === undefined || o.id > old) places[place] = o.id;
        if (old !== undefined && o.id > old) this.successors[old] = {at, id: o.id};
      }
      const tickets = Object.values(state.tickets);
      for (const kind of ["soon", "timer", "fd"]) this.room[kind] = Math.max(this.room[kind], tickets.filter((t) => t.kind === kind).length);
      return {turn: state.turn, page: this.events[step.head].attempt, touched, kind: this.events[step.head].kind};
    });
    this.room.hops = Math.max(this.room.hops, 1);
    this.end = state;
    this.pages = Object.values(state.pages);
    // Stage 5's driver is a Task like those of the pages.
    this.hasDriver = Object.values(state.objects).some((o) => o.type === "task" && !o.page);
    // Coroutines are made innermost first, since each is the argument of the next.
    const depth = (o) => o?.outer ? 1 + depth(state.objects[o.outer]) : 0;
    for (const o of Object.values(state.objects).sort((a, b) => depth(a) - depth(b))) {
      if (!o.page && !this.hasDriver) continue;
      this.room.types.add(o.type);
      if (o.type === "machine") (this.room.machines[o.page] ??= new Set()).add(o.name);
    }
    this.questions = this.placesToAsk();
  }
  hopsOf(state) {
    const asked = state.stack.find((hop) => hop.asked)?.asked;
    const rows = asked ? [{asked, hop: asked.asked.at(-1)}] : [];
    return [...rows, ...state.stack.map((hop) => ({hop: hop.event}))];
  }
  /** Three places where what comes next is worth a guess, each with its answers. */
  placesToAsk() {
    const places = [];
    const {steps, events, moments} = this;
    for (let i = 1; i + 1 < steps.length && places.length < 1; ++i) {
      const next = events[steps[i + 1].head];
      const ready = events.slice(steps[i].from, steps[i].to).filter((e) => e.kind === "ready");
      if (moments[i].kind !== "selected" || next.kind !== "call" || !ready.length) continue;
      const answers = ready.map((e) => () => words.fdCallback(e.fd, words.events[e.events]));
      const called = this.replay.after(steps[i].to).tickets[next.ticket];
      const right = ready.findIndex((e) => e.fd === called?.fd);
      if (right >= 0) places.push({step: i, text: "qCallback", why: () => words.whyCallback, answers: [...answers, () => words.soonCallback], right});
    }
    for (let i = 0; i + 1 < steps.length && places.length < 2; ++i) {
      if (moments[i].kind !== "set") continue;
      const task = this.replay.after(steps[i].to).objects[events[steps[i].head].future]?.told?.[0];
      const later = events.slice(steps[i].head + 1).find((e) => (e.kind === "step" || e.kind === "call") && e.task === task);
      if (!later) continue;
      const turns = later.turn - events[steps[i].head].turn;
      if (turns <= 2) places.push({step: i, text: "qTurns", why: () => words.whyTurns, answers: [0, 1, 2].map((n) => () => words.turnsAnswer[n]), right: turns});
    }
    for (let i = 0; i + 1 < steps.length && !places.some(({text}) => text === "qTask"); ++i) {
      const next = events[steps[i + 1].head];
      if (next.kind !== "call" || places.some(({step}) => step === i)) continue;
      const due = Object.values(this.replay.after(steps[i].to).tickets).filter((t) => t.kind === "soon" && t.page);
      const pages = [...new Set(due.map((t) => t.page))];
      if (pages.length < 2 || due[0].id !== (next.ticket ?? `t${next.task}`)) continue;
      places.push({step: i, text: "qTask", why: () => words.whyTask(words.page(pages[0])), answers: pages.toSorted((a, b) => a - b).map((id) => () => words.page(id)), right: pages.toSorted((a, b) => a - b).indexOf(pages[0])});
    }
    return places.sort((a, b) => a.step - b.step);
  }
}

const KEYWORDS = /\/\/.*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\b(?:alignas|auto|bool|break|case|catch|char|class|co_await|co_return|co_yield|const|constexpr|continue|default|delete|do|else|enum|explicit|false|for|friend|if|inline|int|mutable|namespace|new|noexcept|nullptr|operator|override|private|public|requires|return|static|struct|switch|template|this|throw|true|try|typename|using|virtual|void|while)\b/g;
function coloured(line) {
  let html = "", at = 0;
  for (const found of line.matchAll(KEYWORDS)) {
    const kind = found[0].startsWith("//") ? "c" : /^["']/.test(found[0]) ? "s" : "k";
    html += `${escapeHtml(line.slice(at, found.index))}<span class="${kind}">${escapeHtml(found[0])}</span>`;
    at = found.index + found[0].length;
  }
  return html + escapeHtml(line.slice(at));
}

/** Of several objects with one place, the page shows the newest. */
const placeInPage = (o) => `${o.page} ${o.type} ${o.type === "machine" ? o.name : ""}`;
const nameOf = (o) => o.type === "machine" && o.name ? o.name : o.type === "socket" && o.fd ? `fd ${o.fd}` : `${words.type[o.type]} ${o.number}`;

/** One recording on the screen. */
class Pane {
  constructor(recording, live) {
    this.recording = recording;
    this.at = 0;
    this.element = document.createElement("article");
    this.element.className = "pane";
    this.element.setAttribute("aria-label", recording.title);
    this.element.innerHTML = `<p class="follows" ${live ? "hidden" : ""}></p><p class="sentence" ${live ? 'aria-live="polite"' : ""}></p>
      <section class="source"><h2></h2><div class="code" tabindex="0"><ol></ol></div></section>
      <section class="state" tabindex="0"></section>`;
    $("panes").append(this.element);
  }
  find(selector) { return this.element.querySelector(selector); }

  /** Step 0 is before the first; step k is after the k-th. */
  show(at) {
    const {recording} = this;
    this.at = at;
    const step = recording.steps[at - 1];
    const before = recording.replay.after(step ? step.from : 0);
    // The stack as it is where the step happens: what is left at once would never be seen.
    const after = step ? structuredClone(before) : before;
    const onward = (from, to) => { for (let i = from; i < to; ++i) advance(after, recording.events[i]); };
    if (step) onward(step.from, step.head + 1);
    const inside = {stack: [...after.stack]};
    if (step) onward(step.head + 1, step.to);
    const changed = step ? recording.moments[at - 1].touched : new Set();
    const event = step ? recording.events[step.head] : null;
    // What is asked must not be answered beside the question.
    const quiet = this === main && question()?.text === "qTurns";
    this.says = event ? sentenceOf(lang, recording.events, step, before, after, quiet) : words.before;
    const successor = step && this === main && recording.successors[chosen?.slice(1)];
    const note = successor?.at === at - 1 ? words.replaced(nameOf(after.objects[chosen.slice(1)]), nameOf(after.objects[successor.id])) : "";
    this.find(".sentence").innerHTML = `<span>${note && `<i>${escapeHtml(note)}</i> `}${escapeHtml(this.says).replace(/\[(\w+)\|([^\]]*)\]/g, '<b data-ref="$1" tabindex="0">$2</b>')}</span>`;
    this.element.setAttribute("lang", lang === "zh" ? "zh-Hans" : "en");
    this.drawState(after, inside, changed, quiet);
    this.source(event ? placeOf(event, recording.folder) : null);
  }

  source(place) {
    const first = place ?? (this.recording.events[0] && placeOf(this.recording.events[0], this.recording.folder));
    const text = first && data.sources[first.file];
    const heading = this.find(".source h2"), list = this.find(".code ol");
    if (text === undefined || text === null) {
      heading.textContent = first ? `${first.file}:${first.line}` : "";
      list.innerHTML = "";
      this.file = null;
      return;
    }
    if (this.file !== first.file) {
      this.file = first.file;
      list.innerHTML = text.split("\n").map((line, i) => `<li data-n="${i + 1}">${coloured(line)}</li>`).join("");
    }
    heading.textContent = place ? `${place.file}:${place.line}` : first.file;
    list.querySelector(".here")?.classList.remove("here");
    const line = list.children[(place?.line ?? 1) - 1];
    if (place && line) line.classList.add("here");
    this.keepInView(line);
  }

  keepInView(line = this.find(".code .here")) {
    const code = this.find(".code");
    if (!code.clientHeight) return;
    // A line in view stays where it is; only one that isn't is brought to the upper third.
    if (line && (line.offsetTop < code.scrollTop + 20 || line.offsetTop + 44 > code.scrollTop + code.clientHeight)) {
      code.scrollTop = line.offsetTop - code.clientHeight / 3;
    }
    code.scrollLeft = 0;
  }

  hop(event) {
    switch (event.kind) {
      case "call": return "loop → callback";
      case "set": return event.error ? "future.set_exception" : `future.set_result(${words.bytes(event.bytes ?? 0)})`;
      case "step": return `task.step → ${event.error ? "throw" : "send"}`;
      case "resume": return `resume ${event.name}${event.state ? ` ${words.at(event.state)}` : ""}`;
      default: return event.at?.function ?? event.kind;
    }
  }

  drawState(state, inside, changed, quiet) {
    const {room, pages, hasDriver} = this.recording, narrow = this.element.clientWidth < 480, short = narrow ? words.short : {};
    const focused = document.activeElement?.closest?.(".state") === this.find(".state") && document.activeElement.dataset.ref;
    const marks = (key) => `${changed.has(key) ? " changed" : ""}${chosen === key ? " chosen" : ""}`;
    const rows = this.recording.hopsOf(inside).map(({hop, asked}) => asked
      ? `<li class="asked" style="${colour(asked.page)}" title="${escapeHtml(words.asked)}">↶ ${words.turn(asked.turn)}${words.colon}${escapeHtml(`${asked.at.function}${hop ? ` ← ${this.hop(hop)}` : ""}`)}</li>`
      : `<li style="${colour(hop.attempt)}">${escapeHtml(this.hop(hop))}</li>`).join("");
    const tickets = Object.values(state.tickets).sort((a, b) => (a.due ?? 0) - (b.due ?? 0));
    const chip = (t) => {
      const ready = t.kind === "fd" && state.ready[t.fd];
      const label = t.kind === "fd" ? `fd ${t.fd} ${words.events[t.events]}`
        : t.kind === "timer" ? (t.due === null || t.due === undefined ? words.noLimit : words.ms(Math.max(0, Math.round((t.due - state.t) / 1000))))
        : `${t.page ? (short.page ?? words.page)(t.page) : String(t.id)[0] === "t" ? nameOf(state.objects[t.id.slice(1)]) : t.at.function}${t.turn === state.turn && !quiet ? ` · ${words.later}` : ""}`;
      return `<button type="button" class="chip${ready ? " lit" : ""}${marks(`k${t.id}`)}" data-ref="k${t.id}" style="${colour(t.page)}">${escapeHtml(label)}</button>`;
    };
    const column = (kind, name) => `<div><h4>${name}</h4><div class="chips" style="min-height:calc(${room[kind]} * var(--row))">${tickets.filter((t) => t.kind === kind).map(chip).join("")}</div></div>`;
    const types = ["socket", "future", "task", "machine"].filter((type) => room.types.has(type));
    const chains = Object.values(room.machines).some((names) => names.size > 1);
    const widths = room.types.has("future") ? {socket: 1.2, future: 1.1, task: narrow && chains ? 1.1 : 1.15, machine: narrow ? (chains ? 1.5 : 1.2) : chains ? 1.7 : 1.45} : {socket: 1.1, task: narrow ? .8 : 1.4, machine: 2.2};
    const shown = (page, type) => Object.values(state.objects).filter((o) => o.page === page && o.type === type);
    const thing = (o, type) => {
      if (!o) return `<div class="thing empty ${type}">${type === "socket" ? "<b>\u00a0</b><span>\u00a0</span><span>\u00a0</span>" : ""}</div>`;
      const facts = [];
      let status = o.gone ? "gone" : o.state;
      if (type === "future") facts.push(o.state === "done" ? (short.bytes ?? words.bytes)(o.bytes ?? 0) : words.state[o.state]);
      if (type === "task") facts.push(words.state[o.state] + (o.state === "waits" && o.future ? `${words.colon}${short.Future ?? `${words.type.future} `}${state.objects[o.future]?.number}` : "")
        + (o.place && !narrow && (o.state === "waits" || o.state === "runs") ? ` · ${baseName(o.place.file)}:${o.place.line}` : ""));
      const line = o.at && (narrow ? `:${o.at.line}` : `${o.page ? `${words.state[o.state]} · ` : ""}${baseName(o.at.file)}:${o.at.line}`);
      if (type === "machine") facts.push(o.state === "runs" ? (o.where ? (narrow ? (chains ? words.state.runs : o.where) : `${chains ? "" : `${words.state.runs} `}${words.at(o.where)}`) : words.state.runs) : line || words.state[o.state]);
      if (type === "socket") facts.push((narrow && short[o.state]) || words.state[o.state], o.held !== undefined ? (short.held ?? words.held)(o.held) : o.taken ? words.taken(o.taken) : o.sent ? words.sent(o.sent) : "\u00a0");
      if (o.gone) facts[0] = words.state.gone;
      const title = nameOf(o);
      return `<button type="button" class="thing ${type} ${status}${marks(`o${o.id}`)}" data-ref="o${o.id}"><b>${escapeHtml(title)}</b>${facts.map((fact) => `<span title="${escapeHtml(fact)}">${escapeHtml(fact)}</span>`).join("")}</button>`;
    };
    const slot = (page, type) => {
      const all = shown(page, type);
      if (type !== "machine") return `<div class="slot">${thing(all.at(-1), type)}</div>`;
      const names = [...(room.machines[page] ?? [])];
      return `<div class="slot${names.length > 1 ? " chain" : ""}">${names.map((name) => thing(all.findLast((o) => o.name === name), type)).join("") || thing(null, type)}</div>`;
    };
    // Of many pages, those that are not done: a hundred cards would hide them.
    const cards = pages.filter(({id}) => pages.length <= 12 || changed.has(`p${id}`) || (state.pages[id] && !state.pages[id].ended)).slice(0, 40).map(({id}) => {
      const page = state.pages[id];
      const phase = page ? (page.ended ? (page.ok ? words.state.done : words.state.failed) : words.phases[page.phase] ?? "") : "";
      return `<section class="box page" style="${colour(id)}"><h3><span class="${marks(`p${id}`)}"><b>${words.page(id)}</b> ${escapeHtml(page?.url ?? "")}</span><i>${phase}</i></h3>
        <div class="slots" style="grid-template-columns:${types.map((type) => `minmax(0,${widths[type]}fr)`).join(" ")}">${types.map((type) => slot(id, type)).join("")}</div></section>`;
    }).join("");
    const driverSlots = types.filter((type) => type === "task" || type === "machine");
    const driver = hasDriver ? `<section class="box page driver" style="${colour(0)}"><h3><span><b>${words.driver}</b></span></h3>
        <div class="slots">${driverSlots.map((type) => slot(0, type)).join("")}</div></section>` : "";
    const loop = room.fd + room.soon + room.timer ? `<section class="box loop${marks("loop")}" data-ref="loop"><h3><span>${words.loop}</span><span class="legend">${legendOf()}</span><span>${state.turn ? words.turn(state.turn) : ""}${state.asleep ? ` · ${words.asleep}` : ""}</span></h3>
      ${column("soon", words.soon)}${column("fd", words.fds)}${column("timer", words.timers)}</section>` : "";
    this.find(".state").innerHTML = `<section class="box"><h3>${words.stack}</h3><ol class="hops" style="min-height:${room.hops}lh">${rows || "<li></li>"}</ol></section>${loop}${driver}${cards}<svg class="arrows" aria-hidden="true"></svg>`;
    if (focused) this.find(`.state [data-ref="${focused}"]`)?.focus({preventScroll: true});
    this.state = state;
    this.settle();
  }

  /** After its room has changed. */
  settle() {
    this.keepInView();
    this.bringIntoView();
    this.arrows(this.state);
  }

  /** Scrolls the state by no more than it takes to see what changed. */
  bringIntoView() {
    const box = this.find(".state"), frame = box.getBoundingClientRect();
    const changed = [...box.querySelectorAll(".changed:not(.loop)")].map((element) => element.getBoundingClientRect());
    if (!changed.length) return;
    const top = Math.min(...changed.map((r) => r.top)), bottom = Math.max(...changed.map((r) => r.bottom));
    if (bottom > frame.bottom - 3) box.scrollTop += bottom - frame.bottom + 6;
    else if (top < frame.top + 3) box.scrollTop += top - frame.top - 6;
  }

  arrows(state) {
    const box = this.find(".state"), svg = this.find("svg.arrows");
    const origin = box.getBoundingClientRect();
    svg.style.height = `${svg.previousElementSibling.getBoundingClientRect().bottom - origin.top + box.scrollTop}px`;
    const rect = (key) => {
      const r = box.querySelector(`[data-ref="${key}"]`)?.getBoundingClientRect();
      return r && {left: r.left - origin.left, right: r.right - origin.left, top: r.top - origin.top + box.scrollTop, bottom: r.bottom - origin.top + box.scrollTop};
    };
    const paths = [];
    const draw = (from, to, page, kind, shift, title) => {
      const a = rect(from), b = rect(to);
      if (!a || !b) return;
      let d;
      if (kind === "far") {  // from the loop down to a page's object
        const x1 = (a.left + a.right) / 2, x2 = (b.left + b.right) / 2 + shift, y1 = a.bottom, y2 = b.top - 2;
        d = `M${x1} ${y1} C${x1} ${y1 + 22} ${x2} ${y2 - 22} ${x2} ${y2}`;
      } else {
        const right = b.left > a.left, y1 = (a.top + a.bottom) / 2 + shift, y2 = (b.top + b.bottom) / 2 + shift;
        const x1 = right ? a.right : a.left, x2 = right ? b.left - 2 : b.right + 2, bend = (x2 - x1) / 2;
        d = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
      }
      paths.push(`<path class="${kind}" style="${colour(page)}" d="${d}" marker-end="url(#tip${page % 7})"><title>${title}</title></path>`);
    };
    for (const o of Object.values(state.objects)) {
      if (o.gone) continue;
      if (o.type === "task" && o.state === "waits" && o.future) draw(`o${o.id}`, `o${o.future}`, o.page, "waits", 8, words.arrows.waits);
      if (o.type === "future") for (const task of o.tells) draw(`o${o.id}`, `o${task}`, o.page, "tells", -8, words.arrows.tells);
    }
    for (const t of Object.values(state.tickets)) {
      if (t.kind === "soon" && String(t.id)[0] === "t") { draw(`k${t.id}`, `o${t.id.slice(1)}`, t.page, "far", 0, words.arrows.far); continue; }
      if (!t.page || t.kind === "timer") continue;
      const alive = Object.values(state.objects).filter((o) => o.page === t.page && !o.gone);
      const target = t.kind === "soon" ? alive.findLast((o) => o.type === "task") : alive.findLast((o) => o.type === "future") ?? alive.findLast((o) => o.type === "socket");
      if (target) draw(`k${t.id}`, `o${target.id}`, t.page, "far", 0, words.arrows.far);
    }
    const tips = [0, 1, 2, 3, 4, 5, 6].map((page) => `<marker id="tip${page}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:var(--c${page});stroke:none"/></marker>`);
    svg.innerHTML = `<defs>${tips.join("")}</defs>${paths.join("")}`;
  }
}

const legendOf = () => Object.entries(words.arrows).map(([kind, name]) => `<span><svg width="30" height="10" aria-hidden="true" class="key"><path class="${kind}" style="${colour(0)}" d="M1 5H28M23 2L28 5L23 8"/></svg> ${name}</span>`).join(" ");

const recordings = data.recordings.map((raw) => new Recording(raw));
let linked = 0, main = null, beside = null, answered = new Set();

function drawLanes() {
  const {recording, at} = main, {steps, moments, pages} = recording;
  const width = Math.max(280, $("lanes").clientWidth - 32), narrow = width < 500, row = narrow ? 13 : 18, left = narrow ? 46 : 64, top = 15;
  const x = (step) => left + (width - left - 4) * step / Math.max(1, steps.length);
  const now = x(Math.max(0, at - .5)), height = top + pages.length * row + 2, drawn = `${recording.key} ${width} ${lang} ${steps.length}`;
  const moveTo = () => {
    const line = $("lanes").querySelector(".now");
    line.setAttribute("x1", now);
    line.setAttribute("x2", now);
  };
  if ($("lanes").dataset.drawn === drawn) return moveTo();
  $("lanes").dataset.drawn = drawn;
  let svg = "", last = -1, label = -99;
  moments.forEach(({turn}, i) => {
    if (turn === last) return;
    last = turn;
    svg += `<line x1="${x(i)}" x2="${x(i)}" y1="0" y2="${top + pages.length * row}" stroke="var(--line)"/>`;
    const text = words.turn(turn);
    if (turn && x(i) - label > 52) { svg += `<text x="${Math.min(x(i) + 3, width - 38)}" y="11">${text}</text>`; label = x(i); }
  });
  pages.forEach(({id}, i) => {
    const y = top + i * row;
    svg += `<text x="0" y="${y + row - 5}">${words.page(id)}</text>`;
    const names = ["began", "connected", "sent", "first bytes", "end"];
    const marks = names.map((name) => recording.reached[`${id} ${name}`]).map((step) => step === undefined ? null : step);
    marks.forEach((from, k) => {
      if (from === null || k === names.length - 1) return;
      const to = marks.slice(k + 1).find((step) => step !== null) ?? steps.length;
      svg += `<rect x="${x(from)}" width="${Math.max(0, x(to) - x(from))}" y="${y + 3}" height="${row - 6}" style="${colour(id)}" fill="var(--c)" opacity="${.16 + .12 * k}"><title>${words.phases[names[k]]}</title></rect>`;
    });
    moments.forEach(({page}, step) => {
      if (page === id) svg += `<line x1="${x(step + .5)}" x2="${x(step + .5)}" y1="${y + 3}" y2="${y + row - 3}" style="${colour(id)}" stroke="var(--c)" stroke-width="2"/>`;
    });
  });
  svg += `<line class="now" y1="2" y2="${height}" stroke="var(--mark)" stroke-width="3"/>`;
  $("lanes").innerHTML = `<svg role="img" aria-label="${words.lanes}" viewBox="0 0 ${width} ${height}" height="${height}">${svg}</svg>`;
  moveTo();
  $("lanes").onclick = ({clientX}) => {
    const box = $("lanes").firstChild.getBoundingClientRect();
    go(Math.ceil((clientX - box.left - left) / (width - left - 4) * steps.length));
  };
}

const question = () => ask && main.recording.questions.find(({step}) => step === main.at - 1 && !answered.has(`${main.recording.key} ${step}`));

function removeQuestion() {
  document.querySelector(".question")?.remove();
  document.querySelector(".asks")?.classList.remove("asks");
  $("forward").classList.remove("waits");
}

/** The question has a place of its own, so it hides nothing of what it asks about. */
function drawQuestion(html) {
  removeQuestion();
  const box = document.createElement("section");
  box.className = "question";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", words.asks);
  box.tabIndex = -1;
  box.innerHTML = html;
  main.element.classList.add("asks");
  main.find(".source").append(box);
  $("forward").classList.add("waits");
  main.settle();
  if (!playing) box.focus({preventScroll: true});
  return box;
}

function askNow() {
  removeQuestion();
  const asked = question();
  if (!asked) return;
  const box = drawQuestion(`<h3>${words.asks}</h3><p>${words[asked.text]}</p><div>${asked.answers.map((answer, i) => `<button type="button" data-answer="${i}">${escapeHtml(answer())}</button>`).join("")}<button type="button" data-answer="show">${words.show}</button></div>`);
  box.onclick = ({target}) => { if (target.dataset.answer !== undefined) tell(asked, target.dataset.answer); };
}

/** Says the answer, and why it is so; the next step goes on. */
function tell(asked, guess) {
  answered.add(`${main.recording.key} ${asked.step}`);
  const answer = asked.answers[asked.right]();
  const says = guess === "show" ? words.answer(answer) : Number(guess) === asked.right ? words.right(answer) : words.wrong(answer);
  removeQuestion();
  main.show(main.at);
  const box = drawQuestion(`<p role="status"><b>${escapeHtml(says)}</b> ${escapeHtml(asked.why())}</p><div><button type="button">${words.goOn}</button></div>`);
  box.querySelector("button").onclick = () => go(main.at + 1);
}

/** Goes to a step; `guard` stops where a question is open. */
function go(at, guard = false) {
  const asked = guard && at > main.at && question();
  if (asked) return playing ? stop() : tell(asked, "show");
  const last = main.recording.steps.length;
  removeQuestion();
  main.show(Math.max(0, Math.min(last, at)));
  if (beside) {
    const all = beside.recording.steps.length;
    const reached = ({recording}) => ({...recording.reached, end: recording.steps.length - 1});
    const where = (at) => at === 0 ? {at: -1} : at === last ? {at: all - 1} : together(reached(main), at - 1, reached(beside));
    const {at: step, name} = where(main.at);
    beside.show(step + 1);
    const [page, ...milestone] = (name ?? "").split(" ");
    const reaches = main.at === last ? words.atEnd : milestone.length ? `${words.page(page)} ${words.milestones[milestone.join(" ")]}` : "";
    const stands = main.at > 0 && main.at < last && where(main.at + 1).at === step;
    beside.find(".follows").textContent = words.follows(words.step(step + 1, all), reaches) + (stands ? ` · ${words.standsStill}` : "");
  }
  $("slider").max = last;
  $("slider").value = main.at;
  $("slider").setAttribute("aria-valuetext", words.step(main.at, last));
  $("arrows").innerHTML = legendOf();
  $("count").textContent = words.step(main.at, last);
  $("back").disabled = main.at === 0;
  $("forward").disabled = main.at === last;
  drawNextChange();
  if (main.at === last) stop();
  drawLanes();
  askNow();
  const hash = `#stage=${main.recording.key}&step=${main.at}${beside ? `&beside=${beside.recording.key}` : ""}${every ? "&every=1" : ""}`;
  clearTimeout(linked);  // browsers refuse an address that changes too often
  linked = setTimeout(() => { if (location.hash !== hash) history.replaceState(null, "", hash); }, 200);
}

const onward = (test) => {
  const i = main.recording.moments.findIndex((moment, step) => step >= main.at && test(moment));
  if (i >= 0) go(i + 1);
};
const nextTurn = () => { const now = main.recording.moments[main.at - 1]?.turn ?? 0; onward(({turn}) => turn > now); };
const nextPage = (id) => onward(({page}) => page === id);
/** The step at which the chosen object changes next, or at which another one takes its place. */
function changesAt() {
  const end = main.recording.successors[chosen?.slice(1)]?.at ?? Infinity;
  return main.recording.moments.findIndex(({touched}, step) => step >= main.at && step <= end && (touched.has(chosen) || step === end));
}
const nextChange = () => { const step = chosen === null ? -1 : changesAt(); if (step >= 0) go(step + 1); };
function drawNextChange() {
  const over = chosen !== null && changesAt() < 0;
  $("nextChange").disabled = chosen === null || over;
  $("nextChange").title = chosen === null ? words.nextChangeNone : over ? words.nextChangeOver : words.nextChangeLong;
}
function stop() { clearInterval(playing); playing = 0; drawPlay(); }
function drawPlay() { $("play").textContent = playing ? words.pause : words.play; }
function play() {
  if (playing) return stop();
  const asked = question();
  if (asked) tell(asked, "show");
  playing = setInterval(() => go(main.at + 1, true), 2500);
  drawPlay();
}

/** Sets the page up anew: other recordings, another language. */
function open(key, at, besideKey) {
  const recording = recordings.find((one) => one.key === key) ?? recordings[0];
  const other = recordings.find((one) => one.key === besideKey && one !== recording);
  $("panes").replaceChildren();
  $("panes").classList.toggle("two", Boolean(other));
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  document.title = `${words.title}${words.colon}${recording.title}`;
  document.querySelectorAll("[data-word]").forEach((element) => { element.textContent = words[element.dataset.word]; });
  const option = (one) => `<option value="${one.key}">${escapeHtml(one.title)}</option>`;
  $("recording").innerHTML = recordings.map(option).join("");
  $("recording").value = recording.key;
  $("beside").innerHTML = `<option value="">${words.none}</option>` + recordings.filter((one) => one !== recording).map(option).join("");
  $("beside").value = other?.key ?? "";
  $("besideBox").hidden = recordings.length < 2;
  for (const [id, name] of [["recording", "recording"], ["beside", "beside"], ["slider", "slider"], ["back", "back"], ["forward", "forward"]]) $(id).setAttribute("aria-label", words[name]);
  $("language").textContent = words.other;
  $("nextTurn").textContent = words.nextTurn;
  $("nextTurn").hidden = !recording.end.turn;
  $("nextChange").textContent = words.nextChange;
  $("nextPages").innerHTML = recording.pages.slice(0, innerWidth < 1000 ? 2 : 6).map(({id}) => `<button type="button" data-page="${id}" title="${words.nextPageLong(id)}" style="border-color:var(--c);${colour(id)}">${words.nextPage(id)}</button>`).join("");
  $("ask").checked = ask;
  $("every").checked = every;
  const out = recording.left_out;
  $("leftOut").hidden = !out;
  if (out) $("leftOut").textContent = words.leftOut(out, recording.events.length + out);
  main = new Pane(recording, true);
  beside = other ? new Pane(other, false) : null;
  stop();
  go(at);
}

function fromLink() {
  const link = new URLSearchParams(location.hash.slice(1));
  const wanted = link.get("every") === "1";
  if (wanted !== every) { every = wanted; recordings.forEach((one) => one.layOut()); }
  open(link.get("stage") ?? recordings[0].key, Number(link.get("step") ?? 0) || 0, link.get("beside"));
}

const again = () => open(main.recording.key, main.at, beside?.recording.key);
$("back").onclick = () => go(main.at - 1);
$("forward").onclick = () => go(main.at + 1, true);
$("play").onclick = play;
$("slider").oninput = ({target}) => go(Number(target.value));
$("nextTurn").onclick = nextTurn;
$("nextChange").onclick = nextChange;
$("nextPages").onclick = ({target}) => { if (target.dataset.page) nextPage(Number(target.dataset.page)); };
$("recording").onchange = ({target}) => { chosen = null; open(target.value, 0, beside?.recording.key); };
$("beside").onchange = ({target}) => open(main.recording.key, main.at, target.value);
$("ask").onchange = ({target}) => { ask = target.checked; go(main.at); };
$("every").onchange = ({target}) => {
  const event = main.recording.steps[main.at - 1]?.head ?? -1;
  every = target.checked;
  recordings.forEach((one) => one.layOut());
  open(main.recording.key, main.recording.steps.findIndex(({to}) => to > event) + 1, beside?.recording.key);
};
$("language").onclick = () => { lang = lang === "en" ? "zh" : "en"; words = WORDS[lang]; again(); };
$("panes").addEventListener("click", ({target}) => {
  const ref = target.closest(".state button[data-ref], .sentence b[data-ref]")?.dataset.ref;
  if (!ref) return;
  chosen = chosen === ref ? null : ref;
  drawNextChange();
  document.querySelectorAll(".state [data-ref]").forEach((element) => element.classList.toggle("chosen", element.dataset.ref === chosen));
});
for (const [event, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  $("panes").addEventListener(event, ({target}) => {
    const ref = target.closest?.(".sentence b")?.dataset.ref;
    if (ref) target.closest(".pane").querySelectorAll(`.state [data-ref="${ref}"]`).forEach((element) => element.classList.toggle("pointed", on));
  });
}
addEventListener("keydown", (event) => {
  const {key, target} = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select, input[type=range], input[type=checkbox]")) return;
  const acts = {ArrowRight: () => go(main.at + 1, true), ArrowLeft: () => go(main.at - 1), Home: () => go(0), End: () => go(Infinity),
    t: nextTurn, T: nextTurn, o: nextChange, O: nextChange};
  if (key === " " && !target.matches("button, summary")) acts[" "] = play;
  if (/^[1-9]$/.test(key)) acts[key] = () => nextPage(Number(key));
  if (acts[key]) { event.preventDefault(); acts[key](); }
});
addEventListener("hashchange", fromLink);
let resized = 0;
addEventListener("resize", () => { cancelAnimationFrame(resized); resized = requestAnimationFrame(again); });
fromLink();
