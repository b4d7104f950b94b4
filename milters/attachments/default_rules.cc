// RuleSet::DefaultText: what Gmail, Outlook and rspamd block, where ordinary mail has none of it.
#include "milters/attachments/rule_set.h"

namespace gatepost::attachments {
namespace {

constexpr std::string_view kText =
    R"(# Rules for attachments: name, mode, action, conditions, class; behind "--" the text of the reply.
# The first that fits an attachment decides about it, the strictest decision is the message's.
# Rules in shadow mode are noted and change nothing. gatepost-attachments(8) says what may stand
# here. An exception is a rule that lets pass, before the others:
#
#   our-setup  enforce  pass  sha256=...  sender=@example.org

# What a scanner knows, and what administrators put on their list (gatepost hashes).
malware              enforce  refuse      property=malware  class=dangerous
listed               enforce  refuse      sha256=listed  class=dangerous
# The same file from many strangers within an hour: look at what it finds before it is enforced.
outbreak             shadow   quarantine  property=outbreak direction=in  class=dangerous

# Names that are made to be misread: nobody writes them by mistake.
deceptive-names      enforce  refuse      property=deceptive-name  class=dangerous  -- The name of an attachment hides what it is.
double-extensions    enforce  refuse      property=double-extension extension!=htm,html,xhtml,shtml,mht,mhtml,svg  class=dangerous  -- The name of an attachment hides what it is.
# A web page that passes for a document is mostly a forged login; without a form or a script it is
# what mail programs put in place of a large file.
disguised-pages      enforce  quarantine  property=double-extension property=script,form,html-smuggling  class=dangerous
page-names           shadow   tag         property=double-extension  class=policy
# A class in braces makes Windows open the file as that, whatever stands before it.
class-names          enforce  refuse      name=*.{????????-????-????-????-????????????}  class=dangerous

# Programs by their content, whatever they are called; in documents and archives, too.
programs             enforce  refuse      kind=executable  class=dangerous  -- Programs are not taken by mail; please send a link to them.
# Programs by their names: what Windows runs.
program-names        enforce  refuse      extension=exe,scr,pif,cpl,dll,ocx,sys,vxd,ex,ex_,lib,gadget,app,prg,fxp  class=dangerous  -- Programs are not taken by mail; please send a link to them.
installers           enforce  refuse      extension=msi,msp,mst,msu,msix,msixbundle,appx,appxbundle,appinstaller,xpi,crx  class=dangerous  -- Programs are not taken by mail; please send a link to them.
other-systems        enforce  refuse      extension=jar,class,apk,aab,ipa,deb,rpm,pkg,mpkg,appimage  class=dangerous  -- Programs are not taken by mail; please send a link to them.
# Add-ins and Access files run when Office opens them, help files when they are read.
add-ins              enforce  refuse      extension=xll,wll,ade,adp,mdb,mde,accde,chm,hlp,vsmacros  class=dangerous  -- Programs are not taken by mail; please send a link to them.
# Site names end in .com, too: texts, pictures and mail are left alone.
com-files            enforce  refuse      extension=com kind!=text,document,media,mail type!=message/rfc822  class=dangerous

# Scripts that a double click runs on Windows.
scripts              enforce  refuse      extension=js,jse,mjs,vbs,vbe,vb,ws,wsf,wsh,wsc,sct,hta,htc,bat,cmd,nsh  class=dangerous  -- Scripts are not taken by mail; please send a link to them.
powershell           enforce  refuse      extension=ps1,ps1xml,ps2,ps2xml,psc1,psc2,psd1,psm1,pssc,cdxml  class=dangerous  -- Scripts are not taken by mail; please send a link to them.
old-shells           enforce  refuse      extension=msh,msh1,msh2,mshxml,msh1xml,msh2xml,a3x,au3,ahk  class=dangerous  -- Scripts are not taken by mail; please send a link to them.
# Settings and diagnostics that change the system, queries that fetch what a stranger wrote.
settings             enforce  refuse      extension=reg,inf,ins,isp,msc,diagcab,diagcfg,diagpkg,osd,xbap,mof,iqy,slk,udl  class=dangerous
mac-scripts          enforce  refuse      extension=applescript,scpt,scptd,command,tool,terminal  class=dangerous
# The same by content, but for texts that show how it is written; a mail's own text has no name.
script-content       enforce  refuse      content=hta,wsf,scriptlet,batch,reg name=* extension!=txt,log,md  class=dangerous
# Developers send these: enforce it where nobody does.
unix-scripts         shadow   quarantine  extension=sh,bash,csh,ksh,zsh,pl,py,pyc,pyo,pyw,pyz,pyzw,rb,php  class=policy
unix-script-content  shadow   quarantine  content=shell-script,php,asp name=*  class=policy

# Shortcuts start what they point to, with any command line.
shortcuts            enforce  refuse      extension=lnk,scf,shb,shs,application,appref-ms,settingcontent-ms,jnlp,xnk,wsb,job  class=dangerous
searches             enforce  refuse      extension=library-ms,search-ms,searchconnector-ms,theme,themepack,deskthemepack  class=dangerous
access-shortcuts     enforce  refuse      extension=mad,maf,mag,mam,maq,mar,mas,mau,mav,maw  class=dangerous
shortcut-content     enforce  refuse      content=lnk  class=dangerous
shortcut-texts       enforce  refuse      content=scf name=*  class=dangerous
# Links and remote desktops: some people do send them.
web-shortcuts        enforce  quarantine  extension=url,website,webloc,inetloc,fileloc,ftploc,afploc,vncloc,desktop,rdp  class=policy
web-shortcut-content enforce  quarantine  content=url,desktop name=* extension!=txt  class=policy

# Disk images are mounted by a double click, and what is in them has lost the mark of the web.
disk-images          enforce  refuse      kind=disk-image  class=dangerous  -- Disk images are not taken by mail; please send a link to them.
disk-image-names     enforce  refuse      extension=iso,vhd,vhdx,vmdk,dmg,udf,nrg,daa,uif,isz  class=dangerous  -- Disk images are not taken by mail; please send a link to them.

# Pictures and texts have these names, too.
disk-image-others    enforce  refuse      extension=img,toast kind!=media,text,mail  class=dangerous  -- Disk images are not taken by mail; please send a link to them.

# OneNote runs embedded files behind a picture that asks for a double click.
onenote-embedded     enforce  quarantine  content=onenote property=embedded-object  class=dangerous
onenote              enforce  quarantine  extension=one,onepkg,onetoc2 direction=in  class=policy
# What Outlook blocks beyond that; certificates and MATLAB files are left out.
outlook-blocked      enforce  quarantine  extension=asp,aspx,bas,vbp,prf,plg,ops,cnt,grp,its,webpnp,printerexport,mda,mdt,mdw,mdz,mcf,pcd,hpj member=no  class=policy
# Archives that mostly attackers still make, one that Gmail blocks, and images of Windows.
old-archives         enforce  quarantine  content=ace,arj,cab,wim  class=policy
old-archive-names    enforce  quarantine  extension=ace,arj,cab,alz,egg,uha,zoo,wim,swm,esd  class=policy

# Several names of different kinds, or content that its name denies, hide a file from a scanner.
names-differ         enforce  quarantine  property=names-differ  class=dangerous
type-mismatch        enforce  quarantine  property=type-mismatch  class=dangerous
# Files that mail clients see differently; in texts, pictures and what holds parts it is sloppiness,
# and all readings of those are judged.
ambiguous            enforce  quarantine  property=ambiguous name=* kind!=text,media,mail content!=html,xml  class=policy
no-parts             enforce  tag         property=no-parts direction=in  class=policy
sloppy               shadow   tag         property=ambiguous,control-in-name  class=policy
# A message in pieces cannot be looked into, and no client of today makes one.
partial              enforce  refuse      property=partial-message  class=policy  -- Messages in pieces are not taken; please send it whole.
# Announcements of drafts have them, and hardly a client follows them.
external-body        shadow   quarantine  property=external-body  class=policy
too-many-parts       enforce  quarantine  property=too-many-parts  class=dangerous

# A file that a script puts together in the browser has passed every gateway on its way.
html-smuggling       enforce  quarantine  property=html-smuggling  class=dangerous
svg-scripts          enforce  quarantine  content=svg property=script  class=dangerous
html-scripts         enforce  tag         content=html,xsl-script property=script name=* direction=in  class=policy

# Macros that run by themselves come from strangers alone; others are told to who reads the mail.
auto-macros          enforce  quarantine  property=auto-macro direction=in  class=dangerous
dynamic-exchange     enforce  quarantine  property=dynamic-exchange direction=in  class=dangerous
rtf-objects          enforce  quarantine  content=rtf property=embedded-object direction=in  class=dangerous
macros               enforce  tag         property=macro,active-control  class=policy
external-templates   enforce  tag         property=external-template direction=in  class=policy
# A PDF that starts a program is an attack; forms have scripts, and so have attacks.
pdf-launch           enforce  refuse      property=pdf-launch  class=dangerous
pdf-javascript       enforce  tag         property=pdf-javascript direction=in  class=policy

# The directory that people see is not what is unpacked: made to deceive scanners.
directory-mismatch   enforce  refuse      property=directory-mismatch  class=dangerous  -- An archive contradicts itself; please pack it anew.
bombs                enforce  refuse      property=bomb  class=dangerous  -- An archive unpacks to far more than it seems; please send a link to it.
self-extracting      enforce  refuse      property=self-extracting  class=dangerous  -- Programs are not taken by mail; please send a plain archive.
way-out-of-archives  enforce  quarantine  property=path-in-name member=yes  class=dangerous
# Nobody can look inside: common among people who know each other, and a way past scanners.
locked-and-forged    enforce  quarantine  property=encrypted-member,encrypted-names authentication=fail  class=dangerous
locked-archives      enforce  tag         property=encrypted-member,encrypted-names direction=in  class=policy
locked-documents     enforce  tag         property=encrypted-document direction=in  class=policy
# What could not be looked into whole; the recipient knows whether it was expected.
beyond-limits        enforce  quarantine  property=too-many-members,too-deep,over-budget  class=dangerous
unreadable           enforce  quarantine  property=unreadable  class=policy
damaged-archives     enforce  quarantine  property=damaged,truncated kind=archive  class=policy
damaged-winmail      enforce  tag         property=damaged,truncated content=tnef  class=policy
multi-volume         enforce  tag         property=multi-volume  class=policy
# Sources are packed with links, and senders append a line to an archive.
odd-archives         shadow   quarantine  property=hidden-data kind=archive  class=policy
links-in-archives    shadow   quarantine  property=link-member member=yes  class=policy
)";

}  // namespace

std::string_view RuleSet::DefaultText() { return kText; }

}  // namespace gatepost::attachments
