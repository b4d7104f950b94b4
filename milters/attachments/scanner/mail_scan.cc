#include "milters/attachments/scanner/mail_scan.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "common/mime/walker.h"
#include "milters/attachments/scanner/container.h"

namespace gatepost::attachments {
namespace {

class MailScan final : public mime::PartSink {
 public:
  MailScan(ScanRun& run, const Content& content, const Subject& subject)
      : run_(run), content_(content), container_(run, subject, content.size()) {}

  Properties Scan();

  void OnPart(const mime::Part& part) override;
  void OnContent(const mime::Part& part, std::size_t encoding,
                 std::span<const std::byte> content) override;
  void OnPartEnd(const mime::Part& part) override;
  void OnWalkLimit(mime::WalkLimit limit) override;

 private:
  using Streams = std::vector<std::unique_ptr<MemberStream>>;  // by encoding

  Item NewItem(const mime::Part& part) const;
  void TellStream(MemberStream& stream, const mime::Part& part);

  ScanRun& run_;
  const Content& content_;
  Container container_;
  std::map<std::size_t, Streams> open_;  // by number of the part
};

// The file counts as a message that is attached to an empty one, so its header is the walker's.
Properties MailScan::Scan() {
  constexpr std::size_t kBlock = 32'768;
  mime::Walker walker(*this, {.depth = run_.budget().depth + 10, .parts = run_.budget().members});
  walker.Begin({{"Content-Type", " message/rfc822"}});
  const auto block = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  for (std::uint64_t at = 0; at < content_.size() && container_.open(); at += kBlock) {
    const std::size_t got = content_.ReadAt(at, std::span(block.get(), kBlock));
    if (got == 0 || !run_.meter().Spend(got)) break;
    walker.Feed(std::span(block.get(), got));
  }
  walker.Finish();
  return container_.properties();
}

Item MailScan::NewItem(const mime::Part& part) const {
  Item item = ToItem(part);
  const std::string& name = item.names.empty() ? part.path : item.names.front();
  item.member = true;
  item.part.clear();
  item.path = PathWithin(container_.subject().path, name);
  return item;
}

void MailScan::OnPart(const mime::Part& part) {
  if (part.number > 0) container_.Take();
}

void MailScan::OnContent(const mime::Part& part, std::size_t encoding,
                         std::span<const std::byte> content) {
  if (!container_.open() || !run_.meter().Spend(content.size())) return;
  Streams& streams = open_[part.number];
  if (streams.size() <= encoding) streams.resize(encoding + 1);
  auto& stream = streams[encoding];
  if (!stream) {
    stream = std::make_unique<MemberStream>(run_, NewItem(part), container_.member_depth());
  }
  stream->Feed(content);
}

void MailScan::OnPartEnd(const mime::Part& part) {
  if (part.number == 0) return container_.Add(ToProperties(part.oddities));
  const auto found = open_.find(part.number);
  if (found != open_.end()) {
    const Streams streams = std::move(found->second);
    open_.erase(found);
    for (const auto& stream : streams) {
      if (stream) TellStream(*stream, part);
    }
    return;
  }
  const bool holds = part.IsOfClass("multipart") || part.IsOfClass("message");
  if (!holds || !part.names.empty()) container_.Tell(NewItem(part));
  if (holds) container_.Add(ToProperties(part.oddities));
}

void MailScan::TellStream(MemberStream& stream, const mime::Part& part) {
  stream.Finish();
  stream.item().properties.Add(ToItem(part).properties);
  container_.Tell(stream.item());
}

void MailScan::OnWalkLimit(mime::WalkLimit limit) {
  container_.Add(limit == mime::WalkLimit::kDepth ? Property::kTooDeep : Property::kTooManyParts);
}

}  // namespace

Properties ScanMail(ScanRun& run, const Content& content, const Subject& subject) {
  return MailScan(run, content, subject).Scan();
}

}  // namespace gatepost::attachments
