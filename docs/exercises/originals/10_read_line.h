// Exercise 10: a machine that reads one line.
#pragma once

#include <cstddef>
#include <memory>
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
  //     …
  //   }
  stage4::Step<stage4::Value> resume(stage4::Sent& sent) {
    // TODO
    sent.take();
    return stage4::Value{};
  }

 private:
  [[maybe_unused]] stage4::EventLoop& loop_;
  [[maybe_unused]] common::Socket& sock_;
  [[maybe_unused]] std::string& rest_;
  [[maybe_unused]] const std::size_t longest_;
};
