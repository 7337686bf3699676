#include "common/site/practice_site.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "common/http/http_error.h"
#include "common/http/links.h"
#include "common/http/response_parser.h"
#include "common/http/url.h"
#include "common/site/child_process.h"
#include "common/site/faults.h"
#include "common/site/site_process.h"

namespace common {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A client that knows nothing of HTTP: the site's bytes, as they come.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 ||
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), "connect");
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  void send(const std::string& text) {
    ASSERT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
  }
  void get(const std::string& target, const std::string& fields = "") {
    send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n");
  }
  /// Ends our half of the stream.
  void finish() { ::shutdown(fd_, SHUT_WR); }

  /// One read. Empty at the end; on an error, `error` says which.
  std::string read_some() {
    char buffer[4096];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
    error = size < 0 ? errno : 0;
    return size > 0 ? std::string(buffer, size) : std::string();
  }
  /// Reads up to the end of the stream, or an error.
  std::string read_all() {
    std::string all;
    for (std::string some; !(some = read_some()).empty();) all += some;
    return all;
  }
  /// Reads until `text` is among what came.
  std::string read_to(const std::string& text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      const std::string some = read_some();
      if (some.empty()) break;
      all += some;
    }
    return all;
  }
  /// How many segments with data have come.
  std::uint32_t segments() {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_data_segs_in;
  }
  /// Whether there is something to read within the time.
  bool readable_within(std::chrono::milliseconds time) {
    pollfd poll{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, static_cast<int>(time.count())) > 0;
  }

  int error = 0;

 private:
  int fd_;
};

constexpr const char* close_field = "Connection: close\r\n";

/// The whole answer to a request of its own connection.
std::string fetch(std::uint16_t port, const std::string& target) {
  Client client(port);
  client.get(target, close_field);
  return client.read_all();
}

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

SiteOptions at_once() { return {.port = 0, .pages = 10, .delay = 0ms}; }

TEST(PracticeSite, ServesPagesThatLinkToTheirNeighbours) {
  PracticeSite site(at_once());
  const std::string answer = fetch(site.port(), "/3");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/html"));
  EXPECT_THAT(answer, HasSubstr("<title>Page 3</title>"));
  EXPECT_THAT(answer, HasSubstr("<a href=\"/2\">"));
  EXPECT_THAT(answer, HasSubstr("<a href=\"/4\">"));
  EXPECT_THAT(answer, EndsWith("</html>\n"));
}

TEST(PracticeSite, HasNoLinkBeyondTheLastPage) {
  PracticeSite site(at_once());
  const std::string last = fetch(site.port(), "/9");
  EXPECT_THAT(last, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(last, Not(HasSubstr("href=\"/10\"")));
  EXPECT_THAT(last, Not(HasSubstr("href=\"/19\"")));
}

TEST(PracticeSite, ListsPagesParametersAndFaultsOnTheFrontPage) {
  PracticeSite site(at_once());
  const std::string front = fetch(site.port(), "/");
  EXPECT_THAT(front, HasSubstr("10 pages, each answered after 0ms"));
  EXPECT_THAT(front, HasSubstr("<a href=\"/9\">"));
  EXPECT_THAT(front, HasSubstr("?delay_ms="));
  for (const Fault& fault : faults()) {
    EXPECT_THAT(front, HasSubstr("/fault/" + std::string(fault.name)));
    EXPECT_THAT(front, HasSubstr(std::string(fault.sentence)));
  }
}

TEST(PracticeSite, LeadsNoCrawlerThatFollowsLinksIntoAFault) {
  PracticeSite site(at_once());
  EXPECT_THAT(fetch(site.port(), "/"), Not(HasSubstr("href=\"/fault")));
}

TEST(PracticeSite, BringsAPageToExactlyTheBytesAskedFor) {
  PracticeSite site(at_once());
  for (const std::size_t size : {0, 1, 300, 5000, 1'000'000}) {
    const std::string answer = fetch(site.port(), "/1?bytes=" + std::to_string(size));
    EXPECT_THAT(answer, HasSubstr("Content-Length: " + std::to_string(size) + "\r\n"));
    EXPECT_EQ(body_of(answer).size(), size);
  }
}

TEST(PracticeSite, AnswersAfterItsDelay) {
  PracticeSite site({.port = 0, .pages = 1, .delay = 60ms});
  const auto start = Clock::now();
  EXPECT_THAT(fetch(site.port(), "/"), StartsWith("HTTP/1.1 200 "));
  EXPECT_GE(Clock::now() - start, 60ms);
}

TEST(PracticeSite, AnswersAfterTheDelayThatTheRequestAsksForInstead) {
  PracticeSite site({.port = 0, .pages = 1, .delay = 1h});
  const auto start = Clock::now();
  EXPECT_THAT(fetch(site.port(), "/?delay_ms=30"), StartsWith("HTTP/1.1 200 "));
  EXPECT_GE(Clock::now() - start, 30ms);
}

TEST(PracticeSite, AnswersManyDelayedRequestsAtTheSameTime) {
  PracticeSite site({.port = 0, .pages = 10, .delay = 100ms});
  const auto start = Clock::now();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(site.port()));
    clients.back()->get("/1", close_field);
  }
  for (auto& client : clients) EXPECT_THAT(client->read_all(), StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(Clock::now() - start, 50 * 100ms);
}

TEST(PracticeSite, HasAsManyUrlsForAPageAsOneLikes) {
  PracticeSite site(at_once());
  EXPECT_EQ(fetch(site.port(), "/1?again=7"), fetch(site.port(), "/1"));
}

TEST(PracticeSite, UnknownPathIsAnswered404) {
  PracticeSite site(at_once());
  for (const char* target : {"/10", "/0", "/01", "/one", "/1/", "/-1", "/fault/", "/fault/none",
                             "/99999999999999999999999"}) {
    EXPECT_THAT(fetch(site.port(), target), StartsWith("HTTP/1.1 404 Not Found\r\n")) << target;
  }
}

TEST(PracticeSite, Answers400ForParametersThatMakeNoSense) {
  PracticeSite site(at_once());
  for (const char* target :
       {"/1?delay_ms=soon", "/1?delay_ms=", "/1?delay_ms=-1", "/1?bytes=1x", "/1?bytes=99999999999",
        "/1?colour=red", "/1?bytes=%zz", "/fault/close?delay_ms=x"}) {
    EXPECT_THAT(fetch(site.port(), target), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << target;
  }
}

TEST(PracticeSite, RepeatsNoTagThatARequestContains) {
  PracticeSite site(at_once());
  EXPECT_THAT(fetch(site.port(), "/%3Cscript%3E"), HasSubstr("&lt;script>"));
}

TEST(PracticeSite, NonHttpIsAnswered400) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.send("EHLO there\r\n\r\n");
  client.finish();
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(client.error, 0);
}

TEST(PracticeSite, OtherMethodsAreAnswered405WithoutReset) {
  PracticeSite site(at_once());
  Client client(site.port());
  const std::string body(8'000'000, '.');  // more than the kernel holds for one who does not read
  client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  client.finish();
  const std::string answer = client.read_all();
  EXPECT_EQ(client.error, 0);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(PracticeSite, AnswersHeadWithoutABody) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.send("HEAD /1?bytes=5000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_EQ(body_of(answer), "");
}

TEST(PracticeSite, KeepsTheConnectionForAClientThatWantsIt) {
  PracticeSite site(at_once());
  Client client(site.port());
  for (const char* target : {"/1", "/nothing", "/2", "/?bytes=40000"}) {
    client.get(target);
    const std::string head = client.read_to("\r\n\r\n");
    EXPECT_THAT(head, HasSubstr("Connection: keep-alive\r\n"));
    std::string body = body_of(head);
    const auto length = std::stoul(head.substr(head.find("Content-Length: ") + 16));
    while (body.size() < length) {
      const std::string some = client.read_some();
      ASSERT_NE(some, "") << target;
      body += some;
    }
    EXPECT_EQ(body.size(), length);
  }
  EXPECT_EQ(site.counts().connections, 1u);
  EXPECT_EQ(site.counts().requests, 4u);
}

TEST(PracticeSite, AnswersRequestsThatArriveTogetherOneAfterTheOther) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answers = client.read_all();
  const auto first = answers.find("<title>Page 1</title>");
  const auto second = answers.find("<title>Page 2</title>");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
}

TEST(PracticeSite, ClosesTheConnectionOfAnOldClient) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.send("GET /1 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("</html>\n"));
}

TEST(PracticeSite, CountsConnectionsAndRequests) {
  PracticeSite site(at_once());
  {
    Client first(site.port());
    Client second(site.port());
    first.get("/1", close_field);
    second.get("/2", close_field);
    first.read_all();
    second.read_all();
  }
  fetch(site.port(), "/3");
  while (site.counts().open > 0) std::this_thread::yield();
  const SiteCounts counts = site.counts();
  EXPECT_EQ(counts.connections, 3u);
  EXPECT_EQ(counts.requests, 3u);
  EXPECT_GE(counts.most_open, 1u);
  EXPECT_LE(counts.most_open, 3u);
}

TEST(PracticeSite, EndsItsConnectionsWhenItIsDestroyed) {
  auto site = std::make_unique<PracticeSite>(SiteOptions{.port = 0, .pages = 1, .delay = 1h});
  Client waiting(site->port());
  waiting.get("/");
  Client silent(site->port());
  while (site->counts().requests < 1 || site->counts().connections < 2) std::this_thread::yield();
  EXPECT_EQ(site->counts().open, 2u);
  site.reset();
  EXPECT_EQ(waiting.read_all(), "");
  EXPECT_EQ(silent.read_all(), "");
}

TEST(PracticeSite, SaysThatItsPortIsTaken) {
  PracticeSite site(at_once());
  try {
    PracticeSite second({.port = site.port(), .pages = 1, .delay = 0ms});
    FAIL() << "two sites on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(site.port())));
  }
}

TEST(PracticeSiteFault, CloseEndsTheStreamBeforeAnAnswer) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.get("/fault/close");
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(client.error, 0);
}

TEST(PracticeSiteFault, ResetArrivesInTheMiddleOfTheBody) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.get("/fault/reset");
  const std::string answer = client.read_all();
  EXPECT_EQ(client.error, ECONNRESET);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 2000\r\n"));
  EXPECT_GT(body_of(answer).size(), 0u);
  EXPECT_LT(body_of(answer).size(), 2000u);
}

TEST(PracticeSiteFault, HalfClosesAfterHalfTheContentLength) {
  PracticeSite site(at_once());
  const std::string answer = fetch(site.port(), "/fault/half");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 2000\r\n"));
  EXPECT_EQ(body_of(answer).size(), 1000u);
}

TEST(PracticeSiteFault, StallNeverAnswersAndLetsGoOfAClientThatGivesUp) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.get("/fault/stall");
  EXPECT_FALSE(client.readable_within(50ms));
  client.finish();
  EXPECT_EQ(client.read_all(), "");
}

TEST(PracticeSiteFault, GarbageIsNotHttp) {
  PracticeSite site(at_once());
  const std::string answer = fetch(site.port(), "/fault/garbage");
  EXPECT_NE(answer, "");
  EXPECT_THAT(answer, Not(StartsWith("HTTP")));
}

TEST(PracticeSiteFault, DripSendsAValidAnswerAByteAtATime) {
  PracticeSite site({.port = 0, .pages = 1, .delay = 1h});
  Client client(site.port());
  const auto start = Clock::now();
  client.get("/fault/drip?delay_ms=2");
  std::string answer;
  std::size_t reads = 0;
  for (std::string some; !(some = client.read_some()).empty(); ++reads) answer += some;
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(body_of(answer), "<p>A page.</p>\n");
  EXPECT_GE(Clock::now() - start, (answer.size() - 1) * 2ms);
  EXPECT_GT(reads, answer.size() / 2);
}

TEST(PracticeSiteFault, DripNeedsNoPauseBetweenItsBytes) {
  PracticeSite site(at_once());
  Client client(site.port());
  client.get("/fault/drip?delay_ms=0");
  EXPECT_THAT(client.read_all(), EndsWith("</p>\n"));
  // Reads may find several bytes, but that many segments are no page sent at once.
  EXPECT_GT(client.segments(), 10u);
}

/// What a client makes of an answer: "200" or "closed_early", and how the connection ended if it
/// read on: "200, reset".
std::string outcome_of(const PracticeSite& site, const std::string& target) {
  Client client(site.port());
  client.get(target);
  ResponseParser parser(100'000);
  std::error_code error;
  std::size_t size = 0;
  for (bool more = true; more && !error && !parser.complete();) {
    const bool stalls =
        target == "/fault/stall" || (target == "/fault/stall-in-body" && size > 1000);
    if (stalls && !client.readable_within(100ms)) return "nothing more";
    const std::string some = client.read_some();
    if (client.error != 0) return "reset";
    more = !some.empty();
    size += some.size();
    parser.feed(some, error);
  }
  if (error == HttpError::closed_early) return "closed early";
  if (error == HttpError::bad_response) return "bad response";
  if (error == HttpError::headers_too_large) return "headers too large";
  if (error == HttpError::body_too_large) return "body too large";
  const Response response = parser.take();
  std::string outcome = std::to_string(response.status);
  if (!response.content_encoding.empty()) outcome += " " + response.content_encoding;
  if (response.has_location) outcome += " to " + response.location.substr(0, 40);
  if (response.status != 200) return outcome;
  client.finish();
  client.read_all();
  return client.error != 0 ? outcome + ", reset" : outcome;
}

TEST(PracticeSiteFault, EachDoesWhatItsSentenceSays) {
  const std::map<std::string, std::string> expected = {
      {"close", "closed early"},
      {"reset", "reset"},
      {"reset-at-once", "reset"},
      {"reset-at-end", "200, reset"},
      {"half", "closed early"},
      {"half-close", "200"},
      {"stall", "nothing more"},
      {"stall-in-body", "nothing more"},
      {"drip", "200"},
      {"garbage", "bad response"},
      {"status-line-only", "closed early"},
      {"cut-header", "closed early"},
      {"big-header", "200"},
      {"endless-header", "headers too large"},
      {"many-headers", "headers too large"},
      {"nul-header", "bad response"},
      {"no-length", "200"},
      {"too-much", "200"},
      {"two-lengths", "bad response"},
      {"negative-length", "bad response"},
      {"length-in-words", "bad response"},
      {"length-and-chunks", "bad response"},
      {"huge", "body too large"},
      {"endless", "body too large"},
      {"chunks", "200"},
      {"cut-chunks", "closed early"},
      {"bad-chunk", "bad response"},
      {"overflowing-chunk", "bad response"},
      {"unended-chunk", "bad response"},
      {"endless-chunks", "body too large"},
      {"unknown-coding", "bad response"},
      {"gzip", "200 gzip"},
      {"interim", "200"},
      {"endless-interim", "headers too large"},
      {"no-content", "204"},
      {"not-modified", "304"},
      {"busy", "503"},
      {"redirect", "302 to ../"},
      {"redirect-loop", "302 to #here"},
      {"redirect-on", "302 to ?again=1"},
      {"redirect-away", "302 to http://elsewhere.invalid/"},
      {"redirect-nowhere", "302"},
      {"redirect-empty", "302 to "},
      {"redirect-far", "302 to /" + std::string(39, 'x')},
      {"bad-links", "200"},
  };
  PracticeSite site(at_once());
  for (const Fault& fault : faults()) {
    const std::string name(fault.name);
    ASSERT_TRUE(expected.contains(name)) << name;
    EXPECT_EQ(outcome_of(site, "/fault/" + name), expected.at(name)) << name;
  }
  EXPECT_EQ(faults().size(), expected.size());
  EXPECT_EQ(outcome_of(site, "/fault/redirect-on?again=41"), "302 to ?again=42");
}

TEST(PracticeSiteFault, EndlessAnswerStopsWhenItsClientLeaves) {
  PracticeSite site(at_once());
  {
    Client client(site.port());
    client.get("/fault/endless");
    for (std::size_t size = 0; size < 1'000'000;) size += client.read_some().size();
  }
  while (site.counts().open > 0) std::this_thread::yield();
}

TEST(PracticeSiteFault, SomeBadLinksAreNotFollowable) {
  PracticeSite site(at_once());
  const std::string url = site.url("/fault/bad-links");
  const Links links = find_links(body_of(fetch(site.port(), "/fault/bad-links")), Url::parse(url));
  EXPECT_EQ(links.skipped, 4u);
  EXPECT_EQ(links.urls.size(), 3u) << "strange bytes and an empty href name pages of the site";
}

/// Processor time of another process.
std::chrono::nanoseconds processor_time(pid_t pid) {
  clockid_t clock{};
  EXPECT_EQ(::clock_getcpuclockid(pid, &clock), 0);
  timespec time{};
  EXPECT_EQ(::clock_gettime(clock, &time), 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t descriptors_of(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return std::distance(begin(all), end(all));
}

TEST(SiteProcess, ServesAsTheCommandLineSays) {
  SiteProcess site({.port = 0, .pages = 3, .delay = 1500ms});
  EXPECT_EQ(site.url("/2"), "http://127.0.0.1:" + std::to_string(site.port()) + "/2");
  const std::string front = fetch(site.port(), "/?delay_ms=0");
  EXPECT_THAT(front, HasSubstr("3 pages, each answered after 1500ms"));
}

TEST(SiteProcess, SaysWhereItIsReached) {
  ChildProcess site(find_program("common/practice_site"), {"--pages", "7", "--delay", "2s"});
  std::string line(200, '\0');
  line.resize(::read(site.output(), line.data(), line.size()));
  EXPECT_THAT(line, StartsWith("practice site: http://127.0.0.1:"));
  EXPECT_THAT(line, EndsWith("/ (7 pages, each answered after 2s; Ctrl-C ends it)\n"));
  const int status = site.end().status;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(SiteProcess, RefusesOptionsThatMakeNoSense) {
  using Arguments = std::vector<std::string>;
  for (const Arguments& arguments :
       {Arguments{"--delay", "5"}, Arguments{"--delay", "2h"}, Arguments{"--pages", "0"},
        Arguments{"--port", "65536"}, Arguments{"--colour"}, Arguments{"8080"}}) {
    const int status = ChildProcess(find_program("common/practice_site"), arguments).wait().status;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 2) << arguments.back();
  }
}

/// How a child ended, without reaping it.
siginfo_t end_of(pid_t pid) {
  siginfo_t info{};
  EXPECT_EQ(::waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
  return info;
}

TEST(SiteProcess, EndsCleanlyOnCtrlCAndClosesItsConnections) {
  std::signal(SIGINT, SIG_DFL);  // these tests may be a background job, in which it is ignored
  SiteProcess site({.port = 0, .pages = 1, .delay = 1h});
  Client waiting(site.port());
  waiting.get("/fault/drip?delay_ms=0");
  EXPECT_NE(waiting.read_all(), "");  // the site is up and serves
  Client open(site.port());
  open.get("/");
  ASSERT_EQ(::kill(site.pid(), SIGINT), 0);
  const siginfo_t end = end_of(site.pid());
  EXPECT_EQ(end.si_code, CLD_EXITED);
  EXPECT_EQ(end.si_status, 0);
  EXPECT_EQ(open.read_all(), "");
}

TEST(SiteProcess, EndsWithItsParent) {
  // Whose parent dies becomes a child of ours, so that we see it end.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    SiteProcess site(at_once());
    const pid_t pid = site.pid();
    if (::write(channel[1], &pid, sizeof pid) == sizeof pid) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  pid_t site = 0;
  ASSERT_EQ(::read(channel[0], &site, sizeof site), ssize_t(sizeof site));
  ::close(channel[0]);
  ::close(channel[1]);
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  int status = -1;
  EXPECT_EQ(::waitpid(site, &status, 0), site);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(SiteProcess, NeitherEndsNorSpinsWhenItRunsOutOfDescriptors) {
  SiteProcess site(at_once());
  const rlimit limit{.rlim_cur = 40, .rlim_max = 40};
  ASSERT_EQ(::prlimit(site.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);

  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 60; ++i) greedy.push_back(std::make_unique<Client>(site.port()));
  Client late(site.port());
  late.get("/1", close_field);
  const auto before = processor_time(site.pid());
  EXPECT_FALSE(late.readable_within(300ms));
  EXPECT_LT(processor_time(site.pid()) - before, 100ms);

  greedy.clear();
  EXPECT_THAT(late.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(SiteProcess, HoldsTenThousandConnectionsAtOnce) {
  constexpr std::size_t many = 10'000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < many + 100) GTEST_SKIP() << "only " << limit.rlim_max << " descriptors";
  const rlimit before = limit;
  limit.rlim_cur = 1000;  // the site raises its own limit
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  {
    SiteProcess site(at_once());
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    std::vector<std::unique_ptr<Client>> clients;
    while (clients.size() < many) clients.push_back(std::make_unique<Client>(site.port()));
    while (descriptors_of(site.pid()) < many) std::this_thread::yield();

    for (auto& client : clients) client->get("/1", close_field);
    std::size_t answered = 0;
    for (auto& client : clients) answered += client->read_all().ends_with("</html>\n");
    EXPECT_EQ(answered, many);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace common
