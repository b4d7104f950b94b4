// Processor time for walking through messages of 10 MB of several kinds, fed as a mail server feeds
// them.
//   build/bench/bin/mime_bench [rounds]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/base64.h"
#include "common/mime/walker.h"

namespace {

using namespace gatepost;

constexpr std::size_t kSize = 10'000'000;
constexpr std::size_t kPiece = 65'535;  // of a milter's body callback

struct Counter : mime::PartSink {
  std::size_t parts = 0, bytes = 0;
  void OnPart(const mime::Part&) override { ++parts; }
  void OnContent(const mime::Part&, std::size_t, std::span<const std::byte> content) override {
    bytes += content.size();
  }
  void OnPartEnd(const mime::Part&) override {}
  void OnWalkLimit(mime::WalkLimit) override {}
};

std::string Repeated(std::string_view text) {
  std::string all;
  all.reserve(kSize + text.size());
  while (all.size() < kSize) all += text;
  return all;
}

std::string InPart(std::string_view header, std::string_view content) {
  return "--b\r\n" + std::string(header) + "\r\n\r\n" + std::string(content) + "\r\n--b--\r\n";
}

std::string Base64Lines(std::size_t columns, std::string_view line_end = "\r\n") {
  std::string bytes, lines;
  for (std::size_t i = 0; i < kSize / 4 * 3; ++i) bytes += static_cast<char>(i * i >> 5);
  const std::string text = base::EncodeBase64(std::as_bytes(std::span(bytes)));
  for (std::size_t i = 0; i < text.size(); i += columns) {
    lines.append(text, i, columns).append(line_end);
  }
  return lines;
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Counter WalkOnce(const std::string& body) {
  Counter counter;
  mime::Walker walker(counter);
  walker.Begin({{"Content-Type", " multipart/mixed; boundary=b"}});
  for (std::string_view rest = body; !rest.empty();
       rest.remove_prefix(std::min(kPiece, rest.size()))) {
    walker.Feed(std::as_bytes(std::span(rest.substr(0, kPiece))));
  }
  walker.Finish();
  return counter;
}

void Measure(const char* name, const std::string& body, int rounds) {
  double best = 1e9;
  Counter counter;
  for (int i = 0; i < rounds; ++i) {
    const double start = CpuSeconds();
    counter = WalkOnce(body);
    best = std::min(best, CpuSeconds() - start);
  }
  std::printf("%-34s %7.2f ms %8.0f MB/s  %6zu parts %10zu bytes\n", name, best * 1e3,
              static_cast<double>(body.size()) / best / 1e6, counter.parts, counter.bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  const std::string_view zip =
      "Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64";
  const std::string_view quoted =
      "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable";
  Measure("base64, lines of 76", InPart(zip, Base64Lines(76)), rounds);
  Measure("base64, lines of 75", InPart(zip, Base64Lines(75)), rounds);
  Measure("base64, lines of 76, LF", InPart(zip, Base64Lines(76, "\n")), rounds);
  Measure("base64, blanks in it", InPart(zip, Base64Lines(5, " ")), rounds);
  Measure("quoted-printable",
          InPart(quoted, Repeated("<p style=3D\"margin: 0\">Gr=C3=BC=C3=9Fe aus dem Tal der alten "
                                  "M=C3=BChlen =\r\n")),
          rounds);
  Measure("text", InPart("", Repeated("Plain text of about the usual length in a line, so.\r\n")),
          rounds);
  Measure("text of dashes", InPart("", Repeated("-------- ---- \r\n--\r\n- -\r\n")), rounds);
  Measure("small parts",
          "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n" +
              Repeated("--b\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-Disposition: "
                       "inline; filename=\"a.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                       Base64Lines(76).substr(0, 780)) +
              "--b--\r\n",
          rounds);
  return 0;
}
