"""Teaches gdb the waiting styles of stages 3 to 5: which tasks there are, where each of them waits, and for what.

`./tutorial debug N` loads it. In gdb, `source docs/debugging/tutorial_gdb.py` does, too. docs/debugging.md shows it at work.

Everything is read from memory and no function of the program is called, so it works on a core file as well. Lists are
followed with suspicion, because the program is probably broken: each step notes where it has been, and what can't be
read is said in words.
"""

import functools
import re
import sys

import gdb
import gdb.printing

STAGE = re.compile(r"^(stage[345])::")
MOST = 100000  # no list of a crawl is longer; a longer one is damaged
WORD = 8


# ---- Memory and types --------------------------------------------------------------------------------------------


def word(address):
    """The pointer-sized number at `address`."""
    memory = gdb.selected_inferior().read_memory(address, WORD)
    return int.from_bytes(bytes(memory), sys.byteorder)


@functools.lru_cache(maxsize=None)
def type_named(name):
    return gdb.lookup_type(name)


def at(address, type_or_name):
    """The object of that type at `address`."""
    type_ = type_named(type_or_name) if isinstance(type_or_name, str) else type_or_name
    return gdb.Value(address).cast(type_.pointer()).dereference()


def address_of(value):
    return int(value.address)


def plain(type_):
    """The type without typedefs, const and references."""
    type_ = type_.strip_typedefs()
    if type_.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        type_ = type_.target().strip_typedefs()
    return type_.unqualified()


def is_struct(type_):
    return type_.code == gdb.TYPE_CODE_STRUCT


def field_names(type_):
    return [field.name for field in type_.fields()] if is_struct(type_) else []


def symbol_at(address):
    """The demangled name of the function or object that begins at `address`, or nothing."""
    if address == 0:
        return ""
    found = re.match(r"(.*) in section ", gdb.execute(f"info symbol {address}", to_string=True))
    return found[1] if found and not re.search(r" \+ \d+$", found[1]) else ""


def text_of(string, most=200):
    """The text of a std::string or a std::string_view, shortened."""
    if "_M_str" in field_names(plain(string.type)):
        start, length = int(string["_M_str"]), int(string["_M_len"])
    else:
        start, length = int(string["_M_dataplus"]["_M_p"]), int(string["_M_string_length"])
    shown = bytes(gdb.selected_inferior().read_memory(start, min(length, most))) if length else b""
    return shown.decode(errors="replace") + ("…" if length > most else "")


def c_string(pointer):
    return pointer.string(errors="replace") if int(pointer) else ""


def vector(value):
    start, finish = value["_M_impl"]["_M_start"], value["_M_impl"]["_M_finish"]
    count = int(finish - start)
    if not 0 <= count <= MOST:
        raise gdb.GdbError(f"The vector at {address_of(value):#x} is damaged: it seems to have {count} elements.")
    for i in range(count):
        yield (start + i).dereference()


def nodes(table):
    """The addresses of the key and the value of each entry of a std::unordered_map whose key is a number."""
    node = int(table["_M_h"]["_M_before_begin"]["_M_nxt"])
    seen = set()
    while node != 0:
        if node in seen or len(seen) == MOST:
            raise gdb.GdbError(f"The table at {address_of(table):#x} is damaged: it leads around in a circle.")
        seen.add(node)
        yield node + WORD, node + 2 * WORD
        node = word(node)


def held_by(pointer):
    """Where a std::unique_ptr or a std::shared_ptr leads. Both begin with that address."""
    return word(address_of(pointer))


def engaged(optional):
    """What is in a std::optional, or nothing."""
    payload = optional["_M_payload"]
    return payload["_M_payload"]["_M_value"] if int(payload["_M_engaged"]) == 1 else None


def word_of_enum(value):
    """`reading` for stage3::Fetch::reading."""
    number = int(value)
    for field in plain(value.type).fields():
        if field.enumval == number:
            return field.name.split("::")[-1]
    return f"{number}, which is no state"


def error_of(exception):
    """What a std::exception_ptr holds, such as "std::system_error: connect: Connection refused", or nothing."""
    thrown = int(exception["_M_exception_object"])
    if thrown == 0:
        return ""
    # Itanium's ABI: the type is named in the header, which stands in front of what was thrown.
    name = symbol_at(word(thrown - 16 * WORD)).replace("typeinfo for ", "") or "an error of an unknown type"
    if name in ("std::system_error", "std::runtime_error", "std::logic_error", "std::invalid_argument"):
        name += ": " + c_string(gdb.Value(word(thrown + WORD)).cast(type_named("char").pointer()))
    return name


class Callback:
    """A std::function<void()> without its type: the function in which it was written, and the first thing that it
    captured."""

    def __init__(self, address):
        self.owner, self.captured = "", 0
        name = symbol_at(word(address + 3 * WORD))
        found = re.match(r"std::_Function_handler<(.*)>::_M_invoke\(", name)
        if not found:
            return
        of_call, depth = found[1], 0
        for i, letter in enumerate(of_call):
            depth += (letter in "(<") - (letter in ")>")
            if letter == "," and depth == 0:
                self.owner = of_call[i + 2 :]
                break
        if "common::trace::carried" in self.owner:  # the trace has wrapped it, and captured it first
            inner = Callback(word(address))
            self.owner, self.captured = inner.owner, inner.captured
            return
        # A small closure is stored in place, another one elsewhere.
        self.in_place = word(address)
        self.captured = self.in_place
        if "::wait_for(" in self.owner:
            self.captured = word(self.in_place)

    @property
    def function(self):
        """`stage3::Fetch::resume` for a lambda in it."""
        name = self.owner.split("::{lambda")[0].split("::operator()")[0]
        name = name.replace("(anonymous namespace)::", "").replace("[abi:cxx11]", "")
        depth = 0
        for i, letter in enumerate(name):
            depth += (letter == "<") - (letter == ">")
            if letter == "(" and depth == 0:
                return name[:i]
        return name

    def __str__(self):
        return f"a callback of {self.function}" if self.function else "a callback of unknown origin"


# ---- Without gdb's own remarks -----------------------------------------------------------------------------------


class Quietly(gdb.Command):
    """gdb warns of each class of which it finds no description, such as one inside a function. That is of no interest
    here. What runs in a command whose output is caught can be rid of it, so this is a command."""

    def __init__(self):
        super().__init__("async-io-tutorial-quietly", gdb.COMMAND_OBSCURE)
        self.pending = []

    def call(self, function):
        """Returns what `function` returns or throws what it throws."""
        outcome = []
        self.pending.append((function, outcome))
        gdb.execute("async-io-tutorial-quietly", to_string=True)
        result, error = outcome[0]
        if error is not None:
            raise error
        return result

    def invoke(self, _argument, _from_tty):
        if not self.pending:
            return
        function, outcome = self.pending.pop()
        try:
            outcome.append((function(), None))
        except Exception as error:  # pylint: disable=broad-except
            outcome.append((None, error))


quietly = Quietly()


# ---- Where a loop is ---------------------------------------------------------------------------------------------


class Loop:
    def __init__(self, value, thread=None, state=""):
        self.value, self.thread, self.state = value, thread, state
        self.address = address_of(value)
        self.stage = STAGE.match(plain(value.type).name)[1]
        self.roots = []  # variables of the functions around it

    def is_sound(self):
        try:
            selector = at(held_by(self.value["selector_"]), "common::Selector")
            return "Selector" in str(selector.dynamic_type) and str(selector.dynamic_type) != "common::Selector"
        except gdb.error:
            return False


def is_loop(type_):
    return bool(re.fullmatch(r"stage[345]::EventLoop", type_.name or ""))


def frames_of(thread):
    thread.switch()
    frame = gdb.newest_frame()
    for _ in range(MOST):
        if frame is None:
            return
        yield frame
        try:
            frame = frame.older()
        except gdb.error:  # the stack is damaged from here on
            return


def variables(frame):
    """The local variables and parameters of a function that can be read, `this` included."""
    try:
        block = frame.block()
    except RuntimeError:  # no debug information
        return
    while block is not None:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                try:
                    yield symbol.name, symbol.value(frame)
                except (gdb.error, TypeError):
                    continue
        if block.function is not None:
            return
        block = block.superblock


def referenced(value):
    """The object itself, of a reference or a pointer to one; or nothing."""
    type_ = value.type.strip_typedefs()
    try:
        if type_.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            return value.referenced_value()
        if type_.code == gdb.TYPE_CODE_PTR:
            return value.dereference() if int(value) else None
        return value
    except gdb.error:
        return None


def loop_in(value):
    """The loop that a variable is, refers to, or has as its `loop_`."""
    value = referenced(value)
    if value is None or not is_struct(plain(value.type)):
        return None
    if is_loop(plain(value.type)):
        return value
    if "loop_" in field_names(plain(value.type)):
        value = referenced(value["loop_"])
        return value if value is not None and is_loop(plain(value.type)) else None
    return None


def doing(frame, inner):
    if inner is not None and "Selector::select" in (inner.name() or ""):
        return "asks the selector what is ready"
    return "runs something"


def loops_of(thread):
    """The loops that a thread's functions know, the innermost first."""
    found, hidden = {}, False
    inner = None
    frames = list(frames_of(thread))
    for frame in frames:
        name = frame.name() or ""
        if re.fullmatch(r"stage[345]::EventLoop::run(\(\))?", name):
            try:
                loop = Loop(frame.read_var("this").dereference(), thread, doing(frame, inner))
                if loop.is_sound():
                    found.setdefault(loop.address, loop)
                else:
                    hidden = True
            except (ValueError, gdb.error):
                hidden = True
        inner = frame
    for frame in frames:
        for _, value in variables(frame):
            try:
                known = loop_in(value)
                if known is not None and not known.is_optimized_out:
                    loop = Loop(known, thread, "isn't running")
                    if loop.address not in found and loop.is_sound():
                        found[loop.address] = loop
            except gdb.error:
                continue
    for loop in found.values():
        loop.roots = [value for frame in frames for _, value in variables(frame)]
    return list(found.values()), hidden


class Selected:
    """Leaves the thread and the function as they were."""

    def __enter__(self):
        self.thread = gdb.selected_thread()
        try:
            self.frame = gdb.selected_frame()
        except gdb.error:
            self.frame = None

    def __exit__(self, *_):
        if self.thread is not None and self.thread.is_valid():
            self.thread.switch()
        if self.frame is not None and self.frame.is_valid():
            self.frame.select()


def all_loops(expression=""):
    if not gdb.selected_inferior().threads():
        raise gdb.GdbError("There is nothing to look at yet: start the program with `run`, attach to a process, or load"
                           " a core file.")
    named = None
    if expression:
        named = loop_in(gdb.parse_and_eval(expression))
        if named is None:
            raise gdb.GdbError(f"{expression} isn't an event loop of stages 3 to 5, and has none.")
    found, hidden = [], False
    with Selected():
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            loops, optimised = loops_of(thread)
            found += loops
            hidden = hidden or optimised
    if named is not None:
        return [loop for loop in found if loop.address == address_of(named)] or [Loop(named)]
    if found:
        return found
    if hidden:
        raise gdb.GdbError("An event loop is running, but gdb can't find it: the program was optimised. Use the debug"
                           " build (preset dev).")
    for stage in ("stage3", "stage4", "stage5"):
        try:
            gdb.lookup_type(f"{stage}::EventLoop")
        except gdb.error:
            continue
        raise gdb.GdbError("No function that is running knows an event loop: the crawl hasn't begun, or it is over.")
    raise gdb.GdbError("gdb knows no event loop of stages 3 to 5 here. Either this is another program, or it was built"
                       " without debug information: use the debug build (preset dev).")


# ---- Stage 5: tasks and coroutines -------------------------------------------------------------------------------


def short_name(function):
    """As common::trace::short_name does."""
    _, anonymous, rest = function.partition("(anonymous namespace)::")
    return re.split("[: ]", (rest if anonymous else function).split("(")[0])[-1]


class Promise:
    """A coroutine, known by its PromiseBase."""

    def __init__(self, value):
        self.value, self.address = value, address_of(value)
        self.frame = int(value["handle"]["_M_fr_ptr"])

    def place(self):
        """As common::trace::Place prints it. A std::source_location leads to what the compiler wrote."""
        where = self.value["where"]["_M_impl"]
        if int(where) == 0:
            return " at :0"
        file = c_string(where["_M_file_name"]).split("/")[-1]
        return f"{short_name(c_string(where['_M_function_name']))} at {file}:{int(where['_M_line'])}"

    def frame_type(self):
        """What the compiler tells of the frame, or nothing. It is the type of what its functions are given."""
        for function in (word(self.frame), word(self.frame + WORD)):
            block = gdb.block_for_pc(function) if symbol_at(function) else None
            for symbol in block if block is not None else ():
                if symbol.name == "frame_ptr" and symbol.type.target().fields():
                    return symbol.type.target()
        return None

    def fate(self, innermost=True):
        """What is wrong with the frame, or nothing. It begins with the address of the function that resumes the
        coroutine, which is 0 once that has ended, and with that of the function that destroys it. Memory that was given
        back keeps most of what was in it, and GCC makes an odd number of its state before it destroys a frame."""
        if not 0 < self.address - self.frame <= 8 * WORD:
            return "its frame was destroyed"
        resume, destroy = word(self.frame), word(self.frame + WORD)
        if not symbol_at(destroy) or resume and not symbol_at(resume):
            return "its frame was destroyed"
        type_ = self.frame_type()
        if type_ is not None and "_Coro_resume_index" in field_names(type_):
            if int(at(self.frame, type_)["_Coro_resume_index"]) % 2 == 1:
                return "its frame was destroyed"
        if resume:
            return ""
        # One that awaits another can't have ended.
        return "it has ended" if innermost else "its frame was destroyed"

    def wait_for(self, task):
        """The address of the wait in the frame that belongs to `task`, or nothing. A wait is three words: the link
        after it, the link before it, the task. Both links lead back, which nothing else in a frame does."""
        for address in range(self.frame + 2 * WORD, self.frame + 4096, WORD):
            try:
                if word(address + 2 * WORD) != task or word(address + WORD) == 0:
                    continue
                after, before = word(address), word(address + WORD)
                if word(after + WORD) == address and word(before) == address:
                    return address
            except gdb.MemoryError:
                continue
        return None


class Stage5Task:
    def __init__(self, value, loop=None):
        self.value, self.address, self.loop = value, address_of(value), loop

    def name(self):
        return text_of(self.value["name_"], MOST)

    def done(self):
        return int(self.value["state_"]) != 0

    def innermost(self):
        pointer = self.value["innermost_"]
        return Promise(pointer.dereference()) if int(pointer) else None

    def outermost_first(self):
        """The chain of coroutines, and what is wrong with it, if anything."""
        chain, seen = [], set()
        pointer = self.value["innermost_"]
        try:
            while int(pointer) != 0:
                if int(pointer) in seen or len(seen) == MOST:
                    return chain[::-1], "the chain leads around in a circle from here"
                seen.add(int(pointer))
                chain.append(Promise(pointer.dereference()))
                pointer = pointer.dereference()["parent"]
        except gdb.MemoryError:
            return chain[::-1], f"what awaits the next one, at {int(pointer):#x}, can't be read"
        return chain[::-1], ""

    def state(self):
        """As AwaitTree::state in await_tree.cpp."""
        number = int(self.value["state_"])
        if number == 2:
            return "cancelled"
        if number == 1:
            return "done"
        if number != 0:
            return f"in state {number}, which doesn't exist: it is damaged or was destroyed"
        if int(self.value["innermost_"]) == 0:
            return "going"
        state = "pending"
        if int(self.value["step_id_"]) != 0:
            state += ", due"
        if int(self.value["cancelling_"]) > 0:
            state += ", asked to cancel"
        return state

    def parent(self):
        """The address of the task to whose group it belongs, or 0. A function of the task's own class tells that to the
        program; here, the members of that class do."""
        try:
            child = self.value.cast(self.value.dynamic_type)
            if "group_" in field_names(child.type):
                return address_of(child["group_"].referenced_value()["parent_"].referenced_value())
            if "parent_" in field_names(child.type):
                return address_of(child["parent_"].referenced_value())
        except gdb.error:
            pass
        return 0

    def waits_for(self):
        """What it waits for, in words, and the address of the Future, if it is one."""
        awaits = int(self.value["awaits_"])
        if awaits:
            return f"the task {Stage5Task(at(awaits, 'stage5::TaskBase')).name()}", 0
        innermost = self.innermost()
        if self.done() or innermost is None or innermost.fate():
            return "", 0
        wait = innermost.wait_for(self.address)
        if wait is None:
            return "", 0
        following = word(wait + 3 * WORD)
        if self.loop is None:
            return "", 0
        if following in self.loop.fd_of_socket:
            events = int(at(wait + 4 * WORD, "unsigned int"))
            return f"fd {self.loop.fd_of_socket[following]}, {name_of_events(events)}", 0
        # What refers to the list's owner stands behind the wait; the list is in the owner.
        ends = end_of_ring(wait, self.loop.task_addresses)
        if ends is not None and following < ends < following + type_named("stage5::Future<void>").sizeof:
            return f"the {future_type(innermost, following)} at {following:#x}", following
        return f"the WaitList at {ends or word(wait):#x}", 0


def future_type(promise, address):
    """`Future<int>`, of the Future at `address` that a coroutine awaits. `Future`, if the frame's type doesn't tell."""
    try:
        type_ = promise.frame_type()
        for field in type_.fields() if type_ is not None else ():
            if "future" in field_names(field.type):
                future = at(promise.frame + field.bitpos // 8, field.type)["future"]
                if address_of(future.referenced_value()) == address:
                    return plain(future.type).name.split("::", 1)[1]
    except gdb.error:
        pass
    return "Future"


def ring(ends):
    """The addresses of the waits of the WaitList whose own link is at `ends`."""
    seen, link = set(), word(ends)
    while link != ends:
        if link in seen or len(seen) == MOST:
            raise gdb.GdbError(f"The WaitList at {ends:#x} is damaged: it never comes back to its beginning.")
        seen.add(link)
        yield link
        link = word(link)


def end_of_ring(wait, tasks):
    """The own link of the list in which a wait stands: the one behind which no task's address stands."""
    link, seen = word(wait), {wait}
    while link not in seen:
        if word(link + 2 * WORD) not in tasks:
            return link
        seen.add(link)
        link = word(link)
    return None


class AwaitTree:
    """A twin of AwaitTree in await_tree.cpp: it prints the same, from memory."""

    longest_chain = 40
    deepest = 20

    def __init__(self, tasks):
        self.tasks, self.waits_for, self.waited_for = tasks, {}, set()
        self.told, self.later, self.depth, self.lines = set(), [], 0, []
        known = {task.address: task for task in tasks}
        for task in tasks:
            awaited = known.get(int(task.value["awaits_"]))
            if task.parent() in known:
                self.add(task.parent(), task)
            if awaited is not None and awaited.parent() != task.address:
                self.add(task.address, awaited)

    def add(self, waiting, task):
        self.waits_for.setdefault(waiting, []).append(task)
        self.waited_for.add(task.address)

    def text(self):
        self.tell_all([task for task in self.tasks if task.address not in self.waited_for], "")
        self.tell_later_ones()
        for task in self.tasks:
            if task.address not in self.told:
                self.tell(task, "", "└── ", "    ")
            self.tell_later_ones()
        return "".join(line + "\n" for line in self.lines)

    def tell_later_ones(self):
        for task in self.later:  # which may grow meanwhile
            if task.address not in self.told:
                self.tell(task, "", "└── ", "    ")
        self.later = []

    def tell_all(self, tasks, indent):
        for task in tasks:
            if task is not tasks[-1]:
                self.tell(task, indent, "├── ", "│   ")
            else:
                self.tell(task, indent, "└── ", "    ")

    def tell(self, task, indent, branch, below):
        line = f"{indent}{branch}(T) {task.name()}, {task.state()}"
        if task.address in self.told:
            self.lines.append(line + ", see above")
            return
        awaited = self.waits_for.get(task.address)
        if self.depth == self.deepest and awaited:
            self.lines.append(line + ", see below")
            self.later.append(task)
            return
        self.told.add(task.address)
        self.lines.append(line)
        indent = self.tell_chain(task, indent + below)
        if awaited:
            self.depth += 1
            self.tell_all(awaited, indent)
            self.depth -= 1

    def tell_chain(self, task, indent):
        chain, fault = task.outermost_first()
        if fault:
            self.lines.append(f"{indent}└── … {fault}")
            indent += "    "
        left_out = max(0, len(chain) - self.longest_chain)
        for i, promise in enumerate(chain):
            if not self.longest_chain // 2 < i < self.longest_chain // 2 + left_out:
                if left_out and i == self.longest_chain // 2:
                    self.lines.append(f"{indent}└── … {left_out} more")
                else:
                    self.lines.append(f"{indent}└── {self.coroutine(task, promise)}")
                indent += "    "
        return indent

    @staticmethod
    def coroutine(task, promise):
        fate = promise.fate(promise.address == int(task.value["innermost_"]))
        return promise.place() + (f": {fate}" if fate else "")


# ---- Stages 3 and 4: machines ------------------------------------------------------------------------------------


class Machine:
    """An object with a `state_`, and perhaps with another one inside it."""

    def __init__(self, value):
        self.value, self.address = value, address_of(value)
        self.name = plain(value.type).name.split("::")[-1]

    @staticmethod
    def is_one(type_):
        names = field_names(type_)
        return "state_" in names and bool(STAGE.match(type_.name or ""))

    def state(self):
        return word_of_enum(self.value["state_"])

    def __str__(self):
        # While one runs, its state says that it has finished, in case that it does.
        state = f"{self.name} at {self.state()}" if self.state() != "finished" else f"{self.name}, running or finished"
        if "attempt_" in field_names(plain(self.value.type)):
            state += f", {text_of(self.value['attempt_']['url'])}"
        return state

    def child(self):
        """The machine inside it that hasn't finished, or nothing."""
        for field in reversed(plain(self.value.type).fields()):
            if (plain(field.type).name or "").startswith("std::optional<stage"):
                inner = engaged(self.value[field.name])
                if inner is not None and self.is_one(plain(inner.type)) and Machine(inner).state() != "finished":
                    return Machine(inner)
        return None

    def chain(self):
        machine = self
        while machine is not None:
            yield machine
            machine = machine.child()

    def future(self):
        """The address of the Future that it has made, or 0."""
        return held_by(self.value["future_"]) if "future_" in field_names(plain(self.value.type)) else 0


class MachineTask:
    """A Task of stages 3 and 4."""

    def __init__(self, value):
        self.value, self.address = value, address_of(value)
        self.stage = STAGE.match(plain(value.type).name)[1]

    def name(self):
        return f"Task {self.address:#x}"

    def done(self):
        return held_by(self.value["machine_"]) == 0

    def state(self):
        if self.done():
            return "done"
        return "pending" if self.waiting_on() else "running"

    def machine(self):
        """None if it is done, or if its machine has no state."""
        if self.done():
            return None
        value = at(held_by(self.value["machine_"]), plain(self.value.type).template_argument(0))
        return Machine(value) if Machine.is_one(plain(value.type)) else None

    def waiting_on(self):
        return held_by(self.value["waiting_on_"])

    def order(self):
        machine = self.machine()
        if machine is not None and "attempt_" in field_names(plain(machine.value.type)):
            return int(machine.value["attempt_"]["id"])
        return MOST

    def tell(self, indent, below, lines, branch):
        lines.append(f"{indent}{branch}(T) {self.name()}, {self.state()}")
        indent += below
        machine = self.machine()
        for each in machine.chain() if machine is not None else []:
            lines.append(f"{indent}└── {each}")
            indent += "    "
        if not self.done() and self.waiting_on():
            lines.append(f"{indent}└── {future_in_words(self.stage, self.waiting_on())}")


def future_in_words(stage, address):
    future = at(address, f"{stage}::Future")
    done = int(future["done_"])
    if done not in (0, 1):
        return f"Future {address:#x}, which is damaged or was destroyed"
    if not done:
        count = sum(1 for _ in vector(future["callbacks_"]))
        return f"Future {address:#x}, pending" + ("" if count else ", and nobody is told when it is done")
    return f"Future {address:#x}, done with {sent_in_words(future['outcome_'])}"


def sent_in_words(sent):
    error = error_of(sent["error"])
    if error:
        return f"the error {error}"
    length = int(sent["value"]["_M_string_length"])
    return f"a value of {length} bytes" if length else "the empty value"


class Finder:
    """Looks for Tasks and Futures in the variables around a loop, and in what the loop has been given."""

    def __init__(self, loop):
        self.loop, self.tasks, self.futures, self.seen = loop, {}, {}, set()
        for value in loop.roots:
            value = referenced(value)
            if value is not None:
                self.walk(value)
        for callback in loop.callbacks():
            self.look_into(callback)
        for task in list(self.tasks.values()):
            self.add_future(task.waiting_on())
            machine = task.machine()
            for each in machine.chain() if machine is not None else []:
                self.add_future(each.future())

    def in_order(self):
        return sorted(self.tasks.values(), key=MachineTask.order)

    def add_task(self, value):
        try:
            if address_of(referenced(value["loop_"])) == self.loop.address:
                self.tasks.setdefault(address_of(value), MachineTask(value))
        except gdb.error:
            pass  # memory that isn't a Task yet, or any more

    def add_future(self, address):
        if address and address not in self.futures:
            self.futures[address] = at(address, f"{self.loop.stage}::Future")

    def look_into(self, callback):
        """A Task leaves a callback with the loop or with a Future; a machine leaves one with the loop."""
        owner = callback.function.rsplit("::", 1)[0]
        if not STAGE.match(owner) or not callback.captured:
            return
        try:
            value = at(callback.captured, owner)
            if owner.startswith(f"{self.loop.stage}::Task<"):
                self.add_task(value)
            elif Machine.is_one(value.type) and Machine(value).future():
                self.add_future(Machine(value).future())
                future = at(Machine(value).future(), f"{self.loop.stage}::Future")
                for told in vector(future["callbacks_"]):
                    self.look_into(Callback(address_of(told)))
        except gdb.error:
            pass

    def walk(self, value, depth=0):
        """Follows members, owners and containers whose type speaks of the stage."""
        type_ = plain(value.type)
        name = type_.name or ""
        if depth > 6 or not is_struct(type_) or self.loop.stage not in name + str(type_):
            return
        try:
            if (address_of(value), name) in self.seen:
                return
            self.seen.add((address_of(value), name))
            if name.startswith(f"{self.loop.stage}::Task<"):
                self.add_task(value)
            elif name.startswith("std::unique_ptr<"):
                if held_by(value):
                    self.walk(at(held_by(value), type_.template_argument(0)), depth + 1)
            elif name.startswith("std::shared_ptr<"):
                if name == f"std::shared_ptr<{self.loop.stage}::Future>" and value.address is not None:
                    self.add_future_if_sound(held_by(value))
            elif name.startswith("std::vector<"):
                for each in vector(value):
                    self.walk(each, depth + 1)
            elif name.startswith("std::unordered_map<"):
                for _, inside in nodes(value):
                    self.walk(at(inside, type_.template_argument(1)), depth + 1)
            elif name.startswith("std::optional<"):
                inside = engaged(value)
                if inside is not None:
                    self.walk(inside, depth + 1)
            elif not name.startswith("std::") and not is_loop(type_):
                for field in type_.fields():
                    if hasattr(field, "bitpos") and not field.is_base_class and field.name:
                        self.walk(value[field.name], depth + 1)
        except (gdb.error, gdb.GdbError, RuntimeError):
            pass  # a variable that isn't made yet holds anything

    def add_future_if_sound(self, address):
        if address and int(at(address, f"{self.loop.stage}::Future")["done_"]) in (0, 1) and word(address + WORD):
            self.add_future(address)


# ---- What a loop knows -------------------------------------------------------------------------------------------


def name_of_events(events):
    """As common::name_of does, for what is asked for."""
    return {1: "readable", 2: "writable"}.get(events & 3, "readable or writable")


class LoopView(Loop):
    @functools.cached_property
    def fd_of_socket(self):
        return {socket: fd for fd, socket in self.sockets()}

    @functools.cached_property
    def task_addresses(self):
        return {task.address for task in self.tasks()}

    def sockets(self):
        """(descriptor, address of its Socket) of all that stage 5 watches."""
        if self.stage != "stage5":
            return
        for fd, watched in enumerate(vector(self.value["watched_"])):
            if int(watched["id"]) != 0:
                # The Socket begins with the Watcher.
                yield fd, int(watched["watcher"])

    def tasks(self):
        """Of stage 5, the oldest first."""
        tasks, seen = [], set()
        pointer = self.value["tasks_"]
        try:
            while int(pointer) != 0:
                if int(pointer) in seen or len(seen) == MOST:
                    say("The loop's list of tasks is damaged: it leads around in a circle. These are those it names.\n")
                    break
                seen.add(int(pointer))
                task = Stage5Task(pointer.dereference(), self)
                following = task.value["older_"]
                task.value.fetch_lazy()
                tasks.append(task)
                pointer = following
                int(pointer)
        except gdb.MemoryError:
            say(f"The loop's list of tasks is damaged: there is no task at {int(pointer):#x}. These come before it.\n")
            tasks = [task for task in tasks if task.address != int(pointer)]
        return tasks[::-1]

    def ids(self):
        """(descriptor, row) of all that the selector has registered."""
        selector = at(held_by(self.value["selector_"]), "common::Selector")
        selector = selector.cast(selector.dynamic_type)
        for fd, row in enumerate(vector(selector["registrations_"]["rows_"])):
            if int(row["id"]) != 0:
                yield fd, row

    def registered(self):
        """{id: callback}"""
        return {word(key): Callback(word(value)) for key, value in nodes(self.value["callbacks_"])}

    def soon(self):
        """What is due: callbacks, and tasks in stage 5."""
        if self.stage != "stage5":
            return [Callback(address_of(each)) for each in vector(self.value["soon_"])]
        due = []
        for queue in ("turn_", "next_"):
            for entry in vector(self.value["soon_"][queue]):
                if int(entry["task"]) != 0:
                    due.append(Stage5Task(entry["task"].dereference(), self))
                elif held_by(entry["callback"]) != 0:
                    due.append(Callback(held_by(entry["callback"])))
        return due

    def timers(self):
        """(nanoseconds after the loop last asked its selector, callback), the earliest first."""
        slots = list(vector(self.value["timers_"]["slots_"]))
        asked = nanoseconds(self.value["asked_"])
        timers = [(nanoseconds(entry["when"]), Callback(address_of(slots[int(entry["slot"])]["callback"])))
                  for entry in vector(self.value["timers_"]["heap_"]) if int(entry["slot"]) < len(slots)]
        began = asked > -(2 ** 63)
        return [(when - asked if began else None, callback) for when, callback in sorted(timers, key=lambda t: t[0])]

    def callbacks(self):
        yield from self.registered().values()
        yield from (each for each in self.soon() if isinstance(each, Callback))
        yield from (callback for _, callback in self.timers())

    def finder(self):
        return Finder(self)

    def owner_of(self, callback):
        """The machine that a callback wakes, in words, or the function that it was written in."""
        owner = callback.function.rsplit("::", 1)[0]
        if STAGE.match(owner) and callback.captured:
            try:
                value = at(callback.captured, owner)
                if Machine.is_one(value.type) and address_of(referenced(value["loop_"])) == self.address:
                    return f"{Machine(value)}, by a callback of {callback.function}"
                if owner.startswith(f"{self.stage}::Task<"):
                    return f"{MachineTask(value).name()}, to be stepped"
            except gdb.error:
                pass
        return str(callback)


def nanoseconds(time_point):
    return int(time_point["__d"]["__r"])


def views(expression):
    loops = all_loops(expression)
    for loop in loops:
        loop.__class__ = LoopView
        if len(loops) > 1:
            where = f", thread {loop.thread.num}" if loop.thread else ""
            say(f"{loop.stage}::EventLoop {loop.address:#x}{where}:\n")
        yield loop


def say(text):
    """Prints for the reader, at the end of a command."""
    said.append(text)


said = []


# ---- The commands ------------------------------------------------------------------------------------------------


class Command(gdb.Command):
    """What goes wrong is said in words, and never as a traceback."""

    def __init__(self):
        super().__init__(self.word, self.kind)

    def invoke(self, argument, _from_tty):
        try:
            type_named.cache_clear()  # the program may be another one by now
            said.clear()
            try:
                quietly.call(lambda: self.run(argument.strip()))
            finally:
                gdb.write("".join(said))
        except gdb.GdbError:
            raise
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"This part of the program's memory can't be read ({error}). A pointer is damaged, or the"
                               " core file doesn't have it.")
        except gdb.error as error:
            raise gdb.GdbError(f"gdb can't find what it needs here: {error}. Use the debug build (preset dev), and the"
                               " same one that made the core file.")
        except Exception as error:  # pylint: disable=broad-except
            raise gdb.GdbError(f"This script doesn't understand what it sees ({type(error).__name__}: {error}).")


class AwaitTreeCommand(Command):
    """Print each task, what it awaits, and where: the tree that SIGUSR1 prints in stage 5.
Usage: await-tree [LOOP]
Nothing runs in the program. LOOP is an expression; without it, all loops are looked for."""

    word, kind = "await-tree", gdb.COMMAND_DATA

    def run(self, argument):
        for loop in views(argument):
            if loop.stage == "stage5":
                say(AwaitTree(loop.tasks()).text())
                continue
            lines = []
            tasks = loop.finder().in_order()
            for task in tasks:
                last = task is tasks[-1]
                task.tell("", "    " if last else "│   ", lines, "└── " if last else "├── ")
            say("".join(line + "\n" for line in lines) or "There are no tasks.\n")


class TasksCommand(Command):
    """List the tasks, a line each: state, innermost coroutine or machine, and what it waits for.
Usage: tasks [LOOP]"""

    word, kind = "tasks", gdb.COMMAND_DATA

    def run(self, argument):
        for loop in views(argument):
            told = 0
            for task in loop.tasks() if loop.stage == "stage5" else loop.finder().in_order():
                told += 1
                say(self.line(loop, task) + "\n")
            if told == 0:
                say("There are no tasks.\n")

    @staticmethod
    def line(loop, task):
        line = f"{task.name()}, {task.state()}"
        if loop.stage == "stage5":
            innermost = task.innermost()
            if innermost is not None:
                line += f": {AwaitTree.coroutine(task, innermost)}"
            what = task.waits_for()[0]
        else:
            machine = task.machine()
            if machine is not None:
                line += ": " + " ← ".join(map(str, machine.chain()))
            what = f"Future {task.waiting_on():#x}" if not task.done() and task.waiting_on() else ""
        return line + (f", waits for {what}" if what else "")


class FuturesCommand(Command):
    """List the Futures that the tasks wait for or the machines have made, and who waits for each.
Usage: futures [LOOP]
A Future of stage 5 that no task waits for isn't known to the loop and isn't listed."""

    word, kind = "futures", gdb.COMMAND_DATA

    def run(self, argument):
        for loop in views(argument):
            lines = list(self.of_stage5(loop) if loop.stage == "stage5" else self.of_machines(loop))
            say("".join(line + "\n" for line in lines) or "No task waits for a Future.\n")

    @staticmethod
    def of_stage5(loop):
        waiting = {}  # the words of each Future, and the names of its tasks
        for task in loop.tasks():
            what, future = task.waits_for()
            if future:
                words, names = waiting.setdefault(future, [what, []])
                names.append(task.name())
                if "<" not in words:
                    waiting[future][0] = what  # this one's frame may tell the type
        for future, (what, names) in waiting.items():
            done = "done" if int(at(future + WORD, "bool")) else "pending"
            yield f"{what.removeprefix('the ').replace(' at', '')}, {done}: {', '.join(names)} waits for it"

    @staticmethod
    def of_machines(loop):
        finder = loop.finder()
        waiting = {task.waiting_on(): task for task in finder.in_order() if not task.done()}
        order = [address for address in waiting if address] + [each for each in finder.futures if each not in waiting]
        for address in order:
            line = future_in_words(loop.stage, address)
            yield line + (f": {waiting[address].name()} waits for it" if address in waiting else ": no task waits for it")


class LoopCommand(Command):
    """Show what a loop has to do: what is due, which timers, and who waits for which descriptor.
Usage: loop [LOOP]"""

    word, kind = "loop", gdb.COMMAND_DATA

    def run(self, argument):
        for loop in views(argument):
            where = f" in thread {loop.thread.num}" if loop.thread else ""
            say(f"{loop.stage}::EventLoop {loop.address:#x}{where}" + (f", which {loop.state}" if loop.state else "") + "\n")
            self.section("due", (self.due(loop, each) for each in loop.soon()))
            self.section("timers, counted from when it last asked the selector",
                         (f"{self.delay(when)}: {loop.owner_of(callback)}" for when, callback in loop.timers()))
            self.section("descriptors", self.descriptors(loop))

    @staticmethod
    def section(title, lines):
        lines = list(lines)
        say(f"{title}:{'' if lines else ' none'}\n" + "".join(f"  {line}\n" for line in lines))

    @staticmethod
    def due(loop, each):
        return loop.owner_of(each) if isinstance(each, Callback) else f"the task {each.name()}"

    @staticmethod
    def delay(when):
        return "not asked yet" if when is None else f"{when / 1e9:.3f} s"

    @staticmethod
    def descriptors(loop):
        registered, sockets = loop.registered(), dict(loop.sockets())
        for fd, row in loop.ids():
            events = name_of_events(int(row["events"]))
            if int(row["id"]) in registered:
                yield f"fd {fd}, {events}: {loop.owner_of(registered[int(row['id'])])}"
            elif fd in sockets:
                socket = at(sockets[fd], "stage5::Socket")
                waits = list(ring(address_of(socket["waiting_"]["ends_"])))
                names = [Stage5Task(at(word(wait + 2 * WORD), "stage5::TaskBase")).name() for wait in waits]
                asked = [name_of_events(int(at(wait + 4 * WORD, "unsigned int"))) for wait in waits]
                yield (f"fd {fd}, " + (", ".join(f"{a}: the task {n}" for a, n in zip(asked, names)) or
                                       "watched: no task waits for it now"))
            else:
                yield f"fd {fd}, {events}: the loop has no callback for it"


class BreakState(Command):
    """Break where a machine of stages 3 and 4 is resumed in a state.
Usage: break-state MACHINE STATE
For example: break-state Fetch reading"""

    word, kind = "break-state", gdb.COMMAND_BREAKPOINTS

    def run(self, argument):
        if len(argument.split()) != 2:
            raise gdb.GdbError("Name a machine and one of its states: break-state Fetch reading")
        machine, state = argument.split()
        set_one = False
        for stage in ("stage3", "stage4"):
            try:
                type_ = type_named(machine if "::" in machine else f"{stage}::{machine}")
            except gdb.error:
                continue
            if not Machine.is_one(type_) or "::" in machine and not machine.startswith(stage):
                continue
            field = next(field for field in type_.fields() if field.name == "state_")
            states = {each.name.split("::")[-1]: each.enumval for each in plain(field.type).fields()}
            if state not in states:
                raise gdb.GdbError(f"{type_.name} has no state {state}. Its states are {', '.join(states)}.")
            point = gdb.Breakpoint(f"{type_.name}::resume")
            point.condition = f"this->state_ == {states[state]}"
            say(f"Breakpoint {point.number}: {type_.name} is resumed at {state}\n")
            set_one = True
        if not set_one:
            raise gdb.GdbError(f"This program has no machine {machine}. A machine is a class of stage 3 or 4 with a"
                               " state, such as Fetch.")


class PartOfCoroutine(gdb.Breakpoint):
    """Stops in one of the parts that the compiler makes of a coroutine. gdb finds all of them by the coroutine's name."""

    def __init__(self, function, clone):
        super().__init__(function)
        self.clone = clone

    def stop(self):
        frame = gdb.selected_frame()
        if not re.search(self.clone, symbol_at(function_start(frame.pc()))):
            return False
        if "destroy" in self.clone:
            return True
        try:
            # GCC enters the same function to make the frame, with 0, and to destroy it, with an odd number.
            index = int(frame.read_var("frame_ptr").dereference()["_Coro_resume_index"])
            return index != 0 and index % 2 == 0
        except (ValueError, gdb.error):
            return True


def function_start(pc):
    """Where the function around an address begins, or 0."""
    block = gdb.block_for_pc(pc)
    while block is not None and block.function is None:
        block = block.superblock
    return block.start if block is not None else 0


class BreakCoroutine(Command):
    """Shared by the two below."""

    def run(self, argument):
        if not re.fullmatch(r"[\w:]+", argument):
            raise gdb.GdbError(f"Name one coroutine, without its parameters: {self.word} read")
        try:
            places = gdb.decode_line(argument)[1] or ()
        except gdb.error:
            raise gdb.GdbError(f"This program has no function {argument}.")
        functions = set()
        for place in places:
            name = symbol_at(function_start(place.pc))
            if re.search(self.clone, name):
                functions.add(re.match(r"(?:\(anonymous namespace\)|[^(])*", name)[0])
        if not functions:
            raise gdb.GdbError(f"{argument} isn't a coroutine, or the compiler has given its parts names that this script"
                               " doesn't know (it knows GCC's).")
        for function in sorted(functions):
            say(f"Breakpoint {PartOfCoroutine(function, self.clone).number}: {short_name(function)} {self.what}\n")


class BreakResume(BreakCoroutine):
    """Break where a coroutine starts or goes on after it has been suspended.
Usage: break-resume FUNCTION
For example: break-resume read"""

    word, kind, clone = "break-resume", gdb.COMMAND_BREAKPOINTS, r"\[clone \.(actor|resume)\]$"
    what = "starts or is resumed"


class BreakDestroy(BreakCoroutine):
    """Break where a coroutine's frame is destroyed, whether it has ended or still waits.
Usage: break-destroy FUNCTION"""

    word, kind, clone = "break-destroy", gdb.COMMAND_BREAKPOINTS, r"\[clone \.destroy\]$"
    what = "is destroyed"


for command in (AwaitTreeCommand, TasksCommand, FuturesCommand, LoopCommand, BreakState, BreakResume, BreakDestroy):
    command()


# ---- How `print` shows them --------------------------------------------------------------------------------------


class Printer:
    """Says in a line what an object comes to. `print /r` shows the members."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return quietly.call(lambda: self.words(self.value))
        except Exception as error:  # pylint: disable=broad-except
            return f"can't be read: {error}"


class CoroutinePrinter(Printer):
    @staticmethod
    def words(value):
        pointer = value["promise_"]
        if int(pointer) == 0:
            return "a Coroutine that was moved from or reset"
        promise = Promise(pointer.dereference().cast(type_named("stage5::PromiseBase")))
        fate = promise.fate()
        return f"{promise.place()}" + (f": {fate}" if fate else "")


class TaskPrinter(Printer):
    @staticmethod
    def words(value):
        if not plain(value.type).name.startswith("stage5::"):
            task = MachineTask(value)
            machine = task.machine()
            return task.state() + (": " + " ← ".join(map(str, machine.chain())) if machine is not None else "")
        task = Stage5Task(value)
        innermost = task.innermost()
        return f"{task.name()}, {task.state()}" + (f": {AwaitTree.coroutine(task, innermost)}" if innermost else "")


class FuturePrinter(Printer):
    @staticmethod
    def words(value):
        stage = STAGE.match(plain(value.type).name)[1]
        if stage != "stage5":
            return future_in_words(stage, address_of(value)).split(", ", 1)[1]
        waits = list(ring(address_of(value["waiting_"]["ends_"])))
        names = [Stage5Task(at(word(wait + 2 * WORD), "stage5::TaskBase")).name() for wait in waits]
        kept = held_by(value["result_"])
        state = "pending" if not int(value["done_"]) else "done" + ("" if kept else ", with no value to keep")
        return state + (f", {', '.join(names)} waits for it" if names else "")


class StepPrinter(Printer):
    @staticmethod
    def words(value):
        outcome = value["outcome_"]
        index = int(outcome["_M_index"])
        if index == 1:
            return "returned"
        if index != 0:
            return "damaged: it neither yielded nor returned"
        if value.address is not None:
            return f"yielded the Future {word(address_of(value)):#x}"
        # What a function has returned is nowhere in memory.
        inside = outcome["_M_u"]["_M_first"]["_M_storage"]
        if "future" in field_names(inside.type):
            return f"yielded the Future {int(inside['future']['_M_ptr']):#x}"
        first = [int(inside["_M_storage"][i]) for i in range(WORD)]
        return f"yielded the Future {int.from_bytes(bytes(first), sys.byteorder):#x}"


class SentPrinter(Printer):
    @staticmethod
    def words(value):
        return sent_in_words(value)


class SocketPrinter(Printer):
    @staticmethod
    def words(value):
        if plain(value.type).name == "common::Socket":
            fd = int(value["fd_"])
            return "closed" if fd < 0 else f"fd {fd}" + (", blocking" if int(value["blocking_"]) else "")
        waits = list(ring(address_of(value["waiting_"]["ends_"])))
        names = [Stage5Task(at(word(wait + 2 * WORD), "stage5::TaskBase")).name() for wait in waits]
        ready = int(value["ready_"])
        return SocketPrinter.words(value["socket_"]) + (f", known to be {name_of_events(ready)}" if ready & 3 else "") + (
            f", {', '.join(names)} waits for it" if names else "")


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("async-io-tutorial")
    for name, pattern, printer in (
            ("Coroutine", r"^stage5::Coroutine<.*>$", CoroutinePrinter),
            ("Task", r"^stage[345]::Task<.*>$", TaskPrinter),
            ("TaskBase", r"^stage5::TaskBase$", TaskPrinter),
            ("Future", r"^stage([34]::Future|5::Future<.*>)$", FuturePrinter),
            ("Step", r"^stage[34]::Step<.*>$", StepPrinter),
            ("Sent", r"^stage[34]::Sent$", SentPrinter),
            ("Socket", r"^(stage5|common)::Socket$", SocketPrinter)):
        collection.add_printer(name, pattern, printer)
    return collection


gdb.printing.register_pretty_printer(None, printers(), replace=True)
