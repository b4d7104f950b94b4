// What it costs to watch HTML: html_watch_bench [FILE...] prints MB/s of the processor's time for
// each file, or for a newsletter that is made here.
#include <time.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "milters/attachments/scanner/html_watch.h"

namespace {

using namespace gatepost::attachments;

// Tables, styles, tracking links and some words, as mailing programs write them.
std::string Newsletter() {
  std::string html = "<!DOCTYPE html><html><head><style>td{color:#333}</style></head><body>";
  for (int row = 0; row < 400; ++row) {
    html +=
        "<tr>\r\n<td align=\"left\" valign=\"top\" style=\"padding:0 0 16px 0;font-family:Arial,"
        "Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333\">Dear reader, this "
        "week we have news of the harbour and of the old market, which opens again.</td>\r\n"
        "<td><a href=\"https://click.example/track?u=8f3a1c0b9d2e&amp;id=72f1c9e04b&amp;l=" +
        std::to_string(row) +
        "\" target=\"_blank\" style=\"text-decoration:none\"><img src=\"https://img.example/a/"
        "hero.png\" width=\"600\" height=\"200\" alt=\"The harbour\" border=\"0\"></a></td></tr>";
  }
  return html + "</body></html>";
}

double ProcessorSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void Measure(const std::string& name, const std::string& html) {
  constexpr std::size_t kPiece = 32'768;
  constexpr double kSeconds = 0.5;
  const auto bytes = std::as_bytes(std::span(html));
  std::size_t fed = 0;
  std::string found;
  const double start = ProcessorSeconds();
  while (ProcessorSeconds() - start < kSeconds) {
    HtmlWatch watch;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      watch.Feed(bytes.subspan(at, std::min(kPiece, bytes.size() - at)));
    }
    found = watch.Finish().Format();
    fed += bytes.size();
  }
  std::printf("%-28s %9zu bytes %8.0f MB/s  %s\n", name.c_str(), html.size(),
              static_cast<double>(fed) / 1e6 / (ProcessorSeconds() - start), found.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) Measure("newsletter", Newsletter());
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    Measure(argv[i], {std::istreambuf_iterator<char>(file), {}});
  }
  return 0;
}
