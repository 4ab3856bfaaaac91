"""Anything of a control group that could be written."""
import os


def is_writable(path):
    try:
        with open(path, "ab"):
            return True
    except OSError:
        return False


found = [
    os.path.join(folder, name)
    for folder, _, names in os.walk("/sys/fs/cgroup")
    for name in names
    if is_writable(os.path.join(folder, name))
]
print(found[:5])
print([path for path in ("/sys/fs/cgroup/x", "/sys/fs/cgroup/memory/x") if os.path.isdir(os.path.dirname(path)) and os.access(os.path.dirname(path), os.W_OK)])
