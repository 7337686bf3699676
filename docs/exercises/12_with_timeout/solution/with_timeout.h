// Exercise 12, solved. `yield_from` would hand the child's Future through; this one keeps it, and
// yields a Future of its own, which the child's and the timer race to set. A machine that does so
// is no longer a mere channel: it stands between its child and the loop.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/net/clock.h"
#include "common/net/socket.h"
#include "common/net/timer_queue.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"

/// Resumes `child`, and returns or throws what that does. If it has not ended by `deadline`,
/// `common::timed_out()` is thrown into it, once, where it waits: it may catch that and go on, from
/// then on without a deadline. Of a deadline and what the child waits for, the one that comes first
/// counts. The loop must outlive it.
template <stage4::Awaitable Child>
class WithTimeout {
 public:
  WithTimeout(stage4::EventLoop& loop, common::TimePoint deadline, std::unique_ptr<Child> child)
      : loop_(loop), deadline_(deadline), child_(std::move(child)) {}

  auto resume(stage4::Sent& sent) -> decltype(std::declval<Child&>().resume(sent)) {
    if (!either_) {
      timer_ = loop_.call_at(deadline_, [this] { deadline_passed(); });
    } else if (!sent.error) {  // an error from outside goes through as it is
      sent = either_->outcome().error ? either_->outcome() : waits_for_->outcome();
    }
    auto step = yield_from(*child_, sent);
    if (step.returned()) {
      timer_.cancel();
      return step;
    }
    waits_for_ = step.yielded().future;
    either_ = std::make_shared<stage4::Future>();
    waits_for_->add_done_callback([weak = std::weak_ptr(either_)](stage4::Future&) {
      const auto either = weak.lock();
      if (either && !either->done()) either->set_result({});
    });
    if (late_) deadline_passed();
    return stage4::Yielded{either_};
  }

 private:
  void deadline_passed() {
    late_ = !either_ || either_->done();  // what came first counts; the next wait is too late
    if (!late_)
      either_->set_exception(std::make_exception_ptr(std::system_error(common::timed_out())));
  }

  stage4::EventLoop& loop_;
  const common::TimePoint deadline_;
  std::shared_ptr<stage4::Future> waits_for_;  // what the child waits for
  std::shared_ptr<stage4::Future> either_;     // what this waits for: that, or the deadline
  bool late_ = false;
  common::Timer timer_;
  std::unique_ptr<Child> child_;
};
