// What the await tree tells of tasks that wait for this and that, and for one another.
#include "stage5_native_coroutines/await_tree.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "common/site/site_process.h"
#include "runtime_tools.h"
#include "stage5_native_coroutines/crawler.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/task_group.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

using testing::HasSubstr;

// "await_tree.cpp:12" as "await_tree.cpp:N": tests need not know in which line a thing stands.
std::string without_lines(const std::string& text) {
  return std::regex_replace(text, std::regex("(\\.(cpp|h)):[1-9]\\d*"), "$1:N");
}

class AwaitTreeTest : public Runtime {
 protected:
  // Runs the loop until nobody has anything to do but wait, and gives the tree then.
  std::string tree() {
    const auto stop = loop->call_later(milliseconds(1), [this] { loop->stop(); });
    loop->run();
    return without_lines(await_tree(*loop));
  }
};

Coroutine<> inner(Event* event) { co_await event->wait(); }
Coroutine<> outer(Event* event) { co_await inner(event); }
Coroutine<> awaits(Task<>* task) { co_await *task; }
Coroutine<> awaits_one_of(std::vector<Task<>*>* tasks, std::size_t which) {
  co_await *(*tasks)[which];
}
Coroutine<> raises_and_sleeps() {
  ::raise(SIGUSR1);
  co_await sleep(milliseconds(20));
}
Coroutine<> two(TaskGroup* group, Event* event) {
  group->create_task(inner(event), "left");
  group->create_task(outer(event), "right");
  co_return;
}

TEST_F(AwaitTreeTest, IsEmptyWithoutTasks) { EXPECT_EQ(await_tree(*loop), ""); }

TEST_F(AwaitTreeTest, ShowsFunctionFileAndLineOfEachCoroutine) {
  Event event;
  const Task<> task(*loop, outer(&event), "sleeper");
  EXPECT_EQ(tree(),
            "└── (T) sleeper, pending\n"
            "    └── outer at await_tree_test.cpp:N\n"
            "        └── inner at await_tree_test.cpp:N\n"
            "            └── wait at event.h:N\n");
}

TEST_F(AwaitTreeTest, ShowsTheLineOfTheCurrentAwait) {
  Event event;
  const auto twice = [](Event* first, int* line) -> Coroutine<> {
    *line = __LINE__ + 1;
    co_await first->wait();
    *line = __LINE__ + 1;
    co_await first->wait();
  };
  int line = 0;
  const Task<> task(*loop, twice(&event, &line), "sleeper");
  for (int wait = 0; wait < 2; ++wait) {
    tree();
    EXPECT_THAT(await_tree(*loop), HasSubstr("await_tree_test.cpp:" + std::to_string(line) + "\n"));
    event.set();
    event.clear();
  }
}

TEST_F(AwaitTreeTest, ShowsTheStatesOfTasks) {
  Event event;
  Event past;
  Task<> done(*loop, fails(), "failed");
  Task<> cancelled(*loop, inner(&event), "cancelled");
  Task<> woken(*loop, inner(&past), "woken");
  Task<> asked(*loop, inner(&event), "asked");
  tree();
  EXPECT_THROW(done.result(), std::runtime_error);
  cancelled.cancel();
  tree();
  asked.cancel();
  past.set();
  const Task<> begun(*loop, inner(&event), "young");
  const std::string now = without_lines(await_tree(*loop));
  EXPECT_THAT(now, HasSubstr("├── (T) failed, done\n├── (T) cancelled, cancelled\n"));
  EXPECT_THAT(now, HasSubstr("├── (T) woken, pending, due\n│   └── inner at "));
  EXPECT_THAT(now, HasSubstr("├── (T) asked, pending, due, asked to cancel\n│   └── inner at "));
  EXPECT_THAT(now, HasSubstr("└── (T) young, pending, due\n    └── inner at "));
}

TEST_F(AwaitTreeTest, GroupTasksAreBelowTheWaitingCoroutine) {
  Event event;
  const Task<> task(*loop, with_task_group(two, &event), "parent");
  EXPECT_EQ(tree(),
            "└── (T) parent, pending\n"
            "    └── with_task_group at task_group.h:N\n"
            "        └── join at task_group.h:N\n"
            "            └── wait at event.h:N\n"
            "                ├── (T) left, pending\n"
            "                │   └── inner at await_tree_test.cpp:N\n"
            "                │       └── wait at event.h:N\n"
            "                └── (T) right, pending\n"
            "                    └── outer at await_tree_test.cpp:N\n"
            "                        └── inner at await_tree_test.cpp:N\n"
            "                            └── wait at event.h:N\n");
}

TEST_F(AwaitTreeTest, GatheredTasksAreBelowTheirWaiter) {
  Event event;
  const auto gathering = [](Event* event) -> Coroutine<> {
    std::vector<Coroutine<>> both;
    both.push_back(inner(event));
    both.push_back(inner(event));
    co_await gather(std::move(both));
  };
  const Task<> task(*loop, gathering(&event), "parent");
  const auto told = tree();
  EXPECT_THAT(told, HasSubstr("                ├── (T) Task-2, pending\n"));
  EXPECT_THAT(told, HasSubstr("                └── (T) Task-3, pending\n"));
}

TEST_F(AwaitTreeTest, TaskAwaitedTwiceIsShownOnce) {
  Event event;
  Task<> awaited(*loop, inner(&event), "awaited");
  const Task<> one(*loop, awaits(&awaited), "one");
  const Task<> two(*loop, awaits(&awaited), "two");
  EXPECT_EQ(tree(),
            "├── (T) one, pending\n"
            "│   └── awaits at await_tree_test.cpp:N\n"
            "│       └── (T) awaited, pending\n"
            "│           └── inner at await_tree_test.cpp:N\n"
            "│               └── wait at event.h:N\n"
            "└── (T) two, pending\n"
            "    └── awaits at await_tree_test.cpp:N\n"
            "        └── (T) awaited, pending, see above\n");
}

TEST_F(AwaitTreeTest, RingOfTasksIsShownOnceEach) {
  std::vector<Task<>*> tasks(2);
  Task<> one(*loop, awaits_one_of(&tasks, 1), "one");
  Task<> two(*loop, awaits_one_of(&tasks, 0), "two");
  tasks = {&one, &two};
  EXPECT_EQ(tree(),
            "└── (T) one, pending\n"
            "    └── awaits_one_of at await_tree_test.cpp:N\n"
            "        └── (T) two, pending\n"
            "            └── awaits_one_of at await_tree_test.cpp:N\n"
            "                └── (T) one, pending, see above\n");
}

TEST_F(AwaitTreeTest, AwaiterOfADestroyedTaskAwaitsNothing) {
  Event event;
  auto gone = std::make_unique<Task<>>(*loop, inner(&event), "gone");
  const Task<> task(*loop, awaits(gone.get()), "awaiter");
  tree();
  gone.reset();
  EXPECT_EQ(without_lines(await_tree(*loop)),
            "└── (T) awaiter, pending, due\n"
            "    └── awaits at await_tree_test.cpp:N\n");
}

TEST_F(AwaitTreeTest, VeryLongChainLosesItsMiddle) {
  Future<std::string> future;
  const Task<std::string> task(*loop, nested(100'000, &future), "deep");
  const auto told = tree();
  EXPECT_THAT(told, HasSubstr("└── … 99961 more\n"));
  EXPECT_EQ(std::ranges::count(told, '\n'), 1 + 40 + 1);
  future.set_result("the bottom");
  run();
}

TEST_F(AwaitTreeTest, SignalPrintsItWhileTheLoopContinues) {
  const AwaitTreeOnSignal on_signal(*loop);
  testing::internal::CaptureStderr();
  run(raises_and_sleeps());
  EXPECT_EQ(without_lines(testing::internal::GetCapturedStderr()),
            "└── (T) Task-1, pending\n"
            "    └── raises_and_sleeps at await_tree_test.cpp:N\n"
            "        └── sleep_until at timeout.h:N\n");
}

TEST_F(AwaitTreeTest, CrawlShowsEachPageAndItsWait) {
  const common::SiteProcess site({.pages = 10, .delay = milliseconds(300)});
  common::CrawlJob job;
  job.urls = {site.url("/1?delay_ms=0")};
  for (int page = 2; page <= 4; ++page) job.urls.push_back(site.url("/" + std::to_string(page)));
  job.on_progress = [](const common::CrawlProgress& now) {
    if (now.fetched == 1) ::raise(SIGUSR1);
  };
  testing::internal::CaptureStderr();
  const auto report = crawl(job);
  const auto told = without_lines(testing::internal::GetCapturedStderr());
  EXPECT_EQ(report.exit_status(), 0);
  for (int page = 2; page <= 4; ++page) {
    EXPECT_THAT(told, HasSubstr("(T) " + site.url("/" + std::to_string(page)) + ", pending\n"));
  }
  EXPECT_THAT(told, HasSubstr(" fetch at crawler.cpp:N\n"));
  EXPECT_THAT(told, HasSubstr(" read at async_io.cpp:N\n"));
}

// Prints the tree when it goes.
struct PrintsTree {
  PrintsTree(EventLoop* loop, std::vector<std::string>* trees) : loop(loop), trees(trees) {}
  PrintsTree(PrintsTree&& other) noexcept
      : loop(std::exchange(other.loop, nullptr)), trees(other.trees) {}
  ~PrintsTree() {
    if (loop != nullptr) trees->push_back(await_tree(*loop));
  }
  EventLoop* loop;
  std::vector<std::string>* trees;
};

Coroutine<> prints_at_each_end(PrintsTree parameter, int depth, Future<std::string>* future) {
  const PrintsTree local(parameter.loop, parameter.trees);
  if (depth > 0)
    co_await prints_at_each_end(PrintsTree(local.loop, local.trees), depth - 1, future);
  co_await *future;
}

TEST_F(AwaitTreeTest, CanBePrintedByADestructorWhileATaskIsDropped) {
  Future<std::string> future;
  std::vector<std::string> trees;
  {
    const Task<> task(*loop, prints_at_each_end(PrintsTree(loop.get(), &trees), 2, &future), "t");
    loop->call_soon([this] { loop->stop(); });
    run();
  }
  EXPECT_EQ(trees, std::vector<std::string>(6, "└── (T) t, going\n"));
}

TEST_F(AwaitTreeTest, CanBePrintedByADestructorWhileATaskEnds) {
  Future<std::string> future;
  future.set_result("x");
  std::vector<std::string> trees;
  Task<> task(*loop, prints_at_each_end(PrintsTree(loop.get(), &trees), 0, &future), "t");
  run();
  ASSERT_EQ(trees.size(), 2);
  EXPECT_EQ(trees[1], "└── (T) t, going\n");
}

TEST_F(AwaitTreeTest, FiftyThousandNestedTasksNeedNoStack) {
  constexpr std::size_t count = 50'000;
  std::vector<std::unique_ptr<Task<>>> tasks(count);
  Future<std::string> future;
  auto await_next = [](auto* tasks, std::size_t i, Future<std::string>* future) -> Coroutine<> {
    if (i + 1 < tasks->size()) {
      co_await *(*tasks)[i + 1];
    } else {
      co_await *future;
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    tasks[i] = std::make_unique<Task<>>(*loop, await_next(&tasks, i, &future));
  }
  loop->call_soon([this] { loop->stop(); });
  run();
  std::istringstream tree(await_tree(*loop));
  std::size_t told = 0, later = 0;
  for (std::string line; std::getline(tree, line);) {
    if (line.find("(T) ") == std::string::npos) continue;
    (line.ends_with("see below") ? later : told) += 1;
  }
  EXPECT_EQ(told, count);
  EXPECT_EQ(later, (count - 1) / 20);
}

}  // namespace
