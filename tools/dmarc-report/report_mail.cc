#include "tools/dmarc-report/report_mail.h"

#include "common/submit/letter.h"

namespace gatepost::dmarc_report {
namespace {

std::string Explain(const ReportSender& sender, const ReportIdentity& identity,
                    const ReportFile& file) {
  return "This is a DMARC aggregate report (RFC 9990) about mail from " + identity.domain +
         ",\nmade by a program of " + sender.name + ". It counts " + std::to_string(file.messages) +
         " messages.\n\n" +
         "The attached file is gzip-compressed XML. The domain's DMARC record asked for it:\n" +
         "to get no more of them, change the record's rua tag.\n";
}

}  // namespace

base::Result<std::string> FormatReportMail(const ReportSender& sender, const std::string& to,
                                           const ReportIdentity& identity, const ReportFile& file,
                                           base::WallTime now) {
  submit::Letter letter;
  letter.from_name = sender.name;
  letter.from = sender.from;
  letter.to = to;
  letter.subject = {"Report Domain: " + identity.domain, "Submitter: " + identity.submitter,
                    "Report-ID: <" + identity.Id() + ">"};
  letter.text = Explain(sender, identity, file);
  letter.attachments = {{"application/gzip", identity.FileName() + ".gz", file.gzip}};
  return submit::FormatLetter(letter, identity.MessageId(), now);
}

}  // namespace gatepost::dmarc_report
