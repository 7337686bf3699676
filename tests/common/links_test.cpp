#include "common/http/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace common {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> links(std::string_view html, std::string_view page = "http://a/b/c") {
  std::vector<std::string> texts;
  for (const Url& url : find_links(html, Url::parse(page)).urls) texts.push_back(url.text());
  return texts;
}

std::size_t skipped(std::string_view html) {
  return find_links(html, Url::parse("http://a/b/c")).skipped;
}

TEST(FindLinks, FindsAnchorsAndAreasInTheOrderOfThePage) {
  EXPECT_THAT(links("<!doctype html><title>t</title><p><a href=z>1</a><map><area href='/y'></map>"
                    "<div><div><A CLASS=c HREF=\"//w/x\">2</A></div></div><a href=http://v>3</a>"),
              ElementsAre("http://a/b/z", "http://a/y", "http://w/x", "http://v/"));
}

TEST(FindLinks, FindsNothingElse) {
  EXPECT_THAT(links("<link href=1><img src=2><a name=3>x</a><a>4</a><!-- <a href=5>x</a> -->"
                    "<script>'<a href=6>x</a>'</script><style>a[href=7]</style>"
                    "<textarea><a href=8>x</a></textarea>&lt;a href=9&gt;"),
              IsEmpty());
}

TEST(FindLinks, NamesEachUrlOnce) {
  EXPECT_THAT(
      links("<a href=x>1</a><a href=y>2</a><a href=./x#top>3</a><a href=http://a/b/x>4</a>"),
      ElementsAre("http://a/b/x", "http://a/b/y"));
}

TEST(FindLinks, ResolvesAgainstTheFirstBaseWithAnHref) {
  EXPECT_THAT(links("<base target=_top><base href='../d/'><base href=/e/><a href=x>1</a>"),
              ElementsAre("http://a/d/x"));
  EXPECT_THAT(links("<a href=x>1</a><base href=http://c/d>"), ElementsAre("http://c/x"));
}

TEST(FindLinks, IgnoresABaseThatIsNoUrl) {
  EXPECT_THAT(links("<base href='mailto:x'><a href=x>1</a>"), ElementsAre("http://a/b/x"));
  EXPECT_THAT(links("<base href='http://h:99999/'><a href=x>1</a>"), ElementsAre("http://a/b/x"));
}

TEST(FindLinks, DecodesCharacterReferences) {
  EXPECT_THAT(links("<a href='?a=1&amp;b=2&#x26;c&eacute;'>1</a>"),
              ElementsAre("http://a/b/c?a=1&b=2&c%C3%A9"));
}

TEST(FindLinks, CountsReferencesThatNobodyCanFollow) {
  const std::string html =
      "<a href='mailto:a@b'>1</a><a href='javascript:void(0)'>2</a><a href='http://'>3</a>"
      "<a href='http://h:65536/'>4</a><a href='ftp://h/'>5</a><a href='mailto:a@b'>6</a>"
      "<a href=ok>7</a><a>8</a>";
  EXPECT_EQ(skipped(html), 6u);
  EXPECT_THAT(links(html), ElementsAre("http://a/b/ok"));
}

TEST(FindLinks, CountsALinkOnceThatGumboHasToRepeat) {
  EXPECT_EQ(skipped("<a href='mailto:x'><div>one<p>two</a>three</div>"), 1u);
  EXPECT_EQ(skipped("<p><a href='mailto:x'>one<p>two<p>three"), 1u);
}

TEST(FindLinks, EncodesWhatAUrlCannotHave) {
  EXPECT_THAT(links("<a href='x y|\xC3\xA9'>1</a><a href='z\x02\xFF\n'>2</a>"),
              ElementsAre("http://a/b/x%20y%7C%C3%A9", "http://a/b/z%02%FF"));
}

TEST(FindLinks, SurvivesWhatIsNoHtml) {
  EXPECT_THAT(links(""), IsEmpty());
  EXPECT_THAT(links("plain text"), IsEmpty());
  EXPECT_THAT(links(std::string("\0\xFF\xFE<\x80<a href=\0>\x7F<", 16)), testing::SizeIs(1));
  EXPECT_THAT(links("<a href='x"), IsEmpty());
  EXPECT_THAT(links("</a></p></html><a href=x"), IsEmpty());
  EXPECT_THAT(links("<table><a href=x>1</a><tr><frameset><svg><a href=y>2"),
              ElementsAre("http://a/b/x", "http://a/b/y"));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(FindLinks, IsNotOverwhelmedByDeepNesting) {
  EXPECT_THAT(links(repeated("<span>", 500'000) + "<a href=x>1</a>"), ElementsAre("http://a/b/x"));
}

// gumbo looks through all open elements at each <div>: without a limit, this takes a minute.
TEST(FindLinks, GivesUpOnAPageThatIsMadeToTakeTime) {
  EXPECT_THAT(links("<a href=x>1</a>" + repeated("<div>", 200'000)), IsEmpty());
}

// 40 KB that gumbo, and any browser, makes a million elements of.
TEST(FindLinks, GivesUpOnAPageThatIsMadeToTakeMemory) {
  std::string html = "<a href=x>1</a><p>";
  for (int i = 0; i < 1000; ++i) html += "<font size=" + std::to_string(i) + ">";
  EXPECT_THAT(links(html + repeated("</p><p>x", 1000)), IsEmpty());
}

TEST(FindLinks, ReadsALargeHonestPage) {
  std::string html;
  for (int i = 0; i < 20'000; ++i) {
    html += "<li><b>Entry</b> <a class='c' href='page" + std::to_string(i) + "'>text</a></li>";
  }
  EXPECT_EQ(links(html).size(), 20'000u);
}

}  // namespace
}  // namespace common
