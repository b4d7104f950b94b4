#include "common/store/redis_reply.h"

#include <hiredis/hiredis.h>

#include <utility>

#include "common/base/strings.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

// Adds a reply where hiredis is in the tree; it calls back in depth-first order, so a vector of
// siblings grows only while none of them is being filled.
Reply* Place(const redisReadTask* task, Reply reply) {
  if (!task->parent) return new Reply(std::move(reply));
  auto& siblings = static_cast<Reply*>(task->parent->obj)->elements;
  return &siblings.emplace_back(std::move(reply));
}

// nullptr, which hiredis takes as out of memory, where the budget ends. No exception may cross C.
void* Make(const redisReadTask* task, Reply reply) noexcept {
  try {
    auto& budget = *static_cast<ReplyReader::Budget*>(task->privdata);
    budget.bytes += reply.text.size();
    budget.elements += 1;
    const bool fits = budget.bytes <= budget.bounds.reply_bytes &&
                      budget.elements <= budget.bounds.reply_elements;
    return fits ? Place(task, std::move(reply)) : nullptr;
  } catch (...) {
    return nullptr;
  }
}

Reply::Type TextType(int type) {
  if (type == REDIS_REPLY_ERROR) return Reply::Type::kError;
  if (type == REDIS_REPLY_STATUS) return Reply::Type::kStatus;
  return Reply::Type::kString;
}

void* MakeText(const redisReadTask* task, char* bytes, std::size_t size) noexcept {
  try {
    return Make(task, Reply{TextType(task->type), 0, std::string(bytes, size), {}});
  } catch (...) {
    return nullptr;
  }
}

void* MakeArray(const redisReadTask* task, int elements) noexcept {
  const auto& budget = *static_cast<ReplyReader::Budget*>(task->privdata);
  if (elements < 0 || static_cast<std::size_t>(elements) > budget.bounds.reply_elements) {
    return nullptr;
  }
  return Make(task, Reply{Reply::Type::kArray, 0, {}, {}});
}

void* MakeInteger(const redisReadTask* task, long long value) noexcept {
  return Make(task, Reply{Reply::Type::kInteger, value, {}, {}});
}

void* MakeNil(const redisReadTask* task) noexcept { return Make(task, Reply{}); }

void FreeRoot(void* reply) noexcept { delete static_cast<Reply*>(reply); }

redisReplyObjectFunctions functions{MakeText, MakeArray, MakeInteger, MakeNil, FreeRoot};

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(Bounds bounds)
    : budget_{bounds}, reader_(redisReaderCreateWithFunctions(&functions)) {
  if (!reader_) throw std::bad_alloc();
}

Result<void> ReplyReader::Feed(std::string_view bytes) {
  const std::size_t unparsed = reader_->len - reader_->pos;
  if (unparsed + bytes.size() > budget_.bounds.unparsed_bytes) {
    return Fail(ErrorKind::kLimit, "Redis sent an overlong item");
  }
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    return Fail(ErrorKind::kInternal, base::Printable(reader_->errstr));
  }
  return {};
}

Result<std::optional<Reply>> ReplyReader::Next() {
  reader_->privdata = &budget_;  // set here as the object may have moved
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    return Fail(ErrorKind::kInvalid,
                std::string("Redis sent what is no reply: ") + base::Printable(reader_->errstr));
  }
  if (!object) return std::nullopt;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(object));
  budget_.bytes = budget_.elements = 0;
  return std::optional(std::move(*reply));
}

}  // namespace gatepost::store
