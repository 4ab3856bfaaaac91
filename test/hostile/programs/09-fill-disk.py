"""Writes to each place that can be written until there is no room."""
import errno

for place in ("/workspace", "/tmp"):
    try:
        with open(place + "/big", "wb", buffering=0) as file:
            while True:
                if file.write(bytes(1 << 20)) == 0:
                    break
    except OSError as error:
        print(place, errno.errorcode[error.errno])
