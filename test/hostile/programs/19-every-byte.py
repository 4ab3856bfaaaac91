"""Every byte, escapes, and sequences that only look like UTF-8."""
import sys

sys.stdout.buffer.write(bytes(range(256)) + b"\x1b[31mred\x1b[0m\r\n\0" + b"\xff\xfe\xc3\x28\xe2\x82")
