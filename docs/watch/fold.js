"use strict";
// What the page knows after an event is a pure function of the events up to it. This file has no
// view: `tests/watch/watch_check.py` steps it in both directions.

/** The state before the first event. */
const nothing = () => ({
  n: 0, t: 0, turn: 0, asleep: null, stack: [], tickets: {}, ready: {}, objects: {}, pages: {}, names: {}, left: [],
});

const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);

/** The line to show: the caller's, if it lies in the stage's own folder, else the teller's. */
function placeOf(event, folder) {
  if (event.by && event.by.file.startsWith(folder)) return event.by;
  return event.at ?? event.by ?? null;
}

/** GCC reports the beginning of a coroutine at its closing brace. Gives the events with the line of its head instead. */
function fromHeads(events, sources) {
  const lines = {}, begun = new Set();
  const head = (place) => {
    const text = place && (lines[place.file] ??= sources[place.file]?.split("\n") ?? []);
    const brace = text && /^(\s*)}$/.exec(text[place.line - 1] ?? "");
    if (!brace) return place;
    const begins = text.findLastIndex((line, i) => i < place.line - 1 && line.startsWith(brace[1]) && !/^[\s}]/.test(line.slice(brace[1].length)) && line.includes(`${place.function}(`));
    return begins < 0 ? place : {...place, line: begins + 1};
  };
  return events.map((event) => {
    if (event.kind === "made" && event.type === "coroutine") return {...event, at: head(event.at)};
    if (event.kind !== "resumed" || begun.has(event.object)) return event;
    begun.add(event.object);
    return {...event, by: head(event.by)};
  });
}

/** Advances `state` by one event and adds the keys of what it changed to `touched`. */
function advance(state, event, touched = new Set()) {
  const touch = (type, id) => { if (id !== undefined && id !== null) touched.add(`${type}${id}`); };
  const object = (id, type) => {
    if (id === undefined || id === null) return null;
    if (!state.objects[id]) {
      state.names[type] = (state.names[type] ?? 0) + 1;
      state.objects[id] = {id, type, number: state.names[type], page: event.attempt || 0, state: "new", tells: []};
    }
    touch("o", id);
    return state.objects[id];
  };
  const inHop = (kind) => state.stack.findLast((hop) => hop.kind === kind);
  const page = event.attempt ? (state.pages[event.attempt] ??= {id: event.attempt, phase: "new", taken: 0, reached: {}}) : null;
  const reach = (milestone) => {
    if (page && page.reached[milestone] === undefined) {
      page.reached[milestone] = event.n;
      page.phase = milestone;
    }
  };
  const open = () => state.stack.push({n: event.n, kind: event.kind, event, threw: false});
  const ticket = (kind, id = event.ticket) => {
    state.tickets[id] = {
      id, kind, fd: event.fd, events: event.events, due: event.due_us, turn: state.turn,
      page: event.attempt || 0, at: event.at, by: event.by, asked: state.stack.slice(-1).map((hop) => hop.event),
      // A Future that is set has told its Task, and it is the Task that asks.
      task: kind === "soon" && state.stack.at(-1)?.kind === "set" ? state.objects[state.stack.at(-1).event.future]?.told?.[0] : undefined,
    };
    touch("k", id);
  };
  const running = () => {
    const hop = state.stack.findLast(({event: e}) => e.task !== undefined && e.task !== null);
    return hop ? state.objects[hop.event.task] : null;
  };

  // The machines that were left just now: if a yield follows, they wait; if not, they returned.
  const left = state.left;
  if (event.kind !== "leave") state.left = [];
  state.n = event.n;
  state.t = event.t_us;
  state.turn = event.turn;
  if (event.kind !== "select" && event.kind !== "leave") state.asleep = null;

  switch (event.kind) {
    case "begin":
      Object.assign(page, {url: event.url, address: event.address, began: event.n, phase: "began"});
      touch("p", event.attempt);
      break;
    case "end":
      reach("end");
      Object.assign(page, {ok: event.ok, ended: event.n});
      touch("p", event.attempt);
      break;
    case "turn": state.ready = {}; touch("loop", ""); break;
    case "select": state.asleep = {timeout: event.timeout_ms}; touch("loop", ""); break;
    case "selected": state.ready = {}; touch("loop", ""); break;
    case "ready":
      state.ready[event.fd] = event;
      for (const t of Object.values(state.tickets)) if (t.fd === event.fd) touch("k", t.id);
      for (const o of Object.values(state.objects)) if (o.type === "socket" && o.fd === event.fd && o.state !== "closed") {
        o.held = event.events === "writable" || !(event.held >= 0) ? undefined : event.held;
        touch("o", o.id);
      }
      break;
    case "register": ticket("fd"); break;
    case "soon": ticket("soon"); break;
    case "timer": ticket("timer"); break;
    case "unregister": case "cancelled":
      touch("k", event.ticket);
      delete state.tickets[event.ticket];
      break;
    case "call": {
      const id = event.ticket ?? (event.task !== undefined ? `t${event.task}` : `w${event.fd}`);
      const called = state.tickets[id];
      touch("k", id);
      open();
      state.stack.at(-1).asked = called ?? null;
      if (called && (called.kind !== "fd" || called.id !== event.ticket)) delete state.tickets[id];
      const task = object(event.task, "task");
      if (task) Object.assign(task, {state: "runs", future: null});
      break;
    }
    case "made": {
      // A coroutine is drawn like the machine that stage 4 writes by hand.
      const coroutine = event.type === "coroutine";
      const made = object(event.object, coroutine ? "machine" : event.type);
      Object.assign(made, {name: coroutine ? event.at.function : event.name, page: event.attempt || 0, made: event.n, state: event.type === "future" ? "pending" : "new"});
      break;
    }
    case "gone": {
      const gone = state.objects[event.object];
      touch("o", event.object);
      if (gone) gone.gone = event.n;
      break;
    }
    case "tell": {
      const future = object(event.future, "future");
      const waits = Object.values(state.objects).find((o) => o.type === "task" && o.future === event.future && !o.gone);
      const task = event.task ?? waits?.id;
      if (task !== undefined && !future.tells.includes(task)) future.tells.push(task);
      touch("o", task);
      break;
    }
    case "set": {
      const future = object(event.future, "future");
      Object.assign(future, {state: event.error ? "failed" : "done", bytes: event.bytes});
      for (const task of future.tells) {
        if (state.objects[task]?.state === "waits") state.objects[task].state = "due";
        touch("o", task);
      }
      future.told = future.tells;
      future.tells = [];
      open();
      break;
    }
    case "step": {
      const task = object(event.task, "task");
      Object.assign(task, {state: "runs", error: event.error, future: null});
      open();
      break;
    }
    case "resume": {
      const machine = object(event.object, "machine");
      const outer = state.stack.at(-1);
      Object.assign(machine, {name: event.name, state: "runs", where: event.state, at: null});
      if (machine.page === 0 && event.attempt) machine.page = event.attempt;
      if (outer?.kind === "resume") machine.outer = outer.event.object;
      const task = running();
      if (task) machine.task = task.id;
      open();
      break;
    }
    case "yield": case "await": {
      const task = object(event.task, "task");
      if (task) Object.assign(task, {state: "waits", future: event.future ?? null, at: event.at});
      if (task && event.kind === "await") task.place = event.by ?? event.at;
      Object.assign(object(event.object, "machine") ?? {}, {state: "waits", at: event.by ?? event.at});
      for (const hop of state.stack) hop.suspends = true;
      for (const id of left) Object.assign(object(id, "machine"), {state: "waits"});
      if (event.kind === "await") {
        for (const hop of state.stack) if (hop.kind === "resume") Object.assign(state.objects[hop.event.object], {state: "waits", at: event.at});
      }
      break;
    }
    case "return": {
      const task = object(event.task, "task");
      if (task) Object.assign(task, {state: "done", future: null});
      break;
    }
    case "throw": { const o = object(event.object, "machine"); o.state = "failed"; break; }
    case "wake": {
      const task = object(event.task, "task");
      task.state = "due";
      ticket("soon", `t${event.task}`);
      break;
    }
    case "resumed": {
      const place = event.by ?? event.at;
      Object.assign(object(event.task, "task"), {state: "runs", place});
      Object.assign(object(event.object, "machine") ?? {}, {state: "runs", task: event.task, at: null});
      break;
    }
    case "awaits": {  // a coroutine awaits another one, which runs at once; or a Future, a Task, a socket
      Object.assign(object(event.object, "machine") ?? {}, {state: "waits", at: event.by});
      const awaited = state.objects[event.awaited];
      if (awaited?.type === "machine") awaited.outer = event.object;
      if (awaited?.type === "future" && running() && !awaited.tells.includes(running().id)) awaited.tells.push(running().id);
      touch("o", awaited?.id);
      break;
    }
    case "ended": object(event.object, "machine").state = "done"; break;
    case "due": ticket("soon", `t${event.task}`); break;
    case "asleep":
      touch("k", `t${event.task}`);
      delete state.tickets[`t${event.task}`];
      break;
    case "watch": ticket("fd", `w${event.fd}`); break;
    case "stale": case "cancel": touch("o", event.task); break;
    case "blocks": object(event.object, "socket").fd = event.fd; break;
    case "socket": {
      const socket = object(event.object, "socket");
      socket.fd = event.fd ?? socket.fd;
      if (!socket.page && event.attempt) socket.page = event.attempt;
      const failed = event.result === "failed";
      if (event.op === "open") Object.assign(socket, {state: "open", sent: 0, taken: 0});
      if (event.op === "connect") socket.state = failed ? "failed" : event.result === "done" ? "connected" : "connecting";
      if (event.op === "finish_connect") socket.state = failed ? "failed" : "connected";
      if ((event.op === "connect" && event.result === "done") || (event.op === "finish_connect" && !failed)) reach("connected");
      if (event.op === "send" && event.result === "done") { socket.state = "connected"; socket.sent = (socket.sent ?? 0) + (event.bytes ?? 0); reach("connected"); reach("sent"); }
      if (event.op === "recv" && event.result === "done") {
        socket.taken = (socket.taken ?? 0) + (event.bytes ?? 0);
        socket.held = undefined;
        if (event.bytes === 0) socket.state = "ended"; else reach("first bytes");
      }
      if (event.op === "close") {
        socket.state = "closed";
        delete state.tickets[`w${event.fd}`];
      }
      break;
    }
    case "leave": {
      const hop = state.stack.pop();
      if (hop && hop.kind === "resume") {
        const machine = state.objects[hop.event.object];
        if (machine && machine.state === "runs") machine.state = event.threw ? "failed" : hop.suspends ? "waits" : "done";
        touch("o", hop.event.object);
        if (!event.threw) state.left.push(hop.event.object);
      }
      break;
    }
  }
  return state;
}

/** Gives the state after any event; a copy at every hundredth makes going back cheap. */
class Replay {
  constructor(events) {
    this.events = events;
    this.copies = [nothing()];
  }
  /** The state after the first `count` events. The caller must not change it. */
  after(count) {
    const nearest = Math.min(Math.floor(count / 100), this.copies.length - 1);
    const state = structuredClone(this.copies[nearest]);
    for (let i = nearest * 100; i < count; ++i) {
      advance(state, this.events[i]);
      if ((i + 1) % 100 === 0 && this.copies.length === (i + 1) / 100) this.copies.push(structuredClone(state));
    }
    return state;
  }
}

/** "head": a step of its own. "lead": part of the step that follows. "tail": of the one before. */
function weight(event, before) {
  switch (event.kind) {
    case "call": case "resumed": case "watch": case "blocks": case "set": case "yield": case "await": case "return": case "throw": case "stale": case "cancel": return "head";
    case "step": return "lead";
    case "resume": return before.findLast((e) => e.kind !== "made")?.kind === "resume" ? "tail" : "head";
    case "register": return event.attempt ? "head" : "tail";
    case "selected": return event.count ? "head" : "lead";
    case "socket":
      if (event.op === "open") return "lead";
      if (event.op === "finish_connect") return event.result === "failed" ? "head" : "lead";
      return event.op === "close" ? "tail" : "head";
    case "turn": case "select": case "begin": case "unregister": return "lead";
    case "made": return "lead";
    default: return "tail";  // ready, leave, gone, tell, soon, timer, cancelled, wake, due, awaits, ended, end, again
  }
}

/** Folds the events into steps, each {from, to, head}: `to` events have happened after it. */
function stepsOf(events, all = false) {
  const steps = [];
  let leads = 0;
  events.forEach((event, i) => {
    let kind = all ? "head" : weight(event, events.slice(Math.max(0, i - 4), i));
    if (kind === "tail" && event.kind === "leave") {  // the way out of a chain that yields is part of the yield
      let next = i;
      while (events[next]?.kind === "leave") ++next;
      if (events[next]?.kind === "yield") kind = "lead";
    }
    if (kind === "head") {
      steps.push({from: i - leads, to: i + 1, head: i});
      leads = 0;
    } else if (kind === "tail" && leads === 0 && steps.length) {
      steps.at(-1).to = i + 1;
    } else {
      ++leads;
    }
  });
  if (leads && steps.length) steps.at(-1).to = events.length;
  else if (leads) steps.push({from: 0, to: events.length, head: events.length - 1});
  return steps;
}

/** The keys of what a step changed. */
function changedBy(replay, step) {
  const touched = new Set();
  const state = replay.after(step.from);
  for (let i = step.from; i < step.to; ++i) advance(state, replay.events[i], touched);
  return touched;
}

/** At which step each page reached what the stages have in common: {"1 connected": 12}. */
function milestones(replay, steps) {
  const reached = {};
  const end = replay.after(replay.events.length);
  for (const page of Object.values(end.pages)) {
    const all = {began: page.began, ...page.reached};
    for (const [name, n] of Object.entries(all)) {
      if (n === undefined) continue;
      const step = steps.findIndex(({to}) => to >= n);
      if (step >= 0) reached[`${page.id} ${name}`] = step;
    }
  }
  return reached;
}

/**
 * The step of the other recording that has reached what this one has, and no more; and what that is.
 * Between two things that both reach, it comes along evenly.
 */
function together(mine, step, theirs) {
  const common = Object.keys(mine).filter((name) => theirs[name] !== undefined && name !== "end").sort((a, b) => mine[a] - mine[b] || theirs[a] - theirs[b]);
  let from = {mine: 0, theirs: 0, name: null};
  for (const name of [...common, "end"]) {
    const next = {mine: mine[name], theirs: theirs[name], name};
    if (next.mine > step && next.theirs > from.theirs) {
      const span = next.theirs - from.theirs;
      const along = Math.floor((step - from.mine) * span / (next.mine - from.mine));
      const ahead = common.filter((one) => mine[one] > step && theirs[one] > from.theirs).map((one) => theirs[one]);
      const at = Math.min(from.theirs + along, next.theirs - 1, ...ahead.map((one) => one - 1));
      return {at: Math.max(from.theirs, at), name: from.name};
    }
    if (next.mine <= step) from = next.theirs > from.theirs ? next : {...from, name};
  }
  return {at: from.theirs, name: from.name};
}
