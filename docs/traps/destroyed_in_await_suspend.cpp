// The trap: an await_suspend that destroys its own coroutine. The awaiter is in the frame that is
// destroyed.
#include <list>

#include "trap.h"

using traps::Coroutine;

// Coroutines that run side by side, until one of them stops them all.
struct Group {
  std::list<Coroutine<int>> members;
  bool stop = false;

  void run() {
    for (auto member = members.begin(); member != members.end() && !stop; ++member)
      member->resume();
    if (stop) members.clear();
  }
};

namespace fault {

struct Stop {
  explicit Stop(Group& group) : group(group) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {
    group.members.clear();  // all of them: also the one that waits here
    group.stop = true;      // `group` is a member of what is no more
  }
  void await_resume() {}
  Group& group;
};

}  // namespace fault

namespace cure {

struct Stop {
  explicit Stop(Group& group) : group(group) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) { group.stop = true; }  // whoever resumed us does it
  void await_resume() {}
  Group& group;
};

}  // namespace cure

template <class Stop>
Coroutine<int> stop_all(Group& group) {
  co_await Stop(group);
  co_return 0;
}

template <class Stop>
void run_and_stop() {
  Group group;
  group.members.push_back(stop_all<Stop>(group));
  group.run();
  std::printf("%zu members are left\n", group.members.size());
}

int main(int argc, char** argv) {
  return traps::run(argc, argv, run_and_stop<fault::Stop>, run_and_stop<cure::Stop>);
}
