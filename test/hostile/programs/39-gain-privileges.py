"""Set-user-id files, file capabilities, devices: prints what was gained."""
import errno
import os
import shutil
import subprocess


def refusal(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]


shutil.copy(os.path.realpath("/bin/sh"), "sh")
os.chmod("sh", 0o6755)
ids = subprocess.run(["./sh", "-pc", "id -u; id -g"], capture_output=True, text=True).stdout.split()
print([x for x in ids if x != str(os.getuid())])
capability = bytes.fromhex("0100000200040000000000000000000000000000")
print("capability", refusal(lambda: os.setxattr("sh", "security.capability", capability)))
print("device", refusal(lambda: os.mknod("null", 0o020666, os.makedev(1, 3))))
print("setuid", refusal(lambda: os.setuid(0)))
print("chown", refusal(lambda: os.chown("sh", 0, 0)))
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print("NoNewPrivs", status.get("NoNewPrivs", "?").strip(), "CapEff", int(status["CapEff"], 16), "CapBnd", int(status["CapBnd"], 16))
