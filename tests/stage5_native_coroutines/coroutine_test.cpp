// Coroutine<T>: what is called and awaited, before any task or loop has a part in it.
#include <array>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "runtime_tools.h"

namespace {

using CoroutineTest = Runtime;

TEST_F(CoroutineTest, StartsOnlyWhenItIsAwaited) {
  bool started = false;
  auto make = [](bool* flag) -> Coroutine<> {
    *flag = true;
    co_return;
  };
  auto coroutine = make(&started);
  EXPECT_FALSE(started);
  run(std::move(coroutine));
  EXPECT_TRUE(started);
}

TEST_F(CoroutineTest, NeverAwaitedIsDestroyedWithItsParameters) {
  auto make = [](std::shared_ptr<int>) -> Coroutine<> { co_return; };
  auto parameter = std::make_shared<int>(1);
  {
    auto coroutine = make(parameter);
    EXPECT_EQ(parameter.use_count(), 2);
  }
  EXPECT_EQ(parameter.use_count(), 1);
}

TEST_F(CoroutineTest, IsMovedAndNotCopied) {
  static_assert(std::is_move_constructible_v<Coroutine<int>>);
  static_assert(!std::is_copy_constructible_v<Coroutine<int>>);
  auto coroutine = value("moved");
  auto other = std::move(coroutine);
  EXPECT_EQ(run(std::move(other)), "moved");
}

TEST_F(CoroutineTest, GivesWhatItReturned) {
  auto main = []() -> Coroutine<std::string> {
    co_return co_await value("a") + co_await value("b");
  };
  EXPECT_EQ(run(main()), "ab");
}

TEST_F(CoroutineTest, GivesAReferenceToWhatItReferredTo) {
  auto pick = [](std::vector<int>* from) -> Coroutine<int&> { co_return (*from)[1]; };
  auto main = [](Coroutine<int&> picked) -> Coroutine<> {
    int& one = co_await picked;
    one = 7;
  };
  std::vector<int> numbers{1, 2, 3};
  run(main(pick(&numbers)));
  EXPECT_EQ(numbers[1], 7);
  EXPECT_EQ(&run(pick(&numbers)), &numbers[1]);
}

TEST_F(CoroutineTest, GivesWhatCanOnlyBeMoved) {
  auto make = []() -> Coroutine<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  auto main = [](Coroutine<std::unique_ptr<int>> made) -> Coroutine<int> {
    const auto number = co_await made;
    co_return *number;
  };
  EXPECT_EQ(run(main(make())), 5);
}

TEST_F(CoroutineTest, CanBeAwaitedOnce) {
  auto main = [](Coroutine<std::string> coroutine) -> Coroutine<std::string> {
    const auto first = co_await coroutine;
    try {
      co_await coroutine;
    } catch (const std::logic_error&) {
      co_return first + " once";
    }
    co_return "twice";
  };
  EXPECT_EQ(run(main(value("awaited"))), "awaited once");
}

TEST_F(CoroutineTest, ThrowsWhereATryAroundTheAwaitCatchesIt) {
  auto main = []() -> Coroutine<std::string> {
    try {
      co_await failing();
    } catch (const std::runtime_error& caught) {
      co_return caught.what();
    }
    co_return "nothing";
  };
  EXPECT_EQ(run(main()), "broken");
}

TEST_F(CoroutineTest, AnErrorDestroysTheLocalsOfAllThatItLeaves) {
  auto main = [](Future<std::string>* future) -> Coroutine<int> {
    try {
      co_await nested(10, future);
    } catch (const std::runtime_error&) {
      co_return Counted::alive;
    }
    co_return -1;
  };
  Future<std::string> future;
  Task<int> task(*loop, main(&future));
  run();
  EXPECT_EQ(Counted::alive, 11);
  future.set_exception(error("stop"));
  run();
  EXPECT_EQ(task.result(), 0);
}

TEST_F(CoroutineTest, ResultPassesThroughAThousand) {
  Future<std::string> future;
  Task<std::string> task(*loop, nested(1000, &future));
  run();
  EXPECT_EQ(Counted::alive, 1001);
  future.set_result("deep");
  run();
  EXPECT_EQ(task.result(), "deep");
}

// Where the machine's stack has come to: not the address of a variable, which a sanitizer may keep
// elsewhere.
std::uintptr_t stack_now() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

constexpr std::uintptr_t a_little = 1000;  // bytes

TEST_F(CoroutineTest, MillionImmediateAwaitsNeedNoStack) {
  auto once = []() -> Coroutine<std::uintptr_t> { co_return stack_now(); };
  auto main = [](auto once) -> Coroutine<> {
    const auto first = co_await once();
    for (int i = 0; i < 1'000'000; ++i) {
      const auto now = co_await once();
      if (now + a_little < first) throw std::runtime_error("the stack grows");
    }
  };
  run(main(once));
}

Coroutine<std::uintptr_t> deep(int depth) {
  if (depth == 0) co_return stack_now();
  co_return co_await deep(depth - 1);
}

TEST_F(CoroutineTest, HundredThousandNestedNeedNoStack) {
  const auto shallow = run(deep(1));
  EXPECT_GT(run(deep(100'000)) + a_little, shallow);
}

TEST_F(CoroutineTest, ErrorLeavesAHundredThousandWithoutStack) {
  struct Chain {
    static Coroutine<> of(int depth) {
      Counted counted;
      if (depth == 0) throw std::runtime_error("bottom");
      co_await of(depth - 1);
    }
  };
  // With AddressSanitizer a recursion 11,000 deep overflows the stack already.
  EXPECT_THROW(run(Chain::of(with_address_sanitizer ? 25'000 : 100'000)), std::runtime_error);
}

// Awaits `future` and counts how often it was resumed.
struct CountResumes {
  explicit CountResumes(Future<>& future) : awaiter(future.operator co_await()) {}
  bool await_ready() { return awaiter.await_ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    awaiter.await_suspend(coroutine);
  }
  void await_resume() {
    ++resumed;
    awaiter.await_resume();
  }
  decltype(std::declval<Future<>&>().operator co_await()) awaiter;
  inline static int resumed = 0;
};

Coroutine<> chain(int depth, Future<>* future) {
  if (depth == 0) {
    co_await CountResumes(*future);
  } else {
    co_await chain(depth - 1, future);
  }
}

TEST_F(CoroutineTest, ResumesOnlyTheInnermost) {
  CountResumes::resumed = 0;
  Future<> future;
  Task<> task(*loop, chain(1000, &future));
  run();
  EXPECT_EQ(CountResumes::resumed, 0);
  future.set_result();
  run();
  EXPECT_EQ(CountResumes::resumed, 1);
  EXPECT_TRUE(task.done());
}

TEST_F(CoroutineTest, AwaitingAMovedFromOneIsALogicError) {
  auto await_moved = []() -> Coroutine<std::string> {
    auto coroutine = value("x");
    auto moved = std::move(coroutine);
    EXPECT_THROW(co_await coroutine, std::logic_error);  // NOLINT(bugprone-use-after-move)
    moved.reset();
    EXPECT_THROW(co_await moved, std::logic_error);
    co_return "went on";
  };
  EXPECT_EQ(run(await_moved()), "went on");
}

Coroutine<std::array<std::string, 10>> ten_words() {
  std::array<std::string, 10> words;
  words.fill("a word that is too long to be kept inside a std::string");
  co_return words;
}

TEST_F(CoroutineTest, AForMayGoThroughALargeResult) {
  auto count = []() -> Coroutine<std::size_t> {
    std::size_t letters = 0;
    for (const auto& word : co_await ten_words()) letters += word.size();
    co_return letters;
  };
  EXPECT_EQ(run(count()), 550);
}

}  // namespace
