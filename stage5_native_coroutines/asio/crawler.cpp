// Shows: stage 5's crawler as you would write it at work (§5). Since stage 5: loop, coroutine type,
// tasks, sockets and timers come from Boost.Asio and Beast. `fetch` and its parts stay.
#include "crawler.h"

#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstring>
#include <exception>
#include <tuple>
#include <variant>

#include "common/crawl/frontier.h"
#include "common/http/response_parser.h"
#include "common/net/socket.h"

namespace asio_crawler {

using namespace common;
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::as_tuple;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

namespace {

// References are safe here as in stage 5, because each call is awaited immediately.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

awaitable<void> connect(beast::tcp_stream& stream, const Attempt& attempt) {
  tcp::endpoint address;
  std::memcpy(address.data(), attempt.address.data(), attempt.address.size());
  address.resize(attempt.address.size());
  stream.expires_at(attempt.timing->current_deadline());
  attempt.timing->connecting = Clock::now();
  co_await stream.async_connect(address, use_awaitable);
  attempt.timing->connected = Clock::now();
  stream.expires_at(
      attempt.timing->current_deadline());  // for everything up to the end of the response
}

awaitable<void> send_all(beast::tcp_stream& stream, const Attempt& attempt) {
  for (auto unsent = asio::buffer(attempt.request); unsent.size() > 0;) {
    unsent += co_await stream.async_write_some(unsent, use_awaitable);
    attempt.timing->sent = Clock::now();
  }
}

awaitable<Response> read_all(beast::tcp_stream& stream, const Attempt& attempt) {
  ResponseParser response(attempt.max_body);
  std::array<char, Socket::chunk_size> buffer;
  while (!response.complete()) {
    error_code error;
    std::size_t size = 0;
    if (Clock::now() < attempt.timing->current_deadline()) {
      std::tie(error, size) =
          co_await stream.async_read_some(asio::buffer(buffer), as_tuple(use_awaitable));
    } else {  // Beast gives up without asking, yet what arrived in time counts
      stream.socket().non_blocking(true);
      size = stream.socket().read_some(asio::buffer(buffer), error);
      if (error == asio::error::would_block) error = beast::error::timeout;
    }
    if (error && error != asio::error::eof) throw system_error(error);
    auto& first_byte = attempt.timing->first_byte;
    if (size > 0 && first_byte == TimePoint{}) first_byte = Clock::now();
    response.feed({buffer.data(), size});
  }
  co_return response.take();
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

awaitable<Response> fetch(Attempt attempt) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  co_await connect(stream, attempt);
  co_await send_all(stream, attempt);
  co_return co_await read_all(stream, attempt);
}

awaitable<Outcome> outcome_of(Attempt attempt) {
  try {
    co_return co_await fetch(attempt);
  } catch (const system_error& error) {  // Boost's isn't std::system_error
    const bool timeout = error.code() == beast::error::timeout;
    co_return timeout ? timed_out() : std::error_code(error.code());
  } catch (...) {
    co_return std::current_exception();
  }
}

// `news` is a timer used as a condition variable, as is usual with Asio: cancelling it wakes those
// that wait for it.
awaitable<void> fetch_and_report(Attempt attempt, Frontier* frontier, asio::steady_timer* news) {
  frontier->report(attempt, co_await outcome_of(attempt));
  news->cancel();
}

awaitable<void> listen(asio::posix::stream_descriptor* wakeup, asio::steady_timer* news) {
  for (;;) {
    co_await wakeup->async_wait(asio::posix::stream_descriptor::wait_read, use_awaitable);
    news->cancel();
  }
}

// Keeps as many fetches going as the Frontier allows.
awaitable<void> crawl_all(Frontier* frontier) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer news(executor);
  // A duplicate, because Asio closes the descriptor it gets and this one belongs to the Frontier.
  asio::posix::stream_descriptor wakeup(executor, ::dup(frontier->wakeup_fd()));
  co_spawn(executor, listen(&wakeup, &news), asio::detached);
  for (;;) {
    auto next = frontier->next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      co_spawn(executor, fetch_and_report(*attempt, frontier, &news), asio::detached);
      continue;
    }
    if (std::holds_alternative<Finished>(next)) co_return;
    const auto* wait = std::get_if<WaitUntil>(&next);
    news.expires_at(wait ? wait->when : TimePoint::max());
    co_await news.async_wait(as_tuple(use_awaitable));
  }
}

}  // namespace

CrawlReport crawl(const CrawlJob& job) {
  Frontier frontier(job);
  asio::io_context io(1);  // for one thread; destroying it destroys the coroutines that still wait
  std::exception_ptr failure;
  co_spawn(io, crawl_all(&frontier), [&](std::exception_ptr error) {
    failure = error;
    io.stop();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return frontier.finish();
}

}  // namespace asio_crawler
