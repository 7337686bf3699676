// Shows: how few system calls a page can do with (§4.6): nothing is asked that is known already.
#include "socket.h"

#include "common/trace/trace.h"

namespace stage5 {

using namespace common;

Socket::~Socket() {
  if (loop_ != nullptr) loop_->forget(socket_.fd());
}

std::size_t Socket::send(std::string_view bytes) {
  const std::size_t taken = socket_.send(bytes);
  if (taken < bytes.size()) ready_ &= ~event_write;
  return taken;
}

std::optional<std::string_view> Socket::recv() {
  if (drained_) return std::string_view();
  const auto buffer = loop_->receive_buffer();
  const auto count = socket_.recv_into(buffer);
  if (count == buffer.size())
    return std::string_view(buffer.data(), *count);  // perhaps there is more
  // Fewer bytes than there was room for are all that there were. The loop will tell of more, unless
  // it has told already what comes after them.
  if (!(ready_ & (event_end | event_error))) ready_ &= ~event_read;
  if (!count) return std::nullopt;
  drained_ = (ready_ & event_end) != 0;
  return std::string_view(buffer.data(), *count);
}

void Socket::watch(EventLoop& loop, Events events) {
  loop.watch(socket_.fd(), events, *this);
  loop_ = &loop;
}

void Socket::on_ready(Events events) {
  const trace::Turn turn(timing_->trace, {"call", {{"fd", socket_.fd()}}}, "loop: fd ",
                         socket_.fd(), " is ready");
  ready_ |= events;
  waiting_.wake_all();
}

}  // namespace stage5
