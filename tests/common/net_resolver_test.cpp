#include "common/net/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace common {
namespace {

using Result = Resolver::Result;

/// The value of `future`, which is there within a minute or never.
template <typename T>
T wait_for(std::future<T> future) {
  if (future.wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
    throw std::runtime_error("it never came");
  }
  return future.get();
}

Result resolve(Resolver& resolver, const std::string& host, std::uint16_t port = 80) {
  auto promise = std::make_shared<std::promise<Result>>();
  std::future<Result> result = promise->get_future();
  resolver.resolve(host, port, [promise](Result answer) { promise->set_value(std::move(answer)); });
  return wait_for(std::move(result));
}

std::vector<std::string> texts(const Result& result) {
  std::vector<std::string> all;
  for (const Endpoint& address : result.addresses) all.push_back(address.to_string());
  return all;
}

TEST(Resolver, FindsThisHostInTheHostsFile) {
  Resolver resolver;
  const Result result = resolve(resolver, "localhost", 8080);
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(texts(result), ::testing::Contains("127.0.0.1:8080"));
}

TEST(Resolver, TakesNumericAddressesOfBothFamilies) {
  Resolver resolver;
  EXPECT_THAT(texts(resolve(resolver, "127.0.0.1", 1)), ::testing::ElementsAre("127.0.0.1:1"));
  EXPECT_THAT(texts(resolve(resolver, "::1", 2)), ::testing::ElementsAre("[::1]:2"));
}

TEST(Resolver, ExplainsWhyANameHasNoAddress) {
  Resolver resolver;
  // No name server is asked for a name that cannot be.
  for (const std::string& host : {std::string(), std::string(300, 'x')}) {
    const Result result = resolve(resolver, host);
    EXPECT_THAT(result.addresses, ::testing::IsEmpty());
    EXPECT_NE(result.error, "");
  }
}

TEST(Resolver, DistinguishesOurFailureFromAnUnknownName) {
  EXPECT_EQ(Resolver::ask_system(std::string(300, 'x'), 80).ours, std::error_code());

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Result result = Resolver::ask_system("localhost", 80);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(result.addresses, ::testing::IsEmpty());
  EXPECT_EQ(result.ours, std::errc::too_many_files_open);
  EXPECT_EQ(result.error, result.ours.message());

  const Result later = Resolver::ask_system("localhost", 80);
  EXPECT_EQ(later.ours, std::error_code());
  EXPECT_EQ(later.error, "");
}

TEST(Resolver, LooksNamesUpOneAtATimeInTheOrderAskedFor) {
  std::vector<std::string> order;  // of the thread alone, until the last answer is there
  std::promise<void> all_asked;
  Resolver resolver([&, asked = all_asked.get_future().share()](const std::string& host, int) {
    asked.wait();
    order.push_back(host);
    return Result();
  });
  for (const char* host : {"one", "two", "three"}) {
    resolver.resolve(host, 80, [&order, host](Result) { order.push_back(host); });
  }
  std::promise<void> done;
  resolver.resolve("four", 80, [&](Result) { done.set_value(); });
  all_asked.set_value();
  wait_for(done.get_future());
  EXPECT_EQ(order,
            (std::vector<std::string>{"one", "one", "two", "two", "three", "three", "four"}));
}

TEST(Resolver, LetsACallbackAskForMore) {
  std::promise<Result> second;
  Resolver resolver;
  resolver.resolve("127.0.0.1", 1, [&](Result) {
    resolver.resolve("127.0.0.1", 2, [&](Result result) { second.set_value(std::move(result)); });
  });
  EXPECT_THAT(texts(wait_for(second.get_future())), ::testing::ElementsAre("127.0.0.1:2"));
}

TEST(Resolver, BlocksSignalsInItsThreadAndNowhereElse) {
  std::promise<sigset_t> mask_there;
  Resolver resolver([&](const std::string&, int) {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    mask_there.set_value(mask);
    return Result();
  });
  resolve(resolver, "any");
  const sigset_t there = wait_for(mask_there.get_future());
  sigset_t here;
  pthread_sigmask(SIG_BLOCK, nullptr, &here);
  for (const int signal : {SIGINT, SIGTERM, SIGALRM}) {
    EXPECT_EQ(sigismember(&there, signal), 1);
    EXPECT_EQ(sigismember(&here, signal), 0);
  }
}

/// Tells of its destruction: of the end of the thread that holds it.
struct Farewell {
  ~Farewell() { said.set_value(); }
  std::promise<void> said;
};

TEST(Resolver, NeverWaitsForALookUpWhenItIsDropped) {
  auto farewell = std::make_shared<Farewell>();
  std::future<void> thread_ended = farewell->said.get_future();
  std::promise<void> begun;
  std::promise<void> may_end;
  const auto owned = std::make_shared<int>(1);
  bool called = false;
  {
    Resolver resolver([&begun, end = may_end.get_future().share(), farewell = std::move(farewell)](
                          const std::string&, int) {
      begun.set_value();
      end.wait();  // the name server is dead
      return Result();
    });
    resolver.resolve("one", 80, [&called, owned](Result) { called = true; });
    resolver.resolve("two", 80, [&called, owned](Result) { called = true; });
    wait_for(begun.get_future());
    EXPECT_EQ(owned.use_count(), 3);
  }
  EXPECT_EQ(owned.use_count(), 1) << "the callbacks went with it";
  may_end.set_value();
  wait_for(std::move(thread_ended));
  EXPECT_FALSE(called);
}

TEST(Resolver, EndsItsIdleThreadWhenItIsDropped) {
  auto farewell = std::make_shared<Farewell>();
  std::future<void> thread_ended = farewell->said.get_future();
  {
    Resolver resolver(
        [farewell = std::move(farewell)](const std::string&, int) { return Result(); });
    resolve(resolver, "any");
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // so that it is most likely idle
  }
  wait_for(std::move(thread_ended));
}

TEST(Resolver, WaitsForACallbackThatIsBeingCalledWhenItIsDropped) {
  std::promise<void> begun;
  bool over = false;  // unguarded: dropping the Resolver is what orders the two threads
  {
    Resolver resolver([](const std::string&, int) { return Result(); });
    resolver.resolve("any", 80, [&](Result) {
      begun.set_value();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      over = true;
    });
    wait_for(begun.get_future());
  }
  EXPECT_TRUE(over);
}

}  // namespace
}  // namespace common
