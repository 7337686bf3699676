// What every program begins with, and what it writes.
#include "common/process/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

#include "common/process/output.h"
#include "common/process/printable.h"
#include "common/process/utf8.h"
#include "tests/common/status_of_process.h"

namespace common {
namespace {

using testing::StartsWith;

TEST(PrepareProcess, OpensTheStandardDescriptorsThatAreClosed) {
  struct stat null{};
  ASSERT_EQ(::stat("/dev/null", &null), 0);
  for (int closed = 0; closed < 8; ++closed) {
    EXPECT_EQ(status_of_process([&] {
                for (const int fd : {0, 1, 2}) {
                  if ((closed >> fd & 1) != 0) ::close(fd);
                }
                prepare_process();
                for (const int fd : {0, 1, 2}) {
                  struct stat now{};
                  if (::fstat(fd, &now) != 0) return 1;
                  const bool is_null = now.st_rdev == null.st_rdev && now.st_ino == null.st_ino;
                  if ((closed >> fd & 1) != 0 && !is_null) return 2;
                }
                return 0;
              }),
              0)
        << "closed: " << closed;
  }
}

TEST(PrepareProcess, TakesNoDescriptorThatIsOpen) {
  EXPECT_EQ(status_of_process([] {
              int ends[2];
              if (::pipe(ends) != 0) return 1;
              ::dup2(ends[1], STDOUT_FILENO);
              prepare_process();
              write_out("x");
              char c = 0;
              return ::read(ends[0], &c, 1) == 1 && c == 'x' ? 0 : 2;
            }),
            0);
}

TEST(Say, LosesWhatCannotBeWrittenAndNothingElse) {
  EXPECT_EQ(status_of_process([] {
              prepare_process();
              int ends[2];
              if (::pipe(ends) != 0) return 1;
              ::close(ends[0]);
              for (const int fd : {ends[1], ::open("/dev/full", O_WRONLY)}) {
                ::dup2(fd, STDERR_FILENO);
                errno = ERANGE;
                say("x\n");
                say_unchanged("x");
                if (errno != ERANGE) return 2;
              }
              return 0;
            }),
            0);
}

TEST(Say, KeepsLinesAndReplacesWhatWouldMoveTheCursor) {
  testing::internal::CaptureStderr();
  say("one\n\ntwo\x1b[31m\n\nthree");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "one\n\ntwo?[31m\n\nthree");
}

TEST(WriteOut, SaysWhatCouldNotBeWrittenAndWhy) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(status_of_process([] {
              ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
              try {
                write_out("x", "the help");
              } catch (const std::system_error& error) {
                say(error.what());
                return error.code() == std::errc::no_space_on_device ? 1 : 2;
              }
              return 0;
            }),
            1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              StartsWith("the help could not be written: "));
}

TEST(Utf8, RecognisesValidAndInvalidCharacters) {
  const auto read = [](std::string_view text) {
    const auto character = first_character(text);
    return std::pair(character.code.value_or(0), character.size);
  };
  using Is = std::pair<char32_t, std::size_t>;
  EXPECT_EQ(read("a"), Is('a', 1));
  EXPECT_EQ(read("\xC2\x80z"), Is(0x80, 2));
  EXPECT_EQ(read("\xDF\xBF"), Is(0x7FF, 2));
  EXPECT_EQ(read("\xE0\xA0\x80"), Is(0x800, 3));
  EXPECT_EQ(read("\xED\x9F\xBF"), Is(0xD7FF, 3));
  EXPECT_EQ(read("\xEF\xBF\xBF"), Is(0xFFFF, 3));
  EXPECT_EQ(read("\xF0\x90\x80\x80"), Is(0x10000, 4));
  EXPECT_EQ(read("\xF4\x8F\xBF\xBF"), Is(0x10FFFF, 4));
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_EQ(read(bad), Is(0, 1)) << bad;
  }
}

TEST(Printable, LeavesTextAsItIs) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80 ~"),
            "caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80 ~");
}

TEST(Printable, ReplacesWhatATerminalObeys) {
  for (int byte = 0; byte < 0x20; ++byte) EXPECT_EQ(printable(std::string(1, char(byte))), "?");
  for (int byte = 0x7F; byte < 0x100; ++byte) {
    EXPECT_EQ(printable(std::string(1, char(byte)) + "m"), "?m") << byte;
  }
  for (int byte = 0x80; byte < 0xA0; ++byte) {
    EXPECT_EQ(printable("\xC2" + std::string(1, char(byte)) + "m"), "?m") << byte;
  }
  EXPECT_EQ(printable("\xC2\xA0"), "\xC2\xA0");
  EXPECT_EQ(printable("\xE2\x80\xA8\xE2\x80\xA9"), "??");  // the separators of lines, paragraphs
  EXPECT_EQ(printable("\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8F\xD8\x9C"), "????");  // directions
}

TEST(Printable, EscapesTheSameInJson) {
  const std::string json = "{\n\t\"a\": \"\xC2\x9B\x7F\xE2\x80\xAE caf\xC3\xA9\"\r\n}";
  EXPECT_EQ(printable_json(json), "{\n\t\"a\": \"\\u009b\\u007f\\u202e caf\xC3\xA9\"\r\n}");
  EXPECT_EQ(boost::json::parse(printable_json(json)), boost::json::parse(json));
}

}  // namespace
}  // namespace common
