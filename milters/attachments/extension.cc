#include "milters/attachments/extension.h"

#include <array>
#include <unordered_map>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

struct Group {
  Kind kind;
  std::string_view extensions;  // between single blanks
};

constexpr std::array kGroups{
    Group{
        Kind::kExecutable,
        "exe com scr pif cpl dll ocx sys drv vxd ax acm efi mui tsp node pyd winmd ex ex_ lib "
        "msi msp mst msu msix msixbundle appx appxbundle appinstaller gadget xll wll jar class apk "
        "aab ipa dex swf wasm chm hlp deb rpm pkg mpkg appimage run elf so ko dylib app prg fxp "
        "ade adp mdb mde accde xbap xpi crx"},
    Group{Kind::kScript,
          "js jse mjs vbs vbe vb vbp ws wsf wsh wsc sct hta htc bat cmd ps1 ps1xml ps2 ps2xml psc1 "
          "psc2 psd1 psm1 pssc cdxml msh msh1 msh2 mshxml msh1xml msh2xml reg inf ins isp sh bash "
          "zsh csh ksh fish command tool terminal py pyc pyo pyw pyz pyzw pl rb lua tcl php asp "
          "aspx bas "
          "applescript scpt scptd a3x au3 ahk nsh vsmacros osd mof msc iqy slk udl diagcab diagcfg "
          "diagpkg"},
    Group{Kind::kShortcut,
          "lnk url website webloc inetloc fileloc ftploc afploc vncloc scf shb shs desktop "
          "application appref-ms settingcontent-ms library-ms search-ms searchconnector-ms jnlp "
          "mad maf mag mam maq mar mas mau mav maw theme themepack deskthemepack rdp wsb job xnk "
          "glk mcl pcd cnt grp its printerexport msrcincident"},
    Group{Kind::kDiskImage,
          "iso img vhd vhdx vmdk dmg udf nrg ima daa uif isz toast cdr sparseimage smi"},
    Group{Kind::kArchive,
          "zip zipx rar 7z tar gz tgz bz bz2 tbz tbz2 xz txz zst tzst lz lz4 lzma z cab arj lzh "
          "lha ace ar cpio xar alz egg uha zoo wim swm esd"},
    Group{Kind::kDocument,
          "pdf doc docx docm dot dotx dotm xls xlsx xlsm xlsb xlt xltx xltm xla xlam ppt pptx pptm "
          "pps ppsx ppsm pot potx potm ppa ppam rtf odt ods odp odg odf ott ots otp html htm xhtml "
          "shtml mht mhtml svg ps eps xps oxps one onepkg epub mobi pages numbers key pub vsd vsdx "
          "mpp accdb djvu"},
    Group{Kind::kText,
          "txt csv tsv log md json xml yaml yml ini conf cfg css c h cc cpp java ics vcf diff "
          "patch tex srt"},
    Group{Kind::kMedia,
          "jpg jpeg jpe jfif png gif bmp tif tiff webp heic heif avif ico psd mp3 wav ogg flac "
          "m4a aac wma mp4 m4v mov avi mkv webm mpg mpeg wmv 3gp ttf otf woff woff2 emf wmf"},
    Group{Kind::kMail, "eml emlx msg mbox p7m p7s asc sig gpg pgp"},
};

struct DeclaredTypes {
  std::string_view extension;
  std::string_view types;  // between single blanks
};

constexpr std::array kDeclaredTypes{
    DeclaredTypes{"exe",
                  "application/x-msdownload application/x-msdos-program application/x-dosexec "
                  "application/x-ms-dos-executable application/x-msdos-windows "
                  "application/vnd.microsoft.portable-executable application/exe application/x-exe "
                  "application/x-winexe application/dos-exe application/msdos-windows "
                  "application/x-winhelp-exe application/x-bytecode.exe"},
    DeclaredTypes{"bat",
                  "application/bat application/x-bat application/x-msdos-batch "
                  "text/x-msdos-batch text/x-bat text/x-batch"},
    DeclaredTypes{"msi",
                  "application/x-msi application/x-ms-installer application/x-ole-storage-msi"},
    DeclaredTypes{"jar", "application/java-archive application/x-java-archive application/x-jar"},
    DeclaredTypes{"class", "application/java-vm application/x-java-vm application/x-java-class"},
    DeclaredTypes{"apk", "application/vnd.android.package-archive"},
    DeclaredTypes{"deb",
                  "application/vnd.debian.binary-package application/x-deb "
                  "application/x-debian-package"},
    DeclaredTypes{"rpm", "application/x-rpm application/x-redhat-package-manager"},
    DeclaredTypes{"hta", "application/hta"},
    DeclaredTypes{"vbs",
                  "text/vbscript text/vbs text/x-vbscript application/vbscript application/x-vbs "
                  "application/x-vbscript"},
    DeclaredTypes{"js",
                  "application/javascript application/x-javascript text/javascript "
                  "text/x-javascript application/ecmascript text/ecmascript text/jscript "
                  "application/jscript text/livescript"},
    DeclaredTypes{"sct", "text/scriptlet"},
    DeclaredTypes{"ps1", "application/x-powershell text/x-powershell application/x-ps1"},
    DeclaredTypes{"reg", "text/x-ms-regedit application/x-ms-regedit text/x-registry"},
    DeclaredTypes{"iqy", "text/x-ms-iqy"},
    DeclaredTypes{"chm", "application/vnd.ms-htmlhelp application/x-chm application/mshelp"},
    DeclaredTypes{"hlp", "application/winhlp application/x-winhelp application/x-helpfile"},
    DeclaredTypes{"lnk", "application/x-ms-shortcut application/x-win-lnk"},
    DeclaredTypes{"application", "application/x-ms-application"},
    DeclaredTypes{"appinstaller", "application/appinstaller"},
    DeclaredTypes{"msix", "application/msix application/vns.ms-appx application/appx"},
    DeclaredTypes{"xbap", "application/x-ms-xbap"},
    DeclaredTypes{"jnlp", "application/x-java-jnlp-file"},
    DeclaredTypes{"url",
                  "application/internet-shortcut application/x-mswinurl wwwserver/redirection"},
    DeclaredTypes{"desktop", "application/x-desktop application/x-gnome-app-info"},
    DeclaredTypes{"iso", "application/x-iso9660-image application/x-cd-image"},
    DeclaredTypes{"dmg", "application/x-apple-diskimage"},
    DeclaredTypes{"vhd", "application/x-vhd-disk application/x-virtualbox-vhd"},
    DeclaredTypes{"vhdx", "application/x-vhdx-disk"},
    DeclaredTypes{"sh", "application/x-sh text/x-sh application/x-shellscript text/x-shellscript"},
    DeclaredTypes{"py", "text/x-python application/x-python application/x-python-code"},
    DeclaredTypes{"pl", "text/x-perl application/x-perl"},
};

using TypeTable = std::unordered_map<std::string_view, std::string_view>;

TypeTable MakeTypeTable() {
  TypeTable table;
  for (const DeclaredTypes& declared : kDeclaredTypes) {
    for (const std::string_view type : base::Split(declared.types, ' ')) {
      table.emplace(type, declared.extension);
    }
  }
  return table;
}

using Table = std::unordered_map<std::string_view, Kind>;

Table MakeTable() {
  Table table;
  for (const Group& group : kGroups) {
    for (const std::string_view extension : base::Split(group.extensions, ' ')) {
      table.emplace(extension, group.kind);
    }
  }
  return table;
}

// Windows takes the class of a shell object in braces as an extension, and opens the file as that.
bool IsClassId(std::string_view extension) {
  return extension.size() == 38 && extension.front() == '{' && extension.back() == '}';
}

}  // namespace

Kind KindOfExtension(std::string_view extension) {
  static const Table kTable = MakeTable();
  if (IsClassId(extension)) return Kind::kScript;
  const auto found = kTable.find(extension);
  return found == kTable.end() ? Kind::kUnknown : found->second;
}

std::string_view ExtensionOfType(std::string_view declared_type) {
  static const TypeTable kTable = MakeTypeTable();
  const auto found = kTable.find(declared_type);
  return found == kTable.end() ? std::string_view() : found->second;
}

bool IsRisky(Kind kind) {
  return kind == Kind::kExecutable || kind == Kind::kScript || kind == Kind::kShortcut ||
         kind == Kind::kDiskImage;
}

}  // namespace gatepost::attachments
