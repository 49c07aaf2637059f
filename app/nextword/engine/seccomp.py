"""A seccomp filter: the system calls that running a language model never needs fail with EPERM. Linux only.

A list of what is forbidden, not of what is allowed: the C library, OpenMP and drivers may call what they like of the
harmless rest, and a new C library does not break the program.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass
from typing import Final

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER: Final = 1
_FLAG_ALL_THREADS: Final = 1
_CLONE_THREAD: Final = 0x10000
_OPENAT2: Final = 437  # on every architecture
_OPENS_FOR_CHANGE: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# linux/bpf_common.h, linux/seccomp.h
_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_AT_LEAST: Final = 0x35
_JUMP_BITS: Final = 0x45
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCHITECTURE: Final = 4
_OFFSET_ARGUMENTS: Final = 16  # 8 bytes each; this is the low half on the little-endian machines below


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    seccomp: int
    clone: int
    clone3: int
    kill: int
    opens: dict[int, int]  # calls that open a file -> which of their arguments holds the flags
    forbidden: dict[str, int]


_NEW: Final = {  # the same numbers on every architecture
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "fchmodat2": 452,
    "setxattrat": 463,
    "removexattrat": 466,
    "file_setattr": 469,
}
_MACHINES: Final = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        clone=56,
        clone3=435,
        kill=62,
        opens={2: 1, 257: 2},
        forbidden={
            "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50,
            "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "ptrace": 101, "uselib": 134,
            "modify_ldt": 154, "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166,
            "swapon": 167, "swapoff": 168, "reboot": 169, "iopl": 172, "ioperm": 173, "init_module": 175,
            "delete_module": 176, "quotactl": 179, "tkill": 200, "kexec_load": 246, "add_key": 248,
            "request_key": 249, "keyctl": 250, "unshare": 272, "accept4": 288, "rt_tgsigqueueinfo": 297,
            "perf_event_open": 298, "name_to_handle_at": 303, "open_by_handle_at": 304, "sendmmsg": 307,
            "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
            "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323, "rt_sigqueueinfo": 129,
            "truncate": 76, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87,
            "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "utime": 132,
            "mknod": 133, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
            "lremovexattr": 198, "fremovexattr": 199, "utimes": 235, "mkdirat": 258, "mknodat": 259,
            "fchownat": 260, "futimesat": 261, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266,
            "fchmodat": 268, "utimensat": 280, "renameat2": 316,
            **_NEW,
        },
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        clone=220,
        clone3=435,
        kill=129,
        opens={56: 2},
        forbidden={
            "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "connect": 203,
            "sendto": 206, "sendmsg": 211, "execve": 221, "ptrace": 117, "pivot_root": 41, "chroot": 51,
            "acct": 89, "umount2": 39, "mount": 40, "swapon": 224, "swapoff": 225, "reboot": 142,
            "init_module": 105, "delete_module": 106, "quotactl": 60, "tkill": 130, "kexec_load": 104,
            "add_key": 217, "request_key": 218, "keyctl": 219, "unshare": 97, "accept4": 242,
            "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "name_to_handle_at": 264,
            "open_by_handle_at": 265, "sendmmsg": 269, "setns": 268, "process_vm_readv": 270,
            "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "kexec_file_load": 294, "bpf": 280,
            "execveat": 281, "userfaultfd": 282, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7,
            "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "mknodat": 33, "mkdirat": 34,
            "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "truncate": 45, "fchmod": 52,
            "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88, "renameat2": 276,
            **_NEW,
        },
    ),
}  # fmt: skip


def forbid() -> None:
    """Forbid the whole process, with all its threads, the network, other processes, and changes to files, for good.

    What is open stays open. New threads are allowed, new processes are not; a signal may go to this process alone.
    Raises OSError when the kernel or this machine's architecture has no filter.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.platform != "linux" or sys.byteorder != "little":
        raise OSError(errno.ENOSYS, f"no filter for {platform.machine()}")
    program = _program(machine)
    code = ctypes.create_string_buffer(b"".join(program))
    # struct sock_fprog: a 16-bit count, padding, a pointer
    head = struct.pack("@HP", len(program), ctypes.addressof(code))
    give_up_privileges()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    numbers = map(ctypes.c_long, (machine.seccomp, _SET_MODE_FILTER, _FLAG_ALL_THREADS))
    result = libc.syscall(*numbers, ctypes.c_char_p(head))
    if result != 0:  # above 0: the id of a thread that has another filter
        raise OSError(ctypes.get_errno() or errno.EBUSY, "seccomp")


def give_up_privileges() -> None:
    """Have no program that this thread starts gain rights; without it neither a filter nor Landlock is allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _program(machine: _Machine) -> list[bytes]:
    forbidden = _op(_RETURN, value=_ERRNO | errno.EPERM)
    allowed = _op(_RETURN, value=_ALLOW)
    program = [
        _op(_LOAD, value=_OFFSET_ARCHITECTURE),
        _op(_JUMP_EQUAL, value=machine.audit, if_true=1),
        forbidden,
        _op(_LOAD, value=_OFFSET_NUMBER),
    ]
    if platform.machine() == "x86_64":  # the numbers of the x32 calling convention
        program += [_op(_JUMP_AT_LEAST, value=0x40000000, if_false=1), forbidden]
    for number in machine.forbidden.values():
        program += [_op(_JUMP_EQUAL, value=number, if_false=1), forbidden]
    # These have their flags in memory, where a filter cannot look; without them the older calls are used.
    no_such_call = _op(_RETURN, value=_ERRNO | errno.ENOSYS)
    for number in (machine.clone3, _OPENAT2):
        program += [_op(_JUMP_EQUAL, value=number, if_false=1), no_such_call]
    program += _only(machine.clone, 0, _op(_JUMP_BITS, value=_CLONE_THREAD, if_true=1))
    program += _only(machine.kill, 0, _op(_JUMP_EQUAL, value=os.getpid(), if_true=1))
    for number, argument in machine.opens.items():
        program += _only(number, argument, _op(_JUMP_BITS, value=_OPENS_FOR_CHANGE, if_false=1))
    return [*program, allowed]


def _only(number: int, argument: int, test: bytes) -> list[bytes]:
    """Allow the call only if that argument passes the test, which jumps over one instruction then."""
    forbidden = _op(_RETURN, value=_ERRNO | errno.EPERM)
    allowed = _op(_RETURN, value=_ALLOW)
    call = _op(_JUMP_EQUAL, value=number, if_false=4)
    return [call, _op(_LOAD, value=_OFFSET_ARGUMENTS + 8 * argument), test, forbidden, allowed]


def _op(code: int, *, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One struct sock_filter; the jumps count the instructions that are passed over."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
