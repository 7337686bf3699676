// Shows: the pains of callbacks, one by one (§4.1): five of them nested; an order of steps turned
// inside out; an error that never reaches the caller, unless it is passed on as data.
#include <functional>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "common/crawl/example_record.h"
#include "common/process/process.h"
#include "event_loop.h"

namespace {

using stage2::EventLoop;
using Callback = std::function<void()>;

// ---- 1. What starts first is written last, and everything moves to the right.

void five_nested(EventLoop& loop) {
  const auto callback_1 = [&loop] {
    std::cout << "  callback_1\n";
    const auto callback_2 = [&loop] {
      std::cout << "  callback_2\n";
      const auto callback_3 = [&loop] {
        std::cout << "  callback_3\n";
        const auto callback_4 = [&loop] {
          std::cout << "  callback_4\n";
          const auto callback_5 = [] { std::cout << "  callback_5\n"; };
          loop.call_soon(callback_5);
        };
        loop.call_soon(callback_4);
      };
      loop.call_soon(callback_3);
    };
    loop.call_soon(callback_2);
  };
  loop.call_soon(callback_1);
  std::cout << "  five_nested returns, and nothing has happened yet\n";
}

// ---- 2. From top to bottom becomes from the inside out.

void plain_order() {
  const auto do_a = [] { std::cout << "  a\n"; };
  const auto do_b = [] { std::cout << "  b\n"; };
  do_a();
  do_b();
}

void inside_out(EventLoop& loop) {
  const auto do_a = [&loop](Callback then) {
    std::cout << "  do_a is called, with what comes after it, and returns\n";
    loop.call_soon([then] {
      std::cout << "  a\n";
      then();
    });
  };
  const auto do_b = [] {
    std::cout << "  do_b is called first, and only makes a callback\n";
    return [] { std::cout << "  b\n"; };
  };
  do_a(do_b());
}

// ---- 3. A caller asks for three steps, a, b and c, and b fails.

// Keeps the call stack by hand: one Level for each function that was entered and not yet left.
class Level {
 public:
  explicit Level(const std::string& name) { names.push_back(name); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { names.pop_back(); }

  static std::string stack() {
    std::string stack;
    for (const auto& name : names) stack += (stack.empty() ? "" : " → ") + name;
    return stack;
  }

 private:
  inline static std::vector<std::string> names;
};

void run(EventLoop& loop) {
  const Level level("loop");
  loop.run();
}

std::error_code work(const std::string& name) {
  const Level level(name);
  std::error_code error;
  if (name == "b") error = std::make_error_code(std::errc::io_error);
  std::cout << "  " << Level::stack() << (error ? " fails\n" : "\n");
  return error;
}

// Makes plain calls: the caller is on the stack, and catches the error.

void step(const std::string& name) {
  if (const auto error = work(name)) throw std::system_error(error, name);
}

void ask(EventLoop&, std::string& told) {
  const Level level("ask");
  try {
    step("a");
    step("b");
    step("c");
    told = "all is well";
  } catch (const std::system_error& error) {
    told = error.what();
  }
}

// Uses callbacks that throw. `ask` and its `try` have returned before anything happens, so the
// exception reaches only the loop: c never starts, and the caller never learns why.

void throwing_step(EventLoop& loop, const std::string& name, Callback done) {
  loop.call_soon([name, done] {
    if (const auto error = work(name)) throw std::system_error(error, name);
    done();
  });
}

void ask_throwing(EventLoop& loop, std::string& told) {
  const Level level("ask");
  try {
    throwing_step(loop, "a", [&loop, &told] {
      throwing_step(loop, "b", [&loop, &told] {
        throwing_step(loop, "c", [&told] { told = "all is well"; });
      });
    });
  } catch (const std::system_error& error) {
    told = error.what();
  }
}

// Uses callbacks that pass errors on. The error arrives, because each callback checks the error of
// the one before it. The stack is as short as it was, and what the three share, here `loop` and
// `done`, is passed from one to the next.

using Done = std::function<void(std::error_code error)>;

void reporting_step(EventLoop& loop, const std::string& name, Done done) {
  loop.call_soon([name, done] { done(work(name)); });
}

void ask_reporting(EventLoop& loop, std::string& told) {
  const Level level("ask");
  const Done done = [&told](std::error_code error) {
    told = error ? error.message() : "all is well";
  };
  reporting_step(loop, "a", [&loop, done](std::error_code error) {
    if (error) return done(error);
    reporting_step(loop, "b", [&loop, done](std::error_code error) {
      if (error) return done(error);
      reporting_step(loop, "c", done);
    });
  });
}

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  common::ExampleRecord record(argc, argv, "callback_hell");
  std::cout << std::unitbuf;  // keeps the order with what the loop prints to stderr
  const Level level("main");
  EventLoop loop;

  std::cout << "Five callbacks, nested\n";
  five_nested(loop);
  run(loop);

  std::cout << "\ndo_a(); do_b();\n";
  plain_order();
  std::cout << "\ndo_a(do_b());\n";
  inside_out(loop);
  run(loop);

  const auto show = [&loop](const char* title, auto ask) {
    std::cout << "\na, b, c with " << title << '\n';
    std::string told = "nothing";
    ask(loop, told);
    run(loop);
    std::cout << "  ask is told: " << told << '\n';
  };
  show("plain calls", ask);
  show("callbacks that throw", ask_throwing);
  show("callbacks that pass errors on", ask_reporting);
  return record.finish(std::cout);
}
