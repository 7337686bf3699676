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

TEST(FindLinks, ReadsAnAttributeWithoutAValueAsThePageItself) {
  for (const char* html : {"<a href>1</a>", "<a href=>1</a>", "<a href=\"\">1</a>", "<A HREF>1</A>",
                           "<a  href >1</a>", "<a\nhref\n>1</a>", "<a href = ''>1</a>",
                           "<a href class=c>1</a>", "<area href>", "<a href/>1</a>"}) {
    EXPECT_THAT(links(html, "http://a/b/c?q=1"), ElementsAre("http://a/b/c?q=1")) << html;
  }
  EXPECT_THAT(links("<base href><a href=x>1</a>"), ElementsAre("http://a/b/x"));
  EXPECT_THAT(links("<base href><base href=/d/><a href=x>1</a>"), ElementsAre("http://a/b/x"));
}

TEST(FindLinks, KeepsBytesWhetherThereAreReferencesOrNot) {
  for (const char* html :
       {"<a href='/s?q=caf\xE9&p=1'>1</a>", "<a href='/s?q=caf\xE9&amp;p=1'>1</a>",
        "<a href=/s?q=caf\xE9&amp;p=1>1</a>", "<a href=\"/s?q=caf\xE9&#38;p=&#x31;\">1</a>"}) {
    EXPECT_THAT(links(html), ElementsAre("http://a/s?q=caf%E9&p=1")) << html;
  }
  EXPECT_THAT(links("<a href='\xC3\xA9\xE9&eacute;\xFF\x80\xC0\xAF'>1</a>"),
              ElementsAre("http://a/b/%C3%A9%E9%C3%A9%FF%80%C0%AF"));
  EXPECT_THAT(links("<a href='\xED\xA0\x80\xF4\x90\x80\x80\x7F\xC2\x9B\xEF\xBF\xBE'>1</a>"),
              ElementsAre("http://a/b/%ED%A0%80%F4%90%80%80%7F%C2%9B%EF%BF%BE"));
  EXPECT_THAT(links("\xE9<base href='/\xE9&amp;/'>\xE9<a href='\xE9'>1</a>\xE9"),
              ElementsAre("http://a/%E9&/%E9"));
  // The characters of private use that stand for bytes while gumbo reads the page.
  EXPECT_THAT(links("<a href='\xF4\x8F\xBA\x80\xF4\x8F\xBB\xBF\xF4\x8F\xB8\x80'>1</a>"),
              ElementsAre("http://a/b/%F4%8F%BA%80%F4%8F%BB%BF%F4%8F%B8%80"));
}

TEST(FindLinks, IgnoresLinksInsideTemplates) {
  EXPECT_THAT(links("<template><base href=/d/><a href=x>1</a><div><a href=y>2</a></div>"
                    "<template><a href=z>3</a></template></template><a href=w>4</a>"),
              ElementsAre("http://a/b/w"));
  EXPECT_EQ(skipped("<template><a href='mailto:x'>1</a></template>"), 0u);
}

TEST(FindLinks, TakesTheLinksOfSvgAndNotThoseOfMathMl) {
  EXPECT_THAT(links("<svg><a href=x><text>1</text></a><a xlink:href=y></a>"
                    "<a xlink:href=n href=z></a><area href=n></area></svg>"
                    "<math><a href=n>5</a></math><a xlink:href=n>6</a>"),
              ElementsAre("http://a/b/x", "http://a/b/y", "http://a/b/z"));
  EXPECT_THAT(links("<svg><base href=/d/></base></svg><a href=x>1</a>"),
              ElementsAre("http://a/b/x"));
}

TEST(FindLinks, ReadsReferencesAsBrowsersDo) {
  EXPECT_THAT(links("<a href='12:30.html'>1</a><a href='\\a\\b'>2</a><a href='&#9; d\n\re &#x1;'>3"
                    "</a><a href='http:f'>4</a><a href='?g\\h'>5</a><a href='\\\\i\\j'>6</a>"),
              ElementsAre("http://a/b/12:30.html", "http://a/a/b", "http://a/b/de", "http://a/b/f",
                          "http://a/b/c?g%5Ch", "http://i/j"));
}

TEST(FindLinks, SaysSoIfThePageIsGivenUp) {
  EXPECT_FALSE(find_links("<a>", Url::parse("http://a/")).given_up);
  EXPECT_FALSE(find_links("", Url::parse("http://a/")).given_up);
}

// https://html.spec.whatwg.org/#set-the-frozen-base-url
TEST(FindLinks, IgnoresABaseThatIsNotAUrl) {
  for (const char* base : {"data:x", "javascript:x", "JavaScript:x", " data:,x"}) {
    EXPECT_THAT(links("<base href='" + std::string(base) + "'><base href=/d/><a href=x>1</a>"),
                ElementsAre("http://a/b/x"))
        << base;
  }
}

TEST(FindLinks, SkipsLinksRelativeToANonHttpBase) {
  for (const char* base : {"mailto:x", "ftp://h/", "about:blank"}) {
    const std::string html =
        "<base href='" + std::string(base) +
        "'><a href=x>1</a><a href>2</a><a href=//h/x>3</a><a href=http://h/>4</a>";
    EXPECT_THAT(links(html), ElementsAre("http://h/")) << base;
    EXPECT_EQ(skipped(html), 3u) << base;
  }
}

TEST(FindLinks, IgnoresABaseThatIsMalformed) {
  EXPECT_THAT(links("<base href='http://h:99999/'><a href=x>1</a>"), ElementsAre("http://a/b/x"));
}

TEST(FindLinks, DecodesCharacterReferences) {
  EXPECT_THAT(links("<a href='?a=1&amp;b=2&#x26;c&eacute;'>1</a>"),
              ElementsAre("http://a/b/c?a=1&b=2&c%C3%A9"));
}

TEST(FindLinks, CountsUnfetchableReferences) {
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

TEST(FindLinks, SurvivesNonHtml) {
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

TEST(FindLinks, DeepNestingStaysCheap) {
  EXPECT_THAT(links(repeated("<span>", 100'000) + "<a href=x>1</a>"), ElementsAre("http://a/b/x"));
}

// gumbo looks through all open elements at each <div>: without a limit, this takes a minute.
TEST(FindLinks, GivesUpOnAPageThatTakesTooLong) {
  const Links found =
      find_links("<a href=x>1</a>" + repeated("<div>", 200'000), Url::parse("http://a/"));
  EXPECT_THAT(found.urls, IsEmpty());
  EXPECT_TRUE(found.given_up);
}

// 40 KB that gumbo, and any browser, makes a million elements of.
TEST(FindLinks, GivesUpOnAPageThatTakesTooMuchMemory) {
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
