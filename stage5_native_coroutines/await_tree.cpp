// Shows: where a sleeping task waits (§4.6). It has no stack to look at, but each coroutine knows
// which one awaits it and at which `co_await` it waits itself.
#include "await_tree.h"

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/trace/place.h"
#include "coroutine.h"
#include "task_base.h"

namespace stage5 {

using namespace common;

namespace {

// The middle of a longer chain is left out, because each line is indented further.
constexpr std::size_t longest_chain = 40;
// What is nested more deeply is printed afterwards, starting at the left margin again.
constexpr std::size_t deepest = 20;

class AwaitTree {
 public:
  explicit AwaitTree(const EventLoop& loop) {
    for (const TaskBase* task = loop.youngest_task(); task != nullptr; task = task->older()) {
      tasks_.push_back(task);
    }
    std::ranges::reverse(tasks_);
    for (const TaskBase* task : tasks_) {
      const TaskBase* const awaited = task->awaits();
      if (task->parent() != nullptr) add(*task->parent(), *task);
      if (awaited != nullptr && awaited->parent() != task) add(*task, *awaited);
    }
  }

  std::string text() {
    Tasks roots;
    std::ranges::copy_if(tasks_, std::back_inserter(roots),
                         [this](auto* task) { return !waited_for_.contains(task); });
    tell_all(roots, "");
    tell_later_ones();
    // The rest are tasks that await one another in a ring, so none of them is a root.
    for (const TaskBase* task : tasks_) {
      if (!told_.contains(task)) tell(*task, "", "└── ", "    ");
      tell_later_ones();
    }
    return out_.str();
  }

 private:
  using Tasks = std::vector<const TaskBase*>;

  void add(const TaskBase& waiting, const TaskBase& task) {
    waits_for_[&waiting].push_back(&task);
    waited_for_.insert(&task);
  }

  void tell_later_ones() {
    for (std::size_t i = 0; i < later_.size(); ++i) {
      if (!told_.contains(later_[i])) tell(*later_[i], "", "└── ", "    ");
    }
    later_.clear();
  }

  void tell_all(const Tasks& tasks, const std::string& indent) {
    for (const TaskBase* task : tasks) {
      if (task != tasks.back()) {
        tell(*task, indent, "├── ", "│   ");
      } else {
        tell(*task, indent, "└── ", "    ");
      }
    }
  }

  void tell(const TaskBase& task, std::string indent, std::string_view branch,
            std::string_view below) {
    out_ << indent << branch << "(T) " << task.name() << ", " << state(task);
    if (told_.contains(&task)) {
      out_ << ", see above\n";
      return;
    }
    const auto found = waits_for_.find(&task);
    if (depth_ == deepest && found != waits_for_.end()) {
      out_ << ", see below\n";
      later_.push_back(&task);
      return;
    }
    told_.insert(&task);
    out_ << '\n';
    indent += below;
    if (task.innermost() != nullptr) tell_chain(*task.innermost(), indent);
    if (found == waits_for_.end()) return;
    ++depth_;
    tell_all(found->second, indent);
    --depth_;
  }

  // Leaves in `indent` where the tasks below the innermost coroutine begin.
  void tell_chain(const PromiseBase& innermost, std::string& indent) {
    std::vector<const PromiseBase*> chain;
    for (auto* promise = &innermost; promise != nullptr; promise = promise->parent) {
      chain.push_back(promise);
    }
    std::ranges::reverse(chain);
    const std::size_t left_out = chain.size() > longest_chain ? chain.size() - longest_chain : 0;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      out_ << indent << "└── ";
      if (left_out > 0 && i == longest_chain / 2) {
        out_ << "… " << left_out << " more\n";
        i += left_out - 1;
      } else {
        out_ << trace::Place(chain[i]->where) << '\n';
      }
      indent += "    ";
    }
  }

  static std::string state(const TaskBase& task) {
    if (task.cancelled()) return "cancelled";
    if (task.done()) return "done";
    if (task.innermost() == nullptr) return "going";
    std::string state = "pending";
    if (task.due()) state += ", due";
    if (task.cancelling() > 0) state += ", asked to cancel";
    return state;
  }

  Tasks tasks_;  // the oldest first
  std::unordered_map<const TaskBase*, Tasks> waits_for_;
  std::unordered_set<const TaskBase*> waited_for_;
  std::unordered_set<const TaskBase*> told_;
  Tasks later_;
  std::size_t depth_ = 0;  // tasks above the one being printed
  std::ostringstream out_;
};

}  // namespace

std::string await_tree(const EventLoop& loop) { return AwaitTree(loop).text(); }

AwaitTreeOnSignal::AwaitTreeOnSignal(EventLoop& loop)
    : signal_(SIGUSR1), registration_(loop, signal_.fd(), event_read, [this, &loop] {
        signal_.clear();
        std::fputs(await_tree(loop).c_str(), stderr);
      }) {}

}  // namespace stage5
