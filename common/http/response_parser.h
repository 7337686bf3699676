// Finds out when an answer is complete, and what it says.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>

#include "common/http/response.h"

namespace common {

// Lists what is accepted and what is refused. The parser follows RFC 9110 and 9112 and, where they
// leave a choice, does what curl does. It is strict only where two readers of the same bytes could
// see two different messages, because that is how answers are smuggled past one of them. Each line
// is tested in tests/common/response_parser_test.cpp.
//
//   status line     HTTP/1.0 or 1.1, three digits; the reason may be anything, or not be there
//   field           a name of token characters and a colon right after it, or all is refused
//   its value       any bytes but NUL and a bare CR, which some take for its end
//   obs-fold        is one space; refused for Content-Length and Transfer-Encoding, and before the
//                   first field, because not everybody unfolds
//   bare LF         refused: it ends a line for some
//   Connection, Upgrade, Keep-Alive … decide nothing here, whatever is in them
//   1xx, 204, 304   have no body whatever Content-Length and Transfer-Encoding say (RFC 9112 §6.3)
//   Content-Length  digits; several, in one field or more, if all are the same number
//   Transfer-Encoding   `chunked`, once; empty elements of the list don't count. `identity` alone:
//                   to the end of the stream. Any other can't be undone and is refused
//   both of them    refused, even if they would agree
//   chunked in HTTP/1.0   is read: RFC 9112 §6.1 only forbids to use the connection again
//   chunk size      hex digits, then perhaps blanks (old servers pad with them), not before
//   chunk extension ignored; refused with an open quote, which for some goes on in the next line
//   trailer         fields, or all is refused; what they say decides nothing, not even a
//                   Content-Length
//   Content-Type    the last one counts, as in browsers
//   Content-Encoding    several are one list
//   Location        several that differ: the redirect fails, as in Chromium; neither the first nor
//                   the last is taken, because others choose otherwise
//   after the end   bytes are ignored: the connection is never used again

/// Reads one HTTP/1.x answer to a GET. Each fetch owns one and feeds it what `recv` returns. The
/// pieces may have any size: how the bytes are cut never changes the result.
///
/// ```cpp
/// ResponseParser parser(1024 * 1024);  // the largest body that is accepted
/// parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
/// parser.feed("llo");
/// if (parser.complete()) std::puts(parser.take().body.c_str());
/// ```
///
/// It understands Content-Length, chunked bodies, and bodies up to the end of the stream. It skips
/// interim answers (1xx), and knows that 204 and 304 have no body. Boost.Beast inside.
class ResponseParser {
 public:
  /// Limits the bytes of header, interim answers included. The same limit applies to each line
  /// between chunks, and to the trailer.
  static constexpr std::size_t max_header = 64 * 1024;

  /// Accepts `max_body` bytes of body at most.
  explicit ResponseParser(std::size_t max_body);
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;
  ~ResponseParser();

  /// Takes the next bytes. An empty `chunk` is the end of the stream, as `recv` reports it. Bytes
  /// after the end of a complete answer are ignored. Throws `std::system_error` with an `HttpError`
  /// or `std::errc::not_enough_memory`. After an error, the parser can only be destroyed.
  void feed(std::string_view chunk);
  void feed(std::string_view chunk, std::error_code& error) noexcept;

  /// Returns whether the answer is complete, so that nothing more has to be read.
  bool complete() const noexcept;

  /// Returns the answer. Call it once, when `complete()` is true.
  Response take();

 private:
  struct State;
  std::size_t max_body_;
  std::unique_ptr<State> state_;  // from the first byte on: before, there is only a wait
};

}  // namespace common
