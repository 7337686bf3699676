// What the tests of stage 5's runtime have in common.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/net/clock.h"
#include "stage5_native_coroutines/errors.h"
#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/recycling.h"
#include "stage5_native_coroutines/task.h"

using namespace stage5;
using common::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Whether AddressSanitizer watches. Its stack frames are several times as large, and each step
// takes ten times as long: a test of depth needs less of it to see a recursion overflow the stack.
#ifdef __SANITIZE_ADDRESS__
constexpr bool with_address_sanitizer = true;
#else
constexpr bool with_address_sanitizer = false;
#endif

// Counts how many live. One in each coroutine's frame tells whether its locals were destroyed.
struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() { --alive; }
  inline static int alive = 0;
};

// A loop; and at the end of each test every frame that was created is destroyed, with its locals.
class Runtime : public testing::Test {
 protected:
  Runtime() : loop(std::make_unique<EventLoop>()) {}
  ~Runtime() override {
    loop.reset();
    EXPECT_EQ(Counted::alive, 0) << "a coroutine's locals were not destroyed";
    EXPECT_EQ(frame_counts.created - before_.created, frame_counts.destroyed - before_.destroyed)
        << "a coroutine's frame was not destroyed";
  }

  void run() { loop->run(); }
  template <class T>
  T run(Coroutine<T> coroutine) {
    return run_until_complete(*loop, std::move(coroutine));
  }

  std::unique_ptr<EventLoop> loop;

 private:
  const FrameCounts before_ = frame_counts;
};

inline Coroutine<std::string> value(std::string text) { co_return text; }

inline Coroutine<int> failing(const char* what = "broken") {
  throw std::runtime_error(what);
  co_return 0;
}

inline Coroutine<> fails(const char* what = "broken") { co_await failing(what); }

inline std::exception_ptr error(const char* what) {
  return std::make_exception_ptr(std::runtime_error(what));
}

// Waits for `future` through `depth` coroutines.
inline Coroutine<std::string> nested(int depth, Future<std::string>* future) {
  Counted counted;
  if (depth == 0) co_return co_await *future;
  co_return co_await nested(depth - 1, future);
}

// Waits for `future`, and notes how that ended: "got x", "cancelled", "error: x".
inline Coroutine<> note(Future<std::string>* future, std::vector<std::string>* log) {
  Counted counted;
  try {
    log->push_back("got " + co_await *future);
  } catch (const CancelledError&) {
    log->push_back("cancelled");
    throw;
  } catch (const std::exception& caught) {
    log->push_back(std::string("error: ") + caught.what());
  }
}

using Log = std::vector<std::string>;
