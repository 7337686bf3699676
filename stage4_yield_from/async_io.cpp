// Shows: how stage 3's waits read when each is a machine of its own (§4.5.2, fig. 13 and 14). New
// in this stage.
#include "async_io.h"

#include <stdexcept>
#include <utility>

#include "yield_from.h"

namespace stage4 {

using namespace common;

Connect::Connect(EventLoop& loop, Socket& sock, Endpoint address)
    : loop_(loop), sock_(sock), address_(address) {}

// Stands for
//
//   void connect(Socket& sock, Endpoint address) {
//     sock.connect(address);
//     Future f;
//     register(sock, event_write, [&] { f.set_result({}); });
//     yield from f;
//     unregister(sock);
//     sock.finish_connect();
//   }
Step<Value> Connect::resume(Sent& sent) {
  // Jumps to where it stopped (in SendAll and ReadAll, into the middle of a loop). From here on the
  // state is finished, whether by return or by exception, unless the machine suspends again.
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    sock_.connect(address_);
    future_ = std::make_shared<Future>();
    registration_.emplace(loop_, sock_.fd(), event_write, [this] { future_->set_result({}); });
    [[fallthrough]];
  case connecting: {
    auto step = yield_from(*future_, sent);
    if (!step.returned()) {
      state_ = connecting;
      return step.yielded();
    }
    registration_.reset();
    sock_.finish_connect();
    return Value{};
  }
  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

SendAll::SendAll(EventLoop& loop, Socket& sock, std::string_view bytes)
    : loop_(loop), sock_(sock), unsent_(bytes) {}

// Stands for
//
//   void send_all(Socket& sock, std::string_view unsent) {
//     for (;;) {
//       unsent.remove_prefix(sock.send(unsent));
//       if (unsent.empty()) return;
//       Future f;
//       register(sock, event_write, [&] { f.set_result({}); });
//       yield from f;
//       unregister(sock);
//     }
//   }
Step<Value> SendAll::resume(Sent& sent) {
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    for (;;) {
      unsent_.remove_prefix(sock_.send(unsent_));
      if (unsent_.empty()) return Value{};
      future_ = std::make_shared<Future>();
      registration_.emplace(loop_, sock_.fd(), event_write, [this] { future_->set_result({}); });
      [[fallthrough]];
    case sending:
      auto step = yield_from(*future_, sent);
      if (!step.returned()) {
        state_ = sending;
        return step.yielded();
      }
      registration_.reset();
    }
  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

Read::Read(EventLoop& loop, Socket& sock) : loop_(loop), sock_(sock) {}

// Stands for
//
//   std::string read(Socket& sock) {
//     Future f;
//     register(sock, event_read, [&] { f.set_result(sock.recv()); });
//     chunk = yield from f;
//     unregister(sock);
//     return chunk;
//   }
Step<Value> Read::resume(Sent& sent) {
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    future_ = std::make_shared<Future>();
    registration_.emplace(loop_, sock_.fd(), event_read, [this] { on_readable(); });
    [[fallthrough]];
  case waiting: {
    auto step = yield_from(*future_, sent);
    if (!step.returned()) {
      state_ = waiting;
      return step.yielded();
    }
    registration_.reset();
    return std::move(step.value());
  }
  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

void Read::on_readable() {
  try {
    if (auto chunk = sock_.recv()) future_->set_result(std::move(*chunk));  // else a false alarm
  } catch (...) {
    future_->set_exception(std::current_exception());
  }
}

ReadAll::ReadAll(EventLoop& loop, Socket& sock, std::size_t max_body)
    : loop_(loop), sock_(sock), response_(max_body) {}

// Stands for
//
//   Response read_all(Socket& sock, std::size_t max_body) {
//     ResponseParser response(max_body);
//     while (!response.complete()) response.feed(yield from read(sock));
//     return response.take();
//   }
Step<Response> ReadAll::resume(Sent& sent) {
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    while (!response_.complete()) {
      read_.emplace(loop_, sock_);
      [[fallthrough]];
    case reading:
      auto step = yield_from(*read_, sent);
      if (!step.returned()) {
        state_ = reading;
        return step.yielded();
      }
      response_.feed(step.value());
    }
    return response_.take();
  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

}  // namespace stage4
