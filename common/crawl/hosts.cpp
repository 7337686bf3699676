#include "common/crawl/hosts.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "common/crawl/page_table.h"

namespace common {

// Shared with the callbacks of look-ups, which may come when the Hosts are gone.
struct Hosts::Inbox {
  struct Answer {
    Host* host;
    Resolver::Result result;
    TimePoint asked;
    TimePoint answered;
  };

  std::mutex mutex;
  Wakeup* wakeup;  // null once the Hosts is destroyed
  std::vector<Answer> answers;

  void put(Answer answer) {
    const std::lock_guard lock(mutex);
    if (!wakeup) return;
    answers.push_back(std::move(answer));
    // With the lock held, for the Wakeup could be destroyed as soon as it is released.
    wakeup->notify();
  }
};

Hosts::Hosts(Frontier::Lookup lookup, Wakeup& wakeup)
    : lookup_(std::move(lookup)), inbox_(std::make_shared<Inbox>()) {
  inbox_->wakeup = &wakeup;
}

Hosts::~Hosts() {
  const std::lock_guard lock(inbox_->mutex);
  inbox_->wakeup = nullptr;
}

Host& Hosts::get(const Url& url) {
  const auto [entry, is_new] = hosts_.try_emplace(std::string(url.host()));
  Host& host = entry->second;
  if (is_new) {
    if (const auto numeric = Endpoint::parse(url.host(), 0)) {
      host.addresses.push_back(*numeric);
      host.state = Host::State::known;
    }
  }
  return host;
}

void Hosts::wait(Page& page) {
  Host& host = *page.host;
  host.waiting.push_back(&page);
  ++waiting_;
  if (host.state == Host::State::being_looked_up) return;

  host.state = Host::State::being_looked_up;
  auto callback = [inbox = inbox_, &host, asked = Clock::now()](Resolver::Result result) {
    inbox->put({&host, std::move(result), asked, Clock::now()});
  };
  if (lookup_) {
    lookup_(std::string(page.url->host()), 0, std::move(callback));
  } else {
    if (!resolver_) resolver_.emplace();
    resolver_->resolve(std::string(page.url->host()), 0, std::move(callback));
  }
}

std::vector<Host*> Hosts::take_answers() {
  std::vector<Inbox::Answer> answers;
  {
    const std::lock_guard lock(inbox_->mutex);
    answers.swap(inbox_->answers);
  }
  std::vector<Host*> known;
  for (Inbox::Answer& answer : answers) {
    Host& host = *answer.host;
    host.lookup_failure = answer.result.ours;
    host.state = host.lookup_failure ? Host::State::unknown : Host::State::known;
    host.addresses = std::move(answer.result.addresses);
    host.error = std::move(answer.result.error);
    waiting_ -= host.waiting.size();
    known.push_back(&host);

    // Names are looked up one after another: the time spent on this one begins with the answer to
    // the one before it.
    const TimePoint begin = std::max(answer.asked, last_answer_);
    if (answer.answered > begin) lookup_time_ += answer.answered - begin;
    last_answer_ = std::max(last_answer_, answer.answered);
  }
  return known;
}

}  // namespace common
