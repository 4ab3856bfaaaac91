"""A file of 1 TB that holds nothing."""
import errno
import os

with open("big", "wb") as file:
    for name, grow in (
        ("fallocate", lambda: os.posix_fallocate(file.fileno(), 0, 1 << 40)),
        ("truncate", lambda: os.ftruncate(file.fileno(), 1 << 40)),
    ):
        try:
            grow()
            print(name, "done")
        except OSError as error:
            print(name, errno.errorcode[error.errno])
