#include "common/http/response_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cassert>
#include <iterator>
#include <optional>

#include "common/http/head.h"
#include "common/http/http_error.h"

namespace common {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Newer versions of Beast (1.92 does, 1.83 does not yet) report the fields behind the last chunk
/// by a function of their own, which a parser has to define. Older ones report them with the
/// header's, and this is just one more function. A class of its own, because a function can't be
/// marked `override` for one version and not for another.
class IgnoresTrailers : public http::basic_parser<false> {
 private:
  virtual void on_trailer_field_impl(http::field, beast::string_view, beast::string_view,
                                     beast::error_code&) {}
};

/// The body of the final message, which Beast takes out of its framing. What stands before a body
/// is read by `read_head`, because Beast refuses a whole answer for a field that decides nothing.
class Message : public IgnoresTrailers {
 public:
  Message(Response& response, std::size_t max_body) : response_(response) {
    header_limit(ResponseParser::max_header);
    body_limit(max_body);
  }

  beast::error_code put(std::string_view bytes) {
    beast::error_code error;
    basic_parser::put(boost::asio::buffer(bytes), error);
    return error;
  }

  /// Returns how many of the next `size` bytes are body, up to the next chunk framing.
  std::size_t body_bytes(std::size_t size) const {
    return chunked() ? static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, size)) : size;
  }

 private:
  using Error = beast::error_code;

  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, Error&) override {}

  void on_response_impl(int, beast::string_view, int, Error&) override {}
  void on_field_impl(http::field, beast::string_view, beast::string_view, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}

  std::size_t on_body_impl(beast::string_view bytes, Error&) override {
    response_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t size, beast::string_view, Error&) override {
    chunk_left_ = size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, Error& error) override {
    chunk_left_ -= bytes.size();
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(Error&) override {}

  Response& response_;
  std::uint64_t chunk_left_ = 0;
};

std::error_code translated(beast::error_code error) {
  if (!error) return {};
  return error == http::error::body_limit ? HttpError::body_too_large : HttpError::bad_response;
}

/// What Beast is to read of a header: how the body ends, and nothing that it could stumble over.
fmt::memory_buffer plain_header(const Response& response, const Framing& framing) {
  fmt::memory_buffer text;  // long enough to do without an allocation
  const auto end = std::back_inserter(text);
  fmt::format_to(end, "HTTP/1.1 {} \r\n", response.status);
  if (framing.length) fmt::format_to(end, "Content-Length: {}\r\n", *framing.length);
  if (framing.chunked) fmt::format_to(end, "Transfer-Encoding: chunked\r\n");
  fmt::format_to(end, "\r\n");
  return text;
}

}  // namespace

// The header, and each line between chunks, are read in one piece: what comes in several chunks is
// gathered. All else is read where it lies, and only the body is copied: to the Response.
struct ResponseParser::State {
  explicit State(std::size_t max) : max_body(max) { message.emplace(response, max_body); }

  static void* operator new(std::size_t size);
  static void operator delete(void* memory) noexcept;

  std::error_code feed(std::string_view chunk);
  std::error_code end_of_stream();
  std::optional<std::string_view> take_piece(std::string_view& chunk, std::error_code& error);
  bool may_begin_with(std::string_view text) const;
  std::error_code read_header(std::string_view piece);
  std::error_code read_chunk_framing(std::string_view piece);

  const std::size_t max_body;
  Response response;
  std::optional<Message> message;
  std::string gathered;                     // the piece that began in an earlier chunk
  std::string_view piece_end = "\r\n\r\n";  // what a piece ends with
  std::size_t shortest_piece = 0;           // and how long it is at least
  std::size_t piece_left = max_header;      // how much longer it may grow
};

// Most answers come in one piece: their States follow one another, in the same memory.
thread_local constinit std::unique_ptr<std::byte[]> spare_memory;

void* ResponseParser::State::operator new(std::size_t size) {
  return spare_memory ? spare_memory.release() : ::operator new[](size);
}

void ResponseParser::State::operator delete(void* memory) noexcept {
  spare_memory.reset(static_cast<std::byte*>(memory));
}

std::error_code ResponseParser::State::feed(std::string_view chunk) {
  std::error_code error;
  while (!error && !message->is_done() && !chunk.empty()) {
    if (!message->is_header_done()) {
      if (const auto piece = take_piece(chunk, error)) error = read_header(*piece);
    } else if (const std::size_t size = message->body_bytes(chunk.size()); size > 0) {
      error = translated(message->put(chunk.substr(0, size)));
      chunk.remove_prefix(size);
    } else if (const auto piece = take_piece(chunk, error)) {
      error = read_chunk_framing(*piece);
    }
  }
  return error;
}

std::error_code ResponseParser::State::end_of_stream() {
  if (message->is_done()) return {};
  if (!message->need_eof()) return HttpError::closed_early;
  beast::error_code error;
  message->put_eof(error);
  return translated(error);
}

/// The next piece, off `chunk`: where it lies, if it began there, else as `gathered`. Nothing if it
/// is not whole yet, or will never be.
std::optional<std::string_view> ResponseParser::State::take_piece(std::string_view& chunk,
                                                                  std::error_code& error) {
  const std::size_t longest = std::min(chunk.size(), piece_left);
  for (std::size_t end = 0; end < longest;) {
    const std::size_t line = end;
    end = std::min(chunk.find('\n', line), longest - 1) + 1;
    if (!gathered.empty()) gathered += chunk.substr(line, end - line);
    const std::string_view text = gathered.empty() ? chunk.substr(0, end) : gathered;
    const bool begins_right = line > 0 || may_begin_with(text);
    const bool bare_line_feed = text.back() == '\n' && !text.ends_with("\r\n");
    if (!begins_right || bare_line_feed) {
      error = HttpError::bad_response;
      return std::nullopt;
    }
    if (text.size() >= shortest_piece && text.ends_with(piece_end)) {
      chunk.remove_prefix(end);
      piece_left -= end;
      return text;
    }
  }
  if (gathered.empty()) gathered = chunk.substr(0, longest);
  chunk.remove_prefix(longest);
  piece_left -= longest;
  if (!chunk.empty()) error = HttpError::headers_too_large;
  return std::nullopt;
}

/// Beast would say the same, but only when the piece is whole, which may be never.
bool ResponseParser::State::may_begin_with(std::string_view text) const {
  constexpr std::string_view begin = "HTTP/1.";
  return message->is_header_done() || text.substr(0, begin.size()) == begin.substr(0, text.size());
}

std::error_code ResponseParser::State::read_header(std::string_view piece) {
  const auto framing = read_head(piece, response);
  if (!framing) return HttpError::bad_response;
  response.header_bytes = piece.size();
  gathered = std::string();  // which also gives its memory back
  const bool interim = response.status / 100 == 1;
  if (interim) {
    response = Response();
    return {};
  }
  piece_end = "\r\n";
  piece_left = max_header;
  const fmt::memory_buffer header = plain_header(response, *framing);
  return translated(message->put({header.data(), header.size()}));
}

std::error_code ResponseParser::State::read_chunk_framing(std::string_view piece) {
  // Except for the first chunk, its size line follows the line end of the chunk before.
  const std::size_t begin = piece.starts_with("\r\n") ? 2 : 0;
  const std::size_t end = piece.find("\r\n", begin);
  const bool after_chunk = shortest_piece > 0;
  const auto size = chunk_size(piece.substr(begin, end - begin));
  if (!size || after_chunk != (begin > 0)) return HttpError::bad_response;
  const bool last = size->find_first_not_of('0') == std::string_view::npos;
  if (last && piece_end == "\r\n") {
    piece_end = "\r\n\r\n";  // the last chunk and its trailer are read as one piece
    if (gathered.empty()) gathered = piece;
    return {};
  }
  if (last && !are_fields(piece.substr(end + 2))) return HttpError::bad_response;
  std::string line(piece.substr(0, begin));
  line.append(*size).append(last ? "\r\n\r\n" : "\r\n");
  gathered.clear();
  piece_left = max_header;
  shortest_piece = std::string_view("\r\n\r\n").size();  // the end of a chunk, and a line
  return translated(message->put(line));
}

ResponseParser::ResponseParser(std::size_t max_body) : max_body_(max_body) {}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

void ResponseParser::feed(std::string_view chunk) {
  std::error_code error;
  feed(chunk, error);
  if (error) throw std::system_error(error);
}

void ResponseParser::feed(std::string_view chunk, std::error_code& error) noexcept {
  try {
    if (!state_) state_ = std::make_unique<State>(max_body_);
    error = chunk.empty() ? state_->end_of_stream() : state_->feed(chunk);
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
  }
}

bool ResponseParser::complete() const noexcept { return state_ && state_->message->is_done(); }

Response ResponseParser::take() {
  assert(complete());
  return std::move(state_->response);
}

}  // namespace common
