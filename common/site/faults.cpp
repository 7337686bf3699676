#include "common/site/faults.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace common {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;
using Query = const SiteQuery&;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
const std::string body = "<p>A page.</p>\n";  // 15 bytes, f in hexadecimal
const std::string page = ok + "Content-Length: 15\r\n\r\n" + body;
const std::string half_page = ok + "Content-Length: 2000\r\n\r\n" + std::string(1000, '.');
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view gzipped_body(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\x29\xb0\x73\xce\xcf\x2d\x28\x4a\x2d\x2e\x4e\x4d"
    "\xd1\x51\x28\xc9\xc8\x2f\x4d\xcf\x50\xc8\xcb\x4f\xca\x4f\xa9\x54\x48\x2c\xce\x4e\x4d\x51\x48"
    "\xcb\x2f\x52\xc8\x2c\xd1\xb3\xd1\x2f\xb0\xe3\x02\x00\x13\xee\xd6\x12\x2f\x00\x00\x00",
    67);

/// Enough of them that sending them for ever is not much work.
std::string many(std::string_view text) {
  std::string all;
  while (all.size() < 16 * 1024) all += text;
  return all;
}
const std::string many_words = many("and on and on ");
const std::string many_lines = many("All work and no play.\n");
const std::string many_fields = many("X-Flood: one more\r\n");
const std::string many_chunks = many("f\r\nAnd one more...\r\n");
const std::string many_interim_answers = many("HTTP/1.1 103 Early Hints\r\n\r\n");

/// `bytes`, and what happens after them.
Answer served(std::string bytes, Ending ending = Ending::close) {
  Answer answer;
  answer.bytes = std::move(bytes);
  answer.ending = ending;
  return answer;
}

/// `bytes`, and then `more`, one of the above, again and again.
Answer endless(std::string bytes, std::string_view more) {
  Answer answer = served(std::move(bytes));
  answer.more = more;
  answer.more_bytes = Answer::endless;
  return answer;
}

/// A page whose header has one more line, or several.
Answer with_field(const std::string& field) { return served(ok + field + "\r\n\r\n" + body); }

Answer redirect(const std::string& field) {
  return served("HTTP/1.1 302 Found\r\n" + field + "Content-Length: 0\r\n\r\n");
}

Answer dripped(Query query) {
  Answer answer = served(page);
  answer.drip = milliseconds(query.delay_ms.value_or(1));
  return answer;
}

/// Hands a client on for as long as it comes: each time to another URL.
Answer redirected_on(Query query) {
  return redirect("Location: ?again=" + std::to_string(query.again.value_or(0) + 1) + "\r\n");
}

Answer page_of_bad_links(Query) {
  const std::string links =
      "<a href='javascript:alert(1)'>1</a> <a href='mailto:a@b.example'>2</a> "
      "<a href='http://127.0.0.1:99999/'>3</a> <a href='/\x01\x02'>4</a> "
      "<a href='/\xff\xfe'>5</a> <a href='http://['>6</a> <a href=''>7</a> <a>8</a>\n";
  return served(ok + "\r\n" + links);
}

const Fault table[] = {
    // The connection ends, or does not.
    {"close", "Closes the connection before an answer.", [](Query) { return served(""); }},
    {"reset", "Resets the connection (RST) in the middle of the body.",
     [](Query) { return served(half_page, Ending::reset); }},
    {"reset-at-once", "Resets the connection before an answer.",
     [](Query) { return served("", Ending::reset); }},
    {"reset-at-end", "A whole page, and a reset where the connection should end.",
     [](Query) { return served(page, Ending::reset); }},
    {"half", "Sends half of its Content-Length, then closes.",
     [](Query) { return served(half_page); }},
    {"half-close", "A whole page; then ends its side and waits for the client to end.",
     [](Query) { return served(page, Ending::half_close); }},
    {"stall", "Takes the request and never answers.",
     [](Query) { return served("", Ending::stall); }},
    {"stall-in-body", "Stops in the middle of the body for ever.",
     [](Query) { return served(half_page, Ending::stall); }},
    {"drip", "A page sent a byte at a time: one every delay_ms (1 unless told).", dripped},
    // Not HTTP, or only half of it.
    {"garbage", "Answers with bytes that aren't HTTP.",
     [](Query) { return served("220 ready, but this is another protocol\r\n\r\n"); }},
    {"status-line-only", "Closes after the status line.",
     [](Query) { return served("HTTP/1.1 200 OK\r\n"); }},
    {"cut-header", "Closes inside the header.",
     [](Query) { return served("HTTP/1.1 200 OK\r\nContent-Le"); }},
    {"big-header", "A page with a header of 32 KiB, which is a lot but allowed.",
     [](Query) {
       return with_field("X-Big: " + std::string(32 * 1024, 'x') + "\r\nContent-Length: 15");
     }},
    {"endless-header", "One header field that never ends.",
     [](Query) { return endless(ok + "X-Endless: ", many_words); }},
    {"many-headers", "Header fields without end.", [](Query) { return endless(ok, many_fields); }},
    {"nul-header", "A zero byte in the header.",
     [](Query) { return with_field("X-Nul: a\0b\r\nContent-Length: 15"s); }},
    // How long is the body?
    {"no-length", "A page without a length: the end of the stream ends it.",
     [](Query) { return with_field("Connection: close"); }},
    {"too-much", "Sends more than its Content-Length.",
     [](Query) { return served(page + "and more"); }},
    {"two-lengths", "Two Content-Lengths that differ.",
     [](Query) { return with_field("Content-Length: 15\r\nContent-Length: 16"); }},
    {"negative-length", "A Content-Length of -15.",
     [](Query) { return with_field("Content-Length: -15"); }},
    {"length-in-words", "A Content-Length that isn't a number.",
     [](Query) { return with_field("Content-Length: fifteen"); }},
    {"length-and-chunks", "Content-Length and chunks together.",
     [](Query) { return with_field("Content-Length: 15\r\nTransfer-Encoding: chunked"); }},
    {"huge", "Promises a body of 100 GB.",
     [](Query) { return served(ok + "Content-Length: 100000000000\r\n\r\n" + body); }},
    {"endless", "A body that never ends.", [](Query) { return endless(ok + "\r\n", many_lines); }},
    // Chunks.
    {"chunks", "A valid page in chunks, with extensions and a trailer.",
     [](Query) {
       return served(chunked +
                     "3;a=b;c=\"d\"\r\n<p>\r\nc\r\nA page.</p>\n\r\n0\r\nX-Sum: 1\r\n\r\n");
     }},
    {"cut-chunks", "Closes between two chunks.",
     [](Query) { return served(chunked + "f\r\n" + body + "\r\n"); }},
    {"bad-chunk", "A chunk whose size isn't a number.",
     [](Query) { return served(chunked + "large\r\n" + body + "\r\n0\r\n\r\n"); }},
    {"overflowing-chunk", "A chunk whose size fits in no integer.",
     [](Query) { return served(chunked + "fffffffffffffffff\r\n" + body); }},
    {"unended-chunk", "A chunk without the line end after it.",
     [](Query) { return served(chunked + "f\r\n" + body + "0\r\n\r\n"); }},
    {"endless-chunks", "Chunks without end.", [](Query) { return endless(chunked, many_chunks); }},
    {"unknown-coding", "A Transfer-Encoding that does not exist.",
     [](Query) { return with_field("Transfer-Encoding: rot13"); }},
    {"gzip", "A compressed page, though the request asked for none.",
     [](Query) {
       return served(ok + "Content-Encoding: gzip\r\nContent-Length: 67\r\n\r\n" +
                     std::string(gzipped_body));
     }},
    // Other answers than 200.
    {"interim", "Two interim answers (1xx), then a page.",
     [](Query) {
       return served("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" +
                     page);
     }},
    {"endless-interim", "Interim answers without end.",
     [](Query) { return endless("", many_interim_answers); }},
    {"no-content", "204: a success that has no body.",
     [](Query) { return served("HTTP/1.1 204 No Content\r\n\r\n"); }},
    {"not-modified", "304: a Content-Length, but no body.",
     [](Query) { return served("HTTP/1.1 304 Not Modified\r\nContent-Length: 15\r\n\r\n"); }},
    {"busy", "503: try again later.",
     [](Query) { return served("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"); }},
    // Redirects.
    {"redirect", "302 to /.", [](Query) { return redirect("Location: ../\r\n"); }},
    {"redirect-loop", "302 to itself.", [](Query) { return redirect("Location: #here\r\n"); }},
    {"redirect-on", "302 to another 302, without end.", redirected_on},
    {"redirect-away", "302 to another host.",
     [](Query) { return redirect("Location: http://elsewhere.invalid/\r\n"); }},
    {"redirect-nowhere", "302 without a Location.", [](Query) { return redirect(""); }},
    {"redirect-empty", "302 with an empty Location.",
     [](Query) { return redirect("Location:\r\n"); }},
    {"redirect-far", "302 with a Location of 20 KB.",
     [](Query) { return redirect("Location: /" + std::string(20'000, 'x') + "\r\n"); }},
    // Links.
    {"bad-links", "A page whose links lead nowhere: javascript:, mailto:, port 99999 …",
     page_of_bad_links},
};

}  // namespace

std::span<const Fault> faults() noexcept { return table; }

const Fault* find_fault(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(table), std::end(table), [&](auto& row) { return row.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace common
