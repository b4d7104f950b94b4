#include "tools/cli/reputation.h"

#include <iomanip>

#include "common/accounts/streams.h"
#include "common/base/ip_address.h"
#include "common/base/strings.h"
#include "common/mail/domain.h"
#include "common/reputation/reputation.h"

namespace gatepost::cli {
namespace {

using reputation::Subject;

// What was understood, or UsageError.
template <class T>
T Understood(base::Result<T> result) {
  if (!result) throw UsageError(result.error().message);
  return *std::move(result);
}

base::IpAddress ParseAddress(std::string_view text) {
  return Understood(base::IpAddress::Parse(text.substr(0, text.find('/'))));
}

mail::Domain TakeDomain(Context& context, Arguments& arguments) {
  const std::string text = arguments.Take("a domain");
  return context.names.CanonicalizeDomain(Understood(mail::Domain::Parse(text)));
}

Subject TakeStream(Context& context, Arguments& arguments) {
  const std::string name = arguments.Take("a stream's name");
  if (!accounts::IsStreamName(name)) {
    throw UsageError("\"" + base::Printable(name, 40) + "\" is no stream's name");
  }
  if (arguments.Peek() == "of") arguments.Take("of");
  return Subject::Stream(TakeDomain(context, arguments), name);
}

// As Subject::text() has them, and with the words of limits.
Subject TakeSubject(Context& context, Arguments& arguments) {
  const std::string kind = arguments.Take("whom it is about, such as: client 192.0.2.1");
  if (kind == "stream") return TakeStream(context, arguments);
  if (kind == "domain") return Subject::Domain(TakeDomain(context, arguments));
  if (kind == "network") return Subject::Network(ParseAddress(arguments.Take("an address")));
  if (kind != "client") {
    throw UsageError("\"" + base::Printable(kind, 40) +
                     "\" is none of client, network, domain and stream");
  }
  const base::IpAddress client = ParseAddress(arguments.Take("an address"));
  const Subject address = Subject::Address(client);
  return address.is_remembered() ? address : Subject::Network(client);
}

}  // namespace

int Reputation(Context& context, Arguments& arguments) {
  const Subject subject = TakeSubject(context, arguments);
  arguments.Finish();
  const reputation::Standing standing =
      Take(reputation::LookNow(context.store, subject, context.clock.Wall(), context.Deadline()));
  if (!standing.known) {
    context.out << "Nothing is remembered of " << subject.text() << ".\n";
    return kExitNotFound;
  }
  context.out << subject.text() << ": " << std::fixed << std::setprecision(2) << standing.score
              << std::setprecision(1) << " (good " << standing.good << ", bad " << standing.bad
              << ")\n";
  return 0;
}

}  // namespace gatepost::cli
