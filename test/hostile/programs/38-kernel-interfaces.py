"""Prints the name of each refusal."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
numbers = {
    "ptrace": 101, "bpf": 321, "keyctl": 250, "add_key": 248, "request_key": 249, "userfaultfd": 323,
    "io_uring_setup": 425, "perf_event_open": 298, "kexec_load": 246, "kexec_file_load": 320,
    "init_module": 175, "finit_module": 313, "delete_module": 176, "swapon": 167, "reboot": 169,
    "process_vm_writev": 311, "quotactl": 179, "acct": 163, "iopl": 172, "settimeofday": 164,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "lookup_dcookie": 212, "syslog": 103,
}
for name, number in numbers.items():
    if os.uname().machine != "x86_64":
        break
    ctypes.set_errno(0)
    arguments = (16, 1, 0, 0, 0) if name == "ptrace" else (0, 0, 0, 0, 0)
    result = libc.syscall(number, *arguments)
    print(name, errno.errorcode.get(ctypes.get_errno(), result) if result == -1 else "done")
