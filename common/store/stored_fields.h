// How an entry of a stream that expires lies in Redis: one text, a row of names and values in
// MessagePack. Such streams are lists there, as Redis sets 4 kB aside for each of its own streams,
// however short. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::store {

std::string FormatStoredFields(const Fields& fields);
// kInvalid for what FormatStoredFields never writes.
base::Result<Fields> ParseStoredFields(std::string_view text);

}  // namespace gatepost::store
