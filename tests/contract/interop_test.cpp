// "Both styles share one implementation underneath, and go together" (§4.5.4): a machine of stage 4
// awaited by a coroutine of stage 5, and a coroutine that a machine delegates to.
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"
#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/errors.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/task.h"

namespace {

using stage5::CancelledError;
using stage5::Coroutine;

template <class Machine>
using ReturnedBy =
    typename decltype(std::declval<Machine>().resume(std::declval<stage4::Sent&>()))::Returned;

// Stage 4's Task::step, as a coroutine: what it registered a callback for, this awaits. Whatever is
// thrown in here, CancelledError too, is thrown where the machine waits.
template <stage4::Awaitable Machine>
Coroutine<ReturnedBy<Machine>> run_machine(std::unique_ptr<Machine> machine) {
  stage4::Sent sent;
  for (;;) {
    auto step = machine->resume(sent);
    if (step.returned()) co_return std::move(step.value());
    const auto future = step.yielded().future;
    const auto done = std::make_shared<stage5::Event>();
    future->add_done_callback([done](stage4::Future&) { done->set(); });
    try {
      co_await done->wait();
      sent = future->outcome();
    } catch (...) {
      sent.error = std::current_exception();
    }
  }
}

// The other way round: a coroutine as the child of a machine. The coroutine is dropped with it.
template <class T>
class Native {
 public:
  Native(stage5::EventLoop& loop, Coroutine<T> coroutine) : task_(loop, std::move(coroutine)) {
    task_.add_done_callback([done = done_] { done->set_result({}); });
  }

  stage4::Step<T> resume(stage4::Sent& sent) {
    auto step = stage4::yield_from(*done_, sent);
    if (!step.returned()) return step.yielded();
    return std::move(task_.result());
  }

 private:
  std::shared_ptr<stage4::Future> done_ = std::make_shared<stage4::Future>();
  stage5::Task<T> task_;
};

struct Refused : std::exception {};

// Stands for
//
//   try: return "<" + (yield from inner) + ">"
//   except Refused: return "refused"
//   except CancelledError: log += "cancelled, "; raise
//   finally: log += "left"
template <class Inner>
class Outer {
 public:
  Outer(std::shared_ptr<Inner> inner, std::string* log) : inner_(std::move(inner)), log_(log) {}
  Outer(const Outer&) = delete;
  ~Outer() { *log_ += "left"; }

  stage4::Step<std::string> resume(stage4::Sent& sent) {
    try {
      auto step = stage4::yield_from(*inner_, sent);
      if (!step.returned()) return step.yielded();
      return "<" + step.value() + ">";
    } catch (const Refused&) {
      return std::string("refused");
    } catch (const CancelledError&) {
      *log_ += "cancelled, ";
      throw;
    }
  }

 private:
  std::shared_ptr<Inner> inner_;
  std::string* log_;
};

// Stands for
//
//   return "<" + (yield future) + ">"
class Yields {
 public:
  explicit Yields(std::shared_ptr<stage4::Future> future) : future_(std::move(future)) {}

  stage4::Step<std::string> resume(stage4::Sent& sent) {
    auto sent_now = sent.take();
    if (!std::exchange(waits_, true)) return stage4::Yielded{future_};
    return "<" + sent_now + ">";
  }

 private:
  std::shared_ptr<stage4::Future> future_;
  bool waits_ = false;
};

class BothStyles : public testing::Test {
 protected:
  // A coroutine that awaits a machine that waits for `future`.
  Coroutine<std::string> awaits_machine() {
    return run_machine(std::make_unique<Outer<stage4::Future>>(future, &log));
  }

  std::string log;
  std::shared_ptr<stage4::Future> future = std::make_shared<stage4::Future>();
  stage5::EventLoop loop;
};

TEST_F(BothStyles, AMachineIsAwaitedByACoroutineAndSentWhatItsFutureBrings) {
  stage5::Task task(loop, run_machine(std::make_unique<Yields>(future)));
  loop.run();
  EXPECT_FALSE(task.done());
  future->set_result("page");
  loop.run();
  EXPECT_EQ(task.result(), "<page>");
}

TEST_F(BothStyles, MachineWithAFinishedFutureCanBeAwaited) {
  future->set_result("page");
  EXPECT_EQ(stage5::run_until_complete(loop, awaits_machine()), "<page>");
}

TEST_F(BothStyles, ErrorReachesTheMachineFirstAndThenTheCoroutine) {
  stage5::Task caught(loop, awaits_machine());
  loop.run();
  future->set_exception(std::make_exception_ptr(Refused()));
  loop.run();
  EXPECT_EQ(caught.result(), "refused");

  future = std::make_shared<stage4::Future>();
  stage5::Task let_out(loop, awaits_machine());
  loop.run();
  future->set_exception(std::make_exception_ptr(std::runtime_error("reset")));
  loop.run();
  EXPECT_THROW(let_out.result(), std::runtime_error);
}

TEST_F(BothStyles, ACancelIsThrownWhereTheMachineWaits) {
  stage5::Task task(loop, awaits_machine());
  loop.run();
  task.cancel();
  loop.run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, "cancelled, left");
  future->set_result("too late");  // and finds nobody
  loop.run();
}

TEST_F(BothStyles, AMachineIsDroppedWithTheCoroutineThatAwaitsIt) {
  {
    stage5::Task task(loop, awaits_machine());
    loop.run();
    EXPECT_EQ(log, "");
  }
  EXPECT_EQ(log, "left");
  future->set_result("too late");
  loop.run();
}

Coroutine<std::string> wait_for(stage5::Event* event) {
  co_await event->wait();
  co_return "page";
}

Coroutine<std::string> refuse() {
  throw Refused();
  co_return "";
}

TEST_F(BothStyles, ACoroutineWithinAMachineWithinACoroutineGivesItsResult) {
  stage5::Event event;
  const auto inner = std::make_shared<Native<std::string>>(loop, wait_for(&event));
  stage5::Task task(loop, run_machine(std::make_unique<Outer<Native<std::string>>>(inner, &log)));
  loop.run();
  EXPECT_FALSE(task.done());
  event.set();
  loop.run();
  EXPECT_EQ(task.result(), "<page>");
}

TEST_F(BothStyles, CoroutinesErrorIsThrownInTheDelegatingMachine) {
  const auto inner = std::make_shared<Native<std::string>>(loop, refuse());
  EXPECT_EQ(stage5::run_until_complete(
                loop, run_machine(std::make_unique<Outer<Native<std::string>>>(inner, &log))),
            "refused");
}

}  // namespace
