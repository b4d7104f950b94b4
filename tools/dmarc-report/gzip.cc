#include "tools/dmarc-report/gzip.h"

#include <zlib.h>

#include <limits>

namespace gatepost::dmarc_report {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 kB, and gzip's header instead of zlib's
constexpr int kMemoryLevel = 8;       // zlib's default

// Ends the stream whatever happens.
struct Deflater {
  z_stream stream{};
  bool ready = deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK;
  ~Deflater() {
    if (ready) deflateEnd(&stream);
  }
};

}  // namespace

base::Result<std::string> Gzip(std::string_view text) {
  Deflater deflater;
  z_stream& stream = deflater.stream;
  if (!deflater.ready || text.size() > std::numeric_limits<uInt>::max() / 2) {
    return base::Fail(base::ErrorKind::kInternal, "zlib cannot compress the report");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib's interface has no const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    return base::Fail(base::ErrorKind::kInternal, "zlib did not finish the report");
  }
  out.resize(stream.total_out);
  return out;
}

}  // namespace gatepost::dmarc_report
