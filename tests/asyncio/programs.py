"""Random programs of tasks, run by stage 5 and by Python's asyncio: both have to tell the same story.

    programs.py <asyncio_programs> <first seed> <how many>

A seed always gives the same program. asyncio runs on a loop of ours (Turns), whose clock counts turns, so that no
deadline depends on how fast the machine is; the Tasks, Futures, Events, timeouts, TaskGroups and gather are asyncio's own.

Where stage 5 differs from asyncio by design, this is the one place that says so, and models it or stays away from it:

1. A TaskGroup and a gather hear that a task of theirs has ended in the same turn. asyncio's hear it in the next.
   Modelled: Turns.call_soon.
2. A group can be closed (`TaskGroup::cancel`), and a task created after that, or after a failure, never begins.
   asyncio's create_task throws. Modelled: Group.close, Group.create_task.
3. A group whose parent is cancelled while it waits for its tasks cancels them each time, asyncio's the first time only; and
   one that fails by then has nobody to tell, where asyncio's cancels its parent all the same. Modelled: Group.
4. A cancel that was asked for before a timeout began, and has yet to be thrown, is not taken for the timeout's.
   Modelled: Limit.
5. A group that begins after a cancel was swallowed does not throw that again. Avoided: who swallows a cancel takes it back
   with uncancel(), as asyncio's documentation asks, and no group begins in clean-up code.
6. uncancel() takes back a cancel that was not thrown yet; asyncio's only one that is to come at the next wait (3.13), or none
   (3.11, 3.12). Avoided: a task uncancels only itself; before 3.13 none does, and a program that would need it is skipped.
7. gather drops the others when one fails or when it is cancelled. Avoided: only with return_exceptions, and only in
   programs in which nothing is cancelled, and no group fails.
8. A Queue is fair, and a semaphore's permit that was given to a task which is cancelled goes on to the next in line
   only when that task has run. Modelled: Fair. In programs in which nothing is cancelled the semaphores are asyncio's own.
9. Tasks that await one another in a ring may be cancelled; asyncio recurses without end. Avoided: a task awaits only
   those with a higher number.

Before Python 3.13 a TaskGroup lost cancels that came together with errors, and uncancel() left one that was due
(gh-115957, gh-117407). There the programs have no groups.
"""

import asyncio
import heapq
import itertools
import os
import random
import subprocess
import sys
import types

TURNS = 80
KEEPS_ALL_CANCELS = sys.version_info >= (3, 13)


# --- the programs: a statement is (name, number, blocks), a block is a list of statements


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.calm = self.random.random() < 0.25  # nothing is cancelled
        self.groups = KEEPS_ALL_CANCELS and not (self.calm and self.random.random() < 0.5)

    def program(self):
        self.tasks = self.random.randint(2, 6)
        program = []
        for self.task in range(self.tasks):
            program.append(self.block(3, False, True))
        if not self.calm or self.random.random() < 0.5:
            program.append(self.director())
        return program

    def director(self):
        """A last task that does things to the others, now and then."""
        block = []
        self.task = self.tasks
        for _ in range(self.random.randint(3, 20)):
            block += [("turn", 0, [])] * self.random.randint(0, 2)
            names = ["set", "clear", "result", "set", "result", "put", "get"]
            names += [] if self.calm else ["cancel"] * 5
            name = self.random.choice(names)
            block.append((name, self.number(name), []))
        return block

    def block(self, depth, in_group, may_group):
        return [
            self.statement(depth, in_group, may_group)
            for _ in range(self.random.randint(1, 4 if depth else 2))
        ]

    def number(self, name):
        limits = {"wait": 3, "set": 3, "clear": 3, "future": 3, "result": 3, "permit": 2, "put": 2, "get": 2}
        if name == "cancel":
            return self.random.randrange(self.tasks)
        if name == "await":
            return self.random.randrange(self.task + 1, self.tasks)
        if name == "timeout":
            return self.random.randint(1, 6)
        return self.random.randrange(limits.get(name, 100))

    def statement(self, depth, in_group, may_group):
        names = ["turn"] * 4 + ["wait", "wait", "set", "clear", "future", "result", "put", "get", "raise"]
        if self.task < self.tasks - 1:
            names += ["await", "await"]
        if not self.calm:
            names += ["cancel", "cancel", "cancelself"] + ["uncancel"] * KEEPS_ALL_CANCELS
        if in_group:
            names += ["spawn"] * 6 + ([] if self.calm else ["close"])
        if depth:
            names += ["catch", "catch", "finally", "permit"]
            if self.calm:
                names += ["gather"] * (not self.groups)
            else:
                names += ["swallow", "timeout", "timeout"]
            if may_group and self.groups:
                names += ["group"] * 3
        name = self.random.choice(names)
        blocks = []
        if name in ("swallow", "timeout", "permit", "catch", "finally"):
            blocks.append(self.block(depth - 1, in_group, may_group))
        if name in ("catch", "finally"):
            blocks.append(self.block(0, False, False))
        if name == "group":
            blocks.append(self.block(depth - 1, True, True))
        if name == "spawn":
            blocks.append(self.block(max(depth - 1, 0), False, True))
        if name == "gather":
            blocks = [self.block(depth - 1, False, True) for _ in range(self.random.randint(1, 3))]
        return (name, self.number(name), blocks)


def text_of(block):
    words = [str(len(block))]
    for name, number, blocks in block:
        words += [name, str(number), str(len(blocks)), *map(text_of, blocks)]
    return " ".join(words)


# --- asyncio, with the differences


class Turns(asyncio.AbstractEventLoop):
    """A loop in which a turn calls what is due soon, then the timers. Its time is the number of the turn; a timer is due if
    its time had come in the turn before, where stage 5's loop reads the clock."""

    def __init__(self):
        self.soon, self.timers, self.turn, self.numbers = [], [], 0, itertools.count()

    def run(self, turns):
        asyncio._set_running_loop(self)
        try:
            for self.turn in range(1, turns + 1):
                due, self.soon = self.soon, []
                for handle in due:
                    if not handle.cancelled():
                        handle._run()
                while self.timers and self.timers[0][0] < self.turn:
                    handle = heapq.heappop(self.timers)[2]
                    if not handle.cancelled():
                        handle._run()
        finally:
            asyncio._set_running_loop(None)

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        if getattr(callback, "__name__", "") in ("_on_task_done", "_done_callback"):
            handle._run()  # difference 1
        else:
            self.soon.append(handle)
        return handle

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        heapq.heappush(self.timers, (when, next(self.numbers), handle))
        return handle

    def time(self):
        return self.turn

    def get_debug(self):
        return False

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coroutine, **options):
        return asyncio.Task(coroutine, loop=self, **options)

    def call_exception_handler(self, context):
        if "was never retrieved" not in context["message"] and "was destroyed" not in context["message"]:
            raise AssertionError(context)


class Limit(asyncio.Timeout):
    async def __aenter__(self):
        await super().__aenter__()
        if self._task._must_cancel and hasattr(self, "_cancelling"):
            self._cancelling -= 1  # difference 4; the first releases of 3.11 did not count before
        return self


class InOrder(dict):
    """A set whose elements keep their order, which asyncio's TaskGroup cancels in."""

    def add(self, element):
        self[element] = None

    def discard(self, element):
        self.pop(element, None)

    def __iter__(self):
        return iter(list(self.keys()))


if KEEPS_ALL_CANCELS:

    class Group(asyncio.TaskGroup):
        def __init__(self):
            super().__init__()
            self._tasks = InOrder()
            self.closed = False

        def close(self):  # difference 2
            self.closed = True
            for task in self._tasks:
                task.cancel()

        def _abort(self):
            self._aborting = True
            if not self.closed:
                self.close()

        def create_task(self, coroutine):  # difference 2
            aborting, self._aborting = self._aborting, False
            task = super().create_task(coroutine)
            self._aborting = aborting
            if self.closed:
                task.cancel()
            return task

        def _on_task_done(self, task):
            failed = not task.cancelled() and task.exception() is not None
            requested = self._parent_cancel_requested
            if self._exiting:
                self._parent_cancel_requested = True  # difference 3: only so that it is not cancelled
            super()._on_task_done(task)
            if self._exiting:
                self._parent_cancel_requested = requested
                if failed:
                    self._abort()

        @types.coroutine
        def __aexit__(self, *error):
            leaving = super().__aexit__(*error)
            step = lambda: leaving.send(None)
            while True:
                try:
                    future = step()
                except StopIteration as end:
                    return end.value
                try:
                    yield future
                    step = lambda: leaving.send(None)
                except asyncio.CancelledError as cancelled:
                    self.close()  # difference 3
                    step = lambda cancelled=cancelled: leaving.throw(cancelled)


class Fair:
    """Difference 8: a semaphore as stage 5's."""

    def __init__(self, permits):
        self.permits, self.given, self.waiting = permits, 0, []

    async def acquire(self):
        if self.permits > 0 and self.given == 0:
            self.permits -= 1
            return
        future = asyncio.get_running_loop().create_future()
        future.given = taken = False
        self.waiting.append(future)
        try:
            await future
            taken = True
        finally:
            if future.given:
                self.given -= 1
                self.permits += not taken
                self.give()
            else:
                self.waiting.remove(future)

    def release(self):
        self.permits += 1
        self.give()

    def give(self):
        while self.permits > 0 and self.waiting:
            future = self.waiting.pop(0)
            self.permits -= 1
            self.given += 1
            future.given = True
            if not future.done():
                future.set_result(None)


class Queue:
    def __init__(self, size):
        self.items, self.room, self.there = [], Fair(size), Fair(0)

    async def put(self, item):
        await self.room.acquire()
        self.items.append(item)
        self.there.release()

    async def get(self):
        await self.there.acquire()
        item = self.items.pop(0)
        self.room.release()
        return item


def told(error):
    if isinstance(error, BaseExceptionGroup):
        return "[" + "".join(told(each) + ";" for each in error.exceptions) + "]"
    return "timed out" if isinstance(error, TimeoutError) else str(error)


class World:
    def __init__(self, loop, calm):
        self.loop, self.lines, self.comparable = loop, [], True
        self.events = [asyncio.Event() for _ in range(3)]
        self.futures = [loop.create_future() for _ in range(3)]
        self.semaphores = [(asyncio.Semaphore if calm and KEEPS_ALL_CANCELS else Fair)(n) for n in (1, 2)]
        self.queues = [Queue(1), Queue(3)]
        self.tasks = []


class Self:
    """A task of a program."""

    def __init__(self, world, name):
        self.world, self.name, self.children = world, name, 0

    def say(self, line):
        self.world.lines.append(f"{self.name} {line}")

    def child(self, block):
        self.children += 1
        return Self(self.world, f"{self.name}.{self.children - 1}").run(block)

    async def run(self, block):
        try:
            await self.act(block, None)
            self.say("ends")
        except asyncio.CancelledError:
            self.say("cancelled")
            raise
        except Exception as error:
            self.say(f"fails: {told(error)}")
            raise

    async def act(self, block, group):
        for name, number, blocks in block:
            await getattr(self, "do_" + name)(number, blocks, group)
            self.say(f"{name} {number}")

    async def do_turn(self, number, blocks, group):
        future = self.world.loop.create_future()
        self.world.loop.call_soon(lambda: future.done() or future.set_result(None))
        await future

    async def do_wait(self, number, blocks, group):
        await self.world.events[number].wait()

    async def do_set(self, number, blocks, group):
        self.world.events[number].set()

    async def do_clear(self, number, blocks, group):
        self.world.events[number].clear()

    async def do_future(self, number, blocks, group):
        # Not the future itself, which a cancel would end for all.
        future = self.world.futures[number]
        if not future.done():
            mine = self.world.loop.create_future()
            future.waiting = [*getattr(future, "waiting", []), mine]
            await mine

    async def do_result(self, number, blocks, group):
        future = self.world.futures[number]
        if not future.done():
            future.set_result(None)
            for each in getattr(future, "waiting", []):
                each.done() or each.set_result(None)

    async def do_cancel(self, number, blocks, group):
        asked = self.world.tasks[number].cancel()
        self.say(("asks " if asked else "can't ask ") + str(number))

    async def do_cancelself(self, number, blocks, group):
        asyncio.current_task().cancel()

    async def do_uncancel(self, number, blocks, group):
        asyncio.current_task().uncancel()

    async def do_await(self, number, blocks, group):
        await self.world.tasks[number]

    async def do_raise(self, number, blocks, group):
        raise RuntimeError(f"error {number}")

    async def do_put(self, number, blocks, group):
        item, self.children = self.children, self.children + 1
        await self.world.queues[number].put(item)

    async def do_get(self, number, blocks, group):
        self.say(f"got {await self.world.queues[number].get()}")

    async def do_permit(self, number, blocks, group):
        await self.world.semaphores[number].acquire()
        try:
            self.say("has a permit")
            await self.act(blocks[0], group)
        finally:
            self.world.semaphores[number].release()

    async def do_catch(self, number, blocks, group):
        try:
            await self.act(blocks[0], group)
        except Exception as error:
            self.say(f"catches {told(error)}")
            await self.act(blocks[1], group)

    async def do_finally(self, number, blocks, group):
        try:
            await self.act(blocks[0], group)
        finally:
            self.say("cleans up")
            await self.act(blocks[1], group)

    async def do_swallow(self, number, blocks, group):
        try:
            await self.act(blocks[0], group)
        except asyncio.CancelledError:
            self.say(f"swallows {asyncio.current_task().cancelling()}")
            if asyncio.current_task()._must_cancel and not KEEPS_ALL_CANCELS:
                self.world.comparable = False  # difference 6
            while asyncio.current_task().uncancel() > 0:
                continue

    async def do_timeout(self, number, blocks, group):
        async with Limit(self.world.loop.time() + number):
            await self.act(blocks[0], group)

    async def do_group(self, number, blocks, group):
        async with Group() as group:
            await self.act(blocks[0], group)

    async def do_spawn(self, number, blocks, group):
        group.create_task(self.child(blocks[0]))

    async def do_close(self, number, blocks, group):
        group.close()

    async def do_gather(self, number, blocks, group):
        children = [self.child(block) for block in blocks]
        for one in await asyncio.gather(*children, return_exceptions=True):
            self.say("broken" if isinstance(one, BaseException) else "fine")


def by_asyncio(program, calm):
    loop = Turns()
    asyncio.set_event_loop(loop)
    world = World(loop, calm)
    for number, block in enumerate(program):
        world.tasks.append(loop.create_task(Self(world, str(number)).run(block)))
    loop.run(TURNS)
    lines = list(world.lines)
    for task in world.tasks:
        state = "cancelled" if task.cancelled() else "done" if task.done() else "pending"
        if state == "done" and task.exception() is not None:
            state = told(task.exception())
        lines.append(f"{state}, asked {task.cancelling()}")
    return lines, world


def main():
    interpreter, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if sys.version_info < (3, 11):
        print("asyncio has timeouts and TaskGroups from Python 3.11 on: nothing to compare with")
        sys.exit(77)
    programs, expected, kept = [], [], []
    for seed in range(first, first + count):
        generator = Generator(seed)
        programs.append(generator.program())
        lines, world = by_asyncio(programs[-1], generator.calm)
        expected.append(lines)
        kept.append(world)  # what is pending stays where it is: a coroutine that goes would run its clean-up code
    text = "".join(f"{len(program)} {' '.join(map(text_of, program))}\n" for program in programs)
    ran = subprocess.run([interpreter], input=text, capture_output=True, text=True, timeout=600)
    stories = ran.stdout.split("end\n")
    if ran.returncode != 0 or len(stories) != count + 1:
        sys.exit(f"the interpreter ended with {ran.returncode} after {len(stories) - 1} programs: {ran.stderr[-2000:]}")
    different = 0
    for seed, program, lines, story, world in zip(range(first, first + count), programs, expected, stories, kept):
        told_by_stage5 = story.splitlines()
        if told_by_stage5 == lines or not world.comparable:
            continue
        different += 1
        if different > 1:
            continue
        at = next((i for i, pair in enumerate(zip(lines, told_by_stage5)) if pair[0] != pair[1]), len(lines))
        print(f"seed {seed}: line {at} differs\n  asyncio: {lines[at:at + 4]}\n  stage 5: {told_by_stage5[at:at + 4]}")
        print("  before:", *lines[max(0, at - 12) : at], sep="\n    ")
        for number, block in enumerate(program):
            print(f"  task {number}: {block}")
    events = sum(map(len, expected))
    print(f"{count} programs, {events} events, {different} told differently")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if different else 0)  # without the clean-up code of what is pending


if __name__ == "__main__":
    main()
