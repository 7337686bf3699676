// Exercise 6, solved. The Future owns its Timer: so the timer lives exactly as long as somebody may
// still wait. The callback knows the Future by its address alone; if it shared it, the two would
// keep each other alive.
#pragma once

#include <memory>

#include "common/net/clock.h"
#include "common/net/timer_queue.h"
#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/future.h"

struct Alarm : stage3::Future {
  common::Timer timer;
};

/// A Future that the loop sets, to the empty Value, when `when` has come. Once nobody has the
/// Future any more, the loop has nothing to do for it any more, either. The loop must outlive it.
inline std::shared_ptr<stage3::Future> sleep_until(stage3::EventLoop& loop,
                                                   common::TimePoint when) {
  auto alarm = std::make_shared<Alarm>();
  alarm->timer = loop.call_at(when, [ringing = alarm.get()] { ringing->set_result({}); });
  return alarm;
}
