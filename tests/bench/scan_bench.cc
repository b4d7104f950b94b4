// What it costs to look into files: scan_bench RUNS FILE... prints for each file the processor time
// of one scan, the members told, what holds for the file, and the program's greatest memory so far.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/unique_fd.h"
#include "milters/attachments/scanner/scan.h"

namespace {

using namespace gatepost;
using namespace gatepost::attachments;

class DiskFile final : public ScratchFile {
 public:
  DiskFile() : fd_(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {}
  void Clear() override {
    if (size_ > 0 && ::ftruncate(fd_.get(), 0) == 0) size_ = 0;
  }
  bool Append(std::span<const std::byte> bytes) override {
    const auto written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written != static_cast<ssize_t>(bytes.size())) return false;
    size_ += bytes.size();
    return true;
  }
  const Content& content() const override { return content_.emplace(fd_.get(), size_); }

 private:
  base::UniqueFd fd_;
  std::uint64_t size_ = 0;
  mutable std::optional<FileContent> content_;
};

struct DiskScratch final : Scratch {
  std::deque<DiskFile> files = std::deque<DiskFile>(12);
  ScratchFile* At(std::size_t depth) override {
    return depth < files.size() ? &files[depth] : nullptr;
  }
};

struct Counted final : ScanSink {
  std::size_t members = 0;
  void OnMember(const Item&) override { ++members; }
};

double ProcessorSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void Measure(const std::string& path, int runs, Scratch& scratch) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    std::exit(1);
  }
  ScanRequest request;
  request.names.push_back(std::filesystem::path(path).filename());
  const FileContent content(fd.get(), static_cast<std::uint64_t>(status.st_size));
  ScanResult result;
  std::size_t members = 0;
  const double start = ProcessorSeconds();
  for (int i = 0; i < runs; ++i) {
    Counted counted;
    result = Scan(content, request, scratch, counted);
    members = counted.members;
  }
  const double seconds = (ProcessorSeconds() - start) / runs;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%-28s %10lld bytes %10.1f us %6zu members %7ld kB  %s %s\n",
              request.names[0].c_str(), static_cast<long long>(status.st_size), seconds * 1e6,
              members, usage.ru_maxrss, std::string(result.type.name).c_str(),
              result.properties.Format().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  if (argc < 3) return 2;
  DiskScratch scratch;
  for (int i = 2; i < argc; ++i) Measure(argv[i], std::max(1, std::atoi(argv[1])), scratch);
  return 0;
}
