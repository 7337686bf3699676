// Shows: the two things that `yield from` is for (§4.5.1): gen_one and gen_two, which do the same,
// and the channel between main and subgen, straight through gen. Where Python yields a plain value,
// a machine yields a Future that holds it.
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/crawl/example_record.h"
#include "common/process/process.h"
#include "future.h"
#include "generator.h"
#include "yield_from.h"

namespace {

using namespace stage4;

Yielded yielded(Value value) {
  auto future = std::make_shared<Future>();
  future->set_result(std::move(value));
  return {future};
}

const Value& value_of(const Yielded& yielded) { return yielded.future->outcome().value; }

// ---- Flattening: `yield from subgen` does the same as a loop over it. Each of these three
// machines waits in one place only, so it needs no `state_`.

// Stands for Python's range(end).
class Range {
 public:
  explicit Range(int end) : end_(end) {}

  Step<Value> resume(Sent& sent) {
    sent.take();
    if (next_ == end_) return Value();
    return yielded(std::to_string(next_++));
  }

 private:
  int next_ = 0;
  const int end_;
};

// Stands for
//
//   def gen_one():
//     subgen = range(10)
//     yield from subgen
class GenOne {
 public:
  Step<Value> resume(Sent& sent) { return yield_from(subgen_, sent); }

 private:
  Range subgen_{10};
};

// Stands for
//
//   def gen_two():
//     subgen = range(10)
//     for item in subgen:
//       yield item
class GenTwo {
 public:
  Step<Value> resume(Sent& sent) {
    sent.take();  // is not passed on: a loop only ever calls next(subgen)
    Sent next;
    auto item = subgen_.resume(next);
    if (item.returned()) return Value();
    return item.yielded();
  }

 private:
  Range subgen_{10};
};

void print_all(auto generator) {
  for (;;) {
    Sent next;
    auto item = generator.resume(next);
    if (item.returned()) break;
    std::cout << ' ' << value_of(item.yielded());
  }
  std::cout << '\n';
}

// ---- The channel in both directions: main sends to subgen through gen, subgen yields to main.

// Stands for
//
//   def subgen():
//     while True:
//       x = yield
//       yield x + 1
class Subgen {
 public:
  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      for (;;) {
        state_ = receiving;
        return yielded({});
      case receiving:
        x_ = std::stoi(sent.take());
        state_ = answering;
        return yielded(std::to_string(x_ + 1));
      case answering:
        sent.take();
      }
    case finished:
      break;
    }
    throw std::logic_error("subgen was resumed after it had finished");
  }

 private:
  enum State { starting, receiving, answering, finished };
  State state_ = starting;
  int x_ = 0;
};

// Stands for
//
//   def gen():
//     yield from subgen()
class Gen {
 public:
  Step<Value> resume(Sent& sent) { return yield_from(subgen_, sent); }

 private:
  Subgen subgen_;
};

// Python 3.7 and later would turn it into a RuntimeError on its way out of a generator.
struct StopIteration : std::exception {};

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  common::ExampleRecord record(argc, argv, "generators");
  std::cout << "gen_one, which yields from range(10):";
  print_all(GenOne());
  std::cout << "gen_two, which loops over range(10): ";
  print_all(GenTwo());

  Gen g;
  Sent next;
  g.resume(next);
  std::cout << "\nnext(g) starts gen, and gen starts subgen\n";

  Sent one{"1", nullptr};
  std::cout << "g.send(1) returns " << value_of(g.resume(one).yielded()) << '\n';

  Sent thrown{{}, std::make_exception_ptr(StopIteration())};
  try {
    g.resume(thrown);
  } catch (const StopIteration&) {
    std::cout << "g.throw(StopIteration) comes back, since subgen does not catch it\n";
  }
  try {
    g.resume(next);
  } catch (const std::logic_error& error) {
    std::cout << "next(g) fails: " << error.what() << '\n';
  }
  return record.finish(std::cout);
}
