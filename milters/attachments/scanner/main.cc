// gatepost-attachment-scanner: looks into archives and documents for gatepost-attachments, which
// starts it. Nothing that people run.
#include <unistd.h>

#include "milters/attachments/scanner/scan.h"
#include "milters/attachments/scanner/worker.h"

int main(int argc, char** argv) {
  // Without the C library's and others' end: there is nothing to be kept.
  ::_exit(gatepost::attachments::RunScanner(argc, argv, &gatepost::attachments::Scan));
}
