#include "common/crawl/crawl_error.h"

#include <array>
#include <cstddef>

#include "common/http/http_error.h"

namespace common {
namespace {

struct Words {
  CrawlError error;
  const char* name;
  const char* sentence;
};

constexpr std::array words = {
    Words{CrawlError::bad_url, "bad_url", "not a URL that can be fetched"},
    Words{CrawlError::unsupported_scheme, "unsupported_scheme", "only http:// can be fetched"},
    Words{CrawlError::name_not_found, "name_not_found", "the host's name was not found"},
    Words{CrawlError::lookup_failed, "lookup_failed", "the host's name could not be looked up"},
    Words{CrawlError::connection_refused, "connection_refused", "connection refused"},
    Words{CrawlError::unreachable, "unreachable", "the host cannot be reached"},
    Words{CrawlError::connect_timed_out, "connect_timed_out", "not connected in time"},
    Words{CrawlError::timed_out, "timed_out", "no complete answer in time"},
    Words{CrawlError::connection_reset, "connection_reset", "the server reset the connection"},
    Words{CrawlError::closed_early, "closed_early",
          "the server closed the connection before the answer was complete"},
    Words{CrawlError::bad_response, "bad_response", "the answer is not valid HTTP"},
    Words{CrawlError::headers_too_large, "headers_too_large", "the answer's header is too large"},
    Words{CrawlError::body_too_large, "body_too_large", "the answer's body is larger than allowed"},
    Words{CrawlError::unsupported_encoding, "unsupported_encoding",
          "the answer is encoded in a way that was not asked for"},
    Words{CrawlError::too_many_redirects, "too_many_redirects", "too many redirects in a row"},
    Words{CrawlError::redirect_loop, "redirect_loop", "the redirects lead round in a circle"},
    Words{CrawlError::bad_redirect, "bad_redirect", "the redirect does not say where to"},
    Words{CrawlError::too_many_open_files, "too_many_open_files", "no file descriptor is free"},
    Words{CrawlError::interrupted, "interrupted", "interrupted"},
    Words{CrawlError::internal_error, "internal_error", "something went wrong in the crawler"},
};

// In the order of the enumeration, so that an error is its own index.
constexpr bool complete_and_in_order() {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (static_cast<std::size_t>(words[i].error) != i + 1) return false;
  }
  return words.back().error == CrawlError::internal_error;
}
static_assert(complete_and_in_order());

const Words& words_of(CrawlError error) {
  const auto index = static_cast<std::size_t>(error) - 1;
  return index < words.size() ? words[index] : words.back();
}

class CrawlCategory : public std::error_category {
 public:
  const char* name() const noexcept override { return "crawl"; }
  std::string message(int value) const override {
    return words_of(static_cast<CrawlError>(value)).sentence;
  }
};

const std::error_category& crawl_category() {
  static const CrawlCategory category;
  return category;
}

CrawlError from_system(std::errc error, bool connected) {
  switch (error) {
  case std::errc::connection_refused:
    return CrawlError::connection_refused;
  case std::errc::timed_out:
    return connected ? CrawlError::timed_out : CrawlError::connect_timed_out;
  case std::errc::connection_reset:
  case std::errc::connection_aborted:
  case std::errc::broken_pipe:
    return CrawlError::connection_reset;
  case std::errc::host_unreachable:
  case std::errc::network_unreachable:
  case std::errc::network_down:
  case std::errc::address_not_available:         // no local address or port to connect from
  case std::errc::address_family_not_supported:  // a system without IPv6
  case std::errc::permission_denied:             // a firewall's answer
  case std::errc::operation_not_permitted:
    return CrawlError::unreachable;
  case std::errc::too_many_files_open:
  case std::errc::too_many_files_open_in_system:
  case std::errc::no_buffer_space:
  case std::errc::not_enough_memory:  // the kernel's, for a socket: it has room again when another
                                      // one is closed
    return CrawlError::too_many_open_files;
  case std::errc::interrupted:
  case std::errc::operation_canceled:
    return CrawlError::interrupted;
  default:
    return CrawlError::internal_error;
  }
}

}  // namespace

std::error_code make_error_code(CrawlError error) noexcept {
  return {static_cast<int>(error), crawl_category()};
}

std::string error_name(CrawlError error) { return words_of(error).name; }

CrawlError crawl_error_from(std::error_code error, bool connected) noexcept {
  if (error.category() == crawl_category()) return static_cast<CrawlError>(error.value());
  if (error == HttpError::closed_early) return CrawlError::closed_early;
  if (error == HttpError::bad_response) return CrawlError::bad_response;
  if (error == HttpError::headers_too_large) return CrawlError::headers_too_large;
  if (error == HttpError::body_too_large) return CrawlError::body_too_large;

  const std::error_condition condition = error.default_error_condition();
  if (condition.category() != std::generic_category()) return CrawlError::internal_error;
  return from_system(static_cast<std::errc>(condition.value()), connected);
}

}  // namespace common
