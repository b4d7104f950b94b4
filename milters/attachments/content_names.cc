#include "milters/attachments/content_names.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

// By content and name (content_type.h, type_by_name.h, scanner/file_kind.h), between single blanks.
constexpr std::string_view kFiles =
    "7z access ace appimage applescript appref-ms ar arj asp autohotkey autoit avi batch "
    "biff bzip2 cab calendar chm clickonce cms com compress cpio deb desktop dex dmg elf "
    "encoded-script flac gif gzip hlp hta html img inf installshield-cab iso java-class "
    "javascript jnlp jpeg lha library-ms lnk lz4 lzip lzma mach-o matroska message mp3 "
    "mp4 mz office-xml ogg ole onenote pdf pe perl pgp php png postscript powershell pyc "
    "python qcow2 rar rar5 rdp reg rpm rtf ruby scf scriptlet search-ms settingcontent-ms "
    "shell-script squashfs svg swf sylk tar text tiff tnef udf unknown url vbs vcard vhd "
    "vhdx vmdk wasm wav web-query webloc webp wim woff wsf xar xml xsl-script xz zip zstd";
// By marks of their own (scanner/rare_kinds.h).
constexpr std::string_view kRare =
    "alz amiga-lzx applesingle blackhole egg freearc lrzip macbinary stuffit uha zoo zpaq";
// By what is within (scanner/ole.h, scanner/office_package.h).
constexpr std::string_view kDocuments =
    "activemime doc xls ppt vsd pub hwp msi msg encrypted-office vba-project docx docm dotx dotm "
    "xlsx xlsm xlsb xltx xltm xlam pptx pptm ppsx ppsm potx potm ppam vsdx vsdm xps odt "
    "ott ods ots odp otp odg odf odb epub jar apk appx ipa vsix";

std::vector<std::string> Make() {
  std::vector<std::string> names;
  for (const std::string_view list : {kFiles, kRare, kDocuments}) {
    for (const std::string_view name : base::Split(list, ' ')) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

const std::vector<std::string>& ContentNames() {
  static const std::vector<std::string> kNames = Make();
  return kNames;
}

std::optional<std::string_view> KnownContentName(std::string_view name) {
  const auto& names = ContentNames();
  const auto found = std::ranges::lower_bound(names, name);
  if (found == names.end() || *found != name) return std::nullopt;
  return *found;
}

}  // namespace gatepost::attachments
