"""Prints the name of each refusal."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments, function=None):
    ctypes.set_errno(0)
    result = getattr(libc, function or name)(*arguments)
    print(name, errno.errorcode.get(ctypes.get_errno(), result) if result == -1 else "done")


def system(name, number, *arguments):
    if os.uname().machine == "x86_64":
        call(name, number, *(arguments or (0, 0, 0, 0, 0)), function="syscall")


call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
call("umount2", b"/proc", 2)
call("unshare", 0x10000000)
call("unshare", 0x00020000)
call("setns", os.open("/proc/self/ns/mnt", 0), 0)
system("pivot_root", 155)
call("chroot", b"/tmp")
call("sethostname", b"x", 1)
system("clone into a new user namespace", 56, 0x10000000 | 17, 0, 0, 0, 0)
system("fsopen", 430)
system("open_tree", 428)
system("move_mount", 429)
