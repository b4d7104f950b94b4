#include "common/auth/arc_keys.h"

#include <utility>

namespace gatepost::auth {
namespace {

ArcKey ReadAnswer(const dns::Answer& answer, std::size_t max_record_bytes) {
  ArcKey key;
  key.objection = JudgeAnswer(answer.status);
  if (key.objection) return key;
  base::Result<DkimKeyRecord> record = ParseKeyRecords(answer.records, max_record_bytes);
  if (record) {
    key.record = std::move(*record);
  } else {
    key.objection = Judgement{DkimResult::kPermError, record.error().message};
  }
  return key;
}

}  // namespace

void ArcKeys::Ask(dns::Resolver& resolver, const std::string& name) {
  if (entries_.contains(name)) return;
  entries_.emplace(name, Entry{resolver.Ask(name, dns::RecordType::kTxt)});
}

const ArcKey& ArcKeys::Wait(const std::string& name, std::size_t max_record_bytes,
                            base::Deadline deadline) {
  Entry& entry = entries_.at(name);
  if (!entry.key) entry.key = ReadAnswer(*entry.query.Wait(deadline), max_record_bytes);
  return *entry.key;
}

}  // namespace gatepost::auth
