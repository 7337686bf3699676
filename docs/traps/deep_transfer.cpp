// The trap: to await in a loop what is done at once, by symmetric transfer. It is a tail call when
// the compiler optimises, and an ordinary call when not: then each await leaves a frame on the
// stack.
#include "trap.h"

// A coroutine that another one awaits: `Start` says how it is begun.
template <class Start>
class Child {
 public:
  struct promise_type {
    std::coroutine_handle<> parent = std::noop_coroutine();
    Child get_return_object() {
      return Child(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct ResumeParent {
        explicit ResumeParent(std::coroutine_handle<> parent) : parent(parent) {}
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return parent; }
        void await_resume() noexcept {}
        std::coroutine_handle<> parent;
      };
      return ResumeParent(parent);
    }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  explicit Child(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Child(Child&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (handle_) handle_.destroy();
  }

  void resume() { handle_.resume(); }

  bool await_ready() { return false; }
  auto await_suspend(std::coroutine_handle<> parent) { return Start::begin(handle_, parent); }
  void await_resume() {}

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace fault {

// The child takes the parent's place, and the parent that of the child when it ends.
struct Start {
  static std::coroutine_handle<> begin(auto child, std::coroutine_handle<> parent) {
    child.promise().parent = parent;
    return child;
  }
};

}  // namespace fault

namespace cure {

// The child runs right here. Only if it has to wait is the parent suspended.
struct Start {
  static bool begin(auto child, std::coroutine_handle<> parent) {
    child.resume();
    if (child.done()) return false;
    child.promise().parent = parent;
    return true;
  }
};

}  // namespace cure

template <class Start>
Child<Start> nothing() {
  co_return;
}

template <class Start>
Child<Start> a_million_times() {
  for (int i = 0; i < 1'000'000; ++i) co_await nothing<Start>();
  std::puts("a million awaits");
}

int main(int argc, char** argv) {
  return traps::run(
      argc, argv, [] { a_million_times<fault::Start>().resume(); },
      [] { a_million_times<cure::Start>().resume(); });
}
