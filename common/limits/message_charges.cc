#include "common/limits/message_charges.h"

#include <algorithm>

namespace gatepost::limits {
namespace {

void AddAll(const Charges& charges, MergedCharges& all) {
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    const SubjectCharges& subject = charges.subjects[i];
    for (std::size_t j = 0; j < subject.charges.size(); ++j) {
      all.Add(subject.subject, subject.charges[j], charges.limits[i][j]);
    }
  }
}

bool Fits(const Outcome& outcome, std::size_t i, std::size_t j) {
  if (i >= outcome.charges.size() || j >= outcome.charges[i].size()) return true;
  return outcome.charges[i][j].room_in.count() == 0;
}

}  // namespace

Charges MessageCharges::AtRecipient(const Subjects& subjects,
                                    std::optional<std::string_view> stream,
                                    std::int64_t declared_bytes,
                                    const Circumstances& circumstances) {
  stream_open_ = !stream;
  Step step;
  step.messages = step.recipients = step.new_recipients = 1;
  step.bytes = declared_bytes;
  step.which = stream ? Step::Which::kAll : Step::Which::kWithoutStream;
  step.stream = stream.value_or("");
  step.counted = &counted_;
  return MakeCharges(set_, subjects, step, circumstances);
}

bool MessageCharges::asks_whether_new() const {
  return stream_open_ && set_.counts_new_by_stream();
}

void MessageCharges::Accept(const Subjects& subjects, const Charges& charges,
                            const Outcome& outcome) {
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    const SubjectCharges& subject = charges.subjects[i];
    for (std::size_t j = 0; j < subject.charges.size(); ++j) {
      const Limit* const limit = charges.limits[i][j];
      if (!limit->counts_once()) continue;
      Charge charge = subject.charges[j];
      // One in shadow mode that found no room was asked, and needs none for more bytes.
      if (!Fits(outcome, i, j)) charge.amount = kUnlimited;
      counted_.Add(subject.subject, charge, limit);
    }
  }
  if (stream_open_ && set_.needs_streams()) {
    recipients_.push_back({subjects.path(), outcome.new_recipient});
  }
}

Charges MessageCharges::AtEnd(Subjects& subjects, const End& end,
                              const Circumstances& circumstances) const {
  MergedCharges all;
  AddBytes(end.bytes, all);
  if (!end.late_stream.empty()) AddStream(subjects, end, circumstances, all);
  return all.Take();
}

// SIZE= was missing or a lie.
void MessageCharges::AddBytes(std::int64_t bytes, MergedCharges& all) const {
  const Charges& counted = counted_.charges();
  for (std::size_t i = 0; i < counted.subjects.size(); ++i) {
    const SubjectCharges& subject = counted.subjects[i];
    for (std::size_t j = 0; j < subject.charges.size(); ++j) {
      Charge more = subject.charges[j];
      more.amount = bytes - more.amount;
      if (counted.limits[i][j]->counted != Counted::kBytes || more.amount <= 0) continue;
      all.Add(subject.subject, more, counted.limits[i][j]);
    }
  }
}

void MessageCharges::AddStream(Subjects& subjects, const End& end,
                               const Circumstances& circumstances, MergedCharges& all) const {
  for (const Accepted& recipient : recipients_) {
    subjects.SetRecipient(recipient.path);
    Step step;
    step.messages = step.recipients = 1;
    step.new_recipients = recipient.is_new ? 1 : 0;
    step.bytes = end.bytes;
    step.which = Step::Which::kOfStream;
    step.stream = end.late_stream;
    step.counted = &all;
    Charges charges = MakeCharges(set_, subjects, step, circumstances);
    for (SubjectCharges& subject : charges.subjects) {
      for (Charge& charge : subject.charges) charge.only_new = false;
    }
    AddAll(charges, all);
  }
}

}  // namespace gatepost::limits
