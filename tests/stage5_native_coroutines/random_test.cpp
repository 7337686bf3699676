// Programs that nobody would write: tasks that do at random whatever the runtime offers, to one
// another too. Whatever becomes of them, nothing that they held is lost or kept. No clock has a
// part in it, so that a seed always gives the same program.
#include <algorithm>
#include <cstddef>
#include <random>

#include "runtime_tools.h"
#include "stage5_native_coroutines/await_tree.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/queue.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task_group.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

constexpr std::size_t permits = 2;
constexpr std::size_t room = 3;

// What the tasks of one program share.
struct World {
  explicit World(unsigned seed) : random(seed) {}
  std::size_t below(std::size_t limit) { return random() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  std::mt19937 random;  // the same numbers everywhere
  EventLoop loop;
  Semaphore semaphore{permits};
  Queue<std::unique_ptr<int>> queue{room};
  Event event;
  std::unique_ptr<Future<int>> future = std::make_unique<Future<int>>();
  std::vector<std::unique_ptr<Task<int>>> tasks{8};
};

struct Permit {
  explicit Permit(Semaphore& semaphore) : semaphore(semaphore) {}
  Permit(const Permit&) = delete;
  ~Permit() {
    if (taken) semaphore.release();
  }
  Semaphore& semaphore;
  bool taken = false;
};

Coroutine<int> act(World* world, int depth, std::size_t self);

Coroutine<> act_as_child(World* world, int depth, std::size_t self) {
  co_await act(world, depth, self);
}

Coroutine<> act_as_group(TaskGroup* group, World* world, int depth, std::size_t self) {
  for (auto count = world->below(4); count > 0; --count) {
    group->create_task(act_as_child(world, depth, self));
  }
  if (world->one_in(4)) group->cancel();
  co_await act(world, depth, self);
  if (world->one_in(3)) group->create_task(act_as_child(world, depth, self));
}

std::vector<Coroutine<int>> some(World* world, int depth, std::size_t self) {
  std::vector<Coroutine<int>> coroutines;
  for (auto count = world->below(4); count > 0; --count) {
    coroutines.push_back(act(world, depth, self));
  }
  return coroutines;
}

// One thing at random, in the task `self`. The deeper ones last.
Coroutine<> act_once(World* world, int depth, std::size_t self) {
  const std::size_t other = world->below(world->tasks.size());
  switch (world->below(depth > 0 ? 20 : 15)) {
  case 0: {
    Permit permit(world->semaphore);
    co_await world->semaphore.acquire();
    permit.taken = true;
    co_await sleep(milliseconds(0));
    break;
  }
  case 1:
    co_await world->queue.put(std::make_unique<int>(1));
    break;
  case 2:
    EXPECT_NE(co_await world->queue.get(), nullptr);
    world->queue.task_done();
    break;
  case 3:
    co_await world->queue.join();
    break;
  case 4:
    world->event.set();
    break;
  case 5:
    world->event.clear();
    break;
  case 6:
    co_await world->event.wait();
    break;
  case 7:
    if (other != self) co_await *world->tasks[other];
    break;
  case 8:
    world->tasks[other]->cancel();
    break;
  case 9:
    world->tasks[other]->uncancel();
    break;
  case 10:
    if (other == self) break;  // not from inside a step of its own
    world->tasks[other] = std::make_unique<Task<int>>(world->loop, act(world, 2, other));
    break;
  case 11:
    throw std::runtime_error("at random");
  case 12:
    await_tree(world->loop);
    break;
  case 13:
    co_await *world->future;
    break;
  case 14:
    if (world->future->done()) {
      world->future = std::make_unique<Future<int>>();
    } else {
      world->future->set_result(1);
    }
    break;
  case 15:
    co_await timeout(Clock::now(), act(world, depth - 1, self));
    break;
  case 16:
    co_await timeout(Clock::now() + seconds(60), act(world, depth - 1, self));
    break;
  case 17:
    co_await gather(some(world, depth - 1, self));
    break;
  case 18:
    co_await gather(some(world, depth - 1, self), return_exceptions);
    break;
  default:
    co_await with_task_group(act_as_group, world, depth - 1, self);
    break;
  }
}

Coroutine<int> act(World* world, int depth, std::size_t self) {
  Counted counted;
  for (auto count = 1 + world->below(4); count > 0; --count) {
    try {
      co_await act_once(world, depth, self);
    } catch (const CancelledError&) {
      if (!world->one_in(12)) throw;
    } catch (const std::exception&) {
      if (world->one_in(4)) throw;
    }
  }
  co_return 1;
}

using RandomTest = Runtime;  // counts the frames

TEST_F(RandomTest, RandomProgramsLoseNothing) {
  testing::internal::CaptureStderr();  // of errors that nobody looks at there are many
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    for (int turn = 0; turn < 60; ++turn) {
      for (std::size_t i = 0; i < world.tasks.size(); ++i) {
        auto& task = world.tasks[i];
        if (task && !task->done()) continue;
        task = std::make_unique<Task<int>>(world.loop, act(&world, 3, i));
      }
      world.loop.call_soon([&] { world.loop.stop(); });
      world.loop.run();
    }
    std::ranges::shuffle(world.tasks, world.random);
    world.tasks.clear();
    EXPECT_EQ(world.loop.youngest_task(), nullptr);
    EXPECT_EQ(Counted::alive, 0);
    EXPECT_EQ(world.semaphore.permits(), permits);
    const auto size = world.queue.size();
    for (std::size_t i = 0; i < size; ++i) EXPECT_TRUE(world.queue.get_nowait());
    EXPECT_TRUE(world.queue.empty());
    for (std::size_t i = 0; i < room; ++i) EXPECT_TRUE(world.queue.put_nowait(nullptr));
    EXPECT_FALSE(world.queue.put_nowait(nullptr));
  }
  testing::internal::GetCapturedStderr();
}

}  // namespace
