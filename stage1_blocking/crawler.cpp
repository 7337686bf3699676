// Shows: one page after another (§3.1). The thread that calls connect, send or recv waits inside
// the call, and so does everything that comes after. This is the first stage: the others are
// compared with its `fetch`.
#include "crawler.h"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <variant>

#include "common/crawl/frontier.h"
#include "common/http/response_parser.h"
#include "common/net/socket.h"

namespace stage1 {

using namespace common;

namespace {

// Lets the next call block until the deadline at most. The kernel knows no deadlines, only how long
// one call may take, so this computes the time left before each call. No call blocks for longer
// than `patience`: only a signal to this very thread could make it return earlier, and Ctrl-C would
// be noticed too late. After the deadline a call takes what is there; the first one that finds
// nothing is the last.
void block_until_deadline(Socket& sock) {
  constexpr Duration patience = std::chrono::milliseconds(500);
  if (sock.too_late()) throw std::system_error(timed_out());
  const auto left = time_until(sock.deadline(), Clock::now());
  sock.set_blocking(left > left.zero());
  sock.set_timeout(std::min(left, patience));
}

void connect(Socket& sock, const Endpoint& address) {
  do {
    block_until_deadline(sock);
  } while (!sock.connect(address));
}

void send_all(Socket& sock, std::string_view bytes) {
  while (!bytes.empty()) {
    block_until_deadline(sock);
    bytes.remove_prefix(sock.send(bytes));
  }
}

std::string read(Socket& sock) {
  for (;;) {
    block_until_deadline(sock);
    if (auto chunk = sock.recv()) return *chunk;
  }
}

Response read_all(Socket& sock, std::size_t max_body) {
  ResponseParser response(max_body);
  while (!response.complete()) response.feed(read(sock));
  return response.take();
}

}  // namespace

Response fetch(Attempt attempt) {
  Socket sock(attempt.address.family(), attempt.timing);
  connect(sock, attempt.address);
  send_all(sock, attempt.request);
  return read_all(sock, attempt.max_body);
}

Outcome outcome_of(FetchFunction how, const Attempt& attempt) {
  try {
    return how(attempt);
  } catch (...) {
    return std::current_exception();
  }
}

std::vector<int> wait_readable(std::vector<int> fds, TimePoint until) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  int timeout = -1;
  if (until != TimePoint::max()) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(time_until(until, Clock::now()));
    timeout = static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(INT_MAX)).count());
  }
  std::vector<int> readable;
  if (::poll(polled.data(), polled.size(), timeout) <= 0) return readable;
  for (const auto& each : polled) {
    if (each.revents != 0) readable.push_back(each.fd);
  }
  return readable;
}

CrawlReport crawl_in_sequence(const CrawlJob& job, FetchFunction how) {
  Frontier frontier(job);
  for (;;) {
    auto next = frontier.next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      frontier.report(*attempt, outcome_of(how, *attempt));
    } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
      wait_readable({frontier.wakeup_fd()}, wait->when);
    } else {
      return frontier.finish();
    }
  }
}

CrawlReport crawl(const CrawlJob& job) {
  if (job.variant.empty() || job.variant == "sequential") return crawl_in_sequence(job, fetch);
  if (job.variant == "processes") return crawl_with_processes(job);
  if (job.variant == "threads") return crawl_with_threads(job);
  if (job.variant == "busy") return crawl_in_sequence(job, fetch_busily);
  throw std::invalid_argument("there is no variant '" + job.variant +
                              "': choose sequential, processes, threads or busy");
}

}  // namespace stage1
