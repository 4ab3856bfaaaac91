"""Makes empty files until it is refused."""
import errno
import os

count = 0
try:
    while True:
        os.close(os.open(str(count), os.O_CREAT | os.O_WRONLY))
        count += 1
except OSError as error:
    print(errno.errorcode[error.errno], 1_000 < count < 100_000)
