// What documents do: macros, scripts, passwords, embedded files. Each looks at one format with
// bounded reads; damage ends the look and is told as kDamaged or kTruncated. Pure functions over
// Content, each in a header of its own; this one lists them.
#pragma once

#include "milters/attachments/scanner/active_mime.h"
#include "milters/attachments/scanner/cell_watch.h"
#include "milters/attachments/scanner/flat_office.h"
#include "milters/attachments/scanner/html_watch.h"
#include "milters/attachments/scanner/office_package.h"
#include "milters/attachments/scanner/ole.h"
#include "milters/attachments/scanner/onenote.h"
#include "milters/attachments/scanner/pdf.h"
#include "milters/attachments/scanner/rtf.h"
#include "milters/attachments/scanner/tnef.h"
