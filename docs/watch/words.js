"use strict";
// Everything the page says, in English and Chinese. `[key|words]` marks the object that words name.

const WORDS = {
  en: {
    title: "Watch it run", recording: "Program", beside: "Beside it", none: "nothing", more: "Options",
    ask: "Stop and ask me what comes next", every: "Show every event, bookkeeping too", other: "中文",
    keys: "Keys: ← → step, Home End, T next turn, 1 to 9 next step of that page, O next change of the object you clicked, space plays and pauses. While a question waits, → shows its answer.",
    arrows: {tells: "will tell", waits: "waits for", far: "will call"}, colon: ": ",
    hops: "The stack shows hops: the calls that matter here, not every C++ frame.",
    back: "Back", forward: "Forward", play: "Play", pause: "Pause", slider: "Step", nextTurn: "Next turn",
    nextPage: (n) => `Page ${n}`, nextPageLong: (n) => `Next step of page ${n}`, nextChange: "Object", nextChangeLong: "Where the object you clicked changes next",
    nextChangeNone: "Click an object first", nextChangeOver: "The object you clicked doesn't change any more",
    replaced: (old, now) => `${old} is gone. ${now} is in its place.`,
    source: "Source", stack: "Stack of hops", asked: "Not on the stack: what asked for this call",
    loop: "Event loop", soon: "Due soon", later: "next turn", timers: "Timers", fds: "Waits for", page: (n) => `Page ${n}`, driver: "Driver", theDriver: "The driver",
    asleep: "asleep in the kernel", turn: (n) => `turn ${n}`, empty: "empty", lanes: "Pages, step by step",
    type: {task: "Task", future: "Future", machine: "Machine", socket: "Socket"},
    state: {new: "new", pending: "pending", done: "done", failed: "failed", waits: "waits", due: "due", runs: "runs",
      open: "open", connecting: "connecting…", connected: "connected", ended: "ended", closed: "closed", gone: "gone"},
    short: {Future: "F", page: (n) => `P${n}`, connecting: "connects", held: (n) => `holds ${n}`, bytes: (n) => `${n} B`},
    at: (s) => `at ${s}`, goesOn: (s) => `will go on at ${s}`, bytes: (n) => `${n} bytes`, held: (n) => `kernel holds ${n}`, unknown: "kernel holds ?", taken: (n) => `${n} taken`, sent: (n) => `${n} sent`,
    events: {readable: "readable", writable: "writable", ready: "ready"}, step: (a, b) => `${a} / ${b}`,
    phases: {began: "connecting", connected: "connected", sent: "waiting", "first bytes": "reading", end: "done"},
    ms: (n) => n < 1000 ? `in ${n} ms` : `in ${Math.round(n / 1000)} s`, noLimit: "no limit",
    leftOut: (n, of) => `This record has ${of} events. The page shows the first ${of - n} and leaves out the last ${n}.`,
    asks: "A question before the next step", show: "Show me (→)", goOn: "Go on (→)", right: (a) => `Yes, ${a}.`, wrong: (a) => `Not quite: ${a}.`, answer: (a) => `The answer: ${a}.`,
    whyCallback: "The loop calls the callbacks of what the kernel reported, in the order of the report; what is due soon has to wait for the next turn.",
    whyTurns: "If set_result resumed the machine itself, it would return to its caller only after the machine had stopped again, and calls would nest. So the Task only asks the loop, and the others get their turn first.",
    whyTask: (a) => `${a} asked first, and the loop calls what is due in the order in which it was asked.`,
    follows: (at, reached) => `Step ${at}${reached ? ` · both have reached: ${reached}` : ""}`, standsStill: "waits for the left one",
    milestones: {began: "begins", connected: "connected", sent: "request sent", "first bytes": "first bytes", end: "done"}, atEnd: "the end",
    before: "Nothing has happened yet. Press → to take the first step.",
    qCallback: "The kernel has answered. What does the loop call next?", qTurns: "This Future has just been set. When does its Task resume the machine?",
    qTask: "Which page gets to run next?", turnsAnswer: ["at once, inside set_result", "one turn later", "two turns later"],
    fdCallback: (fd, e) => `the callback for fd ${fd}, which is ${e}`, soonCallback: "the callback that is due soon",
    says: {
      call_fd: (v) => `The [loop|loop] calls the callback that was registered for [${v.k}|fd ${v.fd}], because it is ${v.events}.`,
      call_soon: (v) => v.task ? `The [loop|loop] calls what was due [${v.k}|soon]: [${v.task}|${v.taskName}] asked for it in turn ${v.asked}.` : `The [loop|loop] calls what was due [${v.k}|soon]: it was asked for in turn ${v.asked}.`,
      call_timer: (v) => `A [${v.k}|timer] is due, so the [loop|loop] calls its callback.`,
      call_task: (v) => `The [loop|loop] calls [${v.task}|${v.taskName}], which was due.`,
      call: () => "The [loop|loop] calls a callback.",
      resumed: (v) => `[${v.task}|${v.taskName}] resumes the innermost of its coroutines, [${v.object}|${v.name}], which goes on after its co_await at ${v.place}.`,
      starts: (v) => `[${v.task}|${v.taskName}] starts its outermost coroutine, [${v.object}|${v.name}].`,
      starts_awaited: (v) => `[${v.outer}|${v.outerName}] awaits [${v.object}|${v.name}], which starts at once, without the loop.`,
      goes_on: (v) => `[${v.inner}|${v.innerName}] has ended, so [${v.object}|${v.name}], which awaited it, goes on at ${v.place}.`,
      outermost: (v) => ` When it ends, nothing awaits it, so [${v.task}|${v.taskName}] is done.`,
      makes: (v) => ` It makes ${v.tasks}; the loop will step ${v.many ? "them" : "it"} in the next turn.`,
      wakes: (v) => ` It wakes ${v.tasks}.`,
      why: (v) => ` ${v.name} isn't resumed at once, so that ${v.what} returns to its caller, nothing nests, and the others get their turn.`,
      drops: (v) => ` It asks the [loop|loop] to tell the driver.`,
      watch: (v) => `${v.page} leaves [${v.k}|fd ${v.fd}] with the [loop|loop] until it is ${v.events}.`,
      set: (v) => `${v.caller ? `${v.caller} sets ` : ""}[${v.future}|${v.futureName}]${v.caller ? "" : " is set"}${v.bytes || !v.writable ? `, with ${v.bytes} bytes` : "; there is no value, the socket is just writable"}.${v.tells ? ` The Future tells [${v.task}|${v.taskName}]${v.quiet ? "." : ", and the Task asks the loop to call it soon."}` : ""}`,
      set_error: (v) => `set_exception puts an error into [${v.future}|${v.futureName}].${v.tells ? ` The Future tells [${v.task}|${v.taskName}].` : ""}`,
      resume: (v) => `${v.outer ? `[${v.outer}|${v.outerName}]` : v.task ? `[${v.task}|${v.taskName}]` : "Its caller"} resumes the machine [${v.object}|${v.name}]${v.state ? `, which goes on at ${v.state}` : ""}${v.inner ? `. The call passes through to ${v.inner}` : ""}.`,
      resume_error: (v) => `[${v.task}|${v.taskName}] throws an error into [${v.object}|${v.name}], at the place where it waits.`,
      register: (v) => `${v.page} registers [${v.k}|fd ${v.fd}] with the [loop|loop]: call back when it is ${v.events}.${v.future ? ` [${v.future}|${v.futureName}] is there for the result.` : ""}`,
      yield: (v) => `The machine yields [${v.future}|${v.futureName}] and returns. Now [${v.task}|${v.taskName}] waits: the Future will tell it.`,
      await: (v) => `The coroutine has to wait at this co_await. [${v.task}|${v.taskName}] stops here, and its frames stay.`,
      return: (v) => `The machine returns its response, so [${v.task}|${v.taskName}] is done.`,
      throw: (v) => `An error leaves [${v.object}|${v.name}].`,
      selected: (v) => `The [loop|loop] asked the kernel and slept. Now ${v.ready}.`,
      selected_soon: (v) => `The [loop|loop] asks the kernel without sleeping, because something is due soon. Now ${v.ready}.`,
      ready: (v) => `[${v.k}|fd ${v.fd}] is ${v.events}`, and: " and ",
      connect: (v) => `[${v.socket}|fd ${v.fd}] starts to connect. The kernel answers: ${v.result}.`,
      finish_connect: (v) => `[${v.socket}|fd ${v.fd}] is connected.`,
      send: (v) => `${v.connected ? `[${v.socket}|fd ${v.fd}] is connected and` : `[${v.socket}|fd ${v.fd}]`} sends ${v.bytes} bytes of the request.`,
      recv: (v) => `${v.page} takes ${v.bytes} bytes from [${v.socket}|fd ${v.fd}].`,
      recv_end: (v) => `The server has closed [${v.socket}|fd ${v.fd}]: there is nothing more to read.`,
      again: (v) => `[${v.socket}|fd ${v.fd}] isn't ready: ${v.op} has to be tried again.`,
      failed: (v) => `${v.op} on [${v.socket}|fd ${v.fd}] fails.`,
      blocks: (v) => `${v.page} calls ${v.op} on [${v.socket}|fd ${v.fd}]. Until the kernel has an answer, the thread is inside that call, and nothing else runs.`,
      blocking: (v) => `${v.page}: ${v.op} on [${v.socket}|fd ${v.fd}].`,
      stale: () => "The Task drops this wake-up: it no longer waits for that Future.",
      soon: (v) => `A callback is put [${v.k}|into the queue].`, timer: (v) => `A [${v.k}|timer] is set.`, cancelled: () => "What was asked for is cancelled.",
      leave: (v) => v.threw ? "An error leaves this call." : "This call returns.", select: () => "The [loop|loop] asks the kernel what is ready.",
      unregister: (v) => `[${v.k}|fd ${v.fd}] is unregistered.`, forget: (v) => `The [loop|loop] no longer waits for fd ${v.fd}.`,
      made: (v) => `[${v.object}|${v.thing}] is made.`, gone: (v) => `[${v.object}|${v.thing}] is destroyed.`, ended: (v) => `[${v.object}|${v.thing}] has ended.`,
      step: (v) => `[${v.task}|${v.taskName}] takes a step${v.error ? ", with an error" : ""}.`, tell: (v) => `[${v.future}|${v.futureName}] will tell its Task.`,
      cancel: (v) => `[${v.task}|${v.taskName}] is cancelled.`, wake: (v) => `[${v.task}|${v.taskName}] is woken.`, due: (v) => `[${v.task}|${v.taskName}] is put into the [loop|loop]'s queue.`,
      awaits: (v) => v.fd === undefined ? `[${v.object}|${v.thing}] awaits ${v.awaits}.` : `${v.page} waits for fd ${v.fd}.`,
      begin: (v) => `${v.page} begins: ${v.url}.`,
      end: (v) => `${v.page} ${v.ok ? "has its response" : "has failed"}.`,
      plain: (v) => v.words, turn: (v) => `Turn ${v.turn} of the loop begins. `, over: " The crawl is over.",
    },
  },
  zh: {
    title: "一步一步看运行", recording: "程序", beside: "并排对照", none: "无", more: "选项",
    ask: "停下来，让我先猜下一步", every: "显示所有事件，连记账的也算", other: "English",
    keys: "按键：← → 走一步，Home 和 End 到开头和结尾，T 到下一轮循环，1 到 9 到那个页面的下一步，O 到选中的对象下一次变化的地方，空格键播放或暂停。有问题等你回答时，按 → 看答案。",
    arrows: {tells: "会通知", waits: "在等", far: "会调用"}, colon: "：",
    hops: "调用栈里只列出这里要紧的调用，不是所有的 C++ 栈帧。",
    back: "后退", forward: "前进", play: "播放", pause: "暂停", slider: "步骤", nextTurn: "下一轮",
    nextPage: (n) => `页面 ${n}`, nextPageLong: (n) => `到页面 ${n} 的下一步`, nextChange: "对象", nextChangeLong: "到选中的对象下一次变化的地方",
    nextChangeNone: "请先点一个对象", nextChangeOver: "选中的对象不会再变了",
    replaced: (old, now) => `${old} 已经销毁，现在这个位置上是 ${now}。`,
    source: "源码", stack: "调用栈（只列要紧的）", asked: "不在栈上：这次调用是在那里安排的",
    loop: "事件循环", soon: "已排入队列", later: "下一轮", timers: "定时器", fds: "等就绪", page: (n) => `页面 ${n}`, driver: "驱动代码", theDriver: "驱动代码",
    asleep: "睡在内核里", turn: (n) => `第 ${n} 轮`, empty: "空", lanes: "各个页面的每一步",
    type: {task: "Task", future: "Future", machine: "状态机", socket: "socket"},
    state: {new: "新建", pending: "未完成", done: "已完成", failed: "失败", waits: "等待中", due: "已排队", runs: "运行中",
      open: "已打开", connecting: "连接中…", connected: "已连接", ended: "已结束", closed: "已关闭", gone: "已销毁"},
    short: {Future: "F", page: (n) => `页 ${n}`, connecting: "连接中", held: (n) => `内核 ${n}`, bytes: (n) => `${n} B`},
    at: (s) => `在 ${s}`, goesOn: (s) => `将从 ${s} 继续`, bytes: (n) => `${n} 字节`, held: (n) => `内核里有 ${n}`, unknown: "内核里有 ?", taken: (n) => `已读 ${n}`, sent: (n) => `已发 ${n}`,
    events: {readable: "可读", writable: "可写", ready: "就绪"}, step: (a, b) => `${a} / ${b}`,
    phases: {began: "连接中", connected: "已连接", sent: "等响应", "first bytes": "读取中", end: "完成"},
    ms: (n) => n < 1000 ? `${n} 毫秒后` : `${Math.round(n / 1000)} 秒后`, noLimit: "不限时",
    leftOut: (n, of) => `这份记录有 ${of} 个事件。页面只显示前 ${of - n} 个，省略了最后 ${n} 个。`,
    asks: "走下一步之前，先猜一猜", show: "看答案（→）", goOn: "继续（→）", right: (a) => `对，${a}。`, wrong: (a) => `不对，应该是：${a}。`, answer: (a) => `答案是：${a}。`,
    whyCallback: "内核按什么顺序报告就绪的描述符，事件循环就按什么顺序调用它们的回调。已排入队列的回调，要等到下一轮。",
    whyTurns: "如果由 set_result 自己来恢复状态机，就要等到状态机再次停下，set_result 才能返回，调用就会一层套一层。所以 Task 只是请事件循环稍后调用，让别的回调先运行。",
    whyTask: (a) => `${a} 排在最前面，而事件循环按照排队的先后顺序来调用。`,
    follows: (at, reached) => `第 ${at} 步${reached ? ` · 两边都走到了：${reached}` : ""}`, standsStill: "在等左边",
    milestones: {began: "开始", connected: "已连接", sent: "请求已发出", "first bytes": "收到第一批字节", end: "完成"}, atEnd: "结尾",
    before: "还什么都没有发生。按 → 走第一步。",
    qCallback: "内核答复了。事件循环接下来调用什么？", qTurns: "这个 Future 刚刚有了结果。它的 Task 什么时候恢复状态机？",
    qTask: "接下来轮到哪个页面运行？", turnsAnswer: ["马上，就在 set_result 里面", "下一轮循环", "再下一轮循环"],
    fdCallback: (fd, e) => `fd ${fd} 的回调，因为它${e}了`, soonCallback: "已排入队列的回调",
    says: {
      call_fd: (v) => `[${v.k}|fd ${v.fd}] ${v.events}了，所以[loop|事件循环]调用为它注册的回调。`,
      call_soon: (v) => v.task ? `[loop|事件循环]调用[${v.k}|队列里]的回调，这是 [${v.task}|${v.taskName}] 在第 ${v.asked} 轮排进去的。` : `[loop|事件循环]调用[${v.k}|队列里]的回调，这是在第 ${v.asked} 轮排进去的。`,
      call_timer: (v) => `[${v.k}|定时器]到期了，所以[loop|事件循环]调用它的回调。`,
      call_task: (v) => `[${v.task}|${v.taskName}] 排在队列里，现在[loop|事件循环]来调用它。`,
      call: () => "[loop|事件循环]调用一个回调。",
      resumed: (v) => `[${v.task}|${v.taskName}] 恢复最里层的协程 [${v.object}|${v.name}]，让它从 ${v.place} 的 co_await 之后继续。`,
      starts: (v) => `[${v.task}|${v.taskName}] 启动最外层的协程 [${v.object}|${v.name}]。`,
      starts_awaited: (v) => `[${v.outer}|${v.outerName}] 用 co_await 等待 [${v.object}|${v.name}]，所以 ${v.name} 马上开始运行，不经过事件循环。`,
      goes_on: (v) => `[${v.inner}|${v.innerName}] 结束了，于是等着它的 [${v.object}|${v.name}] 从 ${v.place} 继续。`,
      outermost: (v) => `它结束时，没有协程在等它，所以 [${v.task}|${v.taskName}] 也就完成了。`,
      makes: (v) => `它创建了 ${v.tasks}，事件循环到下一轮才让${v.many ? "这些任务" : "这个任务"}走第一步。`,
      wakes: (v) => `这样就唤醒了 ${v.tasks}。`,
      why: (v) => `${v.name}不会马上恢复，所以${v.what}可以先返回，调用不会一层套一层，别的任务也轮得到。`,
      drops: (v) => `它请[loop|事件循环]通知驱动代码。`,
      watch: (v) => `${v.page}把 [${v.k}|fd ${v.fd}] 交给[loop|事件循环]看着，直到它${v.events}为止。`,
      set: (v) => `${v.caller ? `${v.caller} 用 ` : ""}set_result ${v.bytes || !v.writable ? `把 ${v.bytes} 字节放进 [${v.future}|${v.futureName}]` : `让 [${v.future}|${v.futureName}] 完成，里面没有值，因为 socket 只是可写了`}。${v.tells ? `Future 通知 [${v.task}|${v.taskName}]${v.quiet ? "。" : "，而 Task 请事件循环稍后调用它。"}` : ""}`,
      set_error: (v) => `set_exception 把一个错误放进 [${v.future}|${v.futureName}]。${v.tells ? `Future 通知 [${v.task}|${v.taskName}]。` : ""}`,
      resume: (v) => `${v.outer ? `[${v.outer}|${v.outerName}] ` : v.task ? `[${v.task}|${v.taskName}] ` : "调用者"}恢复状态机 [${v.object}|${v.name}]${v.state ? `，让它从 ${v.state} 继续` : ""}。${v.inner ? `这次调用一直传到里面的 ${v.inner}。` : ""}`,
      resume_error: (v) => `[${v.task}|${v.taskName}] 把一个错误抛进 [${v.object}|${v.name}]，就在它等待的地方。`,
      register: (v) => `${v.page}向[loop|事件循环]注册 [${v.k}|fd ${v.fd}]，请它在 fd ${v.fd} ${v.events}时调用回调。${v.future ? `结果会放进 [${v.future}|${v.futureName}]。` : ""}`,
      yield: (v) => `状态机交出 [${v.future}|${v.futureName}]，然后返回。现在 [${v.task}|${v.taskName}] 等着 Future 来通知。`,
      await: (v) => `这个 co_await 需要等待，所以 [${v.task}|${v.taskName}] 停在这里，它的协程帧都还在。`,
      return: (v) => `状态机返回了响应，所以 [${v.task}|${v.taskName}] 完成了。`,
      throw: (v) => `一个错误离开了 [${v.object}|${v.name}]。`,
      selected: (v) => `[loop|事件循环]问了内核，然后睡下。现在 ${v.ready}。`,
      selected_soon: (v) => `[loop|事件循环]问了内核，但是没有睡，因为队列里还有回调。现在 ${v.ready}。`,
      ready: (v) => `[${v.k}|fd ${v.fd}] ${v.events}`, and: "、",
      connect: (v) => `[${v.socket}|fd ${v.fd}] 开始连接，内核的答复是：${v.result}。`,
      finish_connect: (v) => `[${v.socket}|fd ${v.fd}] 的连接建立了。`,
      send: (v) => `[${v.socket}|fd ${v.fd}] ${v.connected ? "的连接建立了，接着" : ""}发出请求的 ${v.bytes} 字节。`,
      recv: (v) => `${v.page}从 [${v.socket}|fd ${v.fd}] 读到 ${v.bytes} 字节。`,
      recv_end: (v) => `服务器关闭了 [${v.socket}|fd ${v.fd}] 的连接，没有更多的字节可读了。`,
      again: (v) => `[${v.socket}|fd ${v.fd}] 还没有就绪，所以 ${v.op} 要再试一次。`,
      failed: (v) => `[${v.socket}|fd ${v.fd}] 上的 ${v.op} 失败了。`,
      blocks: (v) => `${v.page}在 [${v.socket}|fd ${v.fd}] 上调用 ${v.op}。在内核答复之前，线程一直停在这次调用里，别的什么都运行不了。`,
      blocking: (v) => `${v.page}在 [${v.socket}|fd ${v.fd}] 上调用 ${v.op}。`,
      stale: () => "Task 不理会这次唤醒，因为它等的已经不是那个 Future 了。",
      soon: (v) => `一个回调排进了[${v.k}|队列]。`, timer: (v) => `设了一个[${v.k}|定时器]。`, cancelled: () => "取消了原先的安排。",
      leave: (v) => v.threw ? "一个错误离开了这次调用。" : "这次调用返回了。", select: () => "[loop|事件循环]问内核，有什么就绪了。",
      unregister: (v) => `注销了 [${v.k}|fd ${v.fd}]。`, forget: (v) => `[loop|事件循环]不再等 fd ${v.fd}。`,
      made: (v) => `创建了 [${v.object}|${v.thing}]。`, gone: (v) => `[${v.object}|${v.thing}] 销毁了。`, ended: (v) => `[${v.object}|${v.thing}] 结束了。`,
      step: (v) => `[${v.task}|${v.taskName}] 走一步${v.error ? "，带着一个错误" : ""}。`, tell: (v) => `[${v.future}|${v.futureName}] 到时候会通知它的 Task。`,
      cancel: (v) => `取消 [${v.task}|${v.taskName}]。`, wake: (v) => `唤醒 [${v.task}|${v.taskName}]。`, due: (v) => `[${v.task}|${v.taskName}] 排进了[loop|事件循环]的队列。`,
      awaits: (v) => v.fd === undefined ? `[${v.object}|${v.thing}] 开始等待 ${v.awaits}。` : `${v.page}开始等 fd ${v.fd}。`,
      begin: (v) => `${v.page}开始：${v.url}。`,
      end: (v) => `${v.page}${v.ok ? "得到了响应" : "失败了"}。`,
      plain: (v) => v.words, turn: (v) => `第 ${v.turn} 轮循环开始了。`, over: "抓取到此结束。",
    },
  },
};
const RESULTS = {en: {"not yet": "not yet", done: "done", failed: "failed"}, zh: {"not yet": "现在还不行", done: "完成", failed: "失败"}};

/** Why a coroutine of stage 5 runs now: it starts, what it awaited has ended, or its Task was woken. */
function resumedOf(say, events, head, v, after) {
  const {object} = events[head];
  const coroutine = (role, id) => Object.assign(v, {[role]: `o${id}`, [`${role}Name`]: after.objects[id]?.name ?? "?"});
  const earlier = events.slice(0, head);
  const since = earlier.slice(earlier.findLastIndex((x) => x.kind === "call" || x.kind === "resumed") + 1);
  if (!earlier.some((x) => x.kind === "resumed" && x.object === object)) {
    const awaits = since.findLast((x) => x.kind === "awaits" && x.awaited === object);
    return awaits?.object ? say.starts_awaited(coroutine("outer", awaits.object)) : say.starts(v);
  }
  const ended = since.findLast((x) => x.kind === "ended" && x.parent === object);
  return ended ? say.goes_on(coroutine("inner", ended.object)) : say.resumed(v);
}

/** One sentence for a step, from the states before and after it. */
function sentenceOf(lang, events, step, before, after, quiet = false) {
  const w = WORDS[lang], e = events[step.head], v = {...e, quiet};
  const name = (id) => { const o = after.objects[id]; return o ? `${w.type[o.type]} ${o.number}` : "?"; };
  const key = (id) => `o${id}`;
  const taskHop = [...after.stack, ...before.stack].findLast((hop) => hop.event.task);
  const inStep = events.slice(step.from, step.to);
  v.page = w.page(e.attempt);
  if (!e.attempt) v.page = w.theDriver;
  v.events = w.events[e.events] ?? e.events;
  v.result = RESULTS[lang][e.result] ?? e.result;
  v.k = `k${e.ticket ?? (e.task !== undefined ? `t${e.task}` : `w${e.fd}`)}`;
  const place = e.by ?? e.at;
  if (place) v.place = `${baseName(place.file)}:${place.line}`;
  if (e.kind === "set") {
    v.caller = e.by?.function?.replace("operator()", "");
    if (v.caller === "resume") v.caller = lang === "en" ? "A lambda written in resume" : "写在 resume 里的 lambda";
    v.task = after.objects[e.future].told?.[0];
    v.tells = v.task !== undefined;
    v.writable = before.stack.findLast((hop) => hop.asked)?.asked.events === "writable";
  } else if (e.kind === "resume") {
    v.task = inStep.find((x) => x.kind === "step")?.task ?? taskHop?.event.task;
    // In stage 4 a machine resumes its child: `yield from`.
    const open = before.stack.map((hop) => hop.event);
    for (const x of inStep) {
      if (x === e) break;
      if (x.kind === "leave") open.pop();
      else if (["call", "set", "step", "resume"].includes(x.kind)) open.push(x);
    }
    const outer = open.at(-1);
    if (outer?.kind === "resume") Object.assign(v, {outer: key(outer.object), outerName: outer.name});
    const deeper = inStep.filter((x) => x.kind === "resume" && x.n > e.n);
    if (deeper.length) v.inner = deeper.map((x) => `[${key(x.object)}|${x.name}]`).join(lang === "en" ? ", " : "、");
  }
  if (v.task) Object.assign(v, {taskName: name(v.task), task: key(v.task)});
  const future = e.future ?? (e.kind === "register" ? inStep.find((x) => x.kind === "made" && x.type === "future")?.object : undefined);
  if (future) Object.assign(v, {future: key(future), futureName: name(future)});
  const thing = after.objects[e.object] ?? before.objects[e.object];
  v.awaits = after.objects[e.awaited]?.name ?? "…";
  if (thing) v.thing = thing.type === "machine" && thing.name ? thing.name : thing.type === "socket" && thing.fd ? `fd ${thing.fd}` : name(e.object);
  if (e.object) Object.assign(v, {socket: key(e.object), name: e.name ?? after.objects[e.object]?.name ?? "", object: key(e.object)});
  let words;
  const say = w.says;
  if (e.kind === "call") {
    const t = before.tickets[v.k.slice(1)] ?? after.stack.findLast((hop) => hop.n === e.n)?.asked;
    if (t) Object.assign(v, {fd: t.fd, events: w.events[before.ready[t.fd]?.events ?? t.events], asked: t.turn});
    if (t?.task && e.task === undefined) Object.assign(v, {task: key(t.task), taskName: name(t.task)});
    words = e.task && e.ticket === undefined ? say.call_task(v) : t ? (say[`call_${t.kind}`])(v) : e.task ? say.call_task(v) : say.call(v);
  } else if (e.kind === "selected") {
    const ready = inStep.filter((x) => x.kind === "ready").map((x) => {
      const t = Object.values(after.tickets).find(({fd}) => fd === x.fd);
      return say.ready({k: t ? `k${t.id}` : "loop", fd: x.fd, events: w.events[x.events] ?? x.events});
    });
    const asked = inStep.find((x) => x.kind === "select") ?? {};
    v.ready = ready.join(say.and) || "…";
    words = asked.timeout_ms === 0 ? say.selected_soon(v) : say.selected(v);
  } else if (e.kind === "set") words = e.error ? say.set_error(v) : say.set(v);
  else if (e.kind === "resumed") words = resumedOf(say, events, step.head, v, after);
  else if (e.kind === "resume") words = inStep.find((x) => x.kind === "step")?.error ? say.resume_error(v) : say.resume(v);
  else if (e.kind === "socket") {
    v.connected = inStep.some((x) => x.kind === "socket" && x.op === "finish_connect");
    words = e.result === "failed" ? say.failed(v)
      : e.result === "not yet" && e.op !== "connect" ? say.again(v)
      : e.op === "recv" && e.bytes === 0 ? say.recv_end(v) : (say[e.op] ?? say.blocking)(v);
  } else if (say[e.kind] && (e.kind !== "yield" || v.future)) words = say[e.kind](v);
  else words = say.plain({words: e.text ?? e.kind});
  // What a Task asks the loop for, and why it isn't simply resumed.
  const made = inStep.filter((x) => x.kind === "made" && x.type === "task" && x.n > e.n).map((x) => x.object);
  const due = inStep.filter((x) => x.kind === "due" && x.n >= e.n).map((x) => x.task);
  const named = (tasks) => tasks.map((id) => `[${key(id)}|${name(id)}]`).join(say.and);
  const woken = due.filter((id) => !made.includes(id));
  if (e.kind === "resumed" && made.length) words += say.makes({tasks: named(made), many: made.length > 1});
  if (woken.length && ["call", "resumed"].includes(e.kind)) words += say.wakes({tasks: named(woken)});
  if (woken.length && e.kind === "call") words += say.why({name: named(woken), what: lang === "en" ? "the callback" : "回调"});
  if (e.kind === "set" && v.tells && !quiet) words += say.why({name: lang === "en" ? "The machine" : "状态机", what: "set_result"});
  if (e.kind === "resumed" && inStep.some((x) => x.kind === "ended" && x.parent === null)) words += say.outermost(v);
  if (e.kind === "return" && inStep.some((x) => x.kind === "soon")) words += say.drops(v);
  if (step.to === events.length && !after.stack.length && !Object.keys(after.tickets).length) words += say.over;
  if (inStep.some((x) => x.kind === "turn") && e.kind !== "turn") words = say.turn({turn: e.turn}) + words;
  if (lang === "en") return words;
  // A space between Chinese and Latin.
  return words.replace(/([\u4e00-\u9fff])(\[\w+\|)?(?=[A-Za-z0-9])/g, (_, a, b) => `${a} ${b ?? ""}`).replace(/([A-Za-z0-9])(\])?(?=[\u4e00-\u9fff])/g, (_, a, b) => `${a}${b ?? ""} `);
}
