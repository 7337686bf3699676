#include "common/http/response_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "common/http/http_error.h"

namespace common {

namespace {

bool operator==(const Response& left, const Response& right) {
  return left.status == right.status && left.content_type == right.content_type &&
         left.content_encoding == right.content_encoding && left.location == right.location &&
         left.has_location == right.has_location &&
         left.locations_differ == right.locations_differ &&
         left.header_bytes == right.header_bytes && left.body == right.body;
}

constexpr std::size_t plenty = 1 << 20;

/// What came of a stream: an error, a response, or neither of them yet.
struct Result {
  std::error_code error;
  bool complete = false;
  Response response;

  bool operator==(const Result&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Result& result) {
  if (result.error) return out << "error: " << result.error.message();
  if (!result.complete) return out << "not complete";
  return out << result.response.status << " with " << result.response.body.size()
             << " bytes: " << result.response.body.substr(0, 100);
}

class Feeder {
 public:
  explicit Feeder(std::size_t max_body) : parser_(max_body) {}

  void feed(std::string_view piece) {
    if (!result_.error) parser_.feed(piece, result_.error);
  }

  Result result() {
    if (!result_.error && parser_.complete()) {
      result_.complete = true;
      result_.response = parser_.take();
    }
    return std::move(result_);
  }

 private:
  ResponseParser parser_;
  Result result_;
};

enum class Then { end_of_stream, silence };

/// Feeds `stream` whole, cut once at each place, and byte by byte; all must come to the same.
Result parsed(std::string_view stream, Then then = Then::silence, std::size_t max_body = plenty) {
  const auto fed = [&](auto feed_pieces) {
    Feeder feeder(max_body);
    feed_pieces(feeder);
    if (then == Then::end_of_stream) feeder.feed({});
    return feeder.result();
  };
  const Result whole = fed([&](Feeder& feeder) {
    if (!stream.empty()) feeder.feed(stream);
  });
  const Result byte_by_byte = fed([&](Feeder& feeder) {
    for (std::size_t i = 0; i < stream.size(); ++i) feeder.feed(stream.substr(i, 1));
  });
  EXPECT_EQ(whole, byte_by_byte);
  for (std::size_t cut = 1; cut < stream.size() && stream.size() < 2000; ++cut) {
    const Result in_two = fed([&](Feeder& feeder) {
      feeder.feed(stream.substr(0, cut));
      feeder.feed(stream.substr(cut));
    });
    EXPECT_EQ(whole, in_two) << "cut at " << cut;
  }
  return whole;
}

MATCHER_P(IsBody, text, "") {
  return !arg.error && arg.complete && arg.response.body == std::string_view(text);
}
MATCHER_P(IsError, error, "") { return arg.error == make_error_code(error); }
MATCHER(IsNotComplete, "") { return !arg.error && !arg.complete; }

TEST(ResponseParser, ReadsABodyOfAnnouncedLength) {
  const std::string header =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: br\r\n"
      "Server: x\r\nContent-Length: 5\r\n\r\n";
  const Result result = parsed(header + "hello");
  EXPECT_THAT(result, IsBody("hello"));
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(result.response.content_encoding, "br");
  EXPECT_FALSE(result.response.has_location);
  EXPECT_EQ(result.response.header_bytes, header.size());
}

TEST(ResponseParser, IsCompleteWithTheLastByteOfTheBody) {
  ResponseParser parser(plenty);
  parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
  EXPECT_FALSE(parser.complete());
  parser.feed("b");
  EXPECT_TRUE(parser.complete());
}

TEST(ResponseParser, IgnoresWhatFollowsACompleteAnswer) {
  EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 500 No\r\n\r\n"),
              IsBody("ab"));
  EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\0\n", Then::end_of_stream),
              IsBody(""));
  EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore"),
              IsBody(""));
}

TEST(ResponseParser, ReadsToTheEndOfTheStreamWithoutALength) {
  const std::string_view stream = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it\r\n\r\n";
  EXPECT_THAT(parsed(stream), IsNotComplete());
  EXPECT_THAT(parsed(stream, Then::end_of_stream), IsBody("all of it\r\n\r\n"));
  EXPECT_THAT(parsed("HTTP/1.0 200 OK\r\n\r\n", Then::end_of_stream), IsBody(""));
}

TEST(ResponseParser, DistinguishesEmptyLocationFromNone) {
  const Result redirect =
      parsed("HTTP/1.1 302 Found\r\nlocation:  /x y \r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(redirect.response.location, "/x y");
  EXPECT_TRUE(redirect.response.has_location);
  const Result empty = parsed("HTTP/1.1 302 Found\r\nLocation:\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(empty.response.location, "");
  EXPECT_TRUE(empty.response.has_location);
}

TEST(ResponseParser, TakesStatusLinesAsServersReallySendThem) {
  for (const char* line :
       {"HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.0 200 \xE9t\xE9"}) {
    EXPECT_THAT(parsed(std::string(line) + "\r\nContent-Length: 1\r\n\r\nx"), IsBody("x")) << line;
  }
  EXPECT_EQ(parsed("HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n").response.status,
            999);
}

TEST(ResponseParser, ReadsChunks) {
  const std::string header = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n";
  EXPECT_THAT(parsed(header + "5\r\nhello\r\n1\r\n,\r\n00A\r\n chunked\r\n\r\n0\r\n\r\n"),
              IsBody("hello, chunked\r\n"));
  EXPECT_THAT(parsed(header + "0\r\n\r\n"), IsBody(""));
  EXPECT_THAT(parsed(header + "1\r\n\n\r\n000\r\n\r\n"), IsBody("\n"));
  EXPECT_EQ(parsed(header + "0\r\n\r\n").response.header_bytes, header.size());
}

TEST(ResponseParser, SkipsChunkExtensionsAndTrailers) {
  const Result result = parsed(
      "HTTP/1.1 200 OK\r\nContent-Type: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;name=value;flag;quoted=\"a \\\" ; b\"\r\nab\r\n0 ; last\r\n"
      "Checksum: 1\r\nContent-Type: b\r\nLocation: /x\r\n\r\n");
  EXPECT_THAT(result, IsBody("ab"));
  EXPECT_EQ(result.response.content_type, "a");
  EXPECT_FALSE(result.response.has_location);
}

TEST(ResponseParser, RefusesChunksThatMakeNoSense) {
  const std::string header = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks :
       {"x\r\nab\r\n", "\r\n", "-1\r\nab\r\n", "0x2\r\nab\r\n", "FFFFFFFFFFFFFFFFF\r\nab",
        "2\r\nabc\r\n0\r\n\r\n", "2\r\nab0\r\n\r\n", "2\r\nab\n0\n\n", "2\nab", "2 3\r\nab\r\n",
        "2;a=\"b\r\nab\r\n0\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\na: b\n\n", "0;a=\"b\r\n\r\n",
        "2\r\nab\r\n\r\n0\r\n\r\n", "\r\n2\r\nab\r\n0\r\n\r\n", "2\r\nab2\r\ncd\r\n0\r\n\r\n"}) {
    EXPECT_THAT(parsed(header + chunks), IsError(HttpError::bad_response)) << chunks;
  }
}

TEST(ResponseParser, SkipsInterimAnswers) {
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "HTTP/1.1 103 Early Hints\r\nLocation: /early\r\n\r\n";
  stream += "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching\r\nContent-Length: 7\r\n\r\n";
  const std::string header = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  const Result result = parsed(stream + header + "ab");
  EXPECT_THAT(result, IsBody("ab"));
  EXPECT_FALSE(result.response.has_location);
  EXPECT_EQ(result.response.header_bytes, header.size());
  EXPECT_THAT(parsed("HTTP/1.1 100 Continue\r\n\r\n"), IsNotComplete());
  EXPECT_THAT(parsed("HTTP/1.1 100 Continue\r\n\r\n", Then::end_of_stream),
              IsError(HttpError::closed_early));
}

TEST(ResponseParser, KnowsAnswersThatNeverHaveABody) {
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    const std::string line = std::string("HTTP/1.1 ") + status + "\r\n";
    EXPECT_THAT(parsed(line + "\r\nrest"), IsBody("")) << status;
    EXPECT_THAT(parsed(line + "Content-Length: 5\r\n\r\n"), IsBody("")) << status;
    EXPECT_THAT(parsed(line + "Transfer-Encoding: chunked\r\n\r\n"), IsBody("")) << status;
  }
}

TEST(ResponseParser, SaysClosedEarlyWhenTheStreamEndsBeforeTheAnswer) {
  for (const char* stream :
       {"", "H", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        "HTTP/1.1 200 OK\r\n\r", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\na: b\r\n"}) {
    EXPECT_THAT(parsed(stream, Then::end_of_stream), IsError(HttpError::closed_early)) << stream;
  }
}

TEST(ResponseParser, RefusesNonHttp) {
  for (const char* stream :
       {"SSH-2.0-OpenSSH_9\r\n", "<html>", "http/1.1 200 OK", "HTTP/2 200", "HTTPS", "\r\nHTTP/1.1",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n",
        "HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n"}) {
    EXPECT_THAT(parsed(stream), IsError(HttpError::bad_response)) << stream;
  }
}

TEST(ResponseParser, RefusesBrokenFields) {
  using namespace std::string_literals;
  for (const std::string& field :
       {"no colon"s, ": no name"s, "Space : before the colon"s, "Na\0me: x"s, "Name: x\0y"s,
        "Name: x\ry"s, "Name: x\r"s, " Folded: first"s, "N\xC3\xA4me: x"s}) {
    EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\n" + field + "\r\nContent-Length: 0\r\n\r\n"),
                IsError(HttpError::bad_response))
        << field;
  }
}

TEST(ResponseParser, RefusesContradictoryLengths) {
  for (const char* fields :
       {"Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2, 3", "Content-Length: -2",
        "Content-Length: +2", "Content-Length: two", "Content-Length: 2x", "Content-Length: 0x2",
        "Content-Length: 2 2", "Content-Length: 2.0", "Content-Length:", "Content-Length: ,",
        "Content-Length: 18446744073709551616", "Content-Length: 99999999999999999999999",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
        "Transfer-Encoding: gzip\r\nContent-Length: 2",
        "Content-Length: 2\r\nTransfer-Encoding: identity"}) {
    EXPECT_THAT(parsed(std::string("HTTP/1.1 200 OK\r\n") + fields + "\r\n\r\nab"),
                IsError(HttpError::bad_response))
        << fields;
  }
}

// RFC 9110 §8.6 leaves the choice; there is nothing to be mistaken about.
TEST(ResponseParser, AcceptsOneLengthSaidTwice) {
  EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
              IsBody("ab"));
  EXPECT_THAT(parsed("HTTP/1.1 200 OK\r\nContent-Length: 2, 02\r\n\r\nab"), IsBody("ab"));
}

TEST(ResponseParser, RefusesTransferCodingsThatItCannotUndo) {
  for (const char* coding :
       {"gzip", "gzip, chunked", "chunked, gzip", "", ",", "xchunked", "chunked;q=1",
        "chunked, chunked", "identity, chunked", "chunked\r\nTransfer-Encoding: chunked"}) {
    EXPECT_THAT(parsed(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: ") + coding +
                       "\r\n\r\n0\r\n\r\n"),
                IsError(HttpError::bad_response))
        << coding;
  }
}

// ---- the decisions listed in response_parser.h, line by line

Result answer(std::string_view fields, std::string_view body = "ab",
              Then then = Then::end_of_stream) {
  return parsed("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n\r\n" + std::string(body), then);
}

TEST(ResponseParserDecisions, StatusLine) {
  using namespace std::string_literals;
  for (const std::string& reason :
       {"200"s, "200 "s, "200 O\x01K"s, "200 \xFF\x7F"s, "200 a: b"s, "200  two"s}) {
    EXPECT_THAT(parsed("HTTP/1.0 " + reason + "\r\nContent-Length: 1\r\n\r\nx"), IsBody("x"));
  }
  for (const std::string& line : {"HTTP/1.1 200 a\0b"s, "HTTP/1.1 200 a\rb"s, "HTTP/1.3 200 OK"s}) {
    EXPECT_THAT(parsed(line + "\r\n\r\n"), IsError(HttpError::bad_response)) << line;
  }
}

TEST(ResponseParserDecisions, FieldThatDecidesNothing) {
  using namespace std::string_literals;
  for (const std::string& field : {"Connection: keep-alive;"s,
                                   "Connection: ;"s,
                                   "Connection: keep alive"s,
                                   "Connection:"s,
                                   "Connection: (close"s,
                                   "Proxy-Connection: @"s,
                                   "Keep-Alive: timeout = 5 ; max"s,
                                   "Upgrade: h2c;"s,
                                   "Upgrade: ,"s,
                                   "Trailer: @;"s,
                                   "TE: ;"s,
                                   "Server: a\x01\x1B[31m\x7F"s,
                                   "Date: \xFF\xFE"s,
                                   "X:"s,
                                   "X:\t \t"s,
                                   "X: :::"s,
                                   "Vary: \"open"s,
                                   "Set-Cookie: =;;"s,
                                   "Content-Lengths: x"s,
                                   "Content-MD5: 1\r\nContent-Range: x"s,
                                   "!#$%&'*+-.^_`|~9z: x"s}) {
    EXPECT_THAT(answer(field + "\r\nContent-Length: 2"), IsBody("ab")) << field;
    EXPECT_THAT(answer("Content-Length: 2\r\n" + field), IsBody("ab")) << field;
    EXPECT_THAT(answer(field), IsBody("ab")) << field;
    EXPECT_THAT(answer(field + "\r\nTransfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n"),
                IsBody("ab"));
  }
}

TEST(ResponseParserDecisions, ObsFold) {
  const Result result = answer(
      "X: a\r\n b\r\n\tc\r\nContent-Type: text/html;\r\n  charset=x\r\n"
      "Content-Length: 2\r\nY: z\r\n \t");
  EXPECT_THAT(result, IsBody("ab"));
  EXPECT_EQ(result.response.content_type, "text/html; charset=x");
  for (const char* fields :
       {"Content-Length:\r\n 2", "Content-Length: 2\r\n ", "Transfer-Encoding:\r\n\tchunked",
        "Transfer-Encoding: chunked\r\n ,", " X: y\r\nContent-Length: 2"}) {
    EXPECT_THAT(answer(fields), IsError(HttpError::bad_response)) << fields;
  }
}

TEST(ResponseParserDecisions, AnswersWithoutABody) {
  for (const char* status : {"204", "304"}) {
    for (const char* fields :
         {"Content-Length: abc", "Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2",
          "Content-Length: 99999999999999999999999", "Content-Length: 99999999999999999",
          "Transfer-Encoding: gzip", "Transfer-Encoding: chunked\r\nContent-Length: 5",
          "Transfer-Encoding:\r\n chunked", "Content-Length:"}) {
      const std::string header = std::string("HTTP/1.1 ") + status + " x\r\n" + fields + "\r\n\r\n";
      EXPECT_THAT(parsed(header), IsBody("")) << header;
      EXPECT_THAT(parsed(header + "rest"), IsBody("")) << header;
    }
  }
  for (const char* fields : {"Content-Length: abc", "Transfer-Encoding: gzip",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5"}) {
    const std::string interim = std::string("HTTP/1.1 103 x\r\n") + fields + "\r\n\r\n";
    EXPECT_THAT(parsed(interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"), IsBody("ab"));
  }
}

TEST(ResponseParserDecisions, ContentLength) {
  for (const char* fields : {"Content-Length: 2, 2", "Content-Length: 2,2 , 02",
                             "content-length:2\r\nCONTENT-LENGTH:\t2 ", "Content-Length: 002"}) {
    EXPECT_THAT(answer(fields, "ab", Then::silence), IsBody("ab")) << fields;
  }
  for (const char* value :
       {"2;", "2,", ",2", "2, 3", "2 2", "+2", "0x2", "2.0", "\"2\"", "2\x01"}) {
    EXPECT_THAT(answer(std::string("Content-Length: ") + value), IsError(HttpError::bad_response))
        << value;
  }
}

TEST(ResponseParserDecisions, TransferEncoding) {
  for (const char* value : {"chunked,", ",chunked", " , chunked ,, ", "CHUNKED", "chunked\t",
                            "chunked\r\nTransfer-Encoding: ,"}) {
    EXPECT_THAT(
        answer(std::string("Transfer-Encoding: ") + value, "2\r\nab\r\n0\r\n\r\n", Then::silence),
        IsBody("ab"))
        << value;
  }
  EXPECT_THAT(answer("Transfer-Encoding: identity"), IsBody("ab"));
  EXPECT_THAT(answer("Transfer-Encoding: identity", "ab", Then::silence), IsNotComplete());
}

TEST(ResponseParserDecisions, BothFramings) {
  for (const char* value : {"chunked", "chunked,", "identity", "", ","}) {
    for (const char* length : {"2", "12", "0"}) {
      const std::string coding = std::string("Transfer-Encoding: ") + value;
      const std::string size = std::string("Content-Length: ") + length;
      EXPECT_THAT(answer(coding + "\r\n" + size, "2\r\nab\r\n0\r\n\r\n"),
                  IsError(HttpError::bad_response));
      EXPECT_THAT(answer(size + "\r\n" + coding, "2\r\nab\r\n0\r\n\r\n"),
                  IsError(HttpError::bad_response));
    }
  }
}

TEST(ResponseParserDecisions, ChunkedInHttp10) {
  EXPECT_THAT(parsed("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
              IsBody("ab"));
}

TEST(ResponseParserDecisions, ChunkSizeAndExtension) {
  const auto chunks = [](const std::string& line, const std::string& last = "0") {
    return answer("Transfer-Encoding: chunked",
                  line + "\r\nab\r\n" + line + "\r\ncd\r\n" + last + "\r\n\r\n", Then::silence);
  };
  for (const char* line : {"2 ", "2   ", "2\t", "02", "2;", "2 ;", "2; ", "2;a", "2 ; a = b",
                           "2;=", "2;;", "2;a=\"b;\\\"\"", "2;a=\x01\xFF", "2;a=b c"}) {
    EXPECT_THAT(chunks(line), IsBody("abcd")) << line;
  }
  for (const char* last : {"0 ", "000", "0;", "0 ; a", "0\t"}) {
    EXPECT_THAT(chunks("2", last), IsBody("abcd")) << last;
  }
  using namespace std::string_literals;
  for (const std::string& line : {" 2"s, "2 2"s, "2x"s, "0x2"s, "+2"s, "2,"s, "2;a=\"b"s,
                                  "2;a=\"b\\\""s, "2;a\rb"s, "2\r"s, "2;\0"s, ";2"s, ""s}) {
    EXPECT_THAT(chunks(line), IsError(HttpError::bad_response)) << line;
    EXPECT_THAT(answer("Transfer-Encoding: chunked", "2\r\nab\r\n" + line + "\r\n\r\n"),
                IsError(HttpError::bad_response))
        << line;
  }
}

TEST(ResponseParserDecisions, Trailer) {
  const auto with = [](const std::string& trailer) {
    return answer("Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n" + trailer + "\r\n\r\n",
                  Then::silence);
  };
  for (const char* trailer :
       {"Connection: keep-alive;", "Content-Length: 3", "Content-Length: x", "X: \x01",
        "Transfer-Encoding: gzip", "X: a\r\n b", "Upgrade: ;\r\nY:"}) {
    EXPECT_THAT(with(trailer), IsBody("ab")) << trailer;
  }
  for (const char* trailer : {"no colon", " X: y", "X : y", "X: a\rb", ": y"}) {
    EXPECT_THAT(with(trailer), IsError(HttpError::bad_response)) << trailer;
  }
}

TEST(ResponseParserDecisions, FieldsSentSeveralTimes) {
  const Response response = answer(
                                "Content-Type: a/b\r\nContent-Encoding: gzip\r\nLocation: /x\r\n"
                                "Content-Type: c/d\r\nContent-Encoding: br\r\nLocation: /x ")
                                .response;
  EXPECT_EQ(response.content_type, "c/d");
  EXPECT_EQ(response.content_encoding, "gzip, br");
  EXPECT_EQ(response.location, "/x");
  EXPECT_FALSE(response.locations_differ);
  EXPECT_TRUE(answer("Location: /x\r\nLocation: /y").response.locations_differ);
  EXPECT_TRUE(answer("Location: /x\r\nLocation: ").response.locations_differ);
  EXPECT_TRUE(answer("Location: /x\r\nLocation: /y\r\nLocation: /x").response.locations_differ);
}

std::string header_of(std::size_t size) {
  const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: ";
  const std::string end = "\r\n\r\n";
  return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

std::string fields(std::size_t count) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
  for (std::size_t i = 0; i < count; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
  return text + "\r\n";
}

TEST(ResponseParser, ReadsAHeaderUpToItsLimitAndNoFurther) {
  constexpr std::size_t limit = ResponseParser::max_header;
  EXPECT_THAT(parsed(header_of(32 * 1024) + "ab"), IsBody("ab"));
  EXPECT_THAT(parsed(header_of(limit) + "ab"), IsBody("ab"));
  EXPECT_THAT(parsed(header_of(limit + 1) + "ab"), IsError(HttpError::headers_too_large));
  std::string no_reason = header_of(limit + 3);
  no_reason.erase(no_reason.find(" OK"), 3);
  EXPECT_THAT(parsed(no_reason + "ab"), IsBody("ab"));
  EXPECT_THAT(parsed(fields(3000) + "ab"), IsBody("ab"));
  EXPECT_THAT(parsed(fields(30000) + "ab"), IsError(HttpError::headers_too_large));
  EXPECT_THAT(parsed("HTTP/1.1 200 " + std::string(limit, 'x')),
              IsError(HttpError::headers_too_large));
}

TEST(ResponseParser, CountsInterimAnswersAgainstTheLimit) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string stream;
  while (stream.size() + interim.size() <= ResponseParser::max_header) stream += interim;
  EXPECT_THAT(parsed(stream), IsNotComplete());
  EXPECT_THAT(parsed(stream + interim), IsError(HttpError::headers_too_large));
}

TEST(ResponseParser, LimitsChunkExtensionsAndTrailers) {
  const std::string header = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string flood(ResponseParser::max_header, 'x');
  EXPECT_THAT(parsed(header + "1;" + flood), IsError(HttpError::headers_too_large));
  EXPECT_THAT(parsed(header + "0\r\nA: " + flood), IsError(HttpError::headers_too_large));
}

TEST(ResponseParser, FramingLimitsCountPerPiece) {
  constexpr std::size_t limit = ResponseParser::max_header;
  const std::string begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: ";
  std::string stream = begin + std::string(limit - begin.size() - 4, 'x') + "\r\n\r\n";
  for (std::size_t i = 0; i < limit; ++i) stream += "1\r\nx\r\n";
  EXPECT_THAT(parsed(stream + "0\r\n\r\n"), IsBody(std::string(limit, 'x')));
}

TEST(ResponseParser, ReadsABodyUpToItsLimitAndNoFurther) {
  const std::string known = "HTTP/1.1 200 OK\r\nContent-Length: ";
  EXPECT_THAT(parsed(known + "4\r\n\r\nabcd", Then::silence, 4), IsBody("abcd"));
  EXPECT_THAT(parsed(known + "5\r\n\r\n", Then::silence, 4), IsError(HttpError::body_too_large));
  EXPECT_THAT(parsed(known + "18446744073709551615\r\n\r\n", Then::silence, 4),
              IsError(HttpError::body_too_large));

  const std::string unknown = "HTTP/1.1 200 OK\r\n\r\n";
  EXPECT_THAT(parsed(unknown + "abcd", Then::end_of_stream, 4), IsBody("abcd"));
  EXPECT_THAT(parsed(unknown + "abcde", Then::silence, 4), IsError(HttpError::body_too_large));

  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(parsed(chunked + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", Then::silence, 4),
              IsBody("abcd"));
  EXPECT_THAT(parsed(chunked + "2\r\nab\r\n3\r\n", Then::silence, 4),
              IsError(HttpError::body_too_large));
  EXPECT_THAT(parsed(chunked + "FFFFFFFFFFFFFFFF\r\n", Then::silence, 4),
              IsError(HttpError::body_too_large));
}

TEST(ResponseParser, HasNoLimitOfItsOwnForTheBody) {
  const std::string large(20 << 20, 'x');
  ResponseParser parser(large.size());
  parser.feed("HTTP/1.1 200 OK\r\n\r\n");
  parser.feed(large);
  parser.feed({});
  EXPECT_EQ(parser.take().body.size(), large.size());
}

TEST(ResponseParser, ThrowsWhatItWouldReport) {
  ResponseParser parser(plenty);
  try {
    parser.feed("nonsense");
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), HttpError::bad_response);
  }
}

TEST(ResponseParser, CanBeMoved) {
  ResponseParser first(plenty);
  first.feed("HTTP/1.1 200 OK\r\nContent-Le");
  ResponseParser second(std::move(first));
  second.feed("ngth: 2\r\n\r\na");
  first = std::move(second);
  first.feed("b");
  EXPECT_EQ(first.take().body, "ab");
}

TEST(HttpError, SaysEachInWords) {
  EXPECT_EQ(make_error_code(HttpError::closed_early).message(),
            "the connection was closed before the answer was complete");
  EXPECT_STREQ(make_error_code(HttpError::bad_response).category().name(), "http");
}

}  // namespace
}  // namespace common
