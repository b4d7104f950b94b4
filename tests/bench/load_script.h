// What a load session sends for one message, prepared once: the frames as Postfix would send them,
// cut where an answer is awaited. Values, any thread.
#pragma once

#include <string>
#include <vector>

#include "tests/support/milter_negotiation.h"

namespace gatepost::bench {

// Who sends the message; decides on macros and the client's address.
enum class Traffic { kSubmission, kInbound };

// What all messages of a run have in common.
struct Sample {
  Traffic traffic = Traffic::kSubmission;
  support::Message message;
  int recipients = 1;
};

constexpr int kMostUsers = 10'000;

// Bytes up to the next answer.
struct Batch {
  std::string bytes;
  bool is_body = false;  // skipped when the milter has seen enough
};

// `with_connection` puts connect and HELO in front. The last batch is the end of message.
std::vector<Batch> WriteScript(const support::Negotiated& negotiated, const Sample& sample,
                               bool with_connection);

// The script of message `number`, of the user whose turn it is, with a queue id of its own. Each
// user writes to ten people, over and over.
std::vector<Batch> Personal(std::vector<Batch> script, long number, int users);

// A message of about `bytes` bytes that is the same in every run: headers as a mail program writes
// them, text in lines of different length.
std::string SampleMessage(std::size_t bytes);

}  // namespace gatepost::bench
