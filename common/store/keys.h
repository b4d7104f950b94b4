// Every key name of the suite, once. A key is
//   gp:<kind>:{<subject>}[:<part>...]
// The braces are Redis Cluster's hash tag: keys about one subject live in one slot, so a script may
// touch several of them. Input is percent-encoded (letters, digits and "._-@+=" stay), so no name
// can close the tag or forge another kind. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/store/store.h"

namespace gatepost::store {

// Encodes input for a key. What is longer than 128 bytes encoded becomes its first 80 bytes, "~"
// and the FNV-1a hash (128 bits) of the whole input. FNV is no cryptographic hash: who searches
// for it can make two overlong names that share a key, and gains a counter shared by two names of
// their own.
std::string EncodeKeyPart(std::string_view input);

// The input again, where it was not too long.
std::string DecodeKeyPart(std::string_view encoded);

// What stands between the first "{" and the next "}", as Redis Cluster reads it; the whole text
// where there is no tag.
std::string_view HashTag(std::string_view key);
// True for one key or more that all live in one slot, as those of a script must.
bool ShareHashTag(std::span<const Key> keys);

class KeyMaker {
 public:
  // A metric of one program in one minute (Unix time / 60).
  static Key Counter(std::string_view program, std::string_view metric, std::int64_t minute);
  // The stream of what all programs decided about one message.
  static Key Records(std::string_view host, std::string_view queue_id);
  // A short-lived value that an earlier program leaves for a later one.
  static Key Fact(std::string_view host, std::string_view queue_id, std::string_view name);
  // The messages of one account on all hosts, for a look back when it was stolen.
  static Key AccountMessages(std::string_view account);
  // Those messages, kept under the reference of the event.
  static Key Evidence(std::string_view reference);
  // The newest records and events of all hosts.
  static Key RecordFeed();
  static Key EventFeed();
  // A hash of all hosts that ever wrote to a journal: name, Unix time of the last start.
  static Key Hosts();
  static Key Lease(std::string_view name);
  // That something that is good for once was used, such as "release-pass 9f86d0".
  static Key Used(std::string_view name);
  // How often somebody tried to use a release code, and how many notices of held mail an address
  // got, in their time.
  static Key ReleaseTries(std::string_view who);
  static Key HoldNotices(std::string_view recipient);
  // Administrative state by kind, such as "suspensions".
  static Key Admin(std::string_view kind);
  // How often a client network came back when it was asked to; and since when a sender's message to
  // a recipient waits, for a script on both. Sender and recipient in one spelling.
  static Key GreylistProofs(std::string_view network);
  static Key GreylistWait(std::string_view network, std::string_view sender,
                          std::string_view recipient);
  // Written with a short life to learn whether the server takes writes; the nodes of a cluster need
  // one for each, told apart by `place`.
  static Key Probe(unsigned place = 0);
  // What is remembered of a sender, such as "ip 192.0.2.1".
  static Key Reputation(std::string_view subject);
  // One part of the list of policy domains with rows on a day (Unix time / 86,400).
  static Key ReportDomains(std::int64_t day, unsigned part);
  // Totals and addresses of one domain's aggregate report, and one part of its rows.
  static Key Report(std::string_view domain, std::int64_t day);
  static Key ReportRows(std::string_view domain, std::int64_t day, unsigned part);
  // The stream of failure reports to be sent, of ten minutes (Unix time / 600); and how many were
  // queued in an hour (Unix time / 3,600) for one policy domain, or for "" in all.
  static Key FailureReports(std::int64_t slot);
  static Key FailureRate(std::string_view domain, std::int64_t hour);

  // Wrong guesses at passwords by or at a subject ("ip 192.0.2.1", "user alice@example.org"); those
  // at an account from one network; and that its owner logged in from there. All of one account
  // share its hash tag.
  static Key Guesses(std::string_view subject);
  static Key PlaceGuesses(std::string_view account_subject, std::string_view network);
  static Key KnownPlace(std::string_view account_subject, std::string_view network);

  // The domains, and the client networks, from which a file came of late, by its SHA-256.
  static Key OutbreakDomains(std::string_view sha256);
  static Key OutbreakNetworks(std::string_view sha256);

  // What one subject used of its limits, such as "user alice@example.org". All that concerns one
  // account shares its hash tag: usage, known recipients, the detector's memory of it.
  static Key Limits(std::string_view subject);
  // What every such key begins with.
  static std::string_view LimitsPrefix() { return "gp:limits:{"; }
  // A hash: host, the lines of the limits that it has in force.
  static Key LimitLines();
  // A hash: host, the sources and providers of its warm-up.
  static Key WarmUpSchedules();
  static Key KnownRecipients(std::string_view account_subject);
  // That the message `id` is counted in the keys that share this one's hash tag.
  static Key Settled(const Key& beside, std::string_view id);
  static Key Watch(std::string_view account_subject);

 private:
  static Key Make(std::string_view kind, const std::string& subject, const std::string& rest = {});
};

}  // namespace gatepost::store
