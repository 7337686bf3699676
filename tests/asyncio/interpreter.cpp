// Runs the programs of programs.py on stage 5's runtime, and prints what happened in each: one line
// an event, in order. programs.py does the same on Python's asyncio, and compares.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/queue.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task_group.h"
#include "stage5_native_coroutines/timeout.h"

namespace {
std::int64_t turn = 0;
}

// The clock of this program counts the loop's turns, so that no deadline depends on how fast the
// machine is. The linker takes this function and not the standard library's.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  return time_point(duration(turn));
}

namespace {

using namespace stage5;

struct Statement;
using Block = std::vector<Statement>;

// programs.py says what each does.
struct Statement {
  std::string name;
  std::size_t number = 0;
  std::vector<Block> blocks;
};

Block parse_block(std::istream& text);

Statement parse_statement(std::istream& text) {
  Statement statement;
  std::size_t blocks = 0;
  text >> statement.name >> statement.number >> blocks;
  while (blocks-- > 0) statement.blocks.push_back(parse_block(text));
  return statement;
}

Block parse_block(std::istream& text) {
  Block block;
  std::size_t statements = 0;
  text >> statements;
  while (statements-- > 0) block.push_back(parse_statement(text));
  return block;
}

// What the tasks of one program share.
struct World {
  void say(const std::string& line) { std::cout << line << '\n'; }

  EventLoop loop;
  std::deque<Event> events = std::deque<Event>(3);
  std::deque<Future<>> futures = std::deque<Future<>>(3);
  Semaphore semaphores[2] = {Semaphore(1), Semaphore(2)};
  Queue<std::size_t> queues[2] = {Queue<std::size_t>(1), Queue<std::size_t>(3)};
  std::vector<std::unique_ptr<Task<>>> tasks;
};

// Of each task, in its frame.
struct Self {
  World* world;
  std::string name;
  std::size_t children = 0;
};

std::string told(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ExceptionGroup& group) {
    std::string text = "[";
    for (const auto& each : group.errors()) text += told(each) + ";";
    return text + "]";
  } catch (const std::system_error&) {
    return "timed out";
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

Coroutine<> act(const Block* block, Self* self, TaskGroup* group);

Coroutine<> run_task(const Block* block, World* world, std::string name) {
  Self self{world, std::move(name)};
  try {
    co_await act(block, &self, nullptr);
    world->say(self.name + " ends");
  } catch (const CancelledError&) {
    world->say(self.name + " cancelled");
    throw;
  } catch (const std::exception&) {
    world->say(self.name + " fails: " + told(std::current_exception()));
    throw;
  }
}

std::string next_name(Self* self) { return self->name + "." + std::to_string(self->children++); }

// Waits for a turn that comes after this one, as asyncio does with a Future of the loop.
Coroutine<> one_turn(EventLoop* loop) {
  auto future = std::make_shared<Future<>>();
  loop->call_soon([future] { future->set_result(); });
  co_await *future;
}

Coroutine<> act_in_group(TaskGroup* group, const Block* block, Self* self) {
  return act(block, self, group);
}

Coroutine<> with_permit(const Block* block, Self* self, TaskGroup* group, Semaphore* semaphore) {
  co_await semaphore->acquire();
  self->world->say(self->name + " has a permit");
  std::exception_ptr error;
  try {
    co_await act(block, self, group);
  } catch (...) {
    error = std::current_exception();
  }
  semaphore->release();
  if (error) std::rethrow_exception(error);
}

Coroutine<> act_once(const Statement* statement, Self* self, TaskGroup* group) {
  World& world = *self->world;
  const std::string& name = statement->name;
  const std::size_t number = statement->number;
  std::exception_ptr error;
  if (name == "turn") {
    co_await one_turn(&world.loop);
  } else if (name == "wait") {
    co_await world.events[number].wait();
  } else if (name == "set") {
    world.events[number].set();
  } else if (name == "clear") {
    world.events[number].clear();
  } else if (name == "future") {
    co_await world.futures[number];
  } else if (name == "result") {
    if (!world.futures[number].done()) world.futures[number].set_result();
  } else if (name == "cancel") {
    const bool asked = world.tasks[number]->cancel();
    world.say(self->name + (asked ? " asks " : " can't ask ") + std::to_string(number));
  } else if (name == "cancelself") {
    current_task().cancel();
  } else if (name == "uncancel") {
    current_task().uncancel();
  } else if (name == "await") {
    co_await *world.tasks[number];
  } else if (name == "raise") {
    throw std::runtime_error("error " + std::to_string(number));
  } else if (name == "put") {
    co_await world.queues[number].put(self->children++);
  } else if (name == "get") {
    const auto item = co_await world.queues[number].get();
    world.say(self->name + " got " + std::to_string(item));
  } else if (name == "permit") {
    co_await with_permit(&statement->blocks[0], self, group, &world.semaphores[number]);
  } else if (name == "catch") {
    try {
      co_await act(&statement->blocks[0], self, group);
    } catch (const std::exception&) {
      error = std::current_exception();
    }
    if (error) {
      world.say(self->name + " catches " + told(error));
      co_await act(&statement->blocks[1], self, group);
    }
  } else if (name == "finally") {
    try {
      co_await act(&statement->blocks[0], self, group);
    } catch (...) {
      error = std::current_exception();
    }
    world.say(self->name + " cleans up");
    co_await act(&statement->blocks[1], self, group);
    if (error) std::rethrow_exception(error);
  } else if (name == "swallow") {
    try {
      co_await act(&statement->blocks[0], self, group);
    } catch (const CancelledError&) {
      world.say(self->name + " swallows " + std::to_string(current_task().cancelling()));
      while (current_task().uncancel() > 0) continue;
    }
  } else if (name == "timeout") {
    co_await timeout(common::Clock::now() + common::Duration(number),
                     act(&statement->blocks[0], self, group));
  } else if (name == "group") {
    co_await with_task_group(act_in_group, &statement->blocks[0], self);
  } else if (name == "spawn") {
    group->create_task(run_task(&statement->blocks[0], &world, next_name(self)));
  } else if (name == "close") {
    group->cancel();
  } else if (name == "gather") {
    std::vector<Coroutine<>> coroutines;
    for (const auto& block : statement->blocks) {
      coroutines.push_back(run_task(&block, &world, next_name(self)));
    }
    const auto all = co_await gather(std::move(coroutines), return_exceptions);
    for (const auto& one : all) world.say(self->name + (one.index() == 0 ? " fine" : " broken"));
  } else {
    throw std::logic_error("no statement: " + name);
  }
  world.say(self->name + " " + name + " " + std::to_string(number));
}

Coroutine<> act(const Block* block, Self* self, TaskGroup* group) {
  for (const auto& statement : *block) co_await act_once(&statement, self, group);
}

// First in each of the loop's turns, and the last of them ends it.
void count_turns(EventLoop& loop, std::int64_t last) {
  if (++turn == last) return loop.stop();
  loop.call_soon([&loop, last] { count_turns(loop, last); });
}

void run_program(const std::vector<Block>& program) {
  World world;
  turn = 0;
  world.loop.call_soon([&world] { count_turns(world.loop, 80); });
  for (std::size_t i = 0; i < program.size(); ++i) {
    world.tasks.push_back(
        std::make_unique<Task<>>(world.loop, run_task(&program[i], &world, std::to_string(i))));
  }
  world.loop.run();
  for (auto& task : world.tasks) {
    std::string state = task->cancelled() ? "cancelled" : task->done() ? "done" : "pending";
    if (task->done() && !task->cancelled() && task->exception()) state = told(task->exception());
    world.say(state + ", asked " + std::to_string(task->cancelling()));
  }
  std::cout << "end\n";
  std::cout.setstate(std::ios::failbit);  // what is pending goes without a word
  world.tasks.clear();
  std::cout.clear();
}

}  // namespace

// A program a line: how many tasks, then the block of each.
int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream text(line);
    std::size_t tasks = 0;
    text >> tasks;
    std::vector<Block> program;
    while (tasks-- > 0) program.push_back(parse_block(text));
    run_program(program);
  }
}
