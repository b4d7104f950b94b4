"""Harmless files with the beginning of something that runs: no code in them does anything."""

import struct


def pe(machine=0x14C, dll=False, size=1024) -> bytes:
    """A Windows program of one section that returns at once."""
    stub = b"\x0e\x1f\xba\x0e\0\xb4\t\xcd!\xb8\1L\xcd!This program cannot be run in DOS mode.\r\r\n$"
    dos = (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8".ljust(60, b"\0") + struct.pack("<I", 128)
           + stub).ljust(128, b"\0")
    coff = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, 224, 0x2102 if dll else 0x0102)
    optional = struct.pack("<HBBIIIIIIIII", 0x10B, 14, 0, 512, 0, 0, 4096, 4096, 8192, 0x400000,
                           4096, 512) + struct.pack("<HHHHHHIIIIHH", 6, 0, 0, 0, 6, 0, 0, 8192,
                                                    512, 0, 3, 0)
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", 16, 4096, 512, 512, 0, 0, 0, 0, 0x60000020)
    head = dos + b"PE\0\0" + coff + optional.ljust(224, b"\0") + section
    return (head.ljust(512, b"\0") + b"\x31\xc0\xc3").ljust(size, b"\0")


EXE = pe()
DLL = pe(dll=True)
ELF = (b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64,
                                               56, 1, 64, 0, 0)).ljust(256, b"\0")
MACHO = (b"\xcf\xfa\xed\xfe\7\0\0\1\3\0\0\0\2" + bytes(3)).ljust(256, b"\0")
FAT_MACHO = (b"\xca\xfe\xba\xbe\0\0\0\2\1\0\0\7\0\0\0\3").ljust(256, b"\0")
JAVA_CLASS = b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10".ljust(128, b"\1")
DEX = b"dex\n035\0".ljust(128, b"\1")
MS_DOS_COM = b"\xb4\x4c\xcd\x21"
BAT = b"@echo off\r\necho harmless\r\n"
VBS = b'WScript.Echo "harmless"\r\n'
JS = b'WScript.Echo("harmless");\r\n'
PS1 = b'Write-Host "harmless"\r\n'
SH = b"#!/bin/sh\necho harmless\n"
PY = b"#!/usr/bin/env python3\nprint('harmless')\n"
HTA = b"<html><head><hta:application id=a></head><script language=vbscript>close</script></html>\r\n"
WSF = b'<job id="a"><script language="JScript">WScript.Echo("harmless");</script></job>\r\n'
SCT = b'<?XML version="1.0"?><scriptlet><registration progid="a"/><script></script></scriptlet>\r\n'
REG = b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Harmless]\r\n"
URL = b"[InternetShortcut]\r\nURL=file://198.51.100.1/share/papers.exe\r\n"
WEBLOC = (b'<?xml version="1.0"?><plist version="1.0"><dict><key>URL</key>'
          b"<string>http://sender.example/</string></dict></plist>\r\n")
DESKTOP = b"[Desktop Entry]\nType=Application\nExec=/bin/true\nName=Papers\n"
SCF = b"[Shell]\r\nCommand=2\r\nIconFile=\\\\198.51.100.1\\share\\a.ico\r\n"
LIBRARY_MS = (b'<?xml version="1.0"?><libraryDescription xmlns="http://schemas.microsoft.com/windows'
              b'/2009/library"><searchConnectorDescriptionList><searchConnectorDescription>'
              b"<simpleLocation><url>\\\\198.51.100.1\\share</url></simpleLocation>"
              b"</searchConnectorDescription></searchConnectorDescriptionList></libraryDescription>")
SEARCH_MS = (b'<?xml version="1.0"?><persistedQuery version="1.0"><query><scope>'
             b'<include path="\\\\198.51.100.1\\share"/></scope></query></persistedQuery>')
SETTING_CONTENT = (b'<?xml version="1.0"?><PCSettings><SearchableContent xmlns="http://schemas.micr'
                   b'osoft.com/Search/2013/SettingContent"><ApplicationInformation><DeepLink>'
                   b"%windir%\\system32\\cmd.exe /c rem</DeepLink></ApplicationInformation>"
                   b"</SearchableContent></PCSettings>")
IQY = b"WEB\r\n1\r\nhttp://sender.example/papers.txt\r\n"
SLK = b"ID;P\r\nO;E\r\nNN;NAuto_open;ER101C1;KOut Flank;F\r\nC;X1;Y101;K0;EHALT()\r\nE\r\n"
INF = b"[version]\r\nsignature=$chicago$\r\n[DefaultInstall]\r\nRunPreSetupCommands=x\r\n[x]\r\nrem\r\n"
RDP = b"full address:s:198.51.100.1\r\nredirectdrives:i:1\r\nremoteapplicationmode:i:1\r\n"
MSC = b'<?xml version="1.0"?><MMC_ConsoleFile ConsoleVersion="3.0"></MMC_ConsoleFile>\r\n'
JNLP = b'<?xml version="1.0"?><jnlp spec="1.0+"><application-desc main-class="A"/></jnlp>\r\n'
APPLICATION = (b'<?xml version="1.0"?><asmv1:assembly xmlns:asmv1="urn:schemas-microsoft-com:asm.v1"'
               b' manifestVersion="1.0"></asmv1:assembly>\r\n')
APPINSTALLER = b'<?xml version="1.0"?><AppInstaller Version="1.0.0.0"></AppInstaller>\r\n'
DIAGCAB_NAME = "papers.diagcab"
CHM = b"ITSF\3\0\0\0\x60\0\0\0\1\0\0\0".ljust(512, b"\0")
LNK = (bytes.fromhex("4c0000000114020000000000c000000000000046") + struct.pack("<II", 0x21, 0x20)
       + bytes(24) + struct.pack("<IIIHHII", 0, 0, 1, 0, 0, 0, 0)
       + struct.pack("<H", 12) + "..\\cmd.exe  ".encode("utf-16-le")
       + struct.pack("<H", 10) + "/c rem abc".encode("utf-16-le")).ljust(512, b"\0")
PNG = (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\x3a\x7e\x9b\x55"
       b"\0\0\0\nIDATx\x9cc\xf8\x0f\0\1\1\1\0\x1b\xb6\xee\x56\0\0\0\0IEND\xaeB`\x82")
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xdb\0\x43\0" + b"\x10" * 64
        + b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0\x7f\xff\xd9")
VHD = bytes(1024) + b"conectix\0\0\0\2\0\1\0\0" + bytes(496)
VHDX = b"vhdxfile" + "test".encode("utf-16-le").ljust(40, b"\0") + bytes(65536)
VMDK = b"KDMV\1\0\0\0\3\0\0\0".ljust(1024, b"\0")
DMG = bytes(2048) + b"koly\0\0\0\4\0\0\2\0\0\0\0\1".ljust(512, b"\0")
WIM = b"MSWIM\0\0\0\xd0\0\0\0\0\r\1\0".ljust(512, b"\0")
QCOW = b"QFI\xfb\0\0\0\3".ljust(512, b"\0")
SWF = b"FWS\x0a\x20\0\0\0".ljust(64, b"\0")
XLL = DLL


def lines_of(count: int) -> bytes:
    """Text that compresses a little and stays the same."""
    return b"".join(b"%08d The quick brown fox reads the papers.\r\n" % number
                    for number in range(count))


def noise(size: int, seed: int = 1) -> bytes:
    """Octets that do not compress, the same on each machine."""
    out, state = bytearray(), seed * 2654435761 & 0xFFFFFFFF or 1
    while len(out) < size:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out += state.to_bytes(4, "little")
    return bytes(out[:size])
