// Tells a crawler when an answer is complete, and what it says.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>

#include "common/http/response.h"

namespace common {

/// Reads one HTTP/1.x answer to a GET, fed in pieces of any size: how the bytes are cut never
/// changes the result. Understands Content-Length, chunked bodies and bodies up to the end of the
/// stream; skips interim answers (1xx); knows that 204 and 304 have no body. (Boost.Beast inside.)
class ResponseParser {
 public:
  /// Bytes of header, interim answers included, that are read before giving up. Holds again for
  /// each line between chunks, and for the trailer.
  static constexpr std::size_t max_header = 64 * 1024;

  /// `max_body`: bytes of body that are read before giving up.
  explicit ResponseParser(std::size_t max_body);
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;
  ~ResponseParser();

  /// Takes the next bytes. An empty `chunk` is the end of the stream, as `recv` tells it. Bytes
  /// after the end of a complete answer are ignored. Throws `std::system_error` with an
  /// `HttpError`, or `std::errc::not_enough_memory`; after an error, only destroy it.
  void feed(std::string_view chunk);
  void feed(std::string_view chunk, std::error_code& error) noexcept;

  /// Nothing more has to be read.
  bool complete() const noexcept;

  /// The answer, once; `complete()` must hold.
  Response take();

 private:
  struct State;
  std::size_t max_body_;
  std::unique_ptr<State> state_;  // from the first byte on: before, there is only a wait
};

}  // namespace common
