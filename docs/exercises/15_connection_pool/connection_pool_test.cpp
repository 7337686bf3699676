// Exercise 15. The test of start/connection_pool.h, or of the solution.
#include "connection_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/net/endpoint.h"
#include "common/site/practice_site.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/task.h"
#include "tests/common/net_peer.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

using common::Endpoint;
using common::PracticeSite;
using common::Response;

std::string request(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: here\r\n" + more + "\r\n";
}

class ConnectionPoolTest : public Runtime {
 protected:
  static Endpoint address(const PracticeSite& site) {
    return *Endpoint::parse("127.0.0.1", site.port());
  }
  Response fetch(const std::string& path, const std::string& more = "") {
    return run(pool.fetch(address(site), request(path, more)));
  }
  // Pages fetched side by side.
  std::vector<Response> fetch_all(const std::vector<std::string>& paths) {
    std::vector<Coroutine<Response>> all;
    for (const auto& path : paths) all.push_back(pool.fetch(address(site), request(path)));
    return run(gather(std::move(all)));
  }

  PracticeSite site{{.delay = milliseconds(1)}};
  ConnectionPool pool;
};

TEST_F(ConnectionPoolTest, FetchesOnePageAfterAnotherOverTheSameConnection) {
  for (const auto* path : {"/1", "/2", "/3", "/4", "/5"}) EXPECT_EQ(fetch(path).status, 200);
  EXPECT_EQ(site.counts().requests, 5u);
  EXPECT_EQ(site.counts().connections, 1u);
}

TEST_F(ConnectionPoolTest, NeedsAsManyConnectionsAsThereAreFetchesAtOnce) {
  for (int i = 0; i < 3; ++i) {
    const auto responses = fetch_all({"/1", "/2", "/3"});
    EXPECT_EQ(responses.size(), 3u);
  }
  EXPECT_EQ(site.counts().requests, 9u);
  EXPECT_EQ(site.counts().connections, 3u);
}

TEST_F(ConnectionPoolTest, GivesEachRequestItsOwnAnswer) {
  std::vector<std::string> bodies;
  for (const auto* path : {"/1?bytes=2000", "/2?bytes=3000"}) {
    const auto response = fetch(path);
    bodies.push_back(response.body);
  }
  EXPECT_NE(bodies[0], bodies[1]);
  EXPECT_EQ(fetch("/1?bytes=2000").body, bodies[0]);
  EXPECT_EQ(fetch("/nowhere").status, 404);
  EXPECT_EQ(fetch("/2?bytes=3000").body, bodies[1]);
  EXPECT_EQ(site.counts().connections, 1u);
}

TEST_F(ConnectionPoolTest, DoesNotMixUpAddresses) {
  PracticeSite other({.delay = milliseconds(1)});
  fetch("/1");
  run(pool.fetch(address(other), request("/1")));
  fetch("/1");
  EXPECT_EQ(site.counts().requests, 2u);
  EXPECT_EQ(other.counts().requests, 1u);
}

TEST_F(ConnectionPoolTest, TakesANewConnectionWhenTheServerHasClosedTheKeptOne) {
  fetch("/1", "Connection: close\r\n");  // as if it had grown tired of waiting
  EXPECT_EQ(fetch("/2").status, 200);
  EXPECT_EQ(fetch("/3").status, 200);
  EXPECT_EQ(site.counts().connections, 2u);
}

TEST_F(ConnectionPoolTest, DoesNotKeepAConnectionOnWhichAnAnswerIsStillToCome) {
  fetch("/1");
  Task<Response> slow(*loop, pool.fetch(address(site), request("/2?delay_ms=2000")));
  const auto enough = loop->call_later(milliseconds(20), [&] { slow.cancel(); });
  run();
  EXPECT_TRUE(slow.cancelled());
  const auto page = fetch("/1?bytes=2000");
  EXPECT_EQ(page.body, fetch("/1?bytes=2000").body);
  EXPECT_EQ(site.counts().connections, 2u);
}

TEST_F(ConnectionPoolTest, ThrowsTheErrorOfANewConnection) {
  common::testing::Listener nobody;  // it never listens
  EXPECT_THROW(run(pool.fetch(nobody.endpoint(), request("/"))), std::system_error);
  EXPECT_THROW(run(pool.fetch(nobody.endpoint(), request("/"))), std::system_error);
}

TEST_F(ConnectionPoolTest, ThrowsAnErrorThatEveryConnectionMeets) {
  fetch("/1");
  EXPECT_THROW(fetch("/fault/close"), std::system_error);
  EXPECT_EQ(fetch("/1").status, 200);
}

}  // namespace
