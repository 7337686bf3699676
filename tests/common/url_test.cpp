#include "common/http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace common {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string normalised(std::string_view text) { return Url::parse(text).text(); }

std::string resolved(std::string_view base, std::string_view reference) {
  return Url::parse(base).resolve(reference).text();
}

std::string refusal(std::string_view text) {
  try {
    return "accepted as " + Url::parse(text).text();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string refusal(std::string_view base, std::string_view reference) {
  try {
    return "accepted as " + resolved(base, reference);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Url, IsTakenApart) {
  const Url url = Url::parse("http://example.com:8080/a/b?c=d");
  EXPECT_EQ(url.scheme(), "http");
  EXPECT_EQ(url.host(), "example.com");
  EXPECT_EQ(url.port(), 8080);
  EXPECT_EQ(url.target(), "/a/b?c=d");
  EXPECT_EQ(url.authority(), "example.com:8080");
  EXPECT_EQ(url.text(), "http://example.com:8080/a/b?c=d");
}

TEST(Url, KnowsThePortOfItsScheme) {
  EXPECT_EQ(Url::parse("http://a/").port(), 80);
  EXPECT_EQ(Url::parse("https://a/").port(), 443);
  EXPECT_EQ(Url::parse("gopher://a/").port(), 0);
  EXPECT_EQ(Url::parse("gopher://a:70/").authority(), "a:70");
  EXPECT_EQ(Url::parse("https://a:80/").authority(), "a:80");
}

TEST(Url, WritesSchemeAndHostInLowerCaseAndLeavesThePathAlone) {
  EXPECT_EQ(normalised("HTTP://Example.COM/Path?Query"), "http://example.com/Path?Query");
}

TEST(Url, DropsWhatSaysNothing) {
  EXPECT_EQ(normalised("http://a"), "http://a/");
  EXPECT_EQ(normalised("http://a:/"), "http://a/");
  EXPECT_EQ(normalised("http://a:80/"), "http://a/");
  EXPECT_EQ(normalised("http://a:00080/"), "http://a/");
  EXPECT_EQ(normalised("http://a/b#fragment#with?all/of?it"), "http://a/b");
  EXPECT_EQ(normalised("http://a#fragment"), "http://a/");
  EXPECT_EQ(normalised("http://a?q"), "http://a/?q");
}

TEST(Url, KeepsWhatMayMeanSomething) {
  EXPECT_EQ(normalised("http://a/b?"), "http://a/b?");
  EXPECT_EQ(normalised("http://a/b/"), "http://a/b/");
  EXPECT_EQ(normalised("http://a//b//c"), "http://a//b//c");
  EXPECT_EQ(normalised("http://a./"), "http://a./");
  EXPECT_EQ(normalised("http://a/;x=1,2!$&'()*+:@"), "http://a/;x=1,2!$&'()*+:@");
}

TEST(Url, RemovesDotSegmentsOfThePathOnly) {
  EXPECT_EQ(normalised("http://a/b/./c/../d"), "http://a/b/d");
  EXPECT_EQ(normalised("http://a/b/.."), "http://a/");
  EXPECT_EQ(normalised("http://a/b/."), "http://a/b/");
  EXPECT_EQ(normalised("http://a/../../b"), "http://a/b");
  EXPECT_EQ(normalised("http://a/b//../c"), "http://a/b/c");
  EXPECT_EQ(normalised("http://a/..."), "http://a/...");
  EXPECT_EQ(normalised("http://a/b/%2E%2e/c"), "http://a/c");
  EXPECT_EQ(normalised("http://a/b?x/../y"), "http://a/b?x/../y");
}

TEST(Url, PercentEncodesWhereNeededAndNowhereElse) {
  EXPECT_EQ(normalised("http://a/%7euser/%41%2d"), "http://a/~user/A-");
  EXPECT_EQ(normalised("http://a/%c3%a9?%2f%26%3d"), "http://a/%C3%A9?%2F%26%3D");
  EXPECT_EQ(normalised("http://a/caf\xC3\xA9?\xE9"), "http://a/caf%C3%A9?%E9");
  EXPECT_EQ(normalised("http://a/100%"), "http://a/100%25");
  EXPECT_EQ(normalised("http://a/%zz%4"), "http://a/%25zz%254");
  EXPECT_EQ(normalised("http://a/%4%31"), "http://a/%2541");
  EXPECT_EQ(normalised("http://a/\"<>\\^`{|}[]?[]"),
            "http://a/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D?%5B%5D");
}

TEST(Url, TakesAHostForANameThatOnlyBeginsLikeAnAddress) {
  EXPECT_EQ(Url::parse("http://127.0.0.1.nip.io:81/").host(), "127.0.0.1.nip.io");
  EXPECT_EQ(Url::parse("http://1.2.3.4.5/").host(), "1.2.3.4.5");
}

TEST(Url, WritesAnIPv6HostInOneWay) {
  const Url url = Url::parse("http://[0:0:0::0001]:81/");
  EXPECT_EQ(url.host(), "::1");
  EXPECT_EQ(url.authority(), "[::1]:81");
  EXPECT_EQ(url.text(), "http://[::1]:81/");
  EXPECT_EQ(normalised("http://[FE80::A]/"), "http://[fe80::a]/");
}

TEST(Url, ComparesEqualForTwoSpellingsOfOnePlace) {
  EXPECT_EQ(Url::parse("HTTP://H%61/%7e/./x#y"), Url::parse("http://ha:80/~/x"));
  EXPECT_FALSE(Url::parse("http://a/x") == Url::parse("http://a/X"));
  EXPECT_FALSE(Url::parse("http://a/") == Url::parse("https://a/"));
}

TEST(Url, RefusalSaysWhatWouldBeRight) {
  EXPECT_EQ(refusal(""), "'' is not an absolute URL: write it like http://host/path");
  EXPECT_EQ(refusal("example.com"),
            "'example.com' is not an absolute URL: write it like http://host/path");
  EXPECT_EQ(refusal("http:/x"), "'http:/x' is not an absolute URL: write it like http://host/path");
  EXPECT_EQ(refusal("//host/x"),
            "'//host/x' is not an absolute URL: write it like http://host/path");
  EXPECT_EQ(refusal("mailto:a@b"),
            "'mailto:a@b' is not an absolute URL: write it like http://host/path");
  EXPECT_EQ(refusal("http://"), "'http://' names no host: write it like http://host/path");
  EXPECT_EQ(refusal("http:///x"), "'http:///x' names no host: write it like http://host/path");
  EXPECT_EQ(refusal("http://:80/"), "'http://:80/' names no host: write it like http://host/path");
  EXPECT_EQ(refusal("http://a:65536/"),
            "'http://a:65536/': port '65536' is not between 1 and 65535");
  EXPECT_EQ(refusal("http://a:0/"), "'http://a:0/': port '0' is not between 1 and 65535");
  EXPECT_THAT(refusal("http://a:99999999999999999999/"), HasSubstr("is not between 1 and 65535"));
  EXPECT_EQ(refusal("http://u:p@a/"),
            "'http://u:p@a/': user:password@ is not supported, leave it out");
  EXPECT_THAT(refusal("http://@a/"), HasSubstr("user:password@ is not supported"));
  EXPECT_THAT(refusal("http://b\xC3\xBC"
                      "cher.de/"),
              HasSubstr("xn--"));
  EXPECT_THAT(refusal("http://a%20b/"),
              AllOf(HasSubstr("'a%20b' is not a host name"), HasSubstr("letters, digits")));
  EXPECT_THAT(refusal("http://a,b/"), HasSubstr("'a,b' is not a host name"));
  EXPECT_THAT(refusal("http://~a/"), HasSubstr("'~a' is not a host name"));
  EXPECT_THAT(refusal("http://[v1.x]/"), HasSubstr("is not a host name"));
  for (const char* broken : {"http://a:port/", "http://[::1/", "http://[::g]/", "http://a]/",
                             "http://[::1]x/", "1http://a/", "http://a:1:2/", "://a", "h%74tp://a/",
                             "http://a:%380/", "http://[::%41]/"}) {
    EXPECT_THAT(refusal(broken), HasSubstr(" is not a URL: write it like http://host/path"))
        << broken;
  }
}

TEST(Url, SpacesAndControlCharactersAreRefused) {
  for (const char* text : {"http://a/b c", " http://a/", "http://a/\n", "http://a/\x7F"}) {
    EXPECT_THAT(refusal(text), HasSubstr("has a space or a control character")) << text;
  }
  EXPECT_THAT(refusal(std::string_view("http://a/\0b", 11)), HasSubstr("'http://a/\\x00b'"));
}

TEST(Url, RefusalStaysShort) {
  EXPECT_LT(refusal("http://" + std::string(100'000, '\xE9')).size(), 700u);
  EXPECT_LT(refusal("http://a:" + std::string(100'000, '1')).size(), 700u);
}

TEST(Url, RefusalIsPrintableAscii) {
  EXPECT_THAT(refusal("http://a\xE9\x1B[31m/"), HasSubstr("'http://a\\xE9\\x1B[31m/'"));
}

TEST(Url, TakesOverATextInNormalForm) {
  std::string text = "http://example.com:8080/a/b?c=d";
  const char* const characters = text.data();
  const auto url = Url::take_normal(text);
  ASSERT_TRUE(url);
  EXPECT_EQ(*url, Url::parse("http://example.com:8080/a/b?c=d"));
  EXPECT_EQ(url->target(), "/a/b?c=d");
  EXPECT_EQ(url->text().data(), characters);
}

TEST(Url, LeavesAnyOtherTextAsItIs) {
  for (const std::string text : {"HTTP://a/", "http://a", "https://a/", "http://a/../b", "x"}) {
    std::string same = text;
    EXPECT_FALSE(Url::take_normal(same)) << text;
    EXPECT_EQ(same, text);
  }
}

// What is in normal form is taken as it is, unless its scheme is in upper case.
TEST(Url, IsTheSameWhetherItIsTakenAsItIsOrTakenApart) {
  const auto told = [](const std::string& text) {
    try {
      const Url url = Url::parse(text);
      return url.text() + ' ' + std::string(url.host()) + ' ' + std::string(url.authority()) + ' ' +
             std::string(url.target()) + ' ' + std::to_string(url.port());
    } catch (const std::invalid_argument&) {
      return std::string("refused");
    }
  };
  for (const std::string rest : {"://a.b-c_d:81/e.f/.g/h?i/.j#k",
                                 "://a:80/",
                                 "://a:081/",
                                 "://a:0/",
                                 "://a:65536/",
                                 "://a:65535/",
                                 "://a:/",
                                 "://a",
                                 "://a:81",
                                 "://",
                                 "://a/./",
                                 "://a/.",
                                 "://a/x/..",
                                 "://a/b.?./c",
                                 "://a?b",
                                 "://a/%41",
                                 "://[::1]:81/x",
                                 "://a@b/",
                                 "://A/",
                                 "://a~/"}) {
    EXPECT_EQ(told("http" + rest), told("HTTP" + rest)) << rest;
    for (std::size_t at = 0; at <= rest.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = rest;
        changed.insert(at, 1, static_cast<char>(byte));
        ASSERT_EQ(told("http" + changed), told("HTTP" + changed)) << changed;
        if (at == rest.size()) continue;
        changed.erase(at + 1, 1);
        ASSERT_EQ(told("http" + changed), told("HTTP" + changed)) << changed;
      }
    }
  }
}

// RFC 3986 §5.4, but for the two references that lead to no host.
TEST(Url, ResolvesTheReferencesOfTheStandard) {
  const struct {
    const char* reference;
    const char* target;
  } table[] = {
      // §5.4.1, normal examples
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      // §5.4.2, abnormal examples
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/./x", "http://a/b/c/g"},
      {"g#s/../x", "http://a/b/c/g"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(resolved("http://a/b/c/d;p?q", row.reference), row.target) << row.reference;
  }
  EXPECT_THAT(refusal("http://a/b/c/d;p?q", "g:h"), HasSubstr("'g:h' names no host"));
  // A reader may take it so, the standard says, and browsers do.
  EXPECT_EQ(Url::parse("http://a/b/c/d;p?q").resolve("http:g").text(), "http://a/b/c/g");
}

// https://url.spec.whatwg.org, for a page that is http://a/b/c?q
TEST(Url, ResolvesReferencesAsBrowsersDo) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      // A scheme begins with a letter.
      {"12:30.html", "http://a/b/12:30.html"},
      {"12:30", "http://a/b/12:30"},
      {":x", "http://a/b/:x"},
      {"+x:y", "http://a/b/+x:y"},
      {"-x:y", "http://a/b/-x:y"},
      {"a b:c", "http://a/b/a%20b:c"},
      {"1http://h/", "http://a/b/1http://h/"},
      {"\xC3\xA9:x", "http://a/b/%C3%A9:x"},
      {"x/y:z", "http://a/b/x/y:z"},
      {"?x:y", "http://a/b/c?x:y"},
      // A backslash is a slash, but in the query.
      {"\\a\\b", "http://a/a/b"},
      {"a\\b?c\\d", "http://a/b/a/b?c%5Cd"},
      {"..\\x", "http://a/x"},
      {".\\x\\..\\y", "http://a/b/y"},
      {"\\\\h\\x", "http://h/x"},
      {"/\\h/x", "http://h/x"},
      {"\\/h/x", "http://h/x"},
      {"http:\\\\h\\x", "http://h/x"},
      {"http://h\\x", "http://h/x"},
      // How many slashes begin a host.
      {"///h/x", "http://h/x"},
      {"////h/x", "http://h/x"},
      {"http:///h/x", "http://h/x"},
      {"https:h/x", "https://h/x"},
      {"https:/h/x", "https://h/x"},
      {"http:x", "http://a/b/x"},
      {"HTTP:/x", "http://a/x"},
      {"http:", "http://a/b/c?q"},
      {"http:?x", "http://a/b/c?x"},
      {"http:x:y", "http://a/b/x:y"},
      // What is around it, and in it.
      {"\x01\x1F x \t\x02", "http://a/b/x"},
      {"x\x7F", "http://a/b/x%7F"},
      {"\x7Fx", "http://a/b/%7Fx"},
      {"ht\ntp:/\t/h/\rx", "http://h/x"},
      {"x #y", "http://a/b/x%20"},
      {"%2e%2E/x", "http://a/x"},
      {"x/%2e", "http://a/b/x/"},
  };
  const Url page = Url::parse("http://a/b/c?q");
  for (const auto& [reference, expected] : rows) {
    EXPECT_EQ(page.resolve(reference).text(), expected) << reference;
  }
  for (const char* reference : {"mailto:x", "javascript:x", "x:", "a+b.c-d:e", "http://", "//",
                                "https:", "https:///", "////", "\\\\", "http://u@h/"}) {
    EXPECT_THROW((void)page.resolve(reference), std::invalid_argument) << reference;
  }
}

TEST(Url, KnowsTheSchemeOfAReference) {
  EXPECT_EQ(scheme_of(" \tMail\nto:x"), "mailto");
  EXPECT_EQ(scheme_of("12:30"), "");
  EXPECT_EQ(scheme_of("x#a:b"), "");
  EXPECT_EQ(scheme_of(""), "");
}

TEST(Url, ResolvesWhatPagesReallySay) {
  EXPECT_EQ(resolved("http://a/b", "https://Other:8443/x"), "https://other:8443/x");
  EXPECT_EQ(resolved("http://a:81/b", "/x"), "http://a:81/x");
  EXPECT_EQ(resolved("http://a:81/b", "//c/x"), "http://c/x");
  EXPECT_EQ(resolved("http://[::1]:81/b", "x"), "http://[::1]:81/x");
  EXPECT_EQ(resolved("http://a/b", "x//../y"), "http://a/x/y");
  EXPECT_EQ(resolved("http://a/b", "?"), "http://a/b?");
  EXPECT_EQ(resolved("http://a/b", " \n x y \t"), "http://a/x%20y");
  EXPECT_EQ(resolved("http://a/b", "x\n\ty\r"), "http://a/xy");
  EXPECT_EQ(resolved("http://a/b", "na\xC3\xAFve|[1]\x01\xFF"),
            "http://a/na%C3%AFve%7C%5B1%5D%01%FF");
  EXPECT_EQ(resolved("http://a/b", "x//[y]"), "http://a/x//%5By%5D");
  EXPECT_EQ(resolved("http://a/b", "./12:30"), "http://a/12:30");
  EXPECT_EQ(resolved("http://a/b", "?//[x]"), "http://a/b?//%5Bx%5D");
  EXPECT_EQ(resolved("http://a/b", "//[::1]:82/[x]"), "http://[::1]:82/%5Bx%5D");
  EXPECT_EQ(resolved("http://a/b", "ftp://c/x"), "ftp://c/x");
}

TEST(Url, RefusesReferencesThatLeadNowhere) {
  for (const char* reference : {"mailto:a@b.c", "javascript:void(0)", "data:,x", "tel:+1",
                                "http://", "//", "http://a:65536/", "//u:p@h/", "http://[x]/"}) {
    EXPECT_THROW(Url::parse("http://a/").resolve(reference), std::invalid_argument) << reference;
  }
}

}  // namespace
}  // namespace common
