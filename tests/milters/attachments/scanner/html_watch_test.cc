// Pages that hide a file, and letters that do not.
#include "milters/attachments/scanner/html_watch.h"

#include "milters/attachments/scanner/byte_order.h"
#include "tests/milters/attachments/scanner/format_looks.h"

namespace gatepost::attachments {
namespace {

std::string Repeat(std::string_view text, std::size_t count) {
  std::string repeated;
  for (std::size_t i = 0; i < count; ++i) repeated += text;
  return repeated;
}

// 64 characters of base64 without any look of a known file.
constexpr std::string_view kLine =
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0Vn1Q";
std::string Base64() { return Repeat(kLine, 40); }
std::string Zip64() { return "UEsDBBQAAAAIA" + Repeat(kLine, 4); }

std::string Inspect(std::string_view html, std::size_t piece = 1'000'000) {
  HtmlWatch watch;
  for (std::size_t at = 0; at < html.size(); at += piece) {
    watch.Feed(AsBytes(html.substr(at, piece)));
  }
  return watch.Finish().Format();
}

// What attackers put around a small file, and what large pages are made of.
std::string Padding(std::size_t count = 12'000) {
  return Repeat("function f(a,b){return a.c(b)+1}", count);
}
std::string Offer() { return "');a.href=URL.createObjectURL(new Blob([u]));a.download='x'"; }
// Bytes without order, as numbers.
std::string Numbers(std::size_t count) {
  std::string numbers;
  unsigned value = 7;
  for (std::size_t i = 0; i < count; ++i) {
    value = (value * 1'103'515'245 + 12'345) % 0x80000000;
    numbers += std::to_string(value >> 16 & 0xFF) + ",";
  }
  return numbers;
}

struct Case {
  std::string_view what;
  std::string html;
  std::string_view properties;
};

const Case kCases[] = {
    {"a form", "<p>formulas</p></form><FORM action=x><input>", "form"},
    {"a formula", "<formula>", ""},
    {"a letter", "<html><body><p>Dear Eva, download the atob combat here</p></body></html>", ""},
    {"a newsletter",
     "<!DOCTYPE html><style>@font-face{src:url(data:application/octet-stream;base64," + Base64() +
         ")}</style><script type=\"application/ld+json\">{\"@type\":\"Order\"}</script>"
         "<img src=\"data:image/png;base64," +
         Base64() + "\"><a href='https://x.example/?online=1&amp;t=" + Base64() + "'>x</a>",
     ""},
    {"a script", "<script>document.title='x'</script>", "script"},
    {"a script with a picture",
     "<script>var t=1;URL.createObjectURL(x)</script><img src=\"data:image/png;base64," + Base64() +
         "\">",
     "script"},
    {"an event", "<img src=x onerror=alert(1)>", "script"},
    {"an event behind a slash", "<svg/onload=alert(1)>", "script"},
    {"a link that is code", "<a href=\"java&#115;cript:alert(1)\">x</a>", "script"},
    {"a link that is code in pieces", "<a href=\" java&Tab;script&colon;alert(1)\">x</a>",
     "script"},
    {"a word that begins with on", "<p title='x' class=onward id=one>on=1</p>", ""},
    {"a link to a file within itself", "<a href='data:application/zip;base64,UEsD' download>x</a>",
     "html-smuggling"},
    {"a page within the page", "<iframe src=\"data:text/html;base64,PGh0\">", "html-smuggling"},
    {"a blob",
     "<script>var b=new Blob([atob('" + Base64() +
         "')]);a.href=URL.createObjectURL(b);a.click()</script>",
     "script,html-smuggling"},
    {"a blob for old browsers",
     "<SCRIPT>navigator.msSaveOrOpenBlob(new Blob([d]),'x.iso');d='" + Base64() + "'</SCRIPT>",
     "script,html-smuggling"},
    {"names in pieces",
     "<script>window['UR'+'L']['create'+\"ObjectURL\"](x);var d='" + Base64() + "'</script>",
     "script,html-smuggling"},
    {"names in escapes",
     "<script>URL['\\x63reate\\u004fbjectURL'](x);var d='" + Base64() + "'</script>",
     "script,html-smuggling"},
    {"base64 in pieces",
     "<script>d='" + Repeat(std::string(kLine) + "'+\n'", 40) +
         "';e.download='a.zip';x=atob(d)</script>",
     "script,html-smuggling"},
    {"base64 before the script",
     "<div id=d>" + Base64() + "</div><script>saveAs(new Blob([d.innerText]))</script>",
     "script,html-smuggling"},
    {"numbers",
     "<script>var d=new Uint8Array([" + Repeat("77, 90,144,0,", 200) +
         "0]);a.setAttribute('download','x')</script>",
     "script,html-smuggling"},
    {"hexadecimal",
     "<script>d='" + Repeat("00112233445566778899aabbccddeeff", 64) +
         "';URL.createObjectURL(new Blob([h(d)]))</script>",
     "script,html-smuggling"},
    {"escapes", "<script>document.write(unescape('" + Repeat("%3C%73%63%72", 200) + "'))</script>",
     "script,html-smuggling"},
    {"the head of a zip", "<script>var z='" + Zip64() + "'</script>", "script,html-smuggling"},
    {"a zip that seems to be a picture",
     "<script>fetch('data:image/png;base64," + Zip64() + "')</script>", "script,html-smuggling"},
    {"an event with a blob",
     "<body onload=\"URL.createObjectURL(new Blob([d]))\"><b id=d>" + Base64() + "</b>",
     "script,html-smuggling"},
    {"a script in a picture",
     "<svg xmlns='x'><svg:script>URL.createObjectURL(new Blob(['" + Base64() +
         "']))</svg:script></svg>",
     "script,html-smuggling"},
    {"a small file in numbers",
     "<script>var u=new Uint8Array([" + Repeat("80,75,3,4,", 20) +
         "0]);a.href=URL.createObjectURL(new Blob([u]));a.download='x'</script>",
     "script,html-smuggling"},
    {"a small file in pieces",
     "<script>u=new Uint8Array(atob('" + Repeat("q83vEjRWeJCrze8SNFZ4kKvN'+'", 8) +
         "'));a.href=URL.createObjectURL(new Blob([u]));a.download='x'</script>",
     "script,html-smuggling"},
    {"a script that saves a table",
     "<script>f=new File([t],'a.csv');a.href=URL.createObjectURL(f);a.download='a.csv'</script>",
     "script"},
    {"base64 in much else",
     "<script>" + Padding() + "u=b('" + Repeat(kLine, 17) + Offer() + Padding() + "</script>",
     "script,html-smuggling"},
    {"base64 in much text",
     "<p>" + Padding() + "<b id=d>" + Repeat(kLine, 17) + "</b><script>u=new Uint8Array(atob(d('" +
         Offer() + "</script>",
     "script,html-smuggling"},
    {"a little base64 in much else",
     "<script>" + Padding() + "u=b('" + Repeat(kLine, 6) + Offer() + "</script>",
     "script,html-smuggling"},
    {"base64 in short pieces in much else",
     "<script>" + Padding() + "u=b('" + Repeat(std::string(kLine.substr(0, 40)) + "'+'", 20) +
         Offer() + "</script>",
     "script,html-smuggling"},
    {"base64 in many places of much else",
     "<script>u='';" + Repeat("u+='" + Repeat(kLine, 4) + "';f(u);", 20) + Padding(44'000) +
         "eval(atob(u))" + "</script>",
     "script,html-smuggling"},
    {"numbers in much else",
     "<script>" + Padding() + "u=new Uint8Array([" + Numbers(400) + "]);('" + Offer() + "</script>",
     "script,html-smuggling"},
    {"some numbers in much else",
     "<script>" + Padding() + "u=new Uint8Array([" + Numbers(271) + "]);('" + Offer() + "</script>",
     "script,html-smuggling"},
    {"much hexadecimal in much else",
     "<script>" + Padding(36'000) + "u=h('" + Repeat("00112233445566778899aabbccddeeff", 128) +
         Offer() + "</script>",
     "script,html-smuggling"},
    {"a bundle of scripts with a table of bytes and a key",
     "<script>" + Padding() + "s=[" + Numbers(256) + "];k='" + Repeat(kLine, 4) + "';b('" +
         Offer() + "</script>",
     "script"},
    {"a bundle of scripts with long names",
     "<script>" + Padding() + "n=['" + Repeat("theNameOfAnElementThatIsLong','", 40) + "'];b('" +
         Offer() + "</script>",
     "script"},
    {"a bundle of scripts with text in escapes",
     "<script>" + Padding(24'000) + "n='" + Repeat("\\u0430\\u0432\\u0435\\u0442\\u043e", 100) +
         "';b('" + Offer() + "</script>",
     "script"},
    {"a bundle of scripts with a palette",
     "<script>" + Repeat("function f(a,b){return a.c(b)+1}", 20'000) + "c('" +
         Repeat("44015444025645045745", 60) +
         "');a.href=URL.createObjectURL(new Blob([s]));a.download='x.png'</script>",
     "script"},
    {"a bundle of scripts with a picture",
     "<script>i='data:image/png;base64,iVBORw0KGgo" + Base64() +
         "';a.href=URL.createObjectURL(new Blob([s]));a.download='x.png'</script>",
     "script"},
    {"a portal's sealed letter",
     "<form><input type=hidden name=body value='" + Base64() +
         "'></form><script>document.write(unescape('%3Cb%3E'))</script>",
     "script,form"},
    {"a picture that is a page", "<embed src=\"data:image/svg+xml;base64,PHN2ZyB4\">",
     "html-smuggling"},
    {"a picture that is none", "<img src=\"data:image/svg+xml;base64,PHN2ZyB4\">", ""},
    {"a page that goes on to another",
     "<META http-equiv='refresh' content='0; url=https://a.example/'>", "script"},
    {"a page that is loaded anew", "<meta http-equiv=refresh content=300>", ""},
    {"tags that look like more",
     "<o:p style='font-weight:bold;height:1px' title=\"on=1 > 0\" alt='x>y' data-on=\"1\">"
     "<a href=\"https://a.example/?on=1&amp;download=2&amp;u=https%3A%2F%2Fb\">x</a>",
     ""},
    {"an event behind an attribute", "<p title=\"x\"onclick=\"a()\" class=y>", "script"},
    {"a link that is code behind escapes", "<a title=\"&amp;\" href=\"j&#97;vascript:a()\">",
     "script"},
    {"an element that is called like a link", "<javascript:a>", "script"},
    {"an element that is called like a file", "<data:application/zip,a>", "html-smuggling"},
    {"a quotation mark that never ends", "<p \"><script>alert(1)</script>", "script"},
    {"a script that says it is none",
     "<script type=text/javascript data-type=application/ld+json>alert(1)</script>", "script"},
};

TEST(HtmlWatch, TellsScriptsAndHiddenFiles) {
  for (const Case& test : kCases) EXPECT_EQ(Inspect(test.html), test.properties) << test.what;
}

TEST(HtmlWatch, TellsTheSameInPieces) {
  for (const Case& test : kCases) {
    const bool large = test.html.size() > 100'000;
    for (const std::size_t piece : {large ? 97u : 1u, 7u, 1'000u}) {
      EXPECT_EQ(Inspect(test.html, piece), test.properties) << test.what << ' ' << piece;
    }
  }
}

TEST(HtmlWatch, ReadsTwoBytesACharacter) {
  for (const Case& test : kCases) {
    if (test.html.size() > 1'000'000) continue;
    std::string wide = "\xFF\xFE";
    for (const char c : test.html) wide += {c, '\0'};
    EXPECT_EQ(Inspect(wide), test.properties) << test.what;
  }
}

TEST(HtmlWatch, MayBeCutAnywhere) {
  for (const Case& test : kCases) {
    if (test.html.size() > 100'000) continue;
    ForEachPrefix(test.html, [](const std::string& prefix) { Inspect(prefix); });
  }
}

}  // namespace
}  // namespace gatepost::attachments
