"""What the stack takes from the machine: tools, an address range, a namespace of its own."""

import ctypes
import fcntl
import os
import random
import shutil
import signal
import socket
import struct
import sys
import tempfile

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_SLAVE = 2, 4, 8, 0x4000, 0x80000
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

TOOLS = {
    "postconf": "postfix", "dovecot": "dovecot-core", "/usr/lib/dovecot/imap": "dovecot-imapd",
    "/usr/lib/dovecot/lmtp": "dovecot-lmtpd", "redis-server": "redis-server",
    "unbound": "unbound", "openssl": "openssl",
}

_libc = ctypes.CDLL(None, use_errno=True)
_mounts_are_private = False  # set once, by enter_namespace


class MissingTools(RuntimeError):
    """The machine cannot run the stack; the text says what is missing."""


def check_host():
    """Raises MissingTools unless every server is installed and we are root."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)})
    if missing:
        raise MissingTools("the mail stack needs the packages " + ", ".join(missing))
    if os.geteuid() != 0:
        raise MissingTools("the mail stack needs root: Postfix starts under no other user")


class AddressRange:
    """One 127.a.b.0/24 that no other stack on this machine uses, as long as it is open."""

    def __init__(self):
        self._lock = None
        while self._lock is None:
            self._prefix = f"127.{random.randrange(53, 250)}.{random.randrange(1, 250)}"
            self._lock = self._claim()

    def _claim(self):
        lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            lock.bind((self.at(1), 9))
            return lock
        except OSError:
            lock.close()
            return None

    def at(self, host: int) -> str:
        return f"{self._prefix}.{host}"

    def close(self):
        self._lock.close()


def die_with_parent():
    """To be called in a new child: it is killed when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter_namespace() -> str:
    """Moves the rest of the program into a network, mount and process namespace of its own.

    Call it first thing, before any thread exists. Returns "" in the namespace; where the machine
    allows none, returns the reason, and the program goes on outside (the stack then only has its
    own loopback addresses to keep it apart). The calling process stays behind, passes signals on
    and ends with the exit status of what runs inside; when it dies, everything inside dies.
    """
    if os.environ.get("GATEPOST_NAMESPACE") == "no":
        _end_by_signals()
        return "GATEPOST_NAMESPACE=no"
    flags = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID
    if _libc.unshare(flags) != 0:
        reason = os.strerror(ctypes.get_errno())
        _end_by_signals()
        return reason
    init = os.fork()
    if init:
        _wait_as_parent(init)
    die_with_parent()
    os.setsid()
    worker = os.fork()
    if worker:
        _wait_as_init(worker)
    _end_by_signals()
    # /proc is still the old one: its "self" is who we are to the machine.
    os.environ["GATEPOST_OUTER_PID"] = os.readlink("/proc/self")
    _set_loopback_up()
    _own_mounts()
    return ""


def _end_by_signals():
    """The first signal ends the program in order; others do not disturb it at that."""
    def leave(number, _frame):
        for other in ENDING_SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)
    for number in ENDING_SIGNALS:
        signal.signal(number, leave)


def _wait_as_parent(child: int):
    _pass_signals_to(child)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def _wait_as_init(worker: int):
    """Process 1 of the namespace: reaps whatever the daemons leave, ends with the worker."""
    _pass_signals_to(worker)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _pass_signals_to(pid: int):
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda got, _frame: os.kill(pid, got))


def _set_loopback_up():
    request = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS


def _own_mounts():
    """Mounts made from here on stay in the namespace; /proc is that of the new processes. Not
    possible in every chroot: then there are neither, and nothing needs them."""
    global _mounts_are_private
    _mounts_are_private = _libc.mount(b"none", b"/", None, MS_REC | MS_SLAVE, None) == 0
    if _mounts_are_private:
        _libc.mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)


class TemporaryFolder:
    """A folder below /tmp; in a namespace of our own it lies in memory, which is faster where mail
    is synced to disk, and which is gone with the namespace whatever happens."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gatepost-", dir="/tmp")
        os.chmod(self.path, 0o755)
        if _mounts_are_private:
            _libc.mount(b"tmpfs", self.path.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=755")

    def remove(self):
        if _mounts_are_private:
            _libc.umount2(self.path.encode(), MNT_DETACH)
        shutil.rmtree(self.path, ignore_errors=True)
