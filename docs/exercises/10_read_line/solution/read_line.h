// Exercise 10, solved. Bytes come as they like: half a line, or three. What is too much for this
// line must outlive the machine, and so belongs to the caller.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/net/socket.h"
#include "stage4_yield_from/async_io.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"

/// Reads one line and returns it with its '\n', as Python's `readline` does: so an empty Value is
/// the end of the stream. What the stream ends with is a line, too, even without a '\n'.
///
/// `rest` is what was received and not returned so far; it belongs to the caller, who gives it to
/// the next ReadLine of this socket. Loop, socket and `rest` must outlive this. Throws
/// `std::length_error` for a line of more than `longest` bytes, as soon as that is certain.
class ReadLine {
 public:
  ReadLine(stage4::EventLoop& loop, common::Socket& sock, std::string& rest, std::size_t longest)
      : loop_(loop), sock_(sock), rest_(rest), longest_(longest) {}

  // Stands for
  //
  //   std::string read_line(Socket& sock, std::string& rest, std::size_t longest) {
  //     for (std::size_t seen = 0;;) {
  //       size = length of the line in rest, from seen on
  //       if (size > longest) throw std::length_error("the line is too long");
  //       if (there is a whole line) return take(rest, size);
  //       seen = rest.size();
  //       chunk = yield from read(sock);
  //       if (chunk.empty()) return take(rest, rest.size());
  //       rest += chunk;
  //     }
  //   }
  stage4::Step<stage4::Value> resume(stage4::Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      for (;;) {
        if (const auto end = rest_.find('\n', seen_); end != std::string::npos) {
          if (end >= longest_) throw std::length_error("the line is too long");
          return take(end + 1);
        }
        if (rest_.size() > longest_) throw std::length_error("the line is too long");
        seen_ = rest_.size();
        read_.emplace(loop_, sock_);
        [[fallthrough]];
      case reading:
        auto step = yield_from(*read_, sent);
        if (!step.returned()) {
          state_ = reading;
          return step.yielded();
        }
        if (step.value().empty()) return take(rest_.size());
        rest_ += step.value();
      }
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, reading, finished };

  stage4::Value take(std::size_t size) {
    stage4::Value line = rest_.substr(0, size);
    rest_.erase(0, size);
    return line;
  }

  stage4::EventLoop& loop_;
  State state_ = starting;
  common::Socket& sock_;
  std::string& rest_;
  const std::size_t longest_;
  std::size_t seen_ = 0;  // no line ends before it
  std::optional<stage4::Read> read_;
};
