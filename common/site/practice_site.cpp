#include "common/site/practice_site.h"

#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/none.hpp>
#include <system_error>
#include <thread>

#include "common/process/process.h"
#include "common/site/site_content.h"

namespace common {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

/// Written by the server's thread, read by any.
struct Counters {
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> open = 0;
  std::atomic<std::size_t> most_open = 0;
  std::atomic<std::size_t> requests = 0;
};

/// What a connection needs of the server; outlives it.
struct Shared {
  SiteContent content;
  Counters counters;
};

asio::awaitable<void> pause_for(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(use_awaitable);
}

/// One client. A failure of its connection leaves `serve` as an exception.
class Connection {
 public:
  Connection(Shared& shared, tcp::socket socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { --shared_.counters.open; }

  /// Answers requests for as long as there are any. The coroutine owns its connection.
  static asio::awaitable<void> serve(std::unique_ptr<Connection> connection);

 private:
  /// The answer to the next request, or nothing if the client has none.
  asio::awaitable<std::optional<Answer>> next_answer();
  asio::awaitable<void> play(Answer answer);
  asio::awaitable<void> drip(std::string_view bytes, Duration pause);
  asio::awaitable<void> read_to_end();

  Shared& shared_;
  tcp::socket socket_;
  beast::flat_buffer unread_;
};

Connection::Connection(Shared& shared, tcp::socket socket)
    : shared_(shared), socket_(std::move(socket)) {
  Counters& counters = shared_.counters;
  ++counters.connections;
  counters.most_open = std::max<std::size_t>(counters.most_open, ++counters.open);
}

asio::awaitable<void> Connection::serve(std::unique_ptr<Connection> connection) {
  while (std::optional<Answer> answer = co_await connection->next_answer()) {
    const Ending ending = answer->ending;
    co_await connection->play(*std::move(answer));
    if (ending != Ending::keep) break;
  }
}

asio::awaitable<std::optional<Answer>> Connection::next_answer() {
  http::request_parser<http::empty_body> parser;
  parser.body_limit(boost::none);  // a body is refused by its method, not by its length
  error_code error;
  co_await http::async_read_header(socket_, unread_, parser, redirect_error(use_awaitable, error));
  if (error == http::error::end_of_stream) co_return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category()) {
    co_return SiteContent::refusal("This is not an HTTP request: " + error.message() + ".");
  }
  if (error) throw boost::system::system_error(error);

  ++shared_.counters.requests;
  const auto& request = parser.get();
  const SiteRequest asked{.method = std::string(request.method_string()),
                          .target = std::string(request.target()),
                          .keep_alive = parser.keep_alive(),
                          .has_body = !parser.is_done()};
  // A connection that waits should be small: ten thousand of them may.
  if (unread_.size() == 0) unread_.shrink_to_fit();
  co_return shared_.content.answer(asked);
}

asio::awaitable<void> Connection::play(Answer answer) {
  if (answer.wait > Duration::zero()) co_await pause_for(answer.wait);

  if (answer.drip) {
    co_await drip(answer.bytes, *answer.drip);
  } else {
    co_await asio::async_write(socket_, asio::buffer(answer.bytes), use_awaitable);
  }
  while (answer.more_bytes > 0) {
    const auto piece = answer.more.substr(0, answer.more_bytes);
    co_await asio::async_write(socket_, asio::buffer(piece), use_awaitable);
    if (answer.more_bytes != Answer::endless) answer.more_bytes -= piece.size();
  }

  switch (answer.ending) {
  case Ending::keep:
    break;
  case Ending::close:
    socket_.shutdown(tcp::socket::shutdown_send);
    break;
  case Ending::half_close:
    socket_.shutdown(tcp::socket::shutdown_send);
    co_await read_to_end();
    break;
  case Ending::stall:
    co_await read_to_end();
    break;
  case Ending::reset:
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
    break;
  }
}

asio::awaitable<void> Connection::drip(std::string_view bytes, Duration pause) {
  socket_.set_option(tcp::no_delay(true));  // else the kernel would collect them
  for (const char& byte : bytes) {
    co_await asio::async_write(socket_, asio::buffer(&byte, 1), use_awaitable);
    if (pause > Duration::zero()) co_await pause_for(pause);
  }
}

asio::awaitable<void> Connection::read_to_end() {
  error_code error;
  char dropped[1024];
  while (!error) {
    co_await socket_.async_read_some(asio::buffer(dropped), redirect_error(use_awaitable, error));
  }
}

/// Accepts, and starts a coroutine for each connection.
class Server {
 public:
  explicit Server(const SiteOptions& options);

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const Counters& counters() const { return shared_.counters; }
  asio::io_context& io() { return io_; }

 private:
  asio::awaitable<void> accept_all();
  /// Accepts a batch of waiting connections. Returns the error that kept it from accepting more.
  error_code accept_batch();

  Shared shared_;
  // Declared after what its coroutines use, because destroying it destroys those that still wait.
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
};

Server::Server(const SiteOptions& options) : shared_{.content = SiteContent(options), .counters{}} {
  const tcp::endpoint address(asio::ip::address_v4::loopback(), options.port);
  error_code error;
  acceptor_.open(address.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(address, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw std::system_error(error, "port " + std::to_string(options.port) + " of 127.0.0.1");
  }
  acceptor_.non_blocking(true);
  asio::co_spawn(io_, accept_all(), asio::detached);
}

asio::awaitable<void> Server::accept_all() {
  for (;;) {
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, use_awaitable);
    const error_code error = accept_batch();
    // Out of descriptors, most likely: connections that end will give some back.
    if (error && error != asio::error::would_block)
      co_await pause_for(std::chrono::milliseconds(20));
  }
}

error_code Server::accept_batch() {
  // Bounded, so that open connections get their turn.
  constexpr int most = 64;
  error_code error;
  for (int taken = 0; taken < most; ++taken) {
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (error) break;
    asio::co_spawn(io_, Connection::serve(std::make_unique<Connection>(shared_, std::move(socket))),
                   asio::detached);
  }
  return error;
}

/// Stops `io` when the stream ends or cannot be read.
asio::awaitable<void> stop_at_end_of(asio::io_context* io, int stream) {
  error_code error;
  asio::posix::stream_descriptor leash(*io);
  leash.assign(::dup(stream), error);
  char dropped[64];
  while (!error) {
    co_await leash.async_read_some(asio::buffer(dropped), redirect_error(use_awaitable, error));
  }
  io->stop();
}

/// A thread that gets no signal: Ctrl-C is for the one that crawls.
template <typename Work>
std::thread thread_without_signals(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(work));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

struct PracticeSite::State {
  explicit State(const SiteOptions& options) : server(options) {}

  Server server;
  std::thread thread = thread_without_signals([this] { server.io().run(); });
};

PracticeSite::PracticeSite(SiteOptions options) : state_(std::make_unique<State>(options)) {}

PracticeSite::~PracticeSite() {
  state_->server.io().stop();
  state_->thread.join();
}

std::uint16_t PracticeSite::port() const noexcept { return state_->server.port(); }

std::string PracticeSite::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + path;
}

SiteCounts PracticeSite::counts() const {
  const Counters& counters = state_->server.counters();
  return {.connections = counters.connections,
          .open = counters.open,
          .most_open = counters.most_open,
          .requests = counters.requests};
}

void PracticeSite::run(SiteOptions options, const std::function<void(std::uint16_t port)>& started,
                       std::optional<int> leash) {
  Server server(options);
  asio::signal_set signals(server.io());
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) signals.add(signal);
  }
  signals.async_wait([&server](error_code, int) { server.io().stop(); });
  if (leash) asio::co_spawn(server.io(), stop_at_end_of(&server.io(), *leash), asio::detached);
  started(server.port());
  server.io().run();
}

}  // namespace common
